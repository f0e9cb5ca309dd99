#include "common/store/header_cipher.h"

#include <sodium.h>

namespace tally::store {

static constexpr std::uint8_t kMaskRound = 0xFF;  // apart from the rounds of the permutation

HeaderCipher::HeaderCipher(ByteView key) : key_(key.data()) {
    TALLY_ASSERT(key.size() == crypto_shorthash_KEYBYTES, "a header key has 16 bytes");
}

std::uint64_t HeaderCipher::round(std::uint64_t half, std::uint64_t tweak, std::uint8_t number) const {
    std::array<std::uint8_t, 17> input;
    std::memcpy(input.data(), &half, 8);
    std::memcpy(input.data() + 8, &tweak, 8);
    input[16] = number;
    std::uint64_t out = 0;
    crypto_shorthash(reinterpret_cast<std::uint8_t*>(&out), input.data(), input.size(), key_);
    return out;
}

void HeaderCipher::encipher(Block& block, std::uint64_t tweak) const {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, block.data(), 8);
    std::memcpy(&right, block.data() + 8, 8);
    for (std::uint8_t number = 0; number < 4; ++number) {
        const std::uint64_t next = left ^ round(right, tweak, number);
        left = right;
        right = next;
    }
    std::memcpy(block.data(), &left, 8);
    std::memcpy(block.data() + 8, &right, 8);
}

void HeaderCipher::decipher(Block& block, std::uint64_t tweak) const {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, block.data(), 8);
    std::memcpy(&right, block.data() + 8, 8);
    for (std::uint8_t number = 4; number-- > 0;) {
        const std::uint64_t before = right ^ round(left, tweak, number);
        right = left;
        left = before;
    }
    std::memcpy(block.data(), &left, 8);
    std::memcpy(block.data() + 8, &right, 8);
}

std::uint32_t HeaderCipher::mask(ByteView unique) const {
    TALLY_ASSERT(unique.size() == 16, "a mask follows from a tag of 16 bytes");
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::memcpy(&first, unique.data(), 8);
    std::memcpy(&second, unique.data() + 8, 8);
    return static_cast<std::uint32_t>(round(first, second, kMaskRound));
}

}  // namespace tally::store
