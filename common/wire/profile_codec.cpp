// Profiles: what is stored of them; what is sent is sealed (sealed.h).
#include "common/wire/codec.h"
#include "common/wire/codec_parts.h"
#include "common/wire/state.pb.h"

namespace tally::wire {

using namespace domain;

Bytes encode_profile(const Profile& profile) {
    pb::Profile out;
    out.set_joined_day(profile.joined_day);
    out.set_channel(profile.channel);
    for (const auto& [field, value] : profile.fields) {
        auto* row = out.add_fields();
        row->set_field(static_cast<std::uint32_t>(field));
        row->set_value(value.value);
        row->set_effective_ms(value.effective_ms);
        put_op_id(row->mutable_op(), value.op);
    }
    for (const Identity& identity : profile.identities) {
        auto* row = out.add_identities();
        row->set_kind(static_cast<std::uint32_t>(identity.kind));
        row->set_value(identity.value);
        row->set_verification(static_cast<std::uint32_t>(identity.verification));
        row->set_verified_day(identity.verified_day);
        put_op_id(row->mutable_op(), identity.op);
    }
    for (const auto& [purpose, heads] : profile.consents) {
        for (const ConsentEntry& entry : heads) {
            auto* row = out.add_consents();
            row->set_purpose(purpose);
            put_op_id(row->mutable_op(), entry.op);
            row->set_granted(entry.granted);
            row->set_wording_version(entry.wording_version);
            row->set_channel(entry.channel);
            row->set_day(entry.day);
        }
    }
    for (const NoteEntry& note : profile.notes) {
        auto* row = out.add_notes();
        put_op_id(row->mutable_op(), note.op);
        row->set_day(note.day);
        row->set_store(note.store);
        row->set_text(note.text);
    }
    return serialised(out);
}

Result<Profile> decode_profile(ByteView bytes) {
    pb::Profile in;
    TALLY_OK(parse(in, bytes, "profile"));
    Profile profile;
    profile.joined_day = in.joined_day();
    profile.channel = in.channel();
    for (const auto& row : in.fields()) {
        if (row.field() == 0 || row.field() > static_cast<std::uint32_t>(Field::kIdentity))
            return fail(Code::kNewer, "unknown profile field");
        FieldValue value{row.value(), row.effective_ms(), {}};
        TALLY_OK(get_op_id(value.op, row.op()));
        profile.fields[static_cast<Field>(row.field())] = std::move(value);
    }
    for (const auto& row : in.identities()) {
        if (row.kind() > static_cast<std::uint32_t>(IdentityKind::kMemberCode) ||
            row.verification() > static_cast<std::uint32_t>(Verification::kChannel))
            return fail(Code::kNewer, "unknown kind of identity");
        Identity identity{static_cast<IdentityKind>(row.kind()),
                          row.value(),
                          static_cast<Verification>(row.verification()),
                          row.verified_day(),
                          {}};
        TALLY_OK(get_op_id(identity.op, row.op()));
        profile.identities.push_back(std::move(identity));
    }
    for (const auto& row : in.consents()) {
        ConsentEntry entry{{}, row.granted(), row.wording_version(), row.channel(), row.day()};
        TALLY_OK(get_op_id(entry.op, row.op()));
        profile.consents[row.purpose()].push_back(std::move(entry));
    }
    for (const auto& row : in.notes()) {
        NoteEntry note{{}, row.day(), row.store(), row.text()};
        TALLY_OK(get_op_id(note.op, row.op()));
        profile.notes.push_back(std::move(note));
    }
    return profile;
}

}  // namespace tally::wire
