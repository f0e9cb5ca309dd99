// The ciphers of the byte layout against published answers, through the store's own wrappers; every swap of what a page
// is bound to; and nonces over many writes.
#include <sodium.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <vector>

#include "common/store/header_cipher.h"
#include "common/store/page_cipher.h"
#include "tests/support/data.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

Bytes unhex(const std::string& text) {
    Result<Bytes> out = from_hex(text);
    REQUIRE_OK(out);
    return std::move(out).value();
}

// A page's associated data begins with a kind and a database id, 9 bytes of any value; so what a published case binds
// can be written as that of a page where it has 9 to 64 bytes.
AssociatedData bound_to(const Bytes& bytes) {
    DatabaseId id;
    std::copy_n(bytes.begin() + 1, id.size(), id.begin());
    AssociatedData out(static_cast<PageKind>(bytes[0]), id);
    return out.add(ByteView(bytes).subspan(9));
}

struct Case {
    Bytes key, nonce, bound, plain, ciphertext, tag;
    bool opens(const Bytes& with_tag) const {
        Bytes sealed = ciphertext;
        sealed.insert(sealed.end(), nonce.begin(), nonce.end());
        sealed.insert(sealed.end(), with_tag.begin(), with_tag.end());
        Bytes out(plain.size() + 1, 0xA5);
        if (!PageCipher(ByteView(key), kCipherXChaCha20Poly1305)
                 .open(out.data(), sealed.data(), plain.size(), bound_to(bound)))
            return false;
        CHECK(out.back() == 0xA5);
        out.pop_back();
        CHECK(out == plain);
        return true;
    }
};

// Everything a page is ever bound to, of every kind, with numbers that would be mixed up if a field were forgotten.
std::vector<AssociatedData> places() {
    std::vector<AssociatedData> out;
    for (const DatabaseId& id :
         {DatabaseId{}, DatabaseId{1, 2, 3, 4, 5, 6, 7, 8}, DatabaseId{1, 2, 3, 4, 5, 6, 7, 9}}) {
        for (const std::uint32_t page : {1u, 2u, 0x100u, 0x40001u}) {
            out.push_back(AssociatedData(PageKind::kMain, id).add(page));
            Bytes clear(kClearBytes, 0);
            out.push_back(AssociatedData(PageKind::kMain, id).add(page).add(ByteView(clear)));
            clear[23] = 1;
            out.push_back(AssociatedData(PageKind::kMain, id).add(page).add(ByteView(clear)));
            for (const std::uint64_t place : {0ull, 1ull, 256ull, 1ull << 32}) {
                out.push_back(AssociatedData(PageKind::kWal, id).add(place).add(page).add(std::uint32_t{0}));
                out.push_back(AssociatedData(PageKind::kWal, id).add(place).add(page).add(std::uint32_t{2}));
                out.push_back(AssociatedData(PageKind::kJournal, id).add(place).add(page));
            }
        }
        for (const std::uint64_t block : {0ull, 1ull, 256ull, 1ull << 32})
            out.push_back(AssociatedData(PageKind::kTemporary, id).add(block));
    }
    return out;
}

}  // namespace

TEST_CASE("page cipher: Wycheproof's XChaCha20-Poly1305 cases open, and none with another tag") {
    const auto path = support::data("vectors/wycheproof_xchacha20_poly1305_test.json");
    if (!path) return;
    const auto root = nlohmann::json::parse(support::slurp(*path));
    int valid = 0;
    for (const auto& group : root["testGroups"]) {
        for (const auto& test : group["tests"]) {
            const auto field = [&](const char* name) { return unhex(test[name].get<std::string>()); };
            const Case one{field("key"), field("iv"), field("aad"), field("msg"), field("ct"), field("tag")};
            if (one.nonce.size() != kNonceBytes || one.bound.size() < 9 || one.bound.size() > 64) continue;
            CAPTURE(test["tcId"].get<int>());
            REQUIRE(test["result"] == "valid");  // the wrong tags of the file bind three bytes only: made below
            CHECK(one.opens(one.tag));
            for (std::size_t bit = 0; bit < 128; ++bit) {
                Bytes wrong = one.tag;
                wrong[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
                CHECK(!one.opens(wrong));
            }
            for (const std::uint8_t byte : {0x00, 0xFF}) {  // which are right in two of the cases
                const Bytes wrong(kTagBytes, byte);
                CHECK(one.opens(wrong) == (wrong == one.tag));
            }
            ++valid;
        }
    }
    CHECK(valid == 56);
}

TEST_CASE("page cipher: opens the case of the XChaCha draft that libsodium tests itself by") {
    const Case draft{
        unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"),
        unhex("404142434445464748494a4b4c4d4e4f5051525354555657"),
        unhex("50515253c0c1c2c3c4c5c6c7"),
        unhex("4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920"
              "636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c207375"
              "6e73637265656e20776f756c642062652069742e"),
        unhex("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e"
              "39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3"
              "fff921f9664c97637da9768812f615c68b13b52e"),
        unhex("c0875924c1c7987947deafd8780acf49")};
    CHECK(draft.opens(draft.tag));
}

TEST_CASE("page cipher: what it seals is ciphertext, nonce and tag of libsodium's one call, and nothing else") {
    SeededRandom random(seed());
    for (int round = 0; round < 50; ++round) {
        Bytes key(32);
        Bytes plain(1 + random.below(kPlainBytes));
        random.fill(key);
        random.fill(plain);
        const AssociatedData bound = AssociatedData(PageKind::kMain, DatabaseId{9}).add(std::uint32_t{0x01020304});
        CHECK(to_hex(bound.view()) == "01090000000000000004030201");
        Bytes sealed(plain.size() + kReserveBytes);
        PageCipher(ByteView(key), kCipherXChaCha20Poly1305).seal(sealed.data(), plain.data(), plain.size(), bound);
        const std::uint8_t* nonce = sealed.data() + plain.size();
        Bytes expected(plain.size() + kTagBytes);
        crypto_aead_xchacha20poly1305_ietf_encrypt(expected.data(), nullptr, plain.data(), plain.size(),
                                                   bound.view().data(), bound.view().size(), nullptr, nonce,
                                                   key.data());
        CHECK(std::equal(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(plain.size()), expected.begin()));
        CHECK(std::equal(nonce + kNonceBytes, nonce + kReserveBytes, expected.data() + plain.size()));
    }
}

TEST_CASE("page cipher: a page opens in its own place only: no swap of kind, database, page, frame, commit or offset") {
    const std::vector<AssociatedData> all = places();
    for (const CipherKind& kind : all_ciphers()) {
        CAPTURE(kind.name);
        const Bytes key(32, 3);
        const PageCipher cipher(ByteView(key), kind.id);
        const Bytes plain(64, 1);
        Bytes out(plain.size());
        int opened = 0;
        int refused = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            Bytes sealed(plain.size() + kReserveBytes);
            cipher.seal(sealed.data(), plain.data(), plain.size(), all[i]);
            for (std::size_t j = 0; j < all.size(); ++j) {
                const bool opens = cipher.open(out.data(), sealed.data(), plain.size(), all[j]);
                (opens ? opened : refused) += 1;
                if (opens != (i == j))
                    FAIL_CHECK("sealed for place " << i << ", opened at place " << j << ": " << opens);
            }
        }
        CHECK(opened == static_cast<int>(all.size()));
        CHECK(refused == static_cast<int>(all.size() * (all.size() - 1)));
    }
    CHECK(all.size() == 192);
}

// Answers of an implementation of its own, in Python, checked there against SipHash's published vector.
TEST_CASE("header cipher: gives the answers of an independent implementation, so files of old stay readable") {
    Bytes key(16);
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
    const HeaderCipher cipher{ByteView(key)};
    HeaderCipher::Block plain;
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = static_cast<std::uint8_t>(0xF0 + i);
    const auto enciphered = [&](std::uint64_t tweak) {
        HeaderCipher::Block block = plain;
        cipher.encipher(block, tweak);
        return to_hex(ByteView(block));
    };
    CHECK(enciphered(0) == "16a7b3cad4f808d8ec52842cab597335");
    CHECK(enciphered(1) == "97867c4b62859b1b767cb95554cfa7a5");
    CHECK(enciphered(0x0102030405060708) == "eaa3ed8c8ccf3c482cf7f4e65eba13b6");
    CHECK(cipher.mask(ByteView(plain)) == 0xb6bbfff9u);
}

// 200,000 writes; the long form, TALLY_LONG=1, makes ten million. Their first 16 bytes already differ, of
// AES-256-OCB 15.
TEST_CASE("page cipher: no two writes have the same nonce") {
    const std::size_t writes = std::getenv("TALLY_LONG") == nullptr ? 200'000 : 10'000'000;
    const Bytes key(32, 3);
    for (const CipherKind& kind : all_ciphers()) {
        CAPTURE(kind.name);
        const PageCipher cipher(ByteView(key), kind.id);
        const AssociatedData bound(PageKind::kMain, DatabaseId{});
        const std::uint8_t plain[1] = {0};
        std::array<std::uint8_t, 1 + kReserveBytes> sealed;
        std::vector<std::array<std::uint64_t, 2>> nonces(writes);
        for (auto& nonce : nonces) {
            cipher.seal(sealed.data(), plain, 1, bound);
            std::memcpy(nonce.data(), sealed.data() + 1, sizeof nonce);
        }
        std::sort(nonces.begin(), nonces.end());
        CHECK(std::adjacent_find(nonces.begin(), nonces.end()) == nonces.end());
    }
}
