// Refunds, and what a full one gives back.
#include <algorithm>

#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {
namespace {

constexpr Day kSaleLookedBackDays = 366;  // a bill number may come again in another year

// What was redeemed on the sale that `refund` has just given back whole; empty while something of it is left.
std::vector<domain::OpId> redeemed_on_sale(const domain::Account& account, const domain::OpId& sale) {
    std::vector<domain::OpId> out;
    const auto lot = std::find_if(account.lots.begin(), account.lots.end(),
                                  [&](const domain::Lot& row) { return row.maker == sale; });
    if (lot == account.lots.end() || lot->bill_no.empty() || lot->refunded_minor < lot->amount_minor) return out;
    for (const domain::Redemption& redemption : account.redemptions)
        if (redemption.bill_no == lot->bill_no && redemption.store == lot->store && redemption.day == lot->day &&
            redemption.op.terminal == lot->maker.terminal && redemption.reversed < redemption.points)
            out.push_back(redemption.op);
    return out;
}

}  // namespace

Result<Receipt> Till::refund(const RefundRequest& request, bool commit) {
    if (request.amount_minor < 1 || request.amount_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Bill bill, clean_bill(request.bill_no, request.till));
    TALLY_TRY(const std::string of_bill_no,
              clean_line(request.of_bill_no, "refunded bill", domain::kBillNoBytesMax, domain::kBillNoBytesMax));
    const ActBy by{request.presented, 0};
    TALLY_TRY(Act act, begin_act());
    if (!request.member) {
        TALLY_OK(add(act, programme, {}, by, domain::Sale{bill, -request.amount_minor, {}}));
        return finish(programme, std::move(act), commit);
    }
    const domain::MemberId& member = *request.member;
    TALLY_TRY(const domain::Account account, account_of(member));
    act.accounts[member] = account;
    TALLY_TRY(domain::Reverse reverse,
              domain::make_refund(programme, account, enrolment_.store, bill, of_bill_no, request.amount_minor));
    if (!reverse.target_bill_no.empty()) {  // not this member's, as far as this till knows: is it known as another's?
        TALLY_TRY(const std::optional<LoggedOp> sold,
                  replica_->sale_of_bill(of_bill_no, today() - kSaleLookedBackDays, today()));
        if (sold && !sold->op.member.is_zero() && sold->op.member != member)
            return fail(Code::kExists, "bill " + of_bill_no + " was counted for another member");
    }
    const domain::OpId sale = reverse.target;
    // No debit takes leased points: what is held here of the sale's own, or of a refund without a bill any, comes
    // first.
    const bool without_bill = sale.is_none() && of_bill_no.empty();
    TALLY_OK(add_return(
        act, programme, member, [&](const HeldSlice& slice) { return without_bill || slice.lot == sale; },
        without_bill ? reverse.points : domain::kPointsMax));
    TALLY_OK(add(act, programme, member, by, std::move(reverse)));
    for (const domain::OpId& redemption : redeemed_on_sale(act.accounts[member], sale)) {
        TALLY_TRY(domain::Reverse back, domain::make_give_back(programme, act.accounts[member], redemption, today()));
        TALLY_OK(add(act, programme, member, by, std::move(back)));
    }
    return finish(programme, std::move(act), commit);
}

Result<Receipt> Till::preview_refund(const RefundRequest& request) { return refund(request, false); }
Result<Receipt> Till::refund(const RefundRequest& request) { return refund(request, true); }

}  // namespace tally::replica
