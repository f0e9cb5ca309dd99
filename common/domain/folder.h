// One operation being folded into its member's account: the state of fold() while it runs. Internal to the fold; its
// parts are in fold_points, fold_redeem, fold_leases, fold_reverse, fold_repeat and fold_benefits.cpp.
#pragma once

#include "common/domain/fold.h"
#include "common/domain/ledger.h"

namespace tally::domain {

// "bill 77 has been counted as ..."
std::string duplicate_reason(const Op& op, const OpId& first);

Redemption new_redemption(const Op& op, const Redeem& body, Points points);  // with no takes yet

struct Folder {
    Ledger& ledger;
    Account& account;  // the ledger's
    const Op& op;
    const Ruling& ruling;
    Folded out;
    bool released = false;  // a person has decided that it counts

    Status operator()(const Register& body);
    Status operator()(const ProfileEdit&) { return {}; }
    Status operator()(const IdentityBind&) { return {}; }
    Status operator()(const Consent&) { return {}; }
    Status operator()(const Note&) { return {}; }
    Status operator()(const Sale&) { return conclude(Outcome::kQuarantined, "a sale without a member names one"); }
    Status operator()(const Earn& body);
    Status operator()(const Bonus& body);
    Status operator()(const OpeningBalance& body);
    Status operator()(const Adjust& body);
    Status operator()(const Expire& body);
    Status operator()(const Redeem& body);
    Status operator()(const Reverse& body);
    Status operator()(const TierChange& body);
    Status operator()(const CouponIssue& body);
    Status operator()(const CouponReserve& body);
    Status operator()(const CouponRedeem& body);
    Status operator()(const CouponVoid& body);
    Status operator()(const LeaseGrant& body);
    Status operator()(const LeaseReturn& body);
    Status operator()(const LeaseWriteOff& body);
    Status operator()(const Release&);
    // The operation has been counted as `first`. What names this one from now on, or waits for it, means that.
    Status repeat(const OpId& first);

  private:
    void move(const StoreDay& by) { out.moves.push_back({op.store, op.business_day, by}); }
    Status conclude(Outcome outcome, std::string reason) {
        out.outcome = outcome;
        out.reason = std::move(reason);
        return {};
    }
    Status held(std::string why);  // for a person, unless there is no reason

    Status redeem_leased(const Redeem& body);
    bool is_covered(const std::vector<LotTake>& slices) const;  // by what this operation's epoch holds or held
    Status conclude_redemption(Redemption&& redemption, const Redeem& body);
    Lot new_lot(LotSource source, Points points, std::optional<Day> expires, std::optional<Day> unlocks = {}) const;
    void use_rule(const std::string& rule, Points points, Day day);
    bool is_same_bill(const Lot& lot, const Bill& bill, Day day) const;
    Status reverse(const Reverse& body);
    Status reverse_without_bill(const Reverse& body);
    void settle_waiting(const OpId& maker);  // reversals that came before `maker`, in the order in which they came
};

}  // namespace tally::domain
