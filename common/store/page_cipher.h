// Seals one page: XChaCha20-Poly1305 under a fresh random nonce for every write (F1). Knows nothing of files.
// Thread-safe: holds no state but a borrowed key.
#pragma once

#include "common/base/bytes.h"
#include "common/store/format.h"

namespace tally::store {

// What a page is bound to: its kind, its database and its place. Numbers are little-endian.
class AssociatedData {
  public:
    AssociatedData(PageKind kind, const DatabaseId& id);
    AssociatedData& add(std::uint32_t number);
    AssociatedData& add(std::uint64_t number);
    AssociatedData& add(ByteView bytes);
    ByteView view() const { return {bytes_.data(), size_}; }

  private:
    std::array<std::uint8_t, 64> bytes_;
    std::size_t size_ = 0;
};

class PageCipher {
  public:
    explicit PageCipher(ByteView key);  // 32 bytes, which must outlive the cipher
    // sealed (size + kReserveBytes) = ciphertext, nonce, tag. The buffers must not overlap.
    void seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size, const AssociatedData& bound) const;
    // false: not authentic, and `plain` is untouched.
    [[nodiscard]] bool open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size,
                            const AssociatedData& bound) const;

  private:
    const std::uint8_t* key_;
};

bool all_zero(const std::uint8_t* bytes, std::size_t size);

}  // namespace tally::store
