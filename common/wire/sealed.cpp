#include "common/wire/sealed.h"

#include "common/crypto/hash.h"
#include "common/wire/codec.h"

namespace tally::wire {

// The purpose keeps fields and profiles apart; the member keeps one person's texts from being served as another's.
static Bytes associated(std::string_view purpose, const domain::MemberId& member) {
    Bytes out(purpose.begin(), purpose.end());
    out.insert(out.end(), member.bytes.begin(), member.bytes.end());
    return out;
}

Bytes seal_fields(ByteView member_key, const domain::MemberId& member, const domain::PersonalFields& fields) {
    return crypto::seal(member_key, encode_fields(fields), associated("tally fields v1", member));
}

Result<domain::PersonalFields> open_fields(ByteView member_key, const domain::MemberId& member, ByteView sealed) {
    TALLY_TRY(const Bytes plain, crypto::open(member_key, sealed, associated("tally fields v1", member)));
    return decode_fields(plain);
}

Bytes seal_profile(ByteView member_key, const domain::MemberId& member, const domain::Profile& profile) {
    return crypto::seal(member_key, encode_profile(profile), associated("tally profile v1", member));
}

Result<domain::Profile> open_profile(ByteView member_key, const domain::MemberId& member, ByteView sealed) {
    TALLY_TRY(const Bytes plain, crypto::open(member_key, sealed, associated("tally profile v1", member)));
    return decode_profile(plain);
}

domain::IdentityTag identity_tag(ByteView member_key, domain::IdentityKind kind, std::string_view value) {
    Bytes text{static_cast<std::uint8_t>(kind)};
    text.insert(text.end(), value.begin(), value.end());
    const Bytes tag = crypto::keyed_hash(member_key, text, domain::IdentityTag::kSize);
    return *domain::IdentityTag::from(tag);
}

Bytes chain_head_text(const domain::OpId& last, const Hash& hash) {
    Bytes out;
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(last.terminal >> shift));
    out.insert(out.end(), last.epoch.bytes.begin(), last.epoch.bytes.end());
    for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(last.seq >> shift));
    out.insert(out.end(), hash.bytes.begin(), hash.bytes.end());
    return out;
}

}  // namespace tally::wire
