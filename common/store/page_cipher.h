// Seals one page with the cipher whose id stands in byte 7 of page 1, under a fresh random nonce for every write (F1).
// Knows nothing of files. A PageCipher belongs to one file and so to one thread at a time.
//
// A new cipher is one CipherEngine and one line in the table of page_cipher.cpp. It must take a 32-byte key, fit nonce
// and tag into kReserveBytes, be safe with random nonces for 2^40 pages, and refuse what was changed. Nothing else of
// the format changes; a file comes under it by `keys rotate`.
#pragma once

#include <memory>
#include <span>

#include "common/base/bytes.h"
#include "common/base/result.h"
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

// One cipher under one key. One virtual call a page of 4 KiB: it does not show beside the work.
class CipherEngine {
  public:
    CipherEngine() = default;
    CipherEngine(const CipherEngine&) = delete;
    CipherEngine& operator=(const CipherEngine&) = delete;
    virtual ~CipherEngine() = default;
    // sealed = ciphertext (size), then kReserveBytes: a fresh nonce at their begin, the tag at their end.
    virtual void seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size, ByteView bound) const = 0;
    // false: not authentic, and `plain` is untouched or zeros.
    [[nodiscard]] virtual bool open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size,
                                    ByteView bound) const = 0;
};

struct CipherKind {
    std::uint8_t id;  // page 1, byte 7; for ever
    const char* name;
    std::unique_ptr<CipherEngine> (*make)(ByteView key);  // 32 bytes, which must outlive the engine
    bool (*is_here)();                                    // whether this machine's libraries have it
};

std::span<const CipherKind> all_ciphers();
// Null: not known to this program.
const CipherKind* find_cipher(std::uint8_t id);
// The same for a byte from a file: kDamaged for 0, kNewer for an id that is not known, kRefused for one that cannot be
// had here.
Result<const CipherKind*> cipher_of_file(std::uint8_t id);

class PageCipher {
  public:
    explicit PageCipher(ByteView key, std::uint8_t cipher = cipher_of_new_files());  // 32 bytes; the id must be known
    std::uint8_t id() const { return id_; }
    // sealed (size + kReserveBytes) = ciphertext, nonce, tag. The buffers must not overlap.
    void seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size, const AssociatedData& bound) const {
        engine_->seal(sealed, plain, size, bound.view());
    }
    // false: not authentic.
    [[nodiscard]] bool open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size,
                            const AssociatedData& bound) const {
        return engine_->open(plain, sealed, size, bound.view());
    }

  private:
    std::uint8_t id_;
    std::unique_ptr<CipherEngine> engine_;
};

bool all_zero(const std::uint8_t* bytes, std::size_t size);

}  // namespace tally::store
