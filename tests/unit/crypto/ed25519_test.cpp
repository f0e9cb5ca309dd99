// Ed25519 as the tree uses it, against published answers: a signature is verified and made exactly as others do. Device
// frames its messages with a context, so the vectors go to the primitive below it, from the seed as Device takes it.
#include <doctest/doctest.h>
#include <sodium.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/base/bytes.h"
#include "common/crypto/device.h"
#include "tests/support/data.h"

using namespace tally;

namespace {

Bytes unhex(const std::string& text) {
    Result<Bytes> out = from_hex(text);
    REQUIRE(out.has_value());
    return std::move(out).value();
}

bool verifies(const Bytes& signature, const Bytes& message, const Bytes& signer) {
    return signature.size() == crypto_sign_BYTES &&
           crypto_sign_verify_detached(signature.data(), message.data(), message.size(), signer.data()) == 0;
}

// The rows of a gzipped file, by the system's gzip: the tree has no other use for a decompressor.
std::string gunzip(const std::filesystem::path& path) {
    FILE* pipe = ::popen(("gzip -dc '" + path.string() + "'").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    char buffer[65536];
    for (std::size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, size);
    REQUIRE(::pclose(pipe) == 0);
    return out;
}

}  // namespace

TEST_CASE("ed25519: Wycheproof's signatures are accepted and refused as they say") {
    const auto path = support::data("vectors/wycheproof_ed25519_test.json");
    if (!path) return;
    const auto root = nlohmann::json::parse(support::slurp(*path));
    int valid = 0;
    int invalid = 0;
    for (const auto& group : root["testGroups"]) {
        const Bytes signer = unhex(group["publicKey"]["pk"].get<std::string>());
        REQUIRE(signer.size() == crypto_sign_PUBLICKEYBYTES);
        for (const auto& test : group["tests"]) {
            CAPTURE(test["tcId"].get<int>());
            const bool expected = test["result"] == "valid";
            CHECK(verifies(unhex(test["sig"].get<std::string>()), unhex(test["msg"].get<std::string>()), signer) ==
                  expected);
            ++(expected ? valid : invalid);
        }
    }
    CHECK(valid == 88);
    CHECK(invalid == 63);
}

TEST_CASE("ed25519: from SUPERCOP's 1024 seeds come its public keys and its signatures, byte for byte") {
    const auto path = support::data("vectors/ed25519_supercop_1024.csv.gz");
    if (!path) return;
    std::istringstream rows(gunzip(*path));
    std::string line;
    std::getline(rows, line);
    REQUIRE(line == "seed_hex,public_hex,signature_hex,message_hex");
    int count = 0;
    while (std::getline(rows, line)) {
        std::istringstream cells(line);
        std::string seed, public_key, signature, message;
        std::getline(cells, seed, ',');
        std::getline(cells, public_key, ',');
        std::getline(cells, signature, ',');
        std::getline(cells, message, ',');
        const Bytes seed_bytes = unhex(seed);
        const Result<crypto::Device> device = crypto::Device::from_seed(seed_bytes);
        REQUIRE(device.has_value());
        REQUIRE(device->public_key().hex() == public_key);
        unsigned char signer[crypto_sign_PUBLICKEYBYTES];
        unsigned char secret[crypto_sign_SECRETKEYBYTES];
        crypto_sign_seed_keypair(signer, secret, seed_bytes.data());
        Bytes text = unhex(message);
        Bytes made(crypto_sign_BYTES);
        crypto_sign_detached(made.data(), nullptr, text.data(), text.size(), secret);
        REQUIRE(to_hex(made) == signature);
        REQUIRE(verifies(made, text, unhex(public_key)));
        text.push_back(0);
        REQUIRE(!verifies(made, text, unhex(public_key)));
        ++count;
    }
    CHECK(count == 1024);
}
