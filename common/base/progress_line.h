// One line on standard error that is written over as long work goes on; nothing at all where that is no terminal, for a
// log would get a line for every step. One thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tally {

class ProgressLine {
  public:
    ProgressLine() = default;
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine();  // ends the line

    // "copying 37 %"; written when it reads otherwise than before.
    void show(std::string_view what, std::uint64_t done, std::uint64_t of);

  private:
    std::string_view what_;  // a literal's, as given
    std::uint64_t percent_ = 0;
    bool shown_ = false;
};

}  // namespace tally
