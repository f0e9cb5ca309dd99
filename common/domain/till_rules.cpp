// Sales, bonuses, refunds and what gives points back. Redemptions: redeem_rules.cpp.
#include "common/domain/till_rules.h"

#include <algorithm>

#include "common/domain/fold.h"
#include "common/domain/tiers.h"

namespace tally::domain {

namespace {

Status check_rules(const Programme& programme) {
    if (programme.version == 0) return fail(Code::kRefused, "no programme has been received from headquarters yet");
    if (!programme.unknown.empty())
        return fail(Code::kNewer, "the programme says what this program does not know: " + programme.unknown.front());
    return {};
}

bool has_earned(const Account& account, const std::string& store, const Bill& bill, Day day) {
    return std::any_of(account.lots.begin(), account.lots.end(), [&](const Lot& lot) {
        return lot.is_sale() && lot.day == day && lot.store == store && lot.bill_no == bill.bill_no &&
               lot.till == bill.till && lot.part == bill.part;
    });
}

}  // namespace

Facts facts_of(const Programme& programme, const Account& account, const PersonFacts& person, const std::string& store,
               const std::string& channel, Day day, std::uint16_t minute) {
    Facts facts;
    facts.day = day;
    facts.minute = minute;
    facts.store = store;
    facts.channel = channel;
    facts.tier = tier_name(programme, account, day);
    facts.segments = segments_of(programme, account, person.joined_day, day);
    facts.occasions = occasions_of(programme, person.birthday, person.joined_day, account.bills == 0, day);
    return facts;
}

Result<Earn> make_earn(const Programme& programme, const Account& account, const Order& order, const Bill& bill,
                       const TotalsById& campaigns) {
    TALLY_OK(check_rules(programme));
    CapsUsed used = caps_used(programme, account, order.facts.day);
    add_campaigns(used, programme, campaigns);
    TALLY_TRY(Earning earning, compute_earning(programme, order, used));
    Earn earn;
    earn.bill = bill;
    earn.amount_minor = order.amount_minor;
    earn.eligible_minor = earning.eligible_minor;
    earn.lines = std::move(earning.lines);
    earn.tier = order.facts.tier;
    earn.cap_used = used.day;
    earn.first_purchase = account.bills == 0;
    earn.points = earning.points;
    earn.expires = expiry_of(programme, order.facts.day);
    earn.unlocks = unlock_of(programme, order.facts.day);
    earn.minute = order.facts.minute;
    earn.channel = order.facts.channel;
    earn.occasions = order.facts.occasions;
    earn.segments = order.facts.segments;
    earn.paid_with_points_minor = order.paid_with_points_minor;
    earn.parts = std::move(earning.parts);
    return earn;
}

Result<Earn> make_late_earn(const Programme& programme, const Account& account, const Order& order, const Bill& bill,
                            Day today) {
    TALLY_OK(check_rules(programme));
    const Day day = order.facts.day;
    if (programme.late_days == 0) return fail(Code::kRefused, "the programme gives no points for forgotten bills");
    if (bill.bill_no.empty()) return fail(Code::kInvalid, "late points name their bill");
    if (day > today) return fail(Code::kInvalid, "the forgotten bill is dated after today");
    if (std::int64_t{today} - day > programme.late_days)
        return fail(Code::kRefused, "the programme gives points for forgotten bills of the last " +
                                        std::to_string(programme.late_days) + " days only");
    if (has_earned(account, order.facts.store, bill, day))
        return fail(Code::kExists, "bill " + bill.bill_no + " of this member has earned");
    TALLY_TRY(Earn earn, make_earn(programme, account, order, bill));
    earn.late_for = day;
    return earn;
}

static const Lot* sale_of_bill(const Account& account, const std::string& store, const std::string& bill_no) {
    const Lot* elsewhere = nullptr;
    for (auto lot = account.lots.rbegin(); lot != account.lots.rend(); ++lot) {
        if (lot->bill_no != bill_no) continue;
        if (lot->store == store) return &*lot;
        if (!elsewhere) elsewhere = &*lot;
    }
    return elsewhere;
}

Result<Reverse> make_refund(const Programme& programme, const Account& account, const std::string& store,
                            const Bill& bill, const std::string& of_bill_no, Minor amount_minor) {
    if (programme.version == 0) return fail(Code::kRefused, "no programme has been received from headquarters yet");
    if (amount_minor <= 0 || amount_minor > kAmountMinorMax) return fail(Code::kInvalid, "amount out of range");
    if (of_bill_no.size() > kBillNoBytesMax) return fail(Code::kInvalid, "bill number too long");
    Reverse reverse;
    reverse.bill = bill;
    reverse.amount_minor = amount_minor;
    if (of_bill_no.empty()) {
        TALLY_OK(check_rules(programme));
        TALLY_TRY(reverse.points, points_for(programme, amount_minor));
        if (reverse.points > kPointsMax) return fail(Code::kInvalid, "amount out of range");
    } else if (const Lot* sale = sale_of_bill(account, store, of_bill_no)) {
        reverse.target = sale->maker;
        reverse.points = refund_points(*sale, amount_minor);
    } else {
        reverse.target_bill_no = of_bill_no;
    }
    return reverse;
}

Result<Reverse> make_give_back(const Programme& programme, const Account& account, const OpId& redemption, Day today) {
    const auto there = std::find_if(account.redemptions.begin(), account.redemptions.end(),
                                    [&](const Redemption& row) { return row.op == redemption; });
    if (there == account.redemptions.end())
        return fail(Code::kNotFound, "no redemption " + op_text(redemption) + " of this member");
    Reverse reverse;
    reverse.target = redemption;
    reverse.is_refund = false;
    reverse.points = there->points - there->reversed;
    if (reverse.points == 0) return fail(Code::kRefused, "this redemption has been undone");
    if (programme.give_back_grace_days > 0)
        reverse.grace_through = today + static_cast<Day>(programme.give_back_grace_days);
    return reverse;
}

}  // namespace tally::domain
