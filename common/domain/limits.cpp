#include "common/domain/limits.h"

#include <algorithm>
#include <cstdlib>

#include "common/domain/bill_key.h"

namespace tally::domain {
namespace {

constexpr std::int64_t kMinutesPerHour = 60;
constexpr std::int64_t kMinutesPerDay = 24 * 60;

std::int64_t minute_of(Day day, std::uint16_t minute) { return std::int64_t{day} * kMinutesPerDay + minute; }

struct Check {
    const Programme& programme;
    const Account& account;
    const Op& op;
    const CashierDay& cashier;
    const Limits& limits = programme.limits;

    // What the fold would find counted already has no second effect, so it exceeds nothing.
    bool is_counted(const Earn& body, Day day) const {
        if (body.bill.bill_no.empty()) return false;
        return std::any_of(account.lots.begin(), account.lots.end(), [&](const Lot& lot) {
            return lot.bill_no == body.bill.bill_no && lot.store == op.store && lot.till == body.bill.till &&
                   (!body.bill.till.empty() || lot.maker.terminal == op.id.terminal) && lot.part == body.bill.part &&
                   lot.day == day;
        });
    }

    // Of purchases and bonuses, less what was taken back of them.
    std::string earned(Points points, Day day) const {
        if (limits.earn_points_day == 0 || points == 0) return {};
        Points sum = points;
        for (const Lot& lot : account.lots)
            if (lot.day == day && (lot.source == LotSource::kBonus || lot.is_sale())) sum += lot.issued - lot.reversed;
        return sum > limits.earn_points_day ? "earn_points_day" : "";
    }

    // Whether any hour that holds this bill holds more bills than the limit: at headquarters the others may come in any
    // order. The hour of a forgotten bill is often not known, so such a bill is not asked.
    std::string bills(const Earn& body) const {
        if (limits.bills_hour == 0 || body.late_for) return {};
        const std::int64_t now = minute_of(op.business_day, body.minute);
        std::vector<std::int64_t> near{now};
        for (const Lot& lot : account.lots) {
            const std::int64_t minute = minute_of(lot.day, lot.minute);
            if (lot.is_sale() && std::abs(minute - now) < kMinutesPerHour) near.push_back(minute);
        }
        for (const std::int64_t first : near) {
            if (first > now) continue;
            const auto in_hour = std::count_if(near.begin(), near.end(), [&](std::int64_t minute) {
                return minute >= first && minute < first + kMinutesPerHour;
            });
            if (in_hour > std::int64_t{limits.bills_hour}) return "bills_hour";
        }
        return {};
    }

    std::string operator()(const Earn& body) const {
        if (limits.earn_points_day == 0 && limits.bills_hour == 0) return {};
        const Day day = body.late_for.value_or(op.business_day);
        if (is_counted(body, day)) return {};
        std::string out = earned(body.points, day);
        return out.empty() ? bills(body) : out;
    }

    std::string operator()(const Bonus& body) const {
        if (limits.earn_points_day == 0) return {};
        for (const OnceKey& once : account.once)
            if (once.rule == body.rule && once.key == body.key) return {};
        return earned(body.points, op.business_day);
    }

    std::string operator()(const Redeem& body) const {
        if (limits.redemptions_day == 0 && limits.redeem_points_day == 0) return {};
        std::int64_t times = 1;
        Points sum = body.points;
        for (const Redemption& redemption : account.redemptions) {
            if (redemption.day != op.business_day || redemption.reversed >= redemption.points) continue;
            times += 1;
            sum += redemption.points - redemption.reversed;
        }
        if (limits.redemptions_day > 0 && times > std::int64_t{limits.redemptions_day}) return "redemptions_day";
        if (limits.redeem_points_day > 0 && sum > limits.redeem_points_day) return "redeem_points_day";
        return {};
    }

    std::string operator()(const Adjust& body) const {
        const Points points = std::abs(body.points);
        if (limits.adjusts_cashier_day > 0 && cashier.adjusts >= limits.adjusts_cashier_day)
            return "adjusts_cashier_day";
        if (limits.adjust_points_cashier_day > 0 &&
            points >
                limits.adjust_points_cashier_day - std::min(cashier.adjusted_points, limits.adjust_points_cashier_day))
            return "adjust_points_cashier_day";
        // A second person is another one.
        const bool is_approved = op.approved_by != 0 && op.approved_by != op.cashier;
        if (limits.second_person_above > 0 && points > limits.second_person_above && !is_approved)
            return "second_person";
        const bool is_named = std::any_of(limits.reasons.begin(), limits.reasons.end(),
                                          [&](const ReasonCode& reason) { return reason.id == body.code; });
        if (!limits.reasons.empty() && !is_named) return "reason";
        return {};
    }

    template <class Other>
    std::string operator()(const Other&) const {
        return {};
    }
};

}  // namespace

std::string limit_exceeded(const Programme& programme, const Account& account, const Op& op,
                           const CashierDay& cashier) {
    // What headquarters writes itself is a person's or a rule's decision there; an import's days are the other
    // system's.
    if (op.id.terminal == kHqTerminal) return {};
    return std::visit(Check{programme, account, op, cashier}, op.body);
}

}  // namespace tally::domain
