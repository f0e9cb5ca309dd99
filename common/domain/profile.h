// What is known about the person: fields, identities, consents, notes, merged from operations and their sealed fields
// by the rules of domain section 6. A value; personal data, so it is stored only encrypted and sealed with the member's
// key.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/domain/op.h"

namespace tally::domain {

struct FieldValue {
    std::string value;
    std::int64_t effective_ms = 0;  // min(corrected clock time, receipt + bound), recorded at acceptance
    OpId op;
    bool operator==(const FieldValue&) const = default;
};
struct Identity {
    IdentityKind kind = IdentityKind::kNone;
    std::string value;  // normalised, see normal_identity
    Verification verification = Verification::kStated;
    Day verified_day = 0;
    OpId op;
    bool operator==(const Identity&) const = default;
};
struct ConsentEntry {
    OpId op;
    bool granted = false;
    std::string wording_version;
    std::string channel;
    Day day = 0;
    bool operator==(const ConsentEntry&) const = default;
};
struct NoteEntry {
    OpId op;
    Day day = 0;
    std::string store;
    std::string text;
    bool operator==(const NoteEntry&) const = default;
};

struct Profile {
    Day joined_day = 0;
    std::string channel;
    std::map<Field, FieldValue> fields;
    std::vector<Identity> identities;
    // By purpose: the consent operations that no later one has observed.
    std::map<std::string, std::vector<ConsentEntry>> consents;
    std::vector<NoteEntry> notes;
    bool operator==(const Profile&) const = default;

    std::string text(Field field) const;  // empty when there is none
    // Granted only when there is a grant and no withdrawal that it had not observed.
    bool has_consent(const std::string& purpose) const;
};

// Folds a register, profile edit, identity bind, consent or note; every other kind leaves the profile alone. The result
// does not depend on the order of operations that did not see one another (LAWS.md).
void fold_profile(Profile& profile, const Op& op, const PersonalFields& fields, std::int64_t effective_ms);

// The one written form of an identity: E.164 for a phone (mobile numbers only), upper case without separators for a
// card, lower case for e-mail, as written otherwise. kInvalid says what is wrong.
Result<std::string> normal_identity(IdentityKind kind, std::string_view text);

// The identities that a registration's fields carry, normalised; a phone that is no mobile number is not one.
std::vector<Identity> identities_of(const PersonalFields& fields, const OpId& op);

}  // namespace tally::domain
