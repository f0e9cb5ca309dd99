// A text as a file with a path, for parsers that open one. In memory, gone with the object.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "common/base/result.h"

namespace tally::fuzz {

class TextFile {
  public:
    explicit TextFile(std::string_view text) : file_(::memfd_create("fuzz", MFD_CLOEXEC)) {
        TALLY_ASSERT(file_ >= 0 && ::write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size()),
                     "a file in memory is written");
    }
    ~TextFile() { ::close(file_); }
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;
    std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }  // each open reads from the start

  private:
    int file_;
};

}  // namespace tally::fuzz
