#include "common/domain/hlc.h"

#include <algorithm>

namespace tally::domain {

static std::int64_t clamp_ms(std::int64_t wall_ms) { return std::clamp<std::int64_t>(wall_ms, 0, kHlcMsMax); }

// One more than `time`; a full counter moves on to the next millisecond, which the packing does by itself.
static Hlc after(Hlc time) { return {time.packed == UINT64_MAX ? UINT64_MAX : time.packed + 1}; }

Hlc hlc_tick(Hlc last, std::int64_t wall_ms) {
    const std::int64_t wall = clamp_ms(wall_ms);
    return wall > last.ms() ? Hlc::of(wall, 0) : after(last);
}

Hlc hlc_hear(Hlc last, Hlc remote, std::int64_t wall_ms) {
    const Hlc now = hlc_tick(last, wall_ms);
    if (remote.ms() > clamp_ms(wall_ms) + kHlcAheadMsMax) return now;
    return after(std::max(now, remote));
}

}  // namespace tally::domain
