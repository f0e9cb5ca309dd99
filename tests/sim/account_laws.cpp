#include "tests/sim/account_laws.h"

namespace tally::sim {

std::string broken_law(const domain::Account& account) {
    domain::Points issued = 0, free = 0, leased = 0, loss = 0, redeemed = 0, expired = 0, taken = 0, written_off = 0;
    for (const domain::Lot& lot : account.lots) {
        if (lot.issued + lot.loss != lot.free + lot.leased + lot.redeemed + lot.expired + lot.taken)
            return "a lot's parts are not what was issued: " + domain::op_text(lot.maker);
        if (lot.leased < 0 || lot.loss < 0) return "a lease is below zero: " + domain::op_text(lot.maker);
        leased += lot.leased;
        loss += lot.loss;
        if (lot.free < 0 || lot.redeemed < 0 || lot.expired < 0 || lot.taken < 0)
            return "a part of a lot is below zero: " + domain::op_text(lot.maker);
        if (lot.refunded_minor > lot.amount_minor) return "more was refunded than paid: " + domain::op_text(lot.maker);
        if (account.debt > 0 && lot.free > 0 && !lot.unlocks) return "debt beside free points";
        issued += lot.issued;
        free += lot.free;
        redeemed += lot.redeemed;
        expired += lot.expired;
        taken += lot.taken;
    }
    if (account.debt < 0) return "debt below zero";
    for (const domain::Slice& slice : account.slices) leased -= slice.outstanding, written_off += slice.written_off;
    if (leased != 0) return "what is leased is not the sum of its slices";
    if (loss > written_off) return "more loss than was written off";
    for (const domain::Slice& slice : account.slices) leased += slice.outstanding;
    if (issued + loss != free + leased - account.debt + account.redeemed_total + expired + account.reversed_total)
        return "points are not conserved: issued " + std::to_string(issued) + ", free " + std::to_string(free) +
               ", debt " + std::to_string(account.debt) + ", redeemed " + std::to_string(account.redeemed_total) +
               ", expired " + std::to_string(expired) + ", reversed " + std::to_string(account.reversed_total);
    if (taken + redeemed + account.debt != account.reversed_total + account.redeemed_total)
        return "what was taken and redeemed is not what was asked for";
    if (issued != account.earned_total + account.adjusted_up_total + account.bonus_total + account.opening_total +
                      account.given_back_total)
        return "what was issued is not what was given";
    // The bound of every policy: spent is what was given, and debt.
    if (account.redeemed_total > issued + loss + account.debt) return "more was redeemed than was ever issued";
    return {};
}

}  // namespace tally::sim
