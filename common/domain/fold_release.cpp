// A release: what was held, or kept as a branch, is folded where a person let it count.
#include <algorithm>

#include "common/domain/folder.h"

namespace tally::domain {

// Every kind that moves points or coupons leaves its id in the account. What the others say is the same said twice;
// headquarters keeps those from being released again (Ruling::duplicate_of).
static bool is_counted(Ledger& ledger, const OpId& id) {
    const Account& account = ledger.account;
    const auto is = [&](const auto& rows, const auto member) {
        return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.*member == id; });
    };
    return ledger.lot_of(id) || ledger.redemption_of(id) || is(account.reversals, &Reversal::op) ||
           is(account.aliases, &Alias::duplicate) || is(account.coupons, &Coupon::issued_by) ||
           is(account.coupons, &Coupon::redeemed_by);
}

Status Folder::operator()(const Release&) {
    const std::optional<Op> held = released_op(op);
    if (is_counted(ledger, held->id)) return conclude(Outcome::kDuplicate, op_text(held->id) + " counts already");
    Folder inner{.ledger = ledger, .account = account, .op = *held, .ruling = ruling, .out = {}, .released = true};
    TALLY_OK(std::visit(inner, held->body));
    out = std::move(inner.out);
    return {};
}

}  // namespace tally::domain
