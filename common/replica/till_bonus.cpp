// Bonuses: what the programme gives besides purchases.
#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

using domain::Field;
using domain::IdentityKind;

Till::Person Till::person_of(const MemberView& view) {
    Person out{view.member, {view.profile.text(Field::kBirthday), view.profile.joined_day}, {}};
    for (const auto& [field, value] : view.profile.fields)
        if (!value.value.empty()) out.known.push_back(field);
    for (const domain::Identity& identity : view.profile.identities)
        for (const auto& [field, kind] : kIdentityFields)
            if (identity.kind == kind) out.known.push_back(field);
    return out;
}

Status Till::add_bonuses(Act& act, const domain::Programme& programme, const Person& person, domain::BonusSource source,
                         const std::string& key) {
    if (programme.version == 0 || !programme.unknown.empty()) return {};  // a till computes nothing with it
    if (!act.accounts.contains(person.member)) {
        TALLY_TRY(act.accounts[person.member], account_of(person.member));
    }
    for (const domain::BonusRule& rule : programme.bonuses) {
        if (rule.source != source) continue;
        const bool by_key = rule.once == domain::Once::kKey;
        if (by_key && key.empty()) continue;
        const domain::Account& account = act.accounts[person.member];
        const domain::Facts facts = facts_for(programme, account, person.facts, {}, today(), minute_now());
        auto bonus = domain::make_bonus(programme, account, facts, rule.id, by_key ? key : std::string(), person.known);
        if (!bonus && bonus.error().code == Code::kRefused) continue;
        if (!bonus) return bonus.error();
        TALLY_OK(add(act, programme, person.member, {}, std::move(bonus).value()));
    }
    return {};
}

Result<Receipt> Till::bonus(const domain::MemberId& member, const std::string& rule, const std::string& key) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
    const Person person = person_of(*view);
    const domain::Facts facts = facts_for(programme, view->account, person.facts, {}, today(), minute_now());
    TALLY_TRY(domain::Bonus bonus, domain::make_bonus(programme, view->account, facts, rule, key, person.known));
    TALLY_TRY(Act act, begin_act());
    act.accounts[member] = view->account;
    TALLY_OK(add(act, programme, member, {}, std::move(bonus)));
    return write(programme, std::move(act));
}

// The one who came has been referred once: where the programme gives that side something, both hang on it.
Result<Receipt> Till::refer(const domain::MemberId& referrer, const domain::MemberId& referred) {
    if (referrer == referred) return fail(Code::kInvalid, "a member cannot refer oneself");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> from, replica_->member(referrer));
    TALLY_TRY(const std::optional<MemberView> to, replica_->member(referred));
    if (!from || !to) return fail(Code::kNotFound, "no member " + domain::uuid_text(from ? referred : referrer));
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add_bonuses(act, programme, person_of(*to), domain::BonusSource::kReferred, domain::uuid_text(referrer)));
    bool gives_referred = false;
    for (const domain::BonusRule& rule : programme.bonuses)
        gives_referred = gives_referred || rule.source == domain::BonusSource::kReferred;
    if (!gives_referred || !act.ops.empty())
        TALLY_OK(
            add_bonuses(act, programme, person_of(*from), domain::BonusSource::kReferrer, domain::uuid_text(referred)));
    if (act.ops.empty()) return fail(Code::kRefused, "the programme gives nothing for this referral, or has given it");
    return write(programme, std::move(act));
}

}  // namespace tally::replica
