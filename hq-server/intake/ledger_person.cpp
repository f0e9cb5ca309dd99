// What accepting an operation means for what is known about the person.
#include <algorithm>

#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

using namespace domain;

Status LedgerWork::learn_key(const MemberId& member, ByteView key) {
    TALLY_TRY(Person * person, persons_.find(member));
    Persons::add_key(*person, key);
    return {};
}

Status LedgerWork::fold_person(const Incoming& in, std::uint64_t index, std::int64_t effective_ms) {
    const Op& op = *in.op;
    TALLY_TRY(Person * person, persons_.find(op.member));
    PersonalFields fields;
    if (!op.sealed_hash.is_zero()) {
        auto opened = in.sealed.empty() ? Result<PersonalFields>(fail(Code::kNotFound, "the sealed fields are missing"))
                                        : Persons::open(*person, op.member, in.sealed);
        if (!opened) {
            // Accepted all the same: the chain holds. Folding without the values would clear what is known.
            conflict(index, ConflictKind::kSealedUnreadable, op.member, opened.error().detail);
            return {};
        }
        fields = std::move(opened).value();
    }
    if (person->profile_bytes > kProfileBytesMax) {
        conflict(index, ConflictKind::kHeldForReview, op.member,
                 "the member's profile has grown beyond what can be sent");
        return {};
    }
    person->profile_bytes += 200 + in.bytes.size() + in.sealed.size();
    const std::vector<Identity> before = person->profile.identities;
    note_lost_edits(op, fields, person->profile, effective_ms, index);
    fold_profile(person->profile, op, fields, effective_ms);
    person->known = person->dirty = person->profile_dirty = true;
    return record_identities(before, *person, op.member, index);
}

// The operation that gave this member the identity; none where the profile does not open.
OpId LedgerWork::identified_by(const MemberId& member, const Identity& identity) {
    const auto person = persons_.find(member);
    if (!person) return {};
    for (const Identity& there : (*person)->profile.identities)
        if (there.kind == identity.kind && there.value == identity.value) return there.op;
    return {};
}

// An edit that came too late to count: its own store shows what it does not know to be older.
void LedgerWork::note_lost_edits(const Op& op, const PersonalFields& fields, const Profile& profile,
                                 std::int64_t effective_ms, std::uint64_t index) {
    const auto* edit = std::get_if<ProfileEdit>(&op.body);
    if (!edit) return;
    for (const Field field : edit->fields) {
        const auto there = profile.fields.find(field);
        const auto said = fields.find(field);
        if (there == profile.fields.end() || there->second.effective_ms <= effective_ms) continue;
        if ((said == fields.end() ? std::string() : said->second) == there->second.value) continue;
        conflict(index, ConflictKind::kEditLost, op.member,
                 std::string(field_text(field)) + ": a later edit stands, as " + op_text(there->second.op),
                 there->second.op);
    }
}

Status LedgerWork::record_identities(const std::vector<Identity>& before, const Person& person, const MemberId& member,
                                     std::uint64_t index) {
    const auto in = [](const std::vector<Identity>& all, const Identity& one) {
        return std::any_of(all.begin(), all.end(),
                           [&](const Identity& there) { return there.kind == one.kind && there.value == one.value; });
    };
    for (const Identity& identity : person.profile.identities) {
        if (in(before, identity)) continue;
        TALLY_TRY(const std::vector<MemberId> holders, store_.members_of_identity(identity.kind, identity.value));
        for (const MemberId& other : holders)
            if (other != member)
                conflict(index, ConflictKind::kSameIdentity, member,
                         "an identity that member " + uuid_text(other) + " has", identified_by(other, identity));
        TALLY_OK(store_.add_identity(identity.kind, identity.value, member));
    }
    for (const Identity& identity : before)
        if (!in(person.profile.identities, identity))
            TALLY_OK(store_.remove_identity(identity.kind, identity.value, member));
    return {};
}

}  // namespace tally::intake
