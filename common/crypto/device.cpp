#include "common/crypto/device.h"

#include <sodium.h>

namespace tally::crypto {

static Bytes framed(std::string_view context, ByteView message) {
    Bytes out(context.begin(), context.end());
    out.push_back(0);
    out.insert(out.end(), message.begin(), message.end());
    return out;
}

Device::Device(Secret seed) : seed_(std::move(seed)), secret_key_(crypto_sign_SECRETKEYBYTES) {
    crypto_sign_seed_keypair(public_key_.bytes.data(), secret_key_.writable().data(), seed_.view().data());
}

Device Device::create() { return Device(Secret::random(crypto_sign_SEEDBYTES)); }

Result<Device> Device::from_seed(ByteView seed) {
    if (seed.size() != crypto_sign_SEEDBYTES) return fail(Code::kInvalid, "a device seed has 32 bytes");
    return Device(Secret::copy_of(seed));
}

Signature Device::sign(std::string_view context, ByteView message) const {
    const Bytes text = framed(context, message);
    Signature out;
    crypto_sign_detached(out.bytes.data(), nullptr, text.data(), text.size(), secret_key_.view().data());
    return out;
}

bool verify(const PublicKey& signer, std::string_view context, ByteView message, const Signature& signature) {
    const Bytes text = framed(context, message);
    return crypto_sign_verify_detached(signature.bytes.data(), text.data(), text.size(), signer.bytes.data()) == 0;
}

Result<KeyWrap> KeyWrap::between(const Device& own, const PublicKey& other) {
    Secret secret(crypto_scalarmult_curve25519_BYTES);
    std::array<std::uint8_t, crypto_scalarmult_curve25519_BYTES> their{};
    if (crypto_sign_ed25519_sk_to_curve25519(secret.writable().data(), own.secret_key_.view().data()) != 0 ||
        crypto_sign_ed25519_pk_to_curve25519(their.data(), other.bytes.data()) != 0)
        return fail(Code::kInvalid, "not an Ed25519 public key");
    Secret shared(crypto_box_BEFORENMBYTES);
    if (crypto_box_beforenm(shared.writable().data(), their.data(), secret.view().data()) != 0)
        return fail(Code::kInvalid, "not a usable public key");
    return KeyWrap(std::move(shared));
}

Bytes KeyWrap::wrap(ByteView key) const {
    Bytes out(crypto_box_NONCEBYTES + crypto_box_MACBYTES + key.size());
    randombytes_buf(out.data(), crypto_box_NONCEBYTES);
    crypto_box_easy_afternm(out.data() + crypto_box_NONCEBYTES, key.data(), key.size(), out.data(),
                            shared_.view().data());
    return out;
}

Result<Bytes> KeyWrap::open(ByteView wrapped) const {
    constexpr std::size_t kOverhead = crypto_box_NONCEBYTES + crypto_box_MACBYTES;
    if (wrapped.size() <= kOverhead) return fail(Code::kDamaged, "a wrapped key is too short");
    Bytes out(wrapped.size() - kOverhead);
    const ByteView box = wrapped.subspan(crypto_box_NONCEBYTES);
    if (crypto_box_open_easy_afternm(out.data(), box.data(), box.size(), wrapped.data(), shared_.view().data()) != 0)
        return fail(Code::kDamaged, "a wrapped key does not open");
    return out;
}

}  // namespace tally::crypto
