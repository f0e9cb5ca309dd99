// Makes the TLS side of a device: a self-signed Ed25519 certificate from its seed, TLS 1.3 only, both ends
// authenticated, no session ever resumed (a resumed session would skip the check of the pin). For this folder's own
// files.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>

#include "common/crypto/device.h"

namespace tally::transport {

enum class Role { kClient, kServer };

struct TlsContext {
    TlsContext(Role end, SSL_CTX* handle) : role(end), context(handle) {}
    TlsContext(const TlsContext&) = delete;  // OpenSSL holds its address
    TlsContext& operator=(const TlsContext&) = delete;

    Role role;
    boost::asio::ssl::context context;          // owns the SSL_CTX
    std::optional<crypto::PublicKey> expected;  // a client's pin; a server has none
    std::optional<crypto::PublicKey> seen;      // the key that did not match the pin
};

// A client's context serves one connection (it remembers the key that it saw), a server's any number. kIo: OpenSSL
// fails.
Result<std::shared_ptr<TlsContext>> make_tls_context(Role role, const crypto::Device& own,
                                                     const std::optional<crypto::PublicKey>& expected);

// The Ed25519 key that the other end proved to hold in the handshake. kDamaged: none, or of another kind.
Result<crypto::PublicKey> peer_key(SSL* ssl);

}  // namespace tally::transport
