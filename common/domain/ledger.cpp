#include "common/domain/ledger.h"

#include <algorithm>

namespace tally::domain {

std::size_t once_hash(const std::string& rule, const std::string& key) {
    return std::hash<std::string>()(rule) * 31 + std::hash<std::string>()(key);
}

Lot* Ledger::lot_of(const OpId& maker) {
    const auto is = [&](std::uint32_t i) { return account.lots[i].maker == maker; };
    if (index_) {
        const auto found = index_->lots_by_maker.find(std::hash<OpId>()(maker), is);
        return found ? &account.lots[*found] : nullptr;
    }
    for (Lot& lot : account.lots)
        if (lot.maker == maker) return &lot;
    return nullptr;
}

Redemption* Ledger::redemption_of(const OpId& op) {
    const auto is = [&](std::uint32_t i) { return account.redemptions[i].op == op; };
    if (index_) {
        const auto found = index_->redemptions_by_op.find(std::hash<OpId>()(op), is);
        return found ? &account.redemptions[*found] : nullptr;
    }
    for (Redemption& redemption : account.redemptions)
        if (redemption.op == op) return &redemption;
    return nullptr;
}

OpId Ledger::first_of(const OpId& named) const {
    for (const Alias& alias : account.aliases)
        if (alias.duplicate == named) return alias.first;
    return named;
}

const OnceKey* Ledger::once_of(const std::string& rule, const std::string& key) const {
    const auto is = [&](const OnceKey& once) { return once.rule == rule && once.key == key; };
    if (index_) {
        const auto found =
            index_->once_by_key.find(once_hash(rule, key), [&](std::uint32_t i) { return is(account.once[i]); });
        return found ? &account.once[*found] : nullptr;
    }
    const auto found = std::find_if(account.once.begin(), account.once.end(), is);
    return found == account.once.end() ? nullptr : &*found;
}

Lot* Ledger::newest_of_bill(const std::string& store, const std::string& bill_no) {
    Lot* newest = nullptr;
    (void)oldest_of_bill(bill_no, [&](Lot& lot) {
        if ((store.empty() || lot.store == store) && (!newest || newest < &lot)) newest = &lot;
        return false;
    });
    return newest;
}

Lot& Ledger::add(Lot&& lot) {
    issued_ += lot.issued;
    make_room(account.lots, 8);
    account.lots.push_back(std::move(lot));
    (void)account.index.newest_day(account);  // now, while the lot is at hand
    if (index_) index_->follow(account);
    return account.lots.back();
}

void Ledger::add(Redemption&& redemption) {
    make_room(account.redemptions, 4);
    account.redemptions.push_back(std::move(redemption));
    if (index_) index_->follow(account);
}

void Ledger::add(OnceKey&& once) {
    account.once.push_back(std::move(once));
    if (index_) index_->follow(account);
}

void Ledger::move(Lot& lot, Points Lot::*from, Points Lot::*to, Points points) {
    TALLY_ASSERT(points >= 0 && lot.*from >= points, "L1: no part of a lot falls below zero");
    const auto is_used = [](Points Lot::*part) { return part == &Lot::redeemed || part == &Lot::taken ? 1 : 0; };
    lot.*from -= points;
    lot.*to += points;
    used_ += points * (is_used(to) - is_used(from));
    if (index_ && to == &Lot::free && points > 0)
        index_->opened(account, static_cast<std::uint32_t>(&lot - account.lots.data()));
    TALLY_ASSERT(lot.netted <= lot.taken, "L2: what paid debt was taken");
}

void Ledger::net(Lot& lot, Points points) {
    move(lot, &Lot::free, &Lot::taken, points);
    lot.netted += points;
    account.debt -= points;
}

void Ledger::unnet(Lot& lot, Points points) {
    TALLY_ASSERT(points <= lot.netted, "L2: no lot paid less than no debt");
    lot.netted -= points;
    move(lot, &Lot::taken, &Lot::free, points);
}

void Ledger::reverse(Lot& lot, Points points) {
    TALLY_ASSERT(points >= 0 && points <= lot.issued - lot.reversed, "L3: no more is reversed than was issued");
    lot.reversed += points;
}

void Ledger::lose(Lot& lot, Points points) {
    lot.redeemed += points;
    lot.loss += points;
    used_ += points;
}

void Ledger::unlose(Lot& lot, Points points) {
    TALLY_ASSERT(points <= lot.loss && points <= lot.redeemed, "S4: no lot lost less than nothing");
    lot.redeemed -= points;
    lot.loss -= points;
    used_ -= points;
}

Slice* Ledger::slice_of(TerminalId holder, const Epoch& epoch, const Lot& lot) {
    const auto index = static_cast<std::uint32_t>(&lot - account.lots.data());
    for (Slice& slice : account.slices)
        if (slice.lot == index && slice.is_of(holder, epoch)) return &slice;
    return nullptr;
}

Slice& Ledger::slice_for(TerminalId holder, const Epoch& epoch, const Lot& lot) {
    if (Slice* slice = slice_of(holder, epoch, lot)) return *slice;
    Slice slice;
    slice.holder = holder;
    slice.epoch = epoch;
    slice.lot = static_cast<std::uint32_t>(&lot - account.lots.data());
    return account.slices.emplace_back(slice);
}

Ledger::Totals Ledger::totals() const {
    return {account.reversed_total + account.redeemed_total,
            account.earned_total + account.adjusted_up_total + account.bonus_total + account.opening_total +
                account.given_back_total,
            account.debt};
}

Status Ledger::check() const {
    const auto broken = [](const char* what) { return Status(fail(Code::kBug, what)); };
    const Totals after = totals();
    if (account.debt < 0) return broken("negative debt");
    if (used_ + after.debt - before_.debt != after.asked - before_.asked)
        return broken("A1: reversals and redemptions do not add up");
    if (issued_ != after.issued - before_.issued) return broken("A3: the lots are not what was issued");
    if (account.debt > 0)
        for (const Lot& lot : account.lots)
            if (!lot.unlocks && lot.free > 0) return broken("A2: debt beside free points");
    return {};
}

}  // namespace tally::domain
