#include <openssl/evp.h>
#include <sodium.h>

#include <cstdlib>

#include "common/store/page_ciphers.h"

namespace tally::store {
namespace {

constexpr std::size_t kOcbNonceBytes = 15;  // the longest that OCB takes

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// The key is expanded once. Without OpenSSL's memory or its cipher nothing can be sealed, and nothing may be lost.
Context make_context(ByteView key, bool encrypt) {
    Context out(EVP_CIPHER_CTX_new());
    const bool ready = out != nullptr &&
                       EVP_CipherInit_ex(out.get(), EVP_aes_256_ocb(), nullptr, nullptr, nullptr, encrypt) == 1 &&
                       EVP_CIPHER_CTX_ctrl(out.get(), EVP_CTRL_AEAD_SET_IVLEN, kOcbNonceBytes, nullptr) == 1 &&
                       EVP_CIPHER_CTX_ctrl(out.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, nullptr) == 1 &&
                       EVP_CipherInit_ex(out.get(), nullptr, nullptr, key.data(), nullptr, encrypt) == 1;
    TALLY_ASSERT(ready, "OpenSSL has AES-256-OCB");
    return out;
}

class Aes256Ocb final : public CipherEngine {
  public:
    explicit Aes256Ocb(ByteView key) : seal_(make_context(key, true)), open_(make_context(key, false)) {}

    void seal(std::uint8_t* sealed, const std::uint8_t* plain, std::size_t size, ByteView bound) const override {
        std::uint8_t* nonce = sealed + size;
        randombytes_buf(nonce, kOcbNonceBytes);
        std::memset(nonce + kOcbNonceBytes, 0, kNonceBytes - kOcbNonceBytes);
        int count = 0, last = 0;
        const bool done =
            EVP_EncryptInit_ex(seal_.get(), nullptr, nullptr, nullptr, nonce) == 1 &&
            EVP_EncryptUpdate(seal_.get(), nullptr, &count, bound.data(), static_cast<int>(bound.size())) == 1 &&
            EVP_EncryptUpdate(seal_.get(), sealed, &count, plain, static_cast<int>(size)) == 1 &&
            EVP_EncryptFinal_ex(seal_.get(), sealed + count, &last) == 1 &&
            EVP_CIPHER_CTX_ctrl(seal_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, nonce + kNonceBytes) == 1;
        TALLY_ASSERT(done && static_cast<std::size_t>(count + last) == size, "a page can be sealed");
    }

    bool open(std::uint8_t* plain, const std::uint8_t* sealed, std::size_t size, ByteView bound) const override {
        const std::uint8_t* nonce = sealed + size;
        if (!all_zero(nonce + kOcbNonceBytes, kNonceBytes - kOcbNonceBytes)) return false;
        std::uint8_t tag[kTagBytes];
        std::memcpy(tag, nonce + kNonceBytes, kTagBytes);
        int count = 0, last = 0;
        const bool authentic =
            EVP_DecryptInit_ex(open_.get(), nullptr, nullptr, nullptr, nonce) == 1 &&
            EVP_CIPHER_CTX_ctrl(open_.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag) == 1 &&
            EVP_DecryptUpdate(open_.get(), nullptr, &count, bound.data(), static_cast<int>(bound.size())) == 1 &&
            EVP_DecryptUpdate(open_.get(), plain, &count, sealed, static_cast<int>(size)) == 1 &&
            EVP_DecryptFinal_ex(open_.get(), plain + count, &last) == 1;
        if (!authentic) std::memset(plain, 0, size);  // OpenSSL has written what it could not vouch for
        return authentic;
    }

  private:
    Context seal_, open_;
};

}  // namespace

bool has_aes256_ocb() {
    static const bool here = [] {
        EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-OCB", nullptr);
        EVP_CIPHER_free(cipher);
        return cipher != nullptr;
    }();
    return here;
}

std::unique_ptr<CipherEngine> make_aes256_ocb(ByteView key) { return std::make_unique<Aes256Ocb>(key); }

}  // namespace tally::store
