// Enciphers the 16 telling bytes of a WAL frame header and masks a journal record's checksum. SQLite's checksums are
// linear in the plain page, so in clear they would leak it (F5, F7). Not authenticated: what matters of a header is
// bound to its page. Thread-safe: holds no state but a borrowed key.
#pragma once

#include "common/base/bytes.h"

namespace tally::store {

class HeaderCipher {
  public:
    static constexpr std::size_t kBlockBytes = 16;
    using Block = std::array<std::uint8_t, kBlockBytes>;

    explicit HeaderCipher(ByteView key);  // 16 bytes, which must outlive the cipher

    // A permutation of 16-byte blocks for every tweak: a Feistel network of four rounds over SipHash-2-4 (Luby and
    // Rackoff 1988: four rounds of a pseudo-random function make a strong pseudo-random permutation).
    void encipher(Block& block, std::uint64_t tweak) const;
    void decipher(Block& block, std::uint64_t tweak) const;

    // A keyed 32-bit mask that follows from `unique` (the tag of the page before the masked number).
    std::uint32_t mask(ByteView unique) const;

  private:
    std::uint64_t round(std::uint64_t half, std::uint64_t tweak, std::uint8_t number) const;
    const std::uint8_t* key_;
};

}  // namespace tally::store
