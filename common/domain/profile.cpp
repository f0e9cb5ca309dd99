#include "common/domain/profile.h"

#include <algorithm>
#include <tuple>

#include "common/domain/phone.h"

namespace tally::domain {

std::string Profile::text(Field field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second.value;
}

bool Profile::has_consent(const std::string& purpose) const {
    const auto found = consents.find(purpose);
    if (found == consents.end() || found->second.empty()) return false;
    return std::all_of(found->second.begin(), found->second.end(),
                       [](const ConsentEntry& entry) { return entry.granted; });
}

namespace {

void set_field(Profile& profile, Field field, const std::string& value, std::int64_t effective_ms, const OpId& op) {
    const auto found = profile.fields.find(field);
    if (found != profile.fields.end()) {
        const FieldValue& there = found->second;
        if (std::tie(there.effective_ms, there.op) >= std::tie(effective_ms, op)) return;
    }
    profile.fields[field] = {value, effective_ms, op};
}

void bind(Profile& profile, const Identity& identity) {
    for (Identity& there : profile.identities) {
        if (there.kind != identity.kind || there.value != identity.value) continue;
        if (identity.verification > there.verification) there = identity;
        return;
    }
    profile.identities.push_back(identity);
}

void merge_consent(Profile& profile, const Op& op, const Consent& body) {
    std::vector<ConsentEntry>& heads = profile.consents[body.purpose];
    const auto observed = [&](const ConsentEntry& entry) {
        return std::find(body.observed.begin(), body.observed.end(), entry.op) != body.observed.end();
    };
    heads.erase(std::remove_if(heads.begin(), heads.end(), observed), heads.end());
    heads.push_back({op.id, body.granted, body.wording_version, body.channel, op.business_day});
    std::sort(heads.begin(), heads.end(), [](const ConsentEntry& a, const ConsentEntry& b) { return a.op < b.op; });
}

std::string value_in(const PersonalFields& fields, Field field) {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second;
}

}  // namespace

std::vector<Identity> identities_of(const PersonalFields& fields, const OpId& op) {
    static constexpr std::pair<Field, IdentityKind> kSources[] = {{Field::kPhone, IdentityKind::kPhone},
                                                                  {Field::kCard, IdentityKind::kCard},
                                                                  {Field::kEmail, IdentityKind::kEmail},
                                                                  {Field::kExternalRef, IdentityKind::kExternalRef}};
    std::vector<Identity> out;
    for (const auto& [field, kind] : kSources) {
        const std::string text = value_in(fields, field);
        if (text.empty()) continue;
        if (auto value = normal_identity(kind, text)) out.push_back({kind, *value, Verification::kStated, 0, op});
    }
    return out;
}

void fold_profile(Profile& profile, const Op& op, const PersonalFields& fields, std::int64_t effective_ms) {
    // A held edit does not become newer by waiting.
    if (const auto released = released_op(op))
        return fold_profile(profile, *released, fields, std::min(effective_ms, released->at.ms()));
    if (const auto* body = std::get_if<Register>(&op.body)) {
        profile.joined_day = body->joined_day;
        profile.channel = body->channel;
        for (const auto& [field, value] : fields) set_field(profile, field, value, effective_ms, op.id);
        for (const Identity& identity : identities_of(fields, op.id)) bind(profile, identity);
    } else if (const auto* edit = std::get_if<ProfileEdit>(&op.body)) {
        for (const Field field : edit->fields) set_field(profile, field, value_in(fields, field), effective_ms, op.id);
    } else if (const auto* identity = std::get_if<IdentityBind>(&op.body)) {
        const auto value = normal_identity(identity->identity.kind, value_in(fields, Field::kIdentity));
        if (!value) return;
        if (identity->bound) {
            bind(profile, {identity->identity.kind, *value, identity->verification, identity->verified_day, op.id});
        } else {
            std::erase_if(profile.identities, [&](const Identity& there) {
                return there.kind == identity->identity.kind && there.value == *value;
            });
        }
    } else if (const auto* consent = std::get_if<Consent>(&op.body)) {
        merge_consent(profile, op, *consent);
    } else if (std::holds_alternative<Note>(op.body)) {
        profile.notes.push_back({op.id, op.business_day, op.store, value_in(fields, Field::kNote)});
        std::sort(profile.notes.begin(), profile.notes.end(),
                  [](const NoteEntry& a, const NoteEntry& b) { return a.op < b.op; });
    }
}

Result<std::string> normal_identity(IdentityKind kind, std::string_view text) {
    std::string out;
    switch (kind) {
        case IdentityKind::kPhone: {
            TALLY_TRY(const Phone phone, parse_phone(text));
            if (!phone.mobile) return fail(Code::kInvalid, "not a mobile number");
            return phone.e164;
        }
        case IdentityKind::kCard:
            for (const char c : text) {
                if (c == ' ' || c == '-') continue;
                if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
                    return fail(Code::kInvalid, "a card number has letters and digits only");
                out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
            }
            if (out.size() < 4 || out.size() > 32) return fail(Code::kInvalid, "a card number has 4 to 32 characters");
            return out;
        case IdentityKind::kEmail: {
            const std::size_t at = text.find('@');
            if (at == 0 || at == std::string_view::npos || at + 1 >= text.size() || text.size() > 254)
                return fail(Code::kInvalid, "not an e-mail address");
            for (const char c : text) {
                if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F)
                    return fail(Code::kInvalid, "not an e-mail address");
                out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
            }
            return out;
        }
        case IdentityKind::kChannelUser:
        case IdentityKind::kExternalRef:
        case IdentityKind::kMemberCode:
            if (text.empty() || text.size() > 128) return fail(Code::kInvalid, "an identity has 1 to 128 bytes");
            return std::string(text);
        case IdentityKind::kName:
        case IdentityKind::kNone: return fail(Code::kInvalid, "this kind is no identity");
    }
    return fail(Code::kInvalid, "unknown kind of identity");
}

}  // namespace tally::domain
