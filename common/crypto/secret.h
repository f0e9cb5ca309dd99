// Key material in guarded memory: sodium_malloc (locked, wiped on release, left out of core dumps). Never printed.
#pragma once

#include <memory>

#include "common/base/bytes.h"
#include "common/base/random.h"

namespace tally::crypto {

// Must be called once before anything else of this layer; aborts when libsodium does not start.
void start();

class SystemRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> out) override;
};

// A secret of fixed size, movable, copied only by clone().
class Secret {
  public:
    explicit Secret(std::size_t size);      // zero bytes
    static Secret copy_of(ByteView bytes);  // the caller wipes its own copy
    static Secret random(std::size_t size);
    Secret clone() const { return copy_of(view()); }
    ByteView view() const { return {data_.get(), size_}; }
    std::span<std::uint8_t> writable() { return {data_.get(), size_}; }
    std::size_t size() const { return size_; }

  private:
    struct Release {
        void operator()(std::uint8_t* data) const;
    };
    std::unique_ptr<std::uint8_t, Release> data_;
    std::size_t size_;
};

void wipe(std::span<std::uint8_t> bytes);
bool same(ByteView a, ByteView b);  // in constant time; false when the lengths differ

// No core dumps and no ptrace from now on, for this process.
void forbid_core_dumps();

}  // namespace tally::crypto
