#include "common/crypto/hash.h"

#include <sodium.h>

namespace tally::crypto {

Hash hash_of(ByteView bytes) {
    Hash out;
    crypto_generichash(out.bytes.data(), Hash::kSize, bytes.data(), bytes.size(), nullptr, 0);
    return out;
}

Hash hash_of_parts(std::initializer_list<ByteView> parts) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, nullptr, 0, Hash::kSize);
    for (const ByteView part : parts) crypto_generichash_update(&state, part.data(), part.size());
    Hash out;
    crypto_generichash_final(&state, out.bytes.data(), Hash::kSize);
    return out;
}

Bytes keyed_hash(ByteView key, ByteView bytes, std::size_t size) {
    Bytes out(size);
    const int failed = crypto_generichash(out.data(), size, bytes.data(), bytes.size(), key.data(), key.size());
    TALLY_ASSERT(failed == 0, "sizes of a keyed hash");
    return out;
}

}  // namespace tally::crypto
