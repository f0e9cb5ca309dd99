// The accepting of operations inside one transaction: each is judged, folded and given an outcome; what it changed is
// written at flush(), every changed state once. Positions are taken at flush, as late as may be. Storage thread; lives
// no longer than its transaction.
#pragma once

#include <deque>
#include <map>
#include <tuple>
#include <variant>

#include "common/domain/fold.h"
#include "common/domain/limits.h"
#include "common/domain/programme.h"
#include "hq-server/intake/campaigns.h"
#include "hq-server/intake/judge.h"
#include "hq-server/intake/member_cache.h"
#include "hq-server/intake/person.h"

namespace tally::intake {

// One operation to accept. Views are borrowed until flush().
struct Incoming {
    const domain::Op* op = nullptr;
    Hash hash;
    ByteView bytes;
    ByteView sealed;
    std::string_view why{};  // of a release: a person's reason, for its verdict
};

class LedgerWork {
  public:
    LedgerWork(LedgerStore& store, MemberCache& cache, std::int64_t now_ms)
        : store_(store), cache_(cache), now_ms_(now_ms), persons_(store), campaigns_(store) {}

    // `programme` and `store_code`: see judge(). The chain (ids, hashes) has been checked.
    Result<domain::Folded> accept(const Incoming& in, const domain::Programme* programme,
                                  const std::string& store_code);
    // Before the first operation: whose tiers count (null: nobody's), and the chain's date.
    void use_tiers(const domain::Programme* tiered, Day today) { tiered_ = tiered, today_ = today; }
    const domain::Programme* tiered() const { return tiered_; }
    Day today() const { return today_; }
    void touch(MemberState& state);
    // Members whose accounts changed since the last call, in that order; none without tiers.
    std::vector<MemberState*> take_touched();
    // When the member is due next, where nothing of this transaction will write it. True when it was written.
    Result<bool> refresh_due(MemberState& state);
    // Whose budgets of campaigns count: the newest programme; null: none.
    void use_budgets(const domain::Programme* newest) { newest_ = newest; }
    const domain::Programme* newest() const { return newest_; }
    // The coupons that operations since the last call give their members, or end (owed.h), in that order.
    struct Owed {
        domain::MemberId member;
        std::variant<domain::CouponIssue, domain::CouponVoid> what;
    };
    std::vector<Owed> take_owed() { return std::exchange(owed_, {}); }
    // Members who bought or redeemed since the last call, where the programme leases in advance: each once, by the
    // last such operation.
    struct Shopped {
        domain::MemberId member;
        domain::TerminalId terminal = 0;
        domain::Epoch epoch;
        std::string store;  // where that terminal is enrolled
    };
    std::vector<Shopped> take_shopped() { return std::exchange(shopped_, {}); }
    Persons& persons() { return persons_; }
    // Which key HQ was given for a member with an operation that may carry no profile.
    Status learn_key(const domain::MemberId& member, ByteView key);

    // The chain as this transaction sees it, and its new end.
    Result<std::optional<ChainRow>> chain(domain::TerminalId terminal, const domain::Epoch& epoch);
    void set_chain(const ChainRow& chain);
    // The operations accepted since `first_index` belong to one signature.
    std::uint64_t next_index() const { return ops_.size(); }
    void add_batch(const BatchRow& batch, std::uint64_t first_index) { batches_.push_back({batch, first_index}); }

    // Writes everything accepted so far; more may follow.
    Status flush();

  private:
    void conflict(std::uint64_t index, ConflictKind kind, const domain::MemberId& member, std::string detail,
                  const domain::OpId& other = {});
    Result<domain::Folded> fold_member(const domain::Op& op, MemberState& state, domain::Ruling& ruling);
    void hold_if_too_large(const domain::Op& op, MemberState& state, const StoreDayState* day, domain::Ruling& ruling,
                           std::string& reason);
    // A numbered bill counts once in the whole chain of stores: rules what comes again.
    Status guard_bill(const domain::Op& op, const std::string& store_code, std::uint64_t index, Judgement& judgement,
                      std::string& reason, domain::OpId& other);
    // The same beside forgotten bills: what is brought later, and what arrives after it.
    Status guard_late(const domain::Op& op, std::uint64_t index, Judgement& judgement, std::string& reason,
                      domain::OpId& other);
    // Releases (ledger_release.cpp): an operation is released once, and its bill counts once.
    Status guard_release(const Incoming& in, const domain::Op& released, std::uint64_t index, Judgement& judgement,
                         std::string& reason);
    // Notices for the terminal whose operation a conflict names as the other.
    Status tell_other(const ConflictRow& conflict, const domain::Op& op);
    domain::OpId identified_by(const domain::MemberId& member, const domain::Identity& identity);
    void note_lost_edits(const domain::Op& op, const domain::PersonalFields& fields, const domain::Profile& profile,
                         std::int64_t effective_ms, std::uint64_t index);
    Result<std::optional<domain::Op>> holder_of(const domain::BusinessKey& key);
    Result<std::vector<domain::Op>> sales_of(const domain::BusinessKey& late);
    void judge_policy(const domain::Op& op, const domain::Programme* programme, Judgement& judgement) const;
    // Risk limits (ledger_limits.cpp). `reason` is set with the ruling.
    Status hold_over_limit(const domain::Op& op, const domain::Programme* programme, const domain::Account& account,
                           domain::Ruling& ruling, std::string& reason);
    Result<domain::CashierDay> cashier_day(const domain::Op& op);
    void note_adjust(const domain::Op& op, domain::Outcome outcome);
    // Coupons and campaigns (ledger_coupons.cpp): before the fold, what headquarters does not accept; after it, what
    // the operation moved, and what is to be told.
    Status judge_coupon(const domain::Op& op, const domain::Account& account, const domain::Programme* programme,
                        Judgement& judgement, std::string& reason);
    void note_owed(const domain::Op& op, const domain::Folded& folded, const domain::Account& after);
    // What is flagged of a lease, and who shopped (ledger_leases.cpp).
    void note_lease(const domain::Op& op, const domain::Folded& folded, const domain::Account& after,
                    const std::string& store_code, Judgement& judgement);
    Status count_campaigns(const domain::Op& op, const domain::Folded& folded, const domain::Programme* programme,
                           const domain::TotalsById& before, const domain::Account& after, std::uint64_t index);
    Status fold_person(const Incoming& in, std::uint64_t index, std::int64_t effective_ms);
    Status record_identities(const std::vector<domain::Identity>& before, const Person& person,
                             const domain::MemberId& member, std::uint64_t index);
    Status add_moves(const domain::Op& op, const domain::Folded& folded, std::uint64_t index);
    void touch(StoreDayState& day, std::uint64_t index);
    Status flush_members(Position base);

    struct PendingBatch {
        BatchRow row;
        std::uint64_t first_index;
    };

    LedgerStore& store_;
    MemberCache& cache_;
    std::int64_t now_ms_;
    Persons persons_;
    Campaigns campaigns_;
    const domain::Programme* newest_ = nullptr;
    std::vector<OpRow> ops_;
    std::vector<PendingBatch> batches_;
    // Their `pos` is an index into ops_ until flush.
    std::vector<DecisionRow> decisions_;
    std::map<domain::BusinessKey, std::uint64_t> bills_;
    std::vector<ConflictRow> conflicts_;
    std::vector<NoticeRow> notices_;
    std::vector<VerdictRow> verdicts_;
    const domain::Programme* tiered_ = nullptr;
    Day today_ = 0;
    std::vector<MemberState*> touched_;
    std::vector<Owed> owed_;
    std::vector<Shopped> shopped_;
    std::vector<MemberState*> dirty_members_;
    std::vector<StoreDayState*> dirty_days_;
    std::map<std::pair<domain::TerminalId, domain::Epoch>, ChainRow> chains_;
    using CashierKey = std::tuple<domain::TerminalId, domain::Epoch, std::uint32_t, Day>;
    std::map<CashierKey, domain::CashierDay> cashier_days_;
    // Stored bills of the days for which forgotten ones came, by number; until flush.
    std::map<std::pair<std::string, Day>, std::multimap<std::string, BillRow>> late_days_;
};

}  // namespace tally::intake
