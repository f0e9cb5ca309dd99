#include "common/domain/account_index.h"

#include <algorithm>
#include <utility>

#include "common/domain/account.h"
#include "common/domain/ledger.h"

namespace tally::domain {

static constexpr std::size_t kLotsMin = 24;     // below, looking at each is as quick
static constexpr std::uint32_t kAskedMin = 12;  // an overlay folds a handful of operations on a fresh copy

static AccountIndex::Open place_of(const Account& account, std::uint32_t lot) {
    const auto& expires = account.lots[lot].expires;
    return {expires ? *expires : INT64_MAX, lot};
}

void AccountIndex::opened(const Account& account, std::uint32_t lot) {
    const Open place = place_of(account, lot);
    const auto at = std::lower_bound(open.begin(), open.end(), place);
    if (at == open.end() || *at != place) open.insert(at, place);
}

void AccountIndex::follow(const Account& account) {
    for (; lots < account.lots.size(); ++lots) {
        const auto position = static_cast<std::uint32_t>(lots);
        lots_by_maker.add(position, [&](std::uint32_t i) { return std::hash<OpId>()(account.lots[i].maker); });
        // Nobody asks for the lots without a bill's number, so each has a place of its own.
        lots_by_bill.add(position, [&](std::uint32_t i) {
            const Lot& lot = account.lots[i];
            return lot.bill_no.empty() ? std::hash<OpId>()(lot.maker) : std::hash<std::string>()(lot.bill_no);
        });
        if (account.lots[lots].free > 0) opened(account, position);
    }
    for (; redemptions < account.redemptions.size(); ++redemptions)
        redemptions_by_op.add(static_cast<std::uint32_t>(redemptions),
                              [&](std::uint32_t i) { return std::hash<OpId>()(account.redemptions[i].op); });
    for (; once < account.once.size(); ++once)
        once_by_key.add(static_cast<std::uint32_t>(once),
                        [&](std::uint32_t i) { return once_hash(account.once[i].rule, account.once[i].key); });
}

AccountIndexHolder& AccountIndexHolder::operator=(AccountIndexHolder&& other) noexcept {
    index_ = std::move(other.index_);
    asked_ = std::exchange(other.asked_, 0);
    dated_ = std::exchange(other.dated_, 0);
    newest_day_ = std::exchange(other.newest_day_, INT32_MIN);
    return *this;
}

Day AccountIndexHolder::newest_day(const Account& account) {
    if (account.lots.size() < dated_) dated_ = 0, newest_day_ = INT32_MIN;
    for (; dated_ < account.lots.size(); ++dated_) newest_day_ = std::max(newest_day_, account.lots[dated_].day);
    return newest_day_;
}

AccountIndex* AccountIndexHolder::follow(const Account& account) {
    if (index_) {
        const bool shrunk = account.lots.size() < index_->lots || account.redemptions.size() < index_->redemptions ||
                            account.once.size() < index_->once;
        if (shrunk) reset();
    }
    if (!index_) {
        if (account.lots.size() < kLotsMin || ++asked_ < kAskedMin) return nullptr;
        index_ = std::make_unique<AccountIndex>();
    }
    index_->follow(account);
    return index_.get();
}

}  // namespace tally::domain
