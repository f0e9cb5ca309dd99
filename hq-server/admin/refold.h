// Folds the whole log again, apart from intake's caches and write paths, and compares what comes out with what is
// stored. Part of verify.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "common/domain/fold.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::admin {

using Report = std::function<void(std::string)>;  // takes one fault

class Refold {
  public:
    Refold(intake::LedgerStore& store, Report report) : store_(store), report_(std::move(report)) {}
    // Positions whose personal fields intake could not use, as it recorded.
    void skip_profile_at(intake::Position pos) { no_profile_.insert(pos); }
    Status add(const intake::OpRow& row, const domain::Op& op, const std::string& where);
    // An operation that cannot be read: its member's state cannot be checked.
    void give_up_on(const domain::MemberId& member) { unreadable_.insert(member); }
    Status compare_members(std::uint64_t& count);
    Status compare_store_days(std::uint64_t& count);
    Status compare_profiles();

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
    Status fold_profile_of(const intake::OpRow& row, const domain::Op& op, Member& member, const std::string& where);

    intake::LedgerStore& store_;
    Report report_;
    std::unordered_map<domain::MemberId, Member> members_;
    std::map<std::pair<std::string, Day>, DayTotals> days_;
    std::set<intake::Position> no_profile_;
    std::set<domain::MemberId> unreadable_;
};

}  // namespace tally::admin
