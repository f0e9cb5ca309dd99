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

void MemberCache::trim() {
    while (members_.size() > kCachedMembers) {
        TALLY_ASSERT(!members_.back().dirty, "only written states leave the cache");
        by_id_.erase(members_.back().member);
        members_.pop_back();
    }
    if (store_days_.size() > kCachedStoreDays) store_days_.clear();
}

void MemberCache::clear() {
    by_id_.clear();
    members_.clear();
    store_days_.clear();
}

}  // namespace tally::intake
