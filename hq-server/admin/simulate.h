// What a draft of the programme would have done: the log of a period is played twice in memory, under the programme in
// force and under the draft, from the accounts as they were when the period began. Both sides are computed anew, so
// what differs between them is the draft's doing alone. Pure; nothing is written.
#pragma once

#include "hq-server/admin/simulate_side.h"

namespace tally::admin {

struct MemberMove {
    domain::MemberId member;
    domain::Points now = 0, draft = 0;  // earned in the period
    domain::Points more() const { return draft - now; }
};
struct LevelMove {
    std::string now, draft;  // level ids; empty: no levels
    std::uint64_t members = 0;
};

struct Simulated {
    Span span;
    std::uint64_t operations = 0;  // of members, in the period
    std::uint64_t members = 0;     // that the log knows
    SideTotals now, draft;
    domain::Minor now_worth_minor = 0, draft_worth_minor = 0;  // what the points issued and the bonuses could pay
    std::vector<LevelMove> levels;                             // every pair that occurs, by the order of levels
    std::vector<MemberMove> gain, lose;                        // ten at most, the greatest first
    std::vector<std::string> not_simulated;                    // sentences
};

class Simulation {
  public:
    // Both have passed check_programme; both must outlive this. kInvalid: the span ends before it begins.
    static Result<Simulation> begin(const domain::Programme& now, const domain::Programme& draft, const Span& span);
    Simulation(const Simulation&) = delete;
    Simulation(Simulation&&) = default;

    void know(const domain::MemberId& member, domain::PersonFacts person) { (*people_)[member] = std::move(person); }
    // Operations in the order of the log, from its beginning; those after the span may be left out.
    Status add(const domain::Op& op, const domain::Ruling& ruling);
    Simulated end();

  private:
    Simulation(const domain::Programme& now, const domain::Programme& draft, const Span& span);
    void look_at(const domain::Op& op);
    std::vector<std::string> not_simulated() const;

    const domain::Programme* now_programme_;
    const domain::Programme* draft_programme_;
    Span span_;
    std::unique_ptr<SimulatedSide::People> people_ = std::make_unique<SimulatedSide::People>();
    SimulatedSide now_, draft_;
    SimulatedSide::Accounts before_;  // until the period begins
    bool has_begun_ = false;
    Simulated out_;
    std::uint64_t sales_ = 0, sales_without_lines_ = 0, sales_without_member_ = 0, held_ = 0, coupons_ = 0;
};

}  // namespace tally::admin
