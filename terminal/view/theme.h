// Colours and sizes of the cashier screen: one light theme, one accent. Sizes are in logical pixels; Ui multiplies them
// by the screen's scale. Every text colour stands at 4.5:1 or better on the grounds it is used on (a test computes it).
#pragma once

#include <cstdint>

namespace tally::terminal::theme {

using Colour = std::uint32_t;  // as ImGui packs them: A B G R

constexpr Colour rgb(std::uint32_t hex) {
    return 0xFF000000u | ((hex & 0xFF) << 16) | (hex & 0xFF00) | ((hex >> 16) & 0xFF);
}

inline constexpr Colour kGround = rgb(0xF1F4F7);
inline constexpr Colour kSurface = rgb(0xFFFFFF);
inline constexpr Colour kSunken = rgb(0xF6F8FA);
inline constexpr Colour kLine = rgb(0xDCE3EA);
inline constexpr Colour kLineStrong = rgb(0x8A98A8);
inline constexpr Colour kText = rgb(0x14202B);
inline constexpr Colour kMuted = rgb(0x506070);
inline constexpr Colour kDisabled = rgb(0x6B7885);
inline constexpr Colour kDisabledGround = rgb(0xEDF1F5);

inline constexpr Colour kAccent = rgb(0x0B5CAD);
inline constexpr Colour kAccentHover = rgb(0x094E94);
inline constexpr Colour kAccentDown = rgb(0x073F78);
inline constexpr Colour kAccentSoft = rgb(0xE7F0FA);
inline constexpr Colour kOnAccent = rgb(0xFFFFFF);
inline constexpr Colour kKeyOnAccent = rgb(0x094E94);

inline constexpr Colour kGood = rgb(0x11673A);
inline constexpr Colour kGoodSoft = rgb(0xE4F4EA);
inline constexpr Colour kBad = rgb(0xB3261E);
inline constexpr Colour kBadSoft = rgb(0xFCEAE8);
inline constexpr Colour kCare = rgb(0x7A4A00);
inline constexpr Colour kCareSoft = rgb(0xFFF3D6);

inline constexpr Colour kTopBar = rgb(0x14202B);
inline constexpr Colour kOnTopBar = rgb(0xFFFFFF);
inline constexpr Colour kTopBarMuted = rgb(0xB9C6D3);
inline constexpr Colour kTopBarButton = rgb(0x2A3947);

// Ems.
inline constexpr float kSmall = 16, kBody = 18, kStrong = 20, kTitle = 22, kName = 30, kFigure = 30, kAmount = 46,
                       kBalance = 64;

// Grid.
inline constexpr float kMargin = 16, kGap = 12, kPad = 20;
inline constexpr float kTopBarHeight = 52, kStatusHeight = 44;
inline constexpr float kButton = 64, kMainButton = 84, kPadKey = 56, kRow = 44, kMessage = 104;
inline constexpr float kRound = 10;

}  // namespace tally::terminal::theme
