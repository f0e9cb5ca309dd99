// One side of a simulation: the members of the chain under one programme. Operations of the period are computed again
// from what they record, as a till would have under that programme; the fold then does what it always does. Pure.
#pragma once

#include <map>
#include <set>

#include "common/domain/fold.h"
#include "common/domain/programme.h"
#include "common/domain/till_rules.h"

namespace tally::admin {

struct Span {
    Day from = 0, through = 0;  // both included
    bool holds(Day day) const { return day >= from && day <= through; }
};

struct SideTotals {
    domain::Minor sales_minor = 0;     // of members, net of refunds
    domain::Points issued = 0;         // for sales
    domain::Points bonuses = 0;        // bonuses and upward adjustments
    domain::Points taken_back = 0;     // by refunds and downward adjustments
    domain::Points redeemed = 0;       // net of what was undone
    domain::Minor redeemed_minor = 0;  // what it paid
    domain::Points expired = 0;
    domain::Points outstanding = 0;       // usable or locked at the end, less debt
    std::uint64_t short_redemptions = 0;  // that the member could not have paid in full
    domain::Points short_points = 0;      // what was missing
};

class SimulatedSide {
  public:
    using Accounts = std::map<domain::MemberId, domain::Account>;
    using People = std::map<domain::MemberId, domain::PersonFacts>;

    // The programme has passed check_programme; both must outlive this.
    SimulatedSide(const domain::Programme& programme, const People& people, const Span& span)
        : programme_(programme), people_(people), span_(span) {}

    void begin(Accounts accounts);  // as the log had left them when the period began
    // kOverflow, kInvalid: what this programme would make of the operation cannot be counted.
    Status add(const domain::Op& op, const domain::Ruling& ruling);
    void end();  // expires and settles tiers up to the span's last day

    const SideTotals& totals() const { return totals_; }
    const Accounts& accounts() const { return accounts_; }
    domain::Points earned_by(const domain::MemberId& member) const;            // in the period, less what refunds took
    std::string level_of(const domain::MemberId& member) const;                // on the last day; empty: no levels
    const std::set<std::string>& dropped_bonuses() const { return dropped_; }  // recorded, unknown to this programme

  private:
    Status fold_in(domain::Account& account, const domain::Op& op, const domain::Ruling& ruling);
    Status make(domain::Account& account, const domain::Op& like, domain::Body body);
    Status keep_up(domain::Account& account, const domain::Op& op, Day day);
    Status recompute(domain::Earn& earn, const domain::Account& account, const domain::Op& op) const;
    void reprice(domain::Redeem& redeem, const domain::Account& account, Day day);
    Status let_go_of_leases(domain::Account& account, const domain::Op& op);
    Status sign_up(domain::Account& account, const domain::Op& op, const std::string& channel);
    bool is_left_out(domain::Body& body, const domain::Account& account, Day day);
    const domain::PersonFacts& person(const domain::MemberId& member) const;

    const domain::Programme& programme_;
    const People& people_;
    Span span_;
    Accounts accounts_;
    std::map<domain::MemberId, domain::Points> earned_;
    std::set<std::string> dropped_;
    SideTotals totals_;
    std::uint64_t made_ = 0;  // operations that headquarters would have written
};

}  // namespace tally::admin
