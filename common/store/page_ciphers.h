// The ciphers a page can be sealed with, one CipherEngine each, and what is stored of them. For page_cipher.cpp only.
#pragma once

#include "common/store/page_cipher.h"

namespace tally::store {

// libsodium. 24 random bytes of nonce.
std::unique_ptr<CipherEngine> make_xchacha20_poly1305(ByteView key);
// OpenSSL (RFC 7253). 15 random bytes of nonce, then 9 zeros, which are checked. Fast where the processor has AES.
std::unique_ptr<CipherEngine> make_aes256_ocb(ByteView key);
// An OpenSSL that was told to offer only approved ciphers (FIPS) has it not.
bool has_aes256_ocb();

}  // namespace tally::store
