// BLAKE2b (RFC 7693) by libsodium, plain and keyed.
#pragma once

#include "common/base/bytes.h"

namespace tally::crypto {

Hash hash_of(ByteView bytes);                                      // BLAKE2b-256
Hash hash_of_parts(std::initializer_list<ByteView> parts);         // of the concatenation
Bytes keyed_hash(ByteView key, ByteView bytes, std::size_t size);  // size 16..64, key 16..64 bytes

}  // namespace tally::crypto
