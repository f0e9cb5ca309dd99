#include "common/domain/fold.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/folder.h"
#include "common/domain/reversal.h"

namespace tally::domain {

std::string_view outcome_name(Outcome outcome) {
    switch (outcome) {
        case Outcome::kAccepted: return "accepted";
        case Outcome::kAcceptedWithDebt: return "accepted with debt";
        case Outcome::kCorrected: return "corrected";
        case Outcome::kDuplicate: return "duplicate";
        case Outcome::kWaiting: return "waiting";
        case Outcome::kQuarantined: return "quarantined";
    }
    return "unknown";
}

Points refund_points(const Lot& lot, Minor amount_minor) {
    const Minor refunded = std::min(lot.amount_minor, lot.refunded_minor + std::max<Minor>(0, amount_minor));
    if (refunded == lot.amount_minor) return lot.issued - lot.reversed;
    const auto due = mul_div_floor(lot.issued, refunded, lot.amount_minor);
    return std::max<Points>(0, *due - lot.reversed);
}

namespace {

// Every operation is bounded (check_op), so from here no sum of one fold can leave 64 bits, and no total the range in
// which a stored state is read again (wire::decode_account).
bool has_room(const Account& account) {
    constexpr std::int64_t kMost = std::int64_t{1} << 60;
    return account.debt < kMost && account.earned_total < kMost && account.adjusted_up_total < kMost &&
           account.bonus_total < kMost && account.opening_total < kMost && account.given_back_total < kMost &&
           account.reversed_total < kMost && account.redeemed_total < kMost && account.spend_minor < kMost &&
           account.spend_minor > -kMost;
}

Folded held_for_person(const Op& op) {
    Folded held;
    held.outcome = Outcome::kQuarantined;
    if (!op.over_limit.empty()) held.reason = "exceeds the limit " + op.over_limit;
    return held;
}

}  // namespace

bool is_held(const Op& op, const Ruling& ruling) {
    return ruling.quarantined || (!op.over_limit.empty() && !ruling.duplicate_of);
}

Result<Folded> fold(Account& account, const Op& op, const Ruling& ruling) {
    TALLY_ASSERT(op.member != MemberId{} || kind_of(op.body) == OpKind::kSale,
                 "an account's operation names its member");
    if (is_held(op, ruling)) return held_for_person(op);
    if (!has_room(account))
        return fail(Code::kOverflow, "the totals of member " + uuid_text(op.member) + " are near 64 bits");
    Ledger ledger(account);
    Folder folder{.ledger = ledger, .account = account, .op = op, .ruling = ruling, .out = {}};
    TALLY_OK(ruling.duplicate_of ? folder.repeat(*ruling.duplicate_of) : std::visit(folder, op.body));
    if (folder.out.outcome == Outcome::kQuarantined) return std::move(folder.out);
    if (folder.out.outcome != Outcome::kDuplicate) account.folded_ops += 1;
    net_debt(ledger, op.business_day);
    // What this operation moved; now and then everything, as whoever reads a stored state does.
    constexpr std::uint64_t kCheckAllEvery = 256;
    Status sound = ledger.check();
    if (sound && account.folded_ops % kCheckAllEvery == 0) sound = check_account(account);
    if (!sound) TALLY_ASSERT(false, sound.error().detail.c_str());
    return std::move(folder.out);
}

StoreMove move_of_sale(const Op& op) {
    if (const auto released = released_op(op)) return move_of_sale(*released);
    const auto* sale = std::get_if<Sale>(&op.body);
    TALLY_ASSERT(sale != nullptr, "a sale without a member");
    return {op.store, op.business_day, {.bills = 1, .amount_minor = sale->amount_minor}};
}

Folded fold_sale(const Op& op, const Ruling& ruling) {
    Folded out;
    if (is_held(op, ruling)) {
        out = held_for_person(op);
    } else if (ruling.duplicate_of) {
        out.outcome = Outcome::kDuplicate;
        out.reason = duplicate_reason(op, *ruling.duplicate_of);
    } else {
        out.moves.push_back(move_of_sale(op));
    }
    return out;
}

std::vector<LotTake> due_to_expire(const Account& account, Day today) {
    std::vector<LotTake> due;
    for (const Lot& lot : account.lots)
        if (lot.free > 0 && lot.expires && *lot.expires < today) due.push_back({lot.maker, lot.free});
    return due;
}

}  // namespace tally::domain
