// Registering a member and changing what is known about one: profile, identities, consent, notes.
#include <algorithm>

#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

using domain::Field;
using domain::IdentityKind;

static constexpr const char* kMarketing = "marketing";

namespace {

// Which fields are identities too, so that an edit of the field moves the identity.
constexpr std::pair<Field, IdentityKind> kIdentityFields[] = {{Field::kPhone, IdentityKind::kPhone},
                                                              {Field::kCard, IdentityKind::kCard},
                                                              {Field::kEmail, IdentityKind::kEmail},
                                                              {Field::kExternalRef, IdentityKind::kExternalRef}};

Error unknown_member(const domain::MemberId& member) {
    return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
}

}  // namespace

Result<RegisterAnswer> Till::register_member(const RegisterRequest& request) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(domain::PersonalFields fields, clean_fields(request.fields, today()));
    std::erase_if(fields, [](const auto& entry) { return entry.second.empty(); });
    if (fields.empty()) return fail(Code::kInvalid, "registration: nothing is filled in");
    TALLY_TRY(const std::string channel, clean_line(request.channel, "channel", 32, 32));
    TALLY_TRY(const std::string tier, clean_line(request.tier, "tier", 32, 32));
    TALLY_TRY(const std::string wording, clean_line(request.consent_wording, "wording", 64, 64));

    for (const domain::Identity& identity : domain::identities_of(fields, {})) {
        TALLY_TRY(const std::optional<domain::MemberId> there, replica_->find(identity.kind, identity.value));
        if (there) return RegisterAnswer{*there, true};
    }
    const domain::MemberId member = domain::make_member_id(clock_->wall_ms(), *random_);
    domain::Register body;
    body.channel = channel;
    body.joined_day = today();
    body.opening_tier = tier;
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(body)));
    TALLY_TRY(const Receipt receipt, write(std::move(op), fields));
    // A crash between the two leaves no consent, never one that was not given.
    RegisterAnswer answer{member, false};
    if (request.marketing_consent) answer.consent_kept = set_consent(member, kMarketing, true, wording).has_value();
    return answer;
}

// The whole change is checked before any of it is written: the fields first, then each identity that they move.
Status Till::edit_profile(const domain::MemberId& member, const domain::PersonalFields& typed) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(domain::PersonalFields fields, clean_fields(typed, today()));
    if (fields.empty()) return fail(Code::kInvalid, "profile: nothing is changed");
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);

    struct Move {
        IdentityKind kind;
        std::string from, to;
    };
    std::vector<Move> moves;
    for (const auto& [field, kind] : kIdentityFields) {
        const auto edited = fields.find(field);
        if (edited == fields.end()) continue;
        Move move{kind, {}, {}};
        if (const auto now = domain::normal_identity(kind, view->profile.text(field))) move.from = *now;
        if (const auto now = domain::normal_identity(kind, edited->second)) move.to = *now;
        if (move.from == move.to) continue;
        if (!move.to.empty()) {
            TALLY_TRY(const auto there, replica_->find(kind, move.to));
            if (there && *there != member) return fail(Code::kExists, "another member has this identity");
        }
        moves.push_back(std::move(move));
    }

    domain::ProfileEdit body;
    for (const auto& [field, value] : fields) body.fields.push_back(field);
    std::erase_if(fields, [](const auto& entry) { return entry.second.empty(); });
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(body)));
    TALLY_TRY(const Receipt receipt, write(std::move(op), fields));
    for (const Move& move : moves) {
        if (!move.to.empty()) TALLY_OK(bind_or_unbind(member, move.kind, move.to, true));
        if (!move.from.empty()) TALLY_OK(bind_or_unbind(member, move.kind, move.from, false));
    }
    return {};
}

Status Till::bind_or_unbind(const domain::MemberId& member, IdentityKind kind, const std::string& value, bool bound) {
    TALLY_TRY(const domain::Programme programme, rules());
    domain::IdentityBind body;
    body.identity.kind = kind;  // the tag is made where the key is
    body.bound = bound;
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(body)));
    TALLY_TRY(const Receipt receipt, write(std::move(op), {{Field::kIdentity, value}}));
    return {};
}

Status Till::bind_identity(const domain::MemberId& member, IdentityKind kind, std::string_view value) {
    TALLY_TRY(const std::string text, clean_line(value, "identity", 254, domain::kFieldBytesMax));
    TALLY_TRY(const std::string normal, domain::normal_identity(kind, text));
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);
    TALLY_TRY(const std::optional<domain::MemberId> there, replica_->find(kind, normal));
    if (there && *there != member) return fail(Code::kExists, "another member has this identity");
    if (there) return {};  // bound already
    return bind_or_unbind(member, kind, normal, true);
}

Status Till::set_consent(const domain::MemberId& member, const std::string& purpose, bool granted,
                         const std::string& wording) {
    TALLY_TRY(const domain::Programme programme, rules());
    domain::Consent body;
    TALLY_TRY(body.purpose, clean_line(purpose, "purpose", 64, 64));
    TALLY_TRY(body.wording_version, clean_line(wording, "wording", 64, 64));
    if (body.purpose.empty()) return fail(Code::kInvalid, "purpose: required");
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);
    body.granted = granted;
    body.channel = "store";
    if (const auto heads = view->profile.consents.find(body.purpose); heads != view->profile.consents.end())
        for (const domain::ConsentEntry& entry : heads->second) body.observed.push_back(entry.op);
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(body)));
    TALLY_TRY(const Receipt receipt, write(std::move(op), {}));
    return {};
}

Status Till::add_note(const domain::MemberId& member, const std::string& text) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::string note, clean_line(text, "note", kTextCodePointsMax, domain::kFieldBytesMax));
    if (note.empty()) return fail(Code::kInvalid, "note: empty");
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);
    TALLY_TRY(domain::Op op, draft(programme, member, {}, domain::Note{}));
    TALLY_TRY(const Receipt receipt, write(std::move(op), {{Field::kNote, note}}));
    return {};
}

}  // namespace tally::replica
