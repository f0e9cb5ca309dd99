// One act, run again and again on the same files, with a failure at one call after another until there are no more.
// With TALLY_SWEEP=all each call fails in every way that differs there. Else each call that changes the disk fails once
// and meets one of the other ends, which take turns, and every fifth read fails. Tests only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "tests/fault/disk/fault_disk.h"
#include "tests/fault/disk/shop.h"

namespace tally::fault {

class Act {
  public:
    virtual ~Act() = default;
    // From the opening of its files on; called again after a failure, on what is open, until it succeeds.
    virtual Status work() = 0;
    virtual void close() = 0;
};

// What happens at the call, and what is left behind.
enum class Crash : std::uint8_t {
    kError,       // the call fails and the process goes on: it tries again, and the power fails before it closes
    kErrorOn,     // every later one fails too, then the disk is well again
    kFull,        // the disk is full from there on, then there is room again
    kShortWrite,  // the same, and half of that write is there
    kDeath,       // the process dies
    kHalfWrite,   // the process dies in the middle of that write
    kCutNone,     // the power fails: nothing that was not synced is left
    kCutSome,     // a part of it, by chance
    kCutTorn,     // a part of it, some sectors torn
    kCutAll       // all of it
};
inline constexpr std::size_t kCrashes = 10;

struct Sweep {
    std::string name;
    std::function<void(const std::string& dir)> lay_out;
    std::function<std::unique_ptr<Act>(const std::string& dir, Books& books)> begin;
    std::function<void(const std::string& dir, const Books& books)> check;
};

struct SweepCounts {
    std::array<int, kCalls> calls{};      // of one run without a failure
    std::array<int, kCrashes> crashes{};  // runs that crashed
    int crashes_in_all() const;
};

// Prints its figures. Every failed check names the call and the crash.
SweepCounts run_sweep(const Sweep& sweep);

}  // namespace tally::fault
