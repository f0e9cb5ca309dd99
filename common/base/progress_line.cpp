#include "common/base/progress_line.h"

#include <unistd.h>

#include <cstdio>

namespace tally {

void ProgressLine::show(std::string_view what, std::uint64_t done, std::uint64_t of) {
    static const bool seen = ::isatty(STDERR_FILENO) != 0;
    const std::uint64_t percent = of == 0 ? 100 : static_cast<std::uint64_t>(100.0L * done / of);
    if (!seen || (shown_ && what == what_ && percent == percent_)) return;
    shown_ = true;
    what_ = what;
    percent_ = percent;
    std::fprintf(stderr, "\r%-12.*s %3llu %%", static_cast<int>(what.size()), what.data(),
                 static_cast<unsigned long long>(percent));
}

ProgressLine::~ProgressLine() {
    if (shown_) std::fputc('\n', stderr);
}

}  // namespace tally
