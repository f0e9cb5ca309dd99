// Letters as pixels: every character of the screen, rasterised by FreeType the first time it is drawn and kept in one
// grey texture. Not ImGui's font atlas: that one knows 16-bit characters only (a name with U+20164 would be destroyed),
// wants all 30,148 glyphs beforehand (0.6 s, 135 MB), and one size of each. This one costs 30 to 60 microseconds a new
// glyph and 4 MB, draws every size crisply and characters above U+FFFF by their own names.
// The window's thread only. Knows no OpenGL: the window uploads what take_dirty() names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/result.h"

namespace tally::terminal {

enum class Face : std::uint8_t { kRegular, kBold };

struct Glyph {
    int x = 0, y = 0, width = 0, height = 0;  // in the texture; 0 x 0: nothing to draw
    float left = 0, top = 0;                  // from the pen on the baseline to the bitmap's corner, y downwards
    float advance = 0;
    bool missing = false;  // no face has it: drawn as the font's own empty box
};

struct DirtyRect {
    int x = 0, y = 0, width = 0, height = 0;
};

class Glyphs {
  public:
    static constexpr int kTextureSize = 2048;

    // Finds the Simplified Chinese face by the names inside the collections; kNotFound when the font is not installed.
    static Result<std::unique_ptr<Glyphs>> load();
    ~Glyphs();
    Glyphs(const Glyphs&) = delete;
    Glyphs& operator=(const Glyphs&) = delete;

    const Glyph& glyph(char32_t character, Face face, int em_px);  // em_px 6..400
    float width(std::string_view text, Face face, int em_px);
    bool has(char32_t character) const;  // some face draws it

    const std::uint8_t* pixels() const { return pixels_.data(); }  // kTextureSize squared, one byte each
    std::optional<DirtyRect> take_dirty();
    // The texture filled up and was started afresh in this frame: what was drawn before is wrong, draw once more.
    bool take_restarted();
    void* texture = nullptr;  // the window's name for it, an ImTextureID

  private:
    struct Faces;
    Glyphs();
    Glyph rasterise(char32_t character, Face face, int em_px);
    bool place(int width, int height, int& x, int& y);

    std::unique_ptr<Faces> faces_;
    std::vector<std::uint8_t> pixels_;
    std::unordered_map<std::uint64_t, Glyph> known_;
    int shelf_x_ = 0, shelf_y_ = 0, shelf_height_ = 0;
    DirtyRect dirty_;
    bool restarted_ = false;
};

}  // namespace tally::terminal
