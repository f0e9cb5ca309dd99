// How the tests of faults let real threads do their work: the fixture's date on a clock that runs, and patience.
#pragma once

#include <functional>
#include <thread>

#include "common/base/clock.h"
#include "tests/unit/intake/fixture.h"

namespace tally::fault {

class FixtureClock final : public Clock {  // the fixture's wall time; time passes as it does
  public:
    std::int64_t wall_ms() const override { return test::kNoon_ms; }
    std::int64_t steady_ms() const override { return system_.steady_ms(); }

  private:
    SystemClock system_;
};

// False after a minute and a half.
inline bool wait_until(const std::function<bool()>& done) {
    for (int i = 0; i < 90'000; ++i) {
        if (done()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

}  // namespace tally::fault
