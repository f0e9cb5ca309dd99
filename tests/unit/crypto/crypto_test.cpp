#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "common/crypto/base64.h"
#include "common/crypto/device.h"
#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "common/crypto/sealed_box.h"
#include "tests/support/check.h"
#include "tests/support/data.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::crypto;

namespace {

Bytes hex(const std::string& text) { return MUST(from_hex(text)); }

Bytes bytes_of(std::string_view text) {
    const ByteView view = view_of(text);
    return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("hash: BLAKE2b gives the published answers, keyed and in parts") {
    start();
    CHECK(hash_of(view_of("abc")).hex() == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    CHECK(hash_of_parts({view_of("a"), {}, view_of("bc")}) == hash_of(view_of("abc")));
    const auto file = support::data("vectors/blake2b-kat.txt");
    if (!file) return;
    std::ifstream in(*file);
    std::string label, value, input, key;
    int checked = 0;
    for (std::string line; std::getline(in, line);) {
        const auto tab = line.find('\t');
        if (tab == std::string::npos) continue;
        label = line.substr(0, tab);
        value = line.substr(tab + 1);
        if (label == "in:") input = value;
        if (label == "key:") key = value;
        if (label != "hash:" || key.empty()) continue;
        CHECK(to_hex(keyed_hash(hex(key), hex(input), 64)) == value);
        ++checked;
    }
    CHECK(checked >= 256);
}

TEST_CASE("seal: Wycheproof's XChaCha20-Poly1305 cases open or are refused as they say") {
    start();
    const auto file = support::data("vectors/wycheproof_xchacha20_poly1305_test.json");
    if (!file) return;
    const auto vectors = nlohmann::json::parse(support::slurp(*file));
    int valid = 0;
    int invalid = 0;
    for (const auto& group : vectors["testGroups"]) {
        for (const auto& test : group["tests"]) {
            const auto field = [&](const char* name) { return hex(test[name].get<std::string>()); };
            Bytes sealed = field("iv");
            if (sealed.size() != 24) continue;  // the nonce's length is not ours to choose
            for (const char* name : {"ct", "tag"}) {
                const Bytes part = field(name);
                sealed.insert(sealed.end(), part.begin(), part.end());
            }
            const auto opened = open(field("key"), sealed, field("aad"));
            CAPTURE(test["tcId"].get<int>());
            if (test["result"] == "valid") {
                REQUIRE(opened);
                CHECK(*opened == field("msg"));
                ++valid;
            } else {
                CHECK_FAILS(opened, Code::kDamaged);
                ++invalid;
            }
        }
    }
    CHECK(valid > 100);
    CHECK(invalid > 50);
}

TEST_CASE("seal: every flipped bit, cut and foreign context is refused; the same text never looks the same twice") {
    start();
    const Bytes key(kMemberKeyBytes, 3);
    const Bytes plain = bytes_of("张三 13123456789");
    const Bytes sealed = seal(key, plain, view_of("op 1"));
    CHECK(sealed.size() == plain.size() + kSealOverheadBytes);
    CHECK(MUST(open(key, sealed, view_of("op 1"))) == plain);
    CHECK(seal(key, plain, view_of("op 1")) != sealed);
    CHECK_FAILS(open(key, sealed, view_of("op 2")), Code::kDamaged);
    CHECK_FAILS(open(Bytes(kMemberKeyBytes, 4), sealed, view_of("op 1")), Code::kDamaged);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        Bytes changed = sealed;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        CHECK_FALSE(open(key, changed, view_of("op 1")));
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
        CHECK_FALSE(open(key, ByteView(sealed).first(size), view_of("op 1")));
    }
}

TEST_CASE("device: the seed makes the published key, and a signature serves one purpose only") {
    start();
    // RFC 8032, section 7.1, test 1.
    const auto seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const Device device = MUST(Device::from_seed(seed));
    CHECK(device.public_key().hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    CHECK_FAILS(Device::from_seed(ByteView(seed).first(31)), Code::kInvalid);
    const Signature signature = device.sign("head", view_of("message"));
    CHECK(verify(device.public_key(), "head", view_of("message"), signature));
    CHECK_FALSE(verify(device.public_key(), "programme", view_of("message"), signature));
    CHECK_FALSE(verify(device.public_key(), "head", view_of("messag"), signature));
    CHECK_FALSE(verify(device.public_key(), "hea", view_of("dmessage"), signature));
    CHECK_FALSE(verify(Device::create().public_key(), "head", view_of("message"), signature));
    CHECK_FALSE(verify(PublicKey{}, "head", view_of("message"), signature));
    for (std::size_t i = 0; i < Signature::kSize; ++i) {
        Signature changed = signature;
        changed.bytes[i] ^= 1;
        CHECK_FALSE(verify(device.public_key(), "head", view_of("message"), changed));
    }
}

TEST_CASE("key wrap: two devices open each other's wraps, a third opens none") {
    start();
    const Device till = Device::create();
    const Device hq = Device::create();
    const Device third = Device::create();
    const KeyWrap till_side = MUST(KeyWrap::between(till, hq.public_key()));
    const KeyWrap hq_side = MUST(KeyWrap::between(hq, till.public_key()));
    const KeyWrap stranger = MUST(KeyWrap::between(third, hq.public_key()));
    const Bytes key(32, 9);
    Bytes wrapped = till_side.wrap(key);
    CHECK(same(MUST(hq_side.open(wrapped)), key));
    CHECK_FAILS(stranger.open(wrapped), Code::kDamaged);
    CHECK_FAILS(hq_side.open(ByteView(wrapped).first(24)), Code::kDamaged);
    wrapped.back() ^= 1;
    CHECK_FAILS(hq_side.open(wrapped), Code::kDamaged);
    CHECK_FAILS(KeyWrap::between(till, PublicKey{}), Code::kInvalid);
}

TEST_CASE("sealed box: only its owner opens it") {
    start();
    const Device owner = Device::create();
    const Bytes plain(32, 5);
    Bytes sealed = MUST(seal_to(owner.public_key(), plain));
    CHECK(same(MUST(open_sealed(owner, sealed)).view(), plain));
    CHECK_FAILS(open_sealed(Device::create(), sealed), Code::kDamaged);
    sealed[40] ^= 1;
    CHECK_FAILS(open_sealed(owner, sealed), Code::kDamaged);
    CHECK_FAILS(open_sealed(owner, {}), Code::kDamaged);
    CHECK_FAILS(seal_to(PublicKey{}, plain), Code::kInvalid);
}

TEST_CASE("base64url: every length goes to text and back; other text is refused") {
    SeededRandom random(support::seed());
    for (std::size_t size = 0; size < 100; ++size) {
        Bytes bytes(size);
        random.fill(bytes);
        const std::string text = to_base64url(bytes);
        CHECK(text.find_first_of("+/= ") == std::string::npos);
        CHECK(MUST(from_base64url(text)) == bytes);
    }
    CHECK(to_base64url(view_of("fooba")) == "Zm9vYmE");  // RFC 4648, section 10
    for (const char* bad : {"Zm9vYmE=", "Zm9vYm+", "Z", "Zm9v YmE", "Zm9vYmF"}) {
        CAPTURE(bad);
        CHECK_FAILS(from_base64url(bad), Code::kInvalid);
    }
}

TEST_CASE("secret: a clone is equal and apart, and comparing looks at the length") {
    start();
    Secret secret = Secret::random(32);
    Secret clone = secret.clone();
    CHECK(same(secret.view(), clone.view()));
    clone.writable()[0] ^= 1;
    CHECK_FALSE(same(secret.view(), clone.view()));
    CHECK_FALSE(same(secret.view(), secret.view().first(31)));
    CHECK_FALSE(same(Secret::random(32).view(), Secret::random(32).view()));
}
