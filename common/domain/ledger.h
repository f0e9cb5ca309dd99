// One operation's way into its member's lots: finds them, moves points between a lot's parts, and knows at the end
// whether all that it moved adds up. A lot's points are moved through here alone, so that checking what one operation
// moved keeps an account sound that was sound before (LAWS.md). Internal to the fold.
#pragma once

#include "common/domain/account.h"

namespace tally::domain {

std::size_t once_hash(const std::string& rule, const std::string& key);

// For the first of many: moving rows to a larger place again and again was a tenth of a fold.
template <class Row>
void make_room(std::vector<Row>& rows, std::size_t count) {
    if (rows.capacity() == 0) rows.reserve(count);
}

class Ledger {
  public:
    explicit Ledger(Account& of) : account(of), index_(of.index.follow(of)), before_(totals()) {}
    Account& account;

    Lot* lot_of(const OpId& maker);             // null: none
    Redemption* redemption_of(const OpId& op);  // null: none
    OpId first_of(const OpId& named) const;     // what an alias stands for, else `named`
    const OnceKey* once_of(const std::string& rule, const std::string& key) const;  // null: not yet
    // The first lot of this bill that `wanted` accepts, the oldest (or the newest) one first; null: none.
    template <class Wanted>
    Lot* oldest_of_bill(const std::string& bill_no, const Wanted& wanted);
    Lot* newest_of_bill(const std::string& store, const std::string& bill_no);  // no store: of any

    Lot& add(Lot&& lot);  // its issue counts in one of the account's totals
    void add(Redemption&& redemption);
    void add(OnceKey&& once);
    // Asserts that `from` holds them.
    void move(Lot& lot, Points Lot::*from, Points Lot::*to, Points points);
    void net(Lot& lot, Points points);      // free points of this lot pay debt
    void unnet(Lot& lot, Points points);    // and come back
    void reverse(Lot& lot, Points points);  // so much of its issue was asked for
    void lose(Lot& lot, Points points);     // redeemed beyond what the lot has: the chain's loss
    void unlose(Lot& lot, Points points);
    Slice* slice_of(TerminalId holder, const Epoch& epoch, const Lot& lot);  // null: never any
    Slice& slice_for(TerminalId holder, const Epoch& epoch, const Lot& lot);
    // Lots that have free points and are unlocked on `today`, in redemption order, while `each` says true.
    template <class Each>
    void each_open(Day today, const Each& each);

    // What this operation moved keeps L1..L3, A1..A3; kBug names the first that fails.
    Status check() const;

  private:
    struct Totals {
        Points asked = 0, issued = 0, debt = 0;
    };
    // Differences count, so the sums may wrap.
    Totals totals() const;

    AccountIndex* index_;
    Totals before_;
    Points used_ = 0, issued_ = 0;  // what was moved into redeemed and taken, less what came out; what was issued
};

template <class Wanted>
Lot* Ledger::oldest_of_bill(const std::string& bill_no, const Wanted& wanted) {
    if (!index_) {
        for (Lot& lot : account.lots)
            if (lot.bill_no == bill_no && wanted(lot)) return &lot;
        return nullptr;
    }
    Lot* oldest = nullptr;
    (void)index_->lots_by_bill.find(std::hash<std::string>()(bill_no), [&](std::uint32_t i) {
        Lot& lot = account.lots[i];
        if (lot.bill_no == bill_no && wanted(lot) && (!oldest || &lot < oldest)) oldest = &lot;
        return false;
    });
    return oldest;
}

template <class Each>
void Ledger::each_open(Day today, const Each& each) {
    if (!index_) {
        for (const std::size_t i : redemption_order(account))
            if (!account.lots[i].is_locked_on(today) && !each(account.lots[i])) return;
        return;
    }
    auto& open = index_->open;
    std::size_t kept = 0, next = 0;
    for (bool more = true; more && next < open.size(); ++next) {
        Lot& lot = account.lots[open[next].lot];
        if (lot.free > 0 && !lot.is_locked_on(today)) more = each(lot);
        if (lot.free > 0) open[kept++] = open[next];
    }
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(kept), open.begin() + static_cast<std::ptrdiff_t>(next));
}

}  // namespace tally::domain
