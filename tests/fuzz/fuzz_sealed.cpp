// What is sealed with a member's key (fields, profile) and keys wrapped for a device. Law: only the very bytes that
// were sealed open again, and they open to what was sealed.
#include "common/crypto/sealed_box.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/target.h"

using namespace tally;

namespace {

struct Made {
    Made() : key(Bytes(32, 7)) {
        member.bytes[3] = 9;
        profile.fields[domain::Field::kName] = {"Li Lei", 5, {}};
        profile.identities.push_back({domain::IdentityKind::kPhone, "+8613800138000", {}, 4, {}});
        sealed = {wire::seal_fields(key, member, fields), wire::seal_profile(key, member, profile),
                  crypto::KeyWrap::between(own, other.public_key())->wrap(key),
                  *crypto::seal_to(own.public_key(), key)};
    }
    Bytes key;
    domain::MemberId member;
    domain::PersonalFields fields{{domain::Field::kName, "Li Lei"}, {domain::Field::kPhone, "+8613800138000"}};
    domain::Profile profile;
    crypto::Device own = *crypto::Device::from_seed(Bytes(32, 1)), other = *crypto::Device::from_seed(Bytes(32, 2));
    std::array<Bytes, 4> sealed;
};

bool opens(const Made& made, std::size_t kind, ByteView sealed) {
    if (kind == 0) return wire::open_fields(made.key, made.member, sealed).value_or({}) == made.fields;
    if (kind == 1) return wire::open_profile(made.key, made.member, sealed).value_or({}) == made.profile;
    if (kind == 2)
        return crypto::KeyWrap::between(made.other, made.own.public_key())->open(sealed).value_or({}) == made.key;
    const auto key = crypto::open_sealed(made.own, sealed);
    return key && crypto::same(key->view(), made.key);
}

}  // namespace

TALLY_FUZZ(sealed) {
    static const Made made = (crypto::start(), Made());
    const std::uint8_t choice = fuzz::take_choice(input);
    const std::size_t kind = choice % made.sealed.size();
    Bytes bytes = made.sealed[kind];
    if (choice < 128)
        fuzz::edit(bytes, input, 0, 16);
    else
        bytes.assign(input.begin(), input.end());
    TALLY_ASSERT(opens(made, kind, bytes) == (bytes == made.sealed[kind]), "what was sealed opens, and nothing else");
}
