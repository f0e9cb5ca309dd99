#include "common/domain/account.h"

#include <algorithm>
#include <numeric>

namespace tally::domain {

Points Account::balance_on(Day today) const {
    Points sum = -debt;
    for (const Lot& lot : lots)
        if (lot.usable_on(today)) sum += lot.free + lot.leased;
    return sum;
}

Points Account::leased_total() const {
    Points sum = 0;
    for (const Lot& lot : lots) sum += lot.leased;
    return sum;
}

Points Account::free_total() const {
    Points sum = 0;
    for (const Lot& lot : lots) sum += lot.free;
    return sum;
}

Points Account::locked_on(Day today) const {
    Points sum = 0;
    for (const Lot& lot : lots)
        if (lot.is_locked_on(today)) sum += lot.free + lot.leased;
    return sum;
}

Points Account::expired_total() const {
    Points sum = 0;
    for (const Lot& lot : lots) sum += lot.expired;
    return sum;
}

std::vector<std::size_t> redemption_order(const Account& account) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < account.lots.size(); ++i)
        if (account.lots[i].free > 0) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto& left = account.lots[a].expires;
        const auto& right = account.lots[b].expires;
        if (left.has_value() != right.has_value()) return left.has_value();
        return left && *left < *right;
    });
    return order;
}

static Status check_slices(const Account& account) {
    const auto broken = [](const char* what) { return Status(fail(Code::kBug, what)); };
    struct Sum {
        Points outstanding = 0, written_off = 0;
    };
    std::vector<Sum> of_lot(account.lots.size());
    for (const Slice& slice : account.slices) {
        if (slice.lot >= account.lots.size()) return broken("a slice of no lot");
        if (slice.outstanding < 0 || slice.outstanding > slice.granted)
            return broken("S1: outstanding outside granted");
        if (slice.risk < 0 || slice.risk > slice.written_off) return broken("S2: risk outside what was written off");
        of_lot[slice.lot].outstanding += slice.outstanding;
        of_lot[slice.lot].written_off += slice.written_off;
    }
    for (std::size_t i = 0; i < of_lot.size(); ++i) {
        if (account.lots[i].leased != of_lot[i].outstanding) return broken("S3: leased is not what its slices say");
        if (account.lots[i].loss > of_lot[i].written_off) return broken("S4: more loss than was written off");
    }
    return {};
}

Status check_account(const Account& account) {
    const auto broken = [](const char* what) { return Status(fail(Code::kBug, what)); };
    Points taken = 0, redeemed = 0, free = 0;
    std::uint64_t issued = 0;  // five totals, each inside 2^61, sum up inside 64 bits without a sign
    for (const Lot& lot : account.lots) {
        if (lot.free < 0 || lot.leased < 0 || lot.loss < 0 || lot.redeemed < 0 || lot.expired < 0 || lot.taken < 0)
            return broken("lot with a negative part");
        if (lot.issued + lot.loss != lot.free + lot.leased + lot.redeemed + lot.expired + lot.taken)
            return broken("L1: a lot does not add up");
        if (lot.netted < 0 || lot.netted > lot.taken) return broken("L2: netted outside taken");
        if (lot.reversed < 0 || lot.reversed > lot.issued) return broken("L3: reversed outside issued");
        if (lot.refunded_minor < 0 || lot.refunded_minor > lot.amount_minor)
            return broken("refunded outside the amount");
        taken += lot.taken;
        redeemed += lot.redeemed;
        issued += static_cast<std::uint64_t>(lot.issued);
        if (!lot.unlocks) free += lot.free;
    }
    if (account.debt < 0) return broken("negative debt");
    if (taken + redeemed + account.debt != account.reversed_total + account.redeemed_total)
        return broken("A1: reversals and redemptions do not add up");
    if (account.debt > 0 && free > 0) return broken("A2: debt beside free points");
    for (const Points total : {account.earned_total, account.adjusted_up_total, account.bonus_total,
                               account.opening_total, account.given_back_total})
        issued -= static_cast<std::uint64_t>(total);
    if (issued != 0) return broken("A3: the lots are not what was issued");
    return check_slices(account);
}

StoreDay& StoreDay::operator+=(const StoreDay& other) {
    bills += other.bills;
    amount_minor += other.amount_minor;
    points_earned += other.points_earned;
    points_reversed += other.points_reversed;
    points_redeemed += other.points_redeemed;
    redeemed_minor += other.redeemed_minor;
    return *this;
}

}  // namespace tally::domain
