// Hybrid logical clock (Kulkarni et al. 2014): 48 bits of milliseconds, 16 bits of counter. Orders events across
// devices whose clocks are wrong; `seq` alone orders one chain. Pure: wall time is given.
#pragma once

#include <compare>
#include <cstdint>

#include "common/base/result.h"

namespace tally::domain {

struct Hlc {
    std::uint64_t packed = 0;
    static Hlc of(std::int64_t ms, std::uint16_t counter) { return {(static_cast<std::uint64_t>(ms) << 16) | counter}; }
    std::int64_t ms() const { return static_cast<std::int64_t>(packed >> 16); }
    std::uint16_t counter() const { return static_cast<std::uint16_t>(packed & 0xFFFF); }
    auto operator<=>(const Hlc&) const = default;
};

inline constexpr std::int64_t kHlcMsMax = (std::int64_t{1} << 48) - 1;
// A remote time further ahead than this is not taken over (domain, section 9): it never poisons our clock.
inline constexpr std::int64_t kHlcAheadMsMax = 24 * 3600 * 1000LL;

// The time of a local event after `last`, at wall time `wall_ms` (0 .. kHlcMsMax; clamped).
Hlc hlc_tick(Hlc last, std::int64_t wall_ms);
// The time after hearing `remote`. A remote more than kHlcAheadMsMax ahead of `wall_ms` counts as not heard.
Hlc hlc_hear(Hlc last, Hlc remote, std::int64_t wall_ms);

}  // namespace tally::domain
