// Decoded states of members and store-days, and which bills a store-day has, kept across transactions so that a till's
// next operation costs no reading. Write-behind: a changed one is marked dirty and written once a transaction by
// whoever flushes. Holds no personal data. Must be cleared after a rollback and after another process wrote. Storage
// thread.
#pragma once

#include <list>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

struct MemberState {
    domain::MemberId member;
    std::uint64_t number = 0;  // 0: not stored yet
    std::uint64_t member_seq = 0;
    domain::Account account;
    std::size_t bytes = 0;        // of the account as stored, and a bound for what was added since
    std::optional<Day> next_due;  // as stored
    bool dirty = false;
    bool touched = false;             // by an operation of this transaction whose tier has not been looked at
    std::uint64_t changed_index = 0;  // the operation of this transaction that last changed it
};

struct StoreDayState {
    std::string store;
    Day day = 0;
    domain::StoreDay totals;
    bool dirty = false;
    std::uint64_t changed_index = 0;
    // Of the keys of the day's bills: those accepted since this state was loaded and, once read, the stored ones.
    std::unordered_set<std::size_t> bill_hashes;
    std::size_t bills_asked = 0;
    bool bills_read = false;
};

class MemberCache {
  public:
    explicit MemberCache(LedgerStore& store) : store_(&store) {}

    // The member's state; a new one for a member that was never heard of. Valid until trim() or clear().
    Result<MemberState*> member(const domain::MemberId& member);
    Result<StoreDayState*> store_day(const std::string& store, Day day);
    // Whether a bill may be there under this key; false is certain. Asking the store for each new bill was a sixth of
    // an upload: the bills of a busy day are read once instead.
    Result<bool> may_have_bill(const domain::BusinessKey& key);
    Status note_bill(const domain::BusinessKey& key);
    // Drops the least recently used beyond the bounds. None may be dirty.
    void trim();
    void clear();

  private:
    LedgerStore* store_;
    std::list<MemberState> members_;  // most recently used first
    std::unordered_map<domain::MemberId, std::list<MemberState>::iterator> by_id_;
    std::map<std::pair<std::string, Day>, StoreDayState> store_days_;
    std::size_t bills_ = 0;  // hashes held, of all days
};

}  // namespace tally::intake
