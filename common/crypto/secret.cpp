#include "common/crypto/secret.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace tally::crypto {

void start() { TALLY_ASSERT(sodium_init() >= 0, "libsodium does not start"); }

void SystemRandom::fill(std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); }

Secret::Secret(std::size_t size) : size_(size) {
    start();
    data_.reset(static_cast<std::uint8_t*>(sodium_malloc(size)));
    TALLY_ASSERT(data_ != nullptr, "no guarded memory for a key");
    sodium_memzero(data_.get(), size);
}

Secret Secret::copy_of(ByteView bytes) {
    Secret out(bytes.size());
    std::memcpy(out.data_.get(), bytes.data(), bytes.size());
    return out;
}

Secret Secret::random(std::size_t size) {
    Secret out(size);
    randombytes_buf(out.data_.get(), size);
    return out;
}

void Secret::Release::operator()(std::uint8_t* data) const { sodium_free(data); }

void wipe(std::span<std::uint8_t> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

bool same(ByteView a, ByteView b) { return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace tally::crypto
