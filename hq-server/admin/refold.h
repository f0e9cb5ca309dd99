// Folds the whole log again, apart from intake's caches and write paths, and compares what comes out with what is
// stored. Part of verify.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "common/domain/coupons.h"
#include "common/domain/fold.h"
#include "common/domain/programme.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::admin {

using Report = std::function<void(std::string)>;  // takes one fault

class Refold {
  public:
    Refold(intake::LedgerStore& store, Report report) : store_(store), report_(std::move(report)) {}
    // Positions whose personal fields intake could not use, as it recorded.
    void skip_profile_at(intake::Position pos) { no_profile_.insert(pos); }
    // Before the first add(): what was decided, and from which position on bills were guarded.
    Status read_decisions();
    // Before it too: what people decided. `held_positions` takes those of rejections.
    Status read_verdicts(std::set<intake::Position>& held_positions);
    void note_conflict(const intake::ConflictRow& row);  // in their order
    Status add(const intake::OpRow& row, const domain::Op& op, const std::string& where);
    // An operation that cannot be read: its member's state cannot be checked.
    void give_up_on(const domain::MemberId& member) { unreadable_.insert(member); }
    Status read_programmes();  // before compare_members()
    Status compare_members(std::uint64_t& count);
    Status compare_store_days(std::uint64_t& count);
    Status compare_profiles();
    Status compare_identities();
    Status compare_notices();
    Status compare_bills();
    Status compare_campaigns();
    Status compare_imported();
    void compare_decisions();  // after the last add()
    // Of all members, after compare_members().
    struct LeaseTotals {
        domain::Points leased = 0, written_off = 0, risk = 0, loss = 0;
    };
    const LeaseTotals& lease_totals() const { return lease_totals_; }
    void compare_verdicts();  // before compare_notices()

  private:
    struct Member {
        domain::Account account;
        std::uint64_t member_seq = 0;
        intake::Position changed_pos = 0;
        domain::Profile profile;
        bool has_profile = false;
    };
    struct DayTotals {
        domain::StoreDay totals;
        intake::Position changed_pos = 0;
    };
    Status check_bill(const intake::OpRow& row, const domain::Op& op, const intake::DecisionRow& decision,
                      const std::string& where);
    Status expect_late(intake::Position pos, const domain::Op& op, domain::Ruling& expected, std::string& why);
    Result<std::optional<domain::Op>> op_at(intake::Position pos);
    Result<std::vector<domain::Op>> sales_of(const domain::BusinessKey& late, intake::Position but);
    Status count_campaigns(const intake::OpRow& row, const domain::Op& op, const domain::Folded& folded,
                           const domain::TotalsById& before, const domain::TotalsById& after);
    void check_reason(const domain::Folded& folded, const intake::DecisionRow& decision, const std::string& where);
    void expect_notices(const intake::OpRow& row, const domain::Op& counts, const domain::Folded& folded,
                        bool left_debt, const std::string& reason);
    // refold_verdicts.cpp: releases, rejections, and what other terminals are told of conflicts.
    void check_release(const intake::OpRow& row, const domain::Op& op, const std::string& where);
    Status expect_other_notices(const intake::OpRow& row, const domain::Op& op);
    Status check_imported_member(const domain::Op& op, const domain::PersonalFields& fields, const std::string& where);
    Status check_imported_bill(const domain::Op& op, const std::string& where);
    Status check_imported_balance(const domain::Op& op, const std::string& where);
    Status check_imported(const Hash& key, const std::vector<Hash>& contents, const domain::Op& op,
                          const std::string& where);
    // refold_leases.cpp: what an operation may have leased, and whether the account's slices come to no more.
    void expect_lease(const domain::Op& op, const domain::Folded& folded, const std::string& where);
    void check_leases(const domain::MemberId& member, const domain::Account& account, const std::string& who);
    // refold_due.cpp: when the member is looked at next.
    void check_due(const intake::MemberRow& row, const domain::Account& account, const std::string& who);
    Status fold_profile_of(const intake::OpRow& row, const domain::Op& op, Member& member, const std::string& where);

    intake::LedgerStore& store_;
    Report report_;
    std::optional<domain::Programme> newest_;
    bool had_tiers_ = false;        // some version has tiers
    bool tiers_looked_at_ = false;  // every member was, under the newest version's
    std::int64_t last_received_ms_ = 0;
    std::unordered_map<domain::MemberId, Member> members_;
    std::map<std::pair<std::string, Day>, DayTotals> days_;
    std::set<intake::Position> no_profile_;
    std::map<intake::Position, intake::DecisionRow> decisions_;  // of operations not walked yet
    intake::Position guarded_after_ = 0;
    std::map<domain::TerminalId, std::string> stores_;  // where each is enrolled; HQ's own operations name any
    std::map<domain::BusinessKey, intake::Position> bills_;
    using NoticeKey = std::tuple<domain::TerminalId, intake::Position, domain::OpId>;
    std::map<NoticeKey, std::pair<domain::Outcome, std::string>> notices_;
    struct Campaign {
        domain::CampaignTotals totals;
        intake::Position changed_pos = 0;
    };
    std::map<std::string, Campaign> campaigns_;
    struct Issued {
        domain::Programme programme;
        intake::Position pos = 0;
    };
    std::map<std::uint64_t, std::optional<Issued>> programmes_;  // by version; none: never issued
    std::map<Hash, intake::VerdictRow> verdicts_;
    std::map<Hash, domain::OpId> held_;            // operations of the log that were held, up to the one at hand
    std::map<Hash, domain::OpId> branches_;        // operations beside it
    std::map<Hash, domain::OpId> released_;        // and the release of each
    std::optional<domain::OpId> released_before_;  // of the operation at hand: an earlier release of the same
    std::multimap<intake::Position, intake::ConflictRow> conflicts_;  // that name another operation, in their order
    std::set<domain::OpId> told_;                                     // those whose terminal has been told
    std::set<Hash> imported_;  // tags of the keys of rows whose operation is in the log
    std::set<domain::MemberId> unreadable_;
    std::unordered_map<domain::MemberId, domain::Points> leased_out_;  // by grants and by what was born leased, ever
    LeaseTotals lease_totals_;
};

}  // namespace tally::admin
