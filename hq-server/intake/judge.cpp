#include "hq-server/intake/judge.h"

#include <algorithm>
#include <iterator>

#include "common/base/checked.h"
#include "common/domain/bill_key.h"
#include "common/domain/tiers.h"
#include "common/domain/till_rules.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/told_kinds.h"

namespace tally::intake {

using namespace domain;

std::string_view conflict_name(ConflictKind kind) {
    switch (kind) {
        case ConflictKind::kEarnDiffers: return "earn differs";
        case ConflictKind::kPriceTooLow: return "price too low";
        case ConflictKind::kPriceCorrected: return "price corrected";
        case ConflictKind::kOverdrawn: return "overdrawn";
        case ConflictKind::kHeldForReview: return "held for review";
        case ConflictKind::kUnknownProgramme: return "unknown programme";
        case ConflictKind::kSealedUnreadable: return "sealed fields unreadable";
        case ConflictKind::kClock: return "clock ahead";
        case ConflictKind::kSameIdentity: return "same identity";
        case ConflictKind::kOtherStore: return "other store";
        case ConflictKind::kRefundBeyond: return "refund beyond the sale";
        case ConflictKind::kCapExceeded: return "cap exceeded";
        case ConflictKind::kBonusDiffers: return "bonus differs";
        case ConflictKind::kRewardDiffers: return "reward differs";
        case ConflictKind::kLateUnknownBill: return "forgotten bill unknown";
        case ConflictKind::kLevelUnknown: return "level unknown";
        case ConflictKind::kCouponTwice: return "coupon used twice";
        case ConflictKind::kCampaignExceeded: return "campaign exceeded";
        case ConflictKind::kCouponDiffers: return "coupon differs";
        case ConflictKind::kNoLease: return "redeemed without a lease";
        case ConflictKind::kLeaseLate: return "lease used late";
        case ConflictKind::kEditLost: return "edit lost";
    }
    return "unknown";
}

namespace {

std::string date_text(const std::optional<Day>& day) { return day ? format_day(*day) : std::string("never"); }

struct Judge {
    const Op& op;
    const Programme* programme;
    Judgement out;

    void flag(ConflictKind kind, std::string detail) { out.conflicts.emplace_back(kind, std::move(detail)); }

    bool has_programme() {
        if (programme && programme->unknown.empty()) return true;
        const std::string version = "programme version " + std::to_string(op.programme_version);
        flag(ConflictKind::kUnknownProgramme,
             programme ? version + " says what this headquarters does not know: " + programme->unknown.front()
                       : "names " + version);
        return false;
    }

    void dates(ConflictKind kind, Day day, const std::optional<Day>& expires, const std::optional<Day>& unlocks) {
        const auto must_expire = expiry_of(*programme, day), must_unlock = unlock_of(*programme, day);
        if (must_expire != expires)
            flag(kind, "says expiry " + date_text(expires) + ", computed " + date_text(must_expire));
        if (must_unlock != unlocks)
            flag(kind, "says unlocking " + date_text(unlocks) + ", computed " + date_text(must_unlock));
    }

    // A terminal that could not ask headquarters gave nothing by rules with a campaign's cap; that it could not is not
    // recorded, so both are right.
    Result<Earning> computed(const Earn& body) {
        Order order = order_of(body, op.store, op.business_day);
        const CapsUsed used = caps_used_of(body);
        Result<Earning> asked = compute_earning(*programme, order, used);
        if (asked && is_as(*asked, body)) return asked;
        order.campaigns_open = false;
        Result<Earning> alone = compute_earning(*programme, order, used);
        return alone && is_as(*alone, body) ? alone : asked;
    }
    static bool is_as(const Earning& earning, const Earn& body) {
        return earning.points == body.points && earning.parts == body.parts &&
               earning.eligible_minor == body.eligible_minor;
    }

    // Headquarters' own imports of another system's bills give the base rate, whatever the rules are.
    void earn(const Earn& body) {
        if (op.id.terminal == kHqTerminal || !has_programme()) return;
        const auto earning = computed(body);
        if (!earning || earning->points != body.points) {
            flag(ConflictKind::kEarnDiffers, "says " + std::to_string(body.points) + " points, computed " +
                                                 (earning ? std::to_string(earning->points) : earning.error().detail));
        } else if (earning->eligible_minor != body.eligible_minor) {
            flag(ConflictKind::kEarnDiffers, "says " + std::to_string(body.eligible_minor) +
                                                 " minor units earn, computed " +
                                                 std::to_string(earning->eligible_minor));
        } else if (earning->parts != body.parts) {
            flag(ConflictKind::kEarnDiffers, "says other parts of its points than computed");
        }
        dates(ConflictKind::kEarnDiffers, body.late_for.value_or(op.business_day), body.expires, body.unlocks);
        if (!body.late_for) return;
        const std::int64_t late_days = std::int64_t{op.business_day} - *body.late_for;
        if (late_days < 0 || late_days > programme->late_days)
            flag(ConflictKind::kEarnDiffers, "late points of " + format_day(*body.late_for) + ", the programme gives " +
                                                 std::to_string(programme->late_days) + " days");
    }

    void bonus(const Bonus& body) {
        if (!has_programme()) return;
        const BonusRule* rule = bonus_of(*programme, body.rule);
        if (!rule) return flag(ConflictKind::kBonusDiffers, "the programme has no bonus " + body.rule);
        const Points points = bonus_points(*rule, body.used_day, body.used_member);
        if (points != body.points)
            flag(ConflictKind::kBonusDiffers, "bonus " + body.rule + " says " + std::to_string(body.points) +
                                                  " points, computed " + std::to_string(points));
        // As make_bonus writes it: under any other key the benefit would count once more.
        const std::string once = rule->once == Once::kDay ? format_day(op.business_day) : std::string();
        if (rule->once == Once::kKey ? body.key.empty() : body.key != once)
            flag(ConflictKind::kBonusDiffers, "bonus " + body.rule + " was given under another key than its own");
        dates(ConflictKind::kBonusDiffers, op.business_day, body.expires, body.unlocks);
    }

    // Only a level by hand is a terminal's to write (check_op).
    void tier(const TierChange& body) {
        if (op.id.terminal == kHqTerminal || body.cause != TierCause::kManual || !has_programme()) return;
        if (!tier_rank(*programme, body.level))
            flag(ConflictKind::kLevelUnknown, "the programme has no level " + body.level);
    }

    Result<Points> price(const Redeem& body) {
        if (body.reward.empty()) return price_of(*programme, body.value_minor);
        return mul_div_floor(body.count, reward_of(*programme, body.reward)->points, 1);
    }

    // The price is HQ's to correct, and only downwards: a correction never takes more than was named.
    void redeem(const Redeem& body) {
        if (!has_programme()) return;
        if (programme->redeems_by_lease() && !body.leased && op.id.terminal != kHqTerminal) {
            out.ruling.quarantined = true;
            out.held_as = ConflictKind::kNoLease;
            out.held_reason = "redeems points that were not leased to it";
        }
        if (!body.reward.empty()) {
            const Reward* reward = reward_of(*programme, body.reward);
            if (!reward) return flag(ConflictKind::kRewardDiffers, "the programme has no reward " + body.reward);
            const auto value_minor = mul_div_floor(body.count, reward->value_minor, 1);
            if (!value_minor || *value_minor != body.value_minor)
                flag(ConflictKind::kRewardDiffers,
                     "reward " + body.reward + " took off " + std::to_string(body.value_minor) + ", computed " +
                         (value_minor ? std::to_string(*value_minor) : std::string("more than 64 bits")));
        }
        const auto must_cost = price(body);
        if (!must_cost || *must_cost > body.points) {
            flag(ConflictKind::kPriceTooLow,
                 "took " + std::to_string(body.points) + " points, the price is " +
                     (must_cost ? std::to_string(*must_cost) : std::string("more than 64 bits")));
        } else if (*must_cost < body.points) {
            out.ruling.corrected_points = *must_cost;
            flag(ConflictKind::kPriceCorrected,
                 "named " + std::to_string(body.points) + " points, the price is " + std::to_string(*must_cost));
        }
    }

    void reverse(const Reverse& body) {
        if (body.grace_through && has_programme()) {
            const Day through = op.business_day + static_cast<Day>(programme->give_back_grace_days);
            if (programme->give_back_grace_days == 0 || *body.grace_through != through)
                flag(ConflictKind::kEarnDiffers, "gives back through " + date_text(body.grace_through) +
                                                     ", the programme gives " +
                                                     std::to_string(programme->give_back_grace_days) + " days");
        }
        if (!body.is_refund || !body.target.is_none() || !body.target_bill_no.empty() || !has_programme()) return;
        const auto points = points_for(*programme, body.amount_minor);
        if (!points || *points != body.points)
            flag(ConflictKind::kEarnDiffers, "takes back " + std::to_string(body.points) + " points, computed " +
                                                 (points ? std::to_string(*points) : std::string("more than 64 bits")));
    }
};

// One cap: what the terminal thought had been used of it, what had, and what it gives now.
struct CapUse {
    std::string name;
    Points cap = 0;  // 0: none
    Points seen = 0, used = 0, gives = 0;
};

void judge_cap(const CapUse& use, Judgement& judgement) {
    if (use.cap == 0 || use.gives == 0 || use.seen >= use.used || use.used + use.gives <= use.cap) return;
    judgement.conflicts.emplace_back(
        ConflictKind::kCapExceeded, use.name + ": " + std::to_string(use.used + use.gives) + " points of " +
                                        std::to_string(use.cap) + ", the terminal knew of " + std::to_string(use.seen));
}

void judge_earn_caps(const Earn& body, const Programme& programme, const Account& account, Day day,
                     Judgement& judgement) {
    if (programme.earn_cap_day == 0 && body.parts.empty()) return;
    const CapsUsed used = caps_used(programme, account, body.late_for.value_or(day));
    judge_cap({"the day's cap", programme.earn_cap_day, body.cap_used, used.day, body.points}, judgement);
    for (const EarnRule& rule : programme.earn_rules) {
        for (const EarnPart& part : body.parts) {
            if (part.rule != rule.id) continue;
            for (const EarnPart& there : used.rules) {
                if (there.rule != rule.id) continue;
                judge_cap({"rule " + rule.id + ", a day", rule.caps.day, part.used_day, there.used_day, part.points},
                          judgement);
                judge_cap({"rule " + rule.id + ", a member", rule.caps.member, part.used_member, there.used_member,
                           part.points},
                          judgement);
            }
        }
    }
}

void judge_bonus_caps(const Bonus& body, const Programme& programme, const Account& account, Day day,
                      Judgement& judgement) {
    const BonusRule* rule = bonus_of(programme, body.rule);
    if (!rule) return;
    const BonusUsed used = bonus_used(account, body.rule, day);
    judge_cap({"bonus " + body.rule + ", a day", rule->cap_day, body.used_day, used.day, body.points}, judgement);
    judge_cap({"bonus " + body.rule + ", a member", rule->cap_member, body.used_member, used.member, body.points},
              judgement);
}

}  // namespace

Judgement judge(const Op& op, const Programme* programme, const std::string& store, std::int64_t now_ms) {
    Judge judge{op, programme, {}};
    if (const auto* earn = std::get_if<Earn>(&op.body)) judge.earn(*earn);
    if (const auto* bonus = std::get_if<Bonus>(&op.body)) judge.bonus(*bonus);
    if (const auto* redeem = std::get_if<Redeem>(&op.body)) judge.redeem(*redeem);
    if (const auto* reverse = std::get_if<Reverse>(&op.body)) judge.reverse(*reverse);
    if (const auto* change = std::get_if<TierChange>(&op.body)) judge.tier(*change);
    const bool on_coupon =
        std::holds_alternative<CouponReserve>(op.body) || std::holds_alternative<CouponRedeem>(op.body);
    if (on_coupon && op.id.terminal != kHqTerminal) judge.has_programme();
    if (!store.empty() && op.store != store)
        judge.flag(ConflictKind::kOtherStore, "a terminal of store " + store + " names another store");
    if (op.at.ms() > now_ms + kImplausibleAhead_ms)
        judge.flag(ConflictKind::kClock,
                   "dated " + std::to_string((op.at.ms() - now_ms) / 1000) + " s after it was received");
    return std::move(judge.out);
}

void judge_caps(const Op& op, const Programme& programme, const Account& account, Judgement& judgement) {
    if (!programme.unknown.empty() || !op.over_limit.empty() || op.id.terminal == kHqTerminal) return;
    if (const auto* earn = std::get_if<Earn>(&op.body))
        judge_earn_caps(*earn, programme, account, op.business_day, judgement);
    if (const auto* bonus = std::get_if<Bonus>(&op.body))
        judge_bonus_caps(*bonus, programme, account, op.business_day, judgement);
}

std::optional<BusinessKey> guard_key(const Op& op, const std::string& store) {
    auto key = business_key(op);
    if (key && !store.empty() && op.store != store) key->terminal = op.id.terminal;
    return key;
}

void rule_bill(const Op& first, const Op& again, Ruling& ruling, std::string& reason) {
    ruling = {};
    if (is_same_bill(first, again)) {  // amounts, as the fold compares earns
        ruling.duplicate_of = first.id;
        return;
    }
    ruling.quarantined = true;
    const auto key = business_key(again);
    reason = bill_text(*key) +
             (first.member == again.member ? " exists with another amount as " : " exists for another member as ") +
             op_text(first.id);
}

std::optional<Day> next_expiry_of(const Account& account) {
    std::optional<Day> next;
    for (const Lot& lot : account.lots)
        if (lot.free > 0 && lot.expires && (!next || *lot.expires < *next)) next = lot.expires;
    return next;
}

std::optional<Day> next_due_of(const Account& account, const Programme* tiered, Day today) {
    std::optional<Day> next = next_expiry_of(account);
    if (!tiered) return next;
    if (const auto tier = next_tier_day(*tiered, account, today); tier && (!next || *tier - 1 < *next))
        next = *tier - 1;
    return next;
}

std::string_view field_text(Field field) {
    switch (field) {
        case Field::kName: return "name";
        case Field::kPhone: return "phone";
        case Field::kCard: return "card";
        case Field::kEmail: return "e-mail";
        case Field::kBirthday: return "birthday";
        case Field::kExternalRef: return "reference of another system";
        case Field::kPhoneAsWritten: return "phone as written";
        default: return "field";
    }
}

bool is_told_to_other(ConflictKind kind, const Op& op, const OpId& other) {
    if (other.is_none() || other.terminal == kHqTerminal || other.terminal == op.id.terminal) return false;
    const auto is = [&](ConflictKind told) { return told == kind; };
    return op.id.terminal != kHqTerminal && std::any_of(std::begin(kToldKinds), std::end(kToldKinds), is);
}

std::string other_text(ConflictKind kind, const Op& op) {
    const std::string where = "store " + op.store + " on " + format_day(op.business_day);
    switch (kind) {
        case ConflictKind::kCouponTwice: return "its coupon was used again in " + where + ": headquarters looks at it";
        case ConflictKind::kOverdrawn:
            return "the member's points were spent in " + where + ", too: more than there were";
        default: return "its bill came again, and differs, from " + where + ": headquarters looks at it";
    }
}

std::string release_text(const std::string& reason) {
    return "released at headquarters" + (reason.empty() ? reason : ": " + reason);
}

bool moves_store(OpKind kind) {
    return kind == OpKind::kEarn || kind == OpKind::kSale || kind == OpKind::kRedeem || kind == OpKind::kAdjust ||
           kind == OpKind::kReverse || kind == OpKind::kBonus;
}

bool changes_profile(OpKind kind) {
    return kind == OpKind::kRegister || kind == OpKind::kProfileEdit || kind == OpKind::kIdentityBind ||
           kind == OpKind::kConsent || kind == OpKind::kNote;
}

}  // namespace tally::intake
