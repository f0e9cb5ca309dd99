// A file that holds no data of a database and passes through as it is: the super-journal, which names the journals of
// one transaction over several attached databases. SQLite reads it without any database at hand, so there is no key.
#pragma once

#include "common/store/file.h"

namespace tally::store {

class PlainFile final : public File {
  public:
    using File::File;
    int read(std::uint8_t* out, int size, std::int64_t offset) override {
        return base_read(out, static_cast<std::size_t>(size), offset);
    }
    int write(const std::uint8_t* bytes, int size, std::int64_t offset) override {
        return base_write(bytes, static_cast<std::size_t>(size), offset);
    }
};

}  // namespace tally::store
