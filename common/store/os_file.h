// What this layer's own files share of the operating system: a descriptor that closes itself, and its errors as ours.
#pragma once

#include <string>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace tally::store {

class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int get() const { return value_; }  // below 0: none

  private:
    int value_;
};

// errno in words after `what`: kFull when the disk, a quota or a file size limit is, else kIo.
Error io_error(const std::string& what);

// All of `bytes`, however many calls that takes; not synced. kFull, kIo.
Status write_whole(int descriptor, ByteView bytes, const std::string& what);

}  // namespace tally::store
