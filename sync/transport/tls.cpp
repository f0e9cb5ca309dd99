#include "sync/transport/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace tally::transport {

namespace {

template <class T, void (*kFree)(T*)>
struct Free {
    void operator()(T* object) const { kFree(object); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Free<X509, X509_free>>;

// A certificate here carries one Ed25519 key and nothing else that anybody reads: no name, no dates that a wrong clock
// could trip over. 4 KiB is ten times its size.
constexpr long kCertificateBytesMax = 4096;

Error openssl_error(const char* what) {
    char text[256] = "no reason given";
    if (const unsigned long code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return fail(Code::kIo, std::string(what) + ": " + text);
}

Result<crypto::PublicKey> key_of(X509* certificate) {
    const Error bad = fail(Code::kDamaged, "the other side's certificate holds no Ed25519 key");
    EVP_PKEY* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
    if (!key || EVP_PKEY_id(key) != EVP_PKEY_ED25519) return bad;
    crypto::PublicKey out;
    std::size_t size = out.bytes.size();
    if (EVP_PKEY_get_raw_public_key(key, out.bytes.data(), &size) != 1 || size != out.bytes.size()) return bad;
    return out;
}

// One call a handshake, instead of OpenSSL's chain building. Possession of the key is proved by CertificateVerify,
// which TLS 1.3 checks in any case.
int check_peer(X509_STORE_CTX* store, void* argument) {
    auto* tls = static_cast<TlsContext*>(argument);
    const Result<crypto::PublicKey> key = key_of(X509_STORE_CTX_get0_cert(store));
    bool ok = key.has_value();
    if (ok && tls->expected && *tls->expected != *key) {
        tls->seen = *key;
        ok = false;
    }
    X509_STORE_CTX_set_error(store, ok ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
    return ok ? 1 : 0;
}

Result<CertPtr> make_certificate(EVP_PKEY* key) {
    CertPtr certificate(X509_new());
    if (!certificate) return openssl_error("X509_new");
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* common_name = reinterpret_cast<const unsigned char*>("tallystick");
    const bool ok = X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 &&
                    ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "20000101000000Z") == 1 &&
                    ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), "99991231235959Z") == 1 &&
                    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
                    X509_set_issuer_name(certificate.get(), name) == 1 &&
                    X509_set_pubkey(certificate.get(), key) == 1 &&
                    X509_sign(certificate.get(), key, nullptr) > 0;  // Ed25519 hashes by itself: no digest
    if (!ok) return openssl_error("the device's certificate");
    return certificate;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> make_tls_context(Role role, const crypto::Device& own,
                                                     const std::optional<crypto::PublicKey>& expected) {
    SSL_CTX* handle = SSL_CTX_new(role == Role::kClient ? TLS_client_method() : TLS_server_method());
    if (!handle) return openssl_error("SSL_CTX_new");
    auto tls = std::make_shared<TlsContext>(role, handle);  // owns the handle from here
    tls->expected = expected;

    const ByteView seed = own.seed();
    const KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    if (!key) return openssl_error("the device's key");
    TALLY_TRY(const CertPtr certificate, make_certificate(key.get()));

    const bool ok = SSL_CTX_set_min_proto_version(handle, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(handle, TLS1_3_VERSION) == 1 &&
                    SSL_CTX_set1_sigalgs_list(handle, "ed25519") == 1 &&
                    SSL_CTX_set1_groups_list(handle, "X25519") == 1 &&
                    SSL_CTX_use_certificate(handle, certificate.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(handle, key.get()) == 1 && SSL_CTX_set_num_tickets(handle, 0) == 1;
    if (!ok) return openssl_error("the TLS settings");
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(handle, 0);
    SSL_CTX_set_max_cert_list(handle, kCertificateBytesMax);
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(handle, check_peer, tls.get());
    return tls;
}

Result<crypto::PublicKey> peer_key(SSL* ssl) { return key_of(SSL_get0_peer_certificate(ssl)); }

}  // namespace tally::transport
