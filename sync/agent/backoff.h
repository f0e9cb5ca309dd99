// How long to wait before the next attempt to connect. Pure but for the Random given.
#pragma once

#include <algorithm>

#include "common/base/random.h"
#include "sync/tuning.h"

namespace tally::agent {

struct BackoffLimits {
    std::int64_t base_ms = tuning::kBackoffBase_ms;
    std::int64_t max_ms = tuning::kBackoffMax_ms;
    std::int64_t refused_ms = tuning::kBackoffRefused_ms;
    std::int64_t busy_ms = tuning::kBackoffBusy_ms;
};

class Backoff {
  public:
    explicit Backoff(BackoffLimits limits = {}) : limits_(limits) {}

    // Uniform in [d/2, d] for d = base << failures, at most max. Each call counts as one failure more.
    std::int64_t next_ms(Random& random) {
        const std::int64_t full = std::min(limits_.max_ms, limits_.base_ms << std::min(failures_, 20));
        ++failures_;
        return spread(full, random);
    }
    // The wait after a refusal that haste does not cure: never shorter than a plain failure's longest.
    std::int64_t refused_ms(Random& random) { return spread(std::max(limits_.refused_ms, limits_.max_ms), random); }
    // The wait after "busy": headquarters is there and will have room, whatever failed before. Counts as no failure.
    std::int64_t busy_ms(Random& random) const { return spread(limits_.busy_ms, random); }
    void reset() { failures_ = 0; }

  private:
    static std::int64_t spread(std::int64_t full, Random& random) {
        const std::int64_t half = full / 2;
        return full - half + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(half) + 1));
    }
    BackoffLimits limits_;
    int failures_ = 0;
};

}  // namespace tally::agent
