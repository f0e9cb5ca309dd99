// Points for a forgotten bill: a sale without a member, brought afterwards.
#include <algorithm>

#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

static constexpr std::uint32_t kDaysLookedBackMax = 3660;

Result<Receipt> Till::late_points(const LateRequest& request, bool commit) {
    TALLY_TRY(const domain::Programme programme, rules());
    if (request.bill_no.empty()) return fail(Code::kInvalid, "bill number: required");
    if (request.amount_minor < 0 || request.amount_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    TALLY_TRY(domain::Bill bill, clean_bill(request.bill_no, request.till));
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(request.member));
    const domain::Account account = view ? view->account : domain::Account{};
    domain::PersonFacts person;
    if (view) person = person_of(*view).facts;

    domain::Order order;
    order.amount_minor = request.amount_minor;
    order.campaigns_open = false;  // a campaign is for who shops with a card
    std::uint16_t minute = 0;
    Day day = request.day.value_or(today());
    const Day from =
        request.day.value_or(today() - static_cast<Day>(std::min(programme.late_days, kDaysLookedBackMax)));
    TALLY_TRY(const std::optional<LoggedOp> sold, replica_->sale_of_bill(bill.bill_no, from, day));
    if (sold) {
        const auto* sale = std::get_if<domain::Sale>(&sold->op.body);
        if (!sale) return fail(Code::kExists, "bill " + bill.bill_no + " was counted for a member");
        bill = sale->bill;
        order.amount_minor = sale->amount_minor;
        order.lines = sale->lines;
        day = sold->op.business_day;
        minute = minute_at(sold->op.at.ms());
    } else if (!request.day || request.amount_minor == 0) {
        return fail(Code::kNotFound, "bill " + bill.bill_no + " was not sold here: its day and amount are needed");
    }
    order.facts = facts_for(programme, account, person, {}, day, minute);
    TALLY_TRY(domain::Earn earn, domain::make_late_earn(programme, account, order, bill, today()));
    TALLY_TRY(Act act, begin_act());
    act.accounts[request.member] = account;
    TALLY_OK(add(act, programme, request.member, {request.presented, 0}, std::move(earn)));
    return finish(programme, std::move(act), commit);
}

Result<Receipt> Till::preview_late_points(const LateRequest& request) { return late_points(request, false); }
Result<Receipt> Till::late_points(const LateRequest& request) { return late_points(request, true); }

}  // namespace tally::replica
