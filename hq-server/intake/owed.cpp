#include "hq-server/intake/owed.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "common/domain/bill_key.h"
#include "common/domain/coupons.h"

namespace tally::intake {

using namespace domain;

namespace {

constexpr Day kLateDays = 7;  // a birthday coupon still comes so long after the day

bool had(const Account& account, const std::string& template_id, const std::string& key) {
    const std::string rule = once_rule_of_coupon(template_id);
    return std::any_of(account.once.begin(), account.once.end(),
                       [&](const OnceKey& once) { return once.rule == rule && once.key == key; });
}

CouponIssue issue_of(const CouponTemplate& from, CouponCause cause, std::string key, const OpId& source) {
    CouponIssue out;
    out.template_id = from.id;
    out.cause = cause;
    out.key = std::move(key);
    out.from = source;
    return out;
}

bool may_have_more(const CouponTemplate& from, const Account& account) {
    return from.per_member == 0 || coupons_issued(account, from.id) < from.per_member;
}

bool is_same_bill_of(const Lot& lot, const Lot& other) {
    return !lot.bill_no.empty() && lot.bill_no == other.bill_no && lot.store == other.store && lot.day == other.day &&
           lot.till == other.till && (!lot.till.empty() || lot.maker.terminal == other.maker.terminal);
}

// Whether all of the bill whose sale, or a part of it, `sale` was has been refunded.
bool went_back(const Account& account, const OpId& sale) {
    const auto lot = std::find_if(account.lots.begin(), account.lots.end(),
                                  [&](const Lot& one) { return one.is_sale() && one.maker == sale; });
    return lot != account.lots.end() && std::all_of(account.lots.begin(), account.lots.end(), [&](const Lot& other) {
               const bool counts = &other == &*lot || (other.is_sale() && is_same_bill_of(*lot, other));
               return !counts || other.refunded_minor == other.amount_minor;
           });
}

// Parts of a split bill share it.
std::string bill_key_of(const Op& op) {
    const auto key = business_key(op);
    if (!key) return op_text(op.id);
    const std::string till = key->till.empty() ? std::to_string(key->terminal) : key->till;
    const std::string text = key->store + "/" + format_day(key->day) + "/" + till + "/" + key->bill_no;
    return text.size() <= kCouponKeyBytesMax ? text : crypto::hash_of(view_of(text)).hex();
}

struct Giver {
    const Programme& programme;
    const Account& account;
    OwedCoupons out{};

    void give(const CouponTemplate& from, CouponCause cause, const std::string& key, const OpId& source) {
        if (may_have_more(from, account) && !had(account, from.id, key))
            out.push_back(issue_of(from, cause, key, source));
    }
    void give_all(CouponCause cause, const std::string& key, const OpId& source) {
        for (const CouponTemplate& from : programme.coupons)
            if (from.cause == cause) give(from, cause, key, source);
    }
    void tier_gifts(const TierChange& change, const OpId& source) {
        const auto reached = tier_rank(programme, change.level);
        if (!reached || change.cause != TierCause::kUpgrade) return;
        for (std::size_t rank = 0; rank <= *reached; ++rank) {
            const TierLevel& level = programme.tiers.levels[rank];
            for (const Benefit& benefit : programme.benefits) {
                const bool named =
                    std::find(level.benefits.begin(), level.benefits.end(), benefit.id) != level.benefits.end();
                const CouponTemplate* from = named ? coupon_of(programme, benefit.coupon) : nullptr;
                if (from) give(*from, CouponCause::kTierGift, "tier:" + level.id, source);
            }
        }
    }
};

// The year of which that day lies on `today` or in the week before; `today`'s, or the one before it. 29 February is
// the 28th in common years.
std::optional<int> year_that_came_round(int month, int day, Day today) {
    const int year = civil_of_day(today).year;
    for (const int candidate : {year, year - 1}) {
        const bool leap_day = month == 2 && day == 29;
        Day round = day_of_civil(candidate, month, day);
        if (leap_day && civil_of_day(round).month != 2) round = day_of_civil(candidate, 2, 28);
        if (round <= today && today - round < kLateDays) return candidate;
    }
    return std::nullopt;
}

}  // namespace

OwedCoupons coupons_owed_for(const Programme& programme, const Account& account, const Op& op) {
    Giver giver{programme, account};
    if (op.id.terminal == kHqTerminal && !std::holds_alternative<TierChange>(op.body)) return {};
    if (std::holds_alternative<Register>(op.body)) giver.give_all(CouponCause::kSignUp, "sign_up", op.id);
    if (const auto* earn = std::get_if<Earn>(&op.body); earn && earn->amount_minor > 0) {
        const auto sales = std::count_if(account.lots.begin(), account.lots.end(),
                                         [](const Lot& lot) { return lot.is_sale() && lot.amount_minor > 0; });
        if (sales == 1) giver.give_all(CouponCause::kFirstOrder, "first_order", op.id);
        giver.give_all(CouponCause::kNextOrder, bill_key_of(op), op.id);
    }
    if (const auto* change = std::get_if<TierChange>(&op.body)) giver.tier_gifts(*change, op.id);
    return std::move(giver.out);
}

void date_coupon(const Programme& programme, CouponIssue& issue, Day today) {
    const CouponTemplate* from = coupon_of(programme, issue.template_id);
    if (!from) return;
    issue.valid_from = today;
    if (from->valid_days > 0)
        issue.valid_through = std::min(kBusinessDayMax, today + static_cast<Day>(from->valid_days) - 1);
}

bool is_still_owed(const Programme& programme, const Account& account, const CouponIssue& issue) {
    const CouponTemplate* from = coupon_of(programme, issue.template_id);
    return from && may_have_more(*from, account) && !had(account, issue.template_id, issue.key) &&
           !(issue.cause == CouponCause::kNextOrder && went_back(account, issue.from));
}

std::vector<CouponId> coupons_to_end(const Account& account) {
    std::vector<CouponId> out;
    for (const Coupon& coupon : account.coupons)
        if (coupon.cause == CouponCause::kNextOrder && coupon.state == CouponState::kIssued &&
            went_back(account, coupon.from))
            out.push_back(coupon.id);
    return out;
}

bool gives_by_day(const Programme& programme) {
    return std::any_of(programme.coupons.begin(), programme.coupons.end(), [](const CouponTemplate& from) {
        return from.cause == CouponCause::kBirthday || from.cause == CouponCause::kAnniversary;
    });
}

OwedCoupons coupons_owed_on(const Programme& programme, const Account& account, std::string_view birthday,
                            Day joined_day, Day today) {
    Giver giver{programme, account};
    if (const auto born = parse_day(birthday); born) {
        const Civil civil = civil_of_day(*born);
        if (const auto year = year_that_came_round(civil.month, civil.day, today))
            giver.give_all(CouponCause::kBirthday, std::to_string(*year), {});
    }
    if (joined_day != 0) {
        const Civil civil = civil_of_day(joined_day);
        const auto year = year_that_came_round(civil.month, civil.day, today);
        if (year && *year > civil.year) giver.give_all(CouponCause::kAnniversary, std::to_string(*year), {});
    }
    return std::move(giver.out);
}

}  // namespace tally::intake
