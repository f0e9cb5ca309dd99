#include "common/crypto/base64.h"

#include <sodium.h>

namespace tally::crypto {

namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string to_base64url(ByteView bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
    text.pop_back();  // the terminating zero
    return text;
}

Result<Bytes> from_base64url(std::string_view text) {
    if (text.empty()) return Bytes();  // libsodium wants no null pointer
    Bytes bytes(text.size());
    std::size_t size = 0;
    const char* end = nullptr;
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end, kVariant) != 0 ||
        end != text.data() + text.size()) {
        return fail(Code::kInvalid, "not base64url");
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace tally::crypto
