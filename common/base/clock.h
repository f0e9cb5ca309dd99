// The only source of time. Production uses SystemClock; tests and the lab inject another. All functions are
// thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/result.h"

namespace tally {

class Clock {
  public:
    virtual ~Clock() = default;
    virtual std::int64_t wall_ms() const = 0;    // milliseconds since 1970-01-01T00:00:00Z; may jump
    virtual std::int64_t steady_ms() const = 0;  // milliseconds since some start; never goes back
    // Whether wall_ms() follows headquarters' clock.
    virtual bool is_confirmed() const { return false; }
};

class SystemClock final : public Clock {
  public:
    std::int64_t wall_ms() const override;
    std::int64_t steady_ms() const override;
};

// Another clock with headquarters' offset to it, as measured at the last contact, until that one jumps (somebody set
// it, or the machine slept): from then on as it stands, until the next contact. `own` outlives this one.
class CorrectedClock final : public Clock {
  public:
    static constexpr std::int64_t kJump_ms = 5'000;

    explicit CorrectedClock(const Clock& own) : own_(own) {}
    void correct(std::int64_t offset_ms);  // headquarters' clock minus `own`
    std::int64_t wall_ms() const override;
    std::int64_t steady_ms() const override { return own_.steady_ms(); }
    bool is_confirmed() const override;

  private:
    bool in_force() const;

    const Clock& own_;
    mutable std::mutex mutex_;
    bool known_ = false;
    std::int64_t offset_ms_ = 0;
    std::int64_t ahead_of_steady_ms_ = 0;  // the own wall time, when the offset was measured
};

// Stands still until told otherwise.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(std::int64_t wall_ms = 0) : wall_ms_(wall_ms) {}
    std::int64_t wall_ms() const override { return wall_ms_; }
    std::int64_t steady_ms() const override { return steady_ms_; }
    void set_wall_ms(std::int64_t value) { wall_ms_ = value; }
    void advance_ms(std::int64_t by) {
        wall_ms_ += by;
        steady_ms_ += by;
    }

  private:
    std::atomic<std::int64_t> wall_ms_;
    std::atomic<std::int64_t> steady_ms_{0};
};

// Wall time is the 8-byte little-endian integer at the start of a file that another process rewrites (the replay's
// injected clock); steady time is the system's. The file is mapped, so reading costs nothing.
class FileClock final : public Clock {
  public:
    static Result<std::unique_ptr<FileClock>> open(const std::string& path);
    ~FileClock() override;
    std::int64_t wall_ms() const override;
    std::int64_t steady_ms() const override;

  private:
    explicit FileClock(void* map) : map_(map) {}
    void* map_;
};

}  // namespace tally
