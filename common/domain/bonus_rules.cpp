// Bonuses: what a till or headquarters gives besides purchases.
#include <algorithm>

#include "common/domain/till_rules.h"

namespace tally::domain {

namespace {

Result<std::string> once_key(const BonusRule& rule, const std::string& key, Day day) {
    if (rule.once != Once::kKey && !key.empty())
        return fail(Code::kInvalid, "bonus " + rule.id + " does not count once a key");
    if (rule.once == Once::kDay) return format_day(day);
    if (rule.once == Once::kKey && (key.empty() || key.size() > 64))
        return fail(Code::kInvalid, "bonus " + rule.id + " needs a key of 1 to 64 bytes");
    return key;
}

Status check_due(const BonusRule& rule, const Account& account, const Facts& facts, const std::string& key,
                 const std::vector<Field>& known) {
    if (!holds(rule.when, facts, 0)) return fail(Code::kRefused, "bonus " + rule.id + ": its conditions do not hold");
    for (const Field field : rule.fields)
        if (std::find(known.begin(), known.end(), field) == known.end())
            return fail(Code::kRefused, "bonus " + rule.id + ": the profile is not complete");
    for (const OnceKey& once : account.once)
        if (once.rule == rule.id && once.key == key)
            return fail(Code::kRefused, "bonus " + rule.id + ": this member has had it");
    return {};
}

}  // namespace

Result<Bonus> make_bonus(const Programme& programme, const Account& account, const Facts& facts,
                         const std::string& rule_id, const std::string& key, const std::vector<Field>& known) {
    if (programme.version == 0) return fail(Code::kRefused, "no programme has been received from headquarters yet");
    if (!programme.unknown.empty())
        return fail(Code::kNewer, "the programme says what this program does not know: " + programme.unknown.front());
    const BonusRule* rule = bonus_of(programme, rule_id);
    if (!rule) return fail(Code::kNotFound, "the programme has no bonus " + rule_id);
    Bonus out;
    out.rule = rule->id;
    TALLY_TRY(out.key, once_key(*rule, key, facts.day));
    TALLY_OK(check_due(*rule, account, facts, out.key, known));
    const BonusUsed used = bonus_used(account, rule->id, facts.day);
    out.used_day = used.day;
    out.used_member = used.member;
    out.points = bonus_points(*rule, out.used_day, out.used_member);
    if (out.points == 0) return fail(Code::kRefused, "bonus " + rule->id + ": its limit is reached");
    out.expires = expiry_of(programme, facts.day);
    out.unlocks = unlock_of(programme, facts.day);
    return out;
}

BonusUsed bonus_used(const Account& account, const std::string& rule, Day day) {
    BonusUsed out;
    for (const Lot& lot : account.lots) {
        if (lot.source != LotSource::kBonus || lot.rule != rule) continue;
        out.member += lot.issued;
        if (lot.day == day) out.day += lot.issued;
    }
    return out;
}

Points bonus_points(const BonusRule& rule, Points used_day, Points used_member) {
    Points points = rule.points;
    if (rule.cap_day > 0) points = std::min(points, rule.cap_day - std::min(used_day, rule.cap_day));
    if (rule.cap_member > 0) points = std::min(points, rule.cap_member - std::min(used_member, rule.cap_member));
    return points;
}

}  // namespace tally::domain
