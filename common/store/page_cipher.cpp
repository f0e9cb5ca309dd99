#include "common/store/page_cipher.h"

#include <sodium.h>

#include "common/store/page_ciphers.h"

namespace tally::store {
namespace {

constexpr CipherKind kCiphers[] = {
    {kCipherXChaCha20Poly1305, "XChaCha20-Poly1305", make_xchacha20_poly1305, [] { return true; }},
    {kCipherAes256Ocb, "AES-256-OCB", make_aes256_ocb, has_aes256_ocb},
};

}  // namespace

AssociatedData::AssociatedData(PageKind kind, const DatabaseId& id) {
    bytes_[size_++] = static_cast<std::uint8_t>(kind);
    add(ByteView(id));
}

AssociatedData& AssociatedData::add(std::uint32_t number) {
    for (int i = 0; i < 4; ++i) bytes_[size_++] = static_cast<std::uint8_t>(number >> (8 * i));
    return *this;
}

AssociatedData& AssociatedData::add(std::uint64_t number) {
    return add(static_cast<std::uint32_t>(number)).add(static_cast<std::uint32_t>(number >> 32));
}

AssociatedData& AssociatedData::add(ByteView bytes) {
    TALLY_ASSERT(size_ + bytes.size() <= bytes_.size(), "associated data fits its buffer");
    std::memcpy(bytes_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return *this;
}

std::uint8_t cipher_of_new_files() {
    return sodium_runtime_has_aesni() != 0 && has_aes256_ocb() ? kCipherAes256Ocb : kCipherXChaCha20Poly1305;
}

std::span<const CipherKind> all_ciphers() { return kCiphers; }

const CipherKind* find_cipher(std::uint8_t id) {
    for (const CipherKind& kind : kCiphers)
        if (kind.id == id) return &kind;
    return nullptr;
}

Result<const CipherKind*> cipher_of_file(std::uint8_t id) {
    const CipherKind* known = find_cipher(id);
    if (known != nullptr && known->is_here()) return known;
    if (known != nullptr)
        return fail(Code::kRefused, std::string("the database is encrypted with ") + known->name +
                                        ", which this machine's OpenSSL does not offer (FIPS mode?)");
    if (id == 0) return fail(Code::kDamaged, "the database file is of no known format");
    return fail(Code::kNewer, "the database is encrypted with cipher " + std::to_string(id) +
                                  ", which this version of Tallystick does not know: install a newer one");
}

PageCipher::PageCipher(ByteView key, std::uint8_t cipher) : id_(cipher) {
    TALLY_ASSERT(key.size() == 32, "a page key has 32 bytes");
    const CipherKind* kind = find_cipher(cipher);
    TALLY_ASSERT(kind != nullptr, "a page cipher is known before it is used");
    engine_ = kind->make(key);
}

bool all_zero(const std::uint8_t* bytes, std::size_t size) { return sodium_is_zero(bytes, size) != 0; }

}  // namespace tally::store
