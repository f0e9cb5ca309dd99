#include "hq-server/intake/member_cache.h"

#include "common/wire/codec.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::intake {

Result<MemberState*> MemberCache::member(const domain::MemberId& member) {
    const auto found = by_id_.find(member);
    if (found != by_id_.end()) {
        members_.splice(members_.begin(), members_, found->second);
        return &members_.front();
    }
    TALLY_TRY(const std::optional<MemberRow> row, store_->member(member));
    MemberState state;
    state.member = member;
    if (row) {
        state.number = row->number;
        state.member_seq = row->member_seq;
        state.bytes = row->account.size();
        state.next_due = row->next_due;
        TALLY_TRY(state.account, wire::decode_account(row->account));
    }
    members_.push_front(std::move(state));
    by_id_[member] = members_.begin();
    return &members_.front();
}

Result<StoreDayState*> MemberCache::store_day(const std::string& store, Day day) {
    const auto found = store_days_.find({store, day});
    if (found != store_days_.end()) return &found->second;
    TALLY_TRY(const std::optional<StoreDayRow> row, store_->store_day(store, day));
    StoreDayState state;
    state.store = store;
    state.day = day;
    if (row) state.totals = row->totals;
    return &store_days_.emplace(std::pair(store, day), std::move(state)).first->second;
}

// Not by the store and the day, which the set is of.
static std::size_t hash_of(const domain::BusinessKey& key) {
    const std::hash<std::string_view> text;
    std::size_t out = text(key.bill_no);
    for (const std::size_t more :
         {text(key.till), std::size_t{key.terminal}, static_cast<std::size_t>(key.kind), std::size_t{key.part}})
        out = (out ^ more) * 0x9E3779B97F4A7C15u;  // Fibonacci hashing: 2^64 / golden ratio
    return out;
}

Result<bool> MemberCache::may_have_bill(const domain::BusinessKey& key) {
    TALLY_TRY(StoreDayState * day, store_day(key.store, key.day));
    if (!day->bills_read) {
        if (++day->bills_asked <= kBillsAskedOneByOne) return true;  // the store says
        TALLY_OK(store_->bills_of_day(key.store, key.day, [&](const BillRow& row) -> Status {
            bills_ += day->bill_hashes.insert(hash_of(row.key)).second;
            return {};
        }));
        day->bills_read = true;
    }
    return day->bill_hashes.contains(hash_of(key));
}

Status MemberCache::note_bill(const domain::BusinessKey& key) {
    TALLY_TRY(StoreDayState * day, store_day(key.store, key.day));
    bills_ += day->bill_hashes.insert(hash_of(key)).second;
    return {};
}

void MemberCache::trim() {
    while (members_.size() > kCachedMembers) {
        TALLY_ASSERT(!members_.back().dirty, "only written states leave the cache");
        by_id_.erase(members_.back().member);
        members_.pop_back();
    }
    if (store_days_.size() > kCachedStoreDays || bills_ > kCachedBills) {
        store_days_.clear();
        bills_ = 0;
    }
}

void MemberCache::clear() {
    by_id_.clear();
    members_.clear();
    store_days_.clear();
    bills_ = 0;
}

}  // namespace tally::intake
