// Registering a member and changing what is known about one: profile, identities, consent, notes.
#include <algorithm>

#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

using domain::BonusSource;
using domain::Field;
using domain::IdentityKind;

static constexpr const char* kMarketing = "marketing";

namespace {

Error unknown_member(const domain::MemberId& member) {
    return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
}

// What the member gains by the act's bonuses; those that are held do not count.
domain::Points bonus_of_member(const Act& act, const domain::MemberId& member) {
    domain::Points sum = 0;
    for (std::size_t i = 0; i < act.ops.size(); ++i)
        if (const auto* bonus = std::get_if<domain::Bonus>(&act.ops[i].op.body))
            if (act.ops[i].op.member == member && !act.is_held(i)) sum += bonus->points;
    return sum;
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
    std::optional<Person> referrer;
    if (request.referrer) {
        TALLY_TRY(const std::optional<MemberView> view, replica_->member(*request.referrer));
        if (!view) return unknown_member(*request.referrer);
        referrer = person_of(*view);
    }
    const domain::MemberId member = domain::make_member_id(clock_->wall_ms(), *random_);
    domain::Register body;
    body.channel = channel;
    body.joined_day = today();
    body.opening_tier = tier;
    TALLY_TRY(Act act, begin_act());
    act.accounts[member] = {};
    TALLY_OK(add(act, programme, member, {}, std::move(body), fields));
    Person person{member, {fields.contains(Field::kBirthday) ? fields[Field::kBirthday] : "", today()}, {}};
    for (const auto& [field, value] : fields) person.known.push_back(field);
    TALLY_OK(add_bonuses(act, programme, person, BonusSource::kSignUp, {}));
    TALLY_OK(add_bonuses(act, programme, person, BonusSource::kProfile, {}));
    if (referrer) {
        TALLY_OK(add_bonuses(act, programme, person, BonusSource::kReferred, domain::uuid_text(referrer->member)));
        TALLY_OK(add_bonuses(act, programme, *referrer, BonusSource::kReferrer, domain::uuid_text(member)));
    }
    RegisterAnswer answer{member, false};
    answer.bonus = bonus_of_member(act, member);
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    // A crash between the two leaves no consent, never one that was not given.
    if (request.marketing_consent) answer.consent_kept = set_consent(member, kMarketing, true, wording).has_value();
    return answer;
}

// One durable step: the fields, each identity that they move, and what completing the profile gives.
Status Till::edit_profile(const domain::MemberId& member, const domain::PersonalFields& typed, domain::Points* bonus) {
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

    Person person = person_of(*view);
    domain::ProfileEdit body;
    for (const auto& [field, value] : fields) {
        body.fields.push_back(field);
        std::erase(person.known, field);
        if (!value.empty()) person.known.push_back(field);
        if (field == Field::kBirthday) person.facts.birthday = value;
    }
    std::erase_if(fields, [](const auto& entry) { return entry.second.empty(); });
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add(act, programme, member, {}, std::move(body), fields));
    for (const Move& move : moves) {
        if (!move.to.empty()) TALLY_OK(bind_or_unbind(act, programme, member, move.kind, move.to, true));
        if (!move.from.empty()) TALLY_OK(bind_or_unbind(act, programme, member, move.kind, move.from, false));
    }
    TALLY_OK(add_bonuses(act, programme, person, BonusSource::kProfile, {}));
    if (bonus) *bonus = bonus_of_member(act, member);
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
}

Status Till::bind_or_unbind(Act& act, const domain::Programme& programme, const domain::MemberId& member,
                            IdentityKind kind, const std::string& value, bool bound) {
    domain::IdentityBind body;
    body.identity.kind = kind;  // the tag is made where the key is
    body.bound = bound;
    return add(act, programme, member, {}, std::move(body), {{Field::kIdentity, value}});
}

Status Till::bind_identity(const domain::MemberId& member, IdentityKind kind, std::string_view value) {
    TALLY_TRY(const std::string text, clean_line(value, "identity", 254, domain::kFieldBytesMax));
    TALLY_TRY(const std::string normal, domain::normal_identity(kind, text));
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);
    TALLY_TRY(const std::optional<domain::MemberId> there, replica_->find(kind, normal));
    if (there && *there != member) return fail(Code::kExists, "another member has this identity");
    if (there) return {};  // bound already
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(bind_or_unbind(act, programme, member, kind, normal, true));
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
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
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add(act, programme, member, {}, std::move(body)));
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
}

Status Till::add_note(const domain::MemberId& member, const std::string& text) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::string note, clean_line(text, "note", kTextCodePointsMax, domain::kFieldBytesMax));
    if (note.empty()) return fail(Code::kInvalid, "note: empty");
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return unknown_member(member);
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add(act, programme, member, {}, domain::Note{}, {{Field::kNote, note}}));
    TALLY_TRY(const Receipt receipt, write(programme, std::move(act)));
    return {};
}

}  // namespace tally::replica
