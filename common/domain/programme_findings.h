// The pieces of check_programme: a list of findings, and what the parts of a programme share. Internal to the check.
#pragma once

#include <set>

#include "common/domain/number_text.h"
#include "common/domain/programme.h"

namespace tally::domain {

inline constexpr std::size_t kListedRulesMax = 500;     // bonuses, rewards, benefits, coupons: of each
inline constexpr std::size_t kSegmentsMax = 100;        // an earn records all that hold
inline constexpr std::size_t kListMax = 1000;           // stores, articles ... of one condition
inline constexpr std::size_t kWordsBytesMax = 200;      // a name in one language
inline constexpr std::size_t kListedNameBytesMax = 64;  // a category or an article, as a bill's line has it
inline constexpr Points kBonusPointsMax = 1'000'000'000;
inline constexpr std::uint32_t kDaysMax = 3'660;  // a span that a rule names: ten years
inline constexpr std::int64_t kThresholdMax = 1'000'000'000'000'000;
inline constexpr std::uint32_t kGrowthWeightMilliMax = 1'000'000;

std::string at(const char* list, std::size_t index);

class Findings {
  public:
    void add(const std::string& path, const std::string& reason) { add_line(path + ": " + reason); }
    void add_line(std::string line);  // path and reason
    bool is_full() const { return lines_.size() >= kFindingsMax; }
    const std::vector<std::string>& lines() const { return lines_; }

    // Each adds a finding where it does not hold.
    void range(const std::string& path, std::int64_t value, std::int64_t low, std::int64_t high);
    void text(const std::string& path, const std::string& value, std::size_t bytes_max);  // UTF-8, one line
    // Of a field that another kind of rule has.
    void unused(const std::string& path, bool is_set, const char* who_has_it);
    void words(const std::string& path, const Words& words);
    // The grammar of ids. Twice in the same set is a finding.
    void id(const std::string& path, const std::string& value, std::set<std::string, std::less<>>& seen);
    void listed(const std::string& path, const std::vector<std::string>& list, std::size_t bytes_max);
    // Every entry is an element of `names`; `what` it is called.
    void named(const std::string& path, const std::vector<std::string>& list, const std::set<std::string>& names,
               const char* what);
    bool count(const char* list, std::size_t have, std::size_t most);  // false: too many, so do not look at each

  private:
    std::vector<std::string> lines_;
};

// What may be referred to, and which ids are taken. Rules, bonuses, rewards, levels, benefits and coupons share one
// space of names: a member's once-only benefits, uses of caps and explanations go by the name alone.
struct Names {
    std::set<std::string> levels, segments, benefits, coupons;
    std::set<std::string, std::less<>> taken, taken_segments, taken_reasons;
};

struct Checking {
    const Programme& programme;
    Names names;
    Findings findings;
    bool knows_all() const { return programme.unknown.empty(); }  // else an unset kind may be a new one
};

void check_condition(Checking& checking, const std::string& path, const Condition& when);
void check_earning_rules(Checking& checking);
void check_bonuses(Checking& checking);
void check_redeeming(Checking& checking);
void check_tiers(Checking& checking);
void check_coupons(Checking& checking);
void check_segments(Checking& checking);
void check_limits(Checking& checking);

}  // namespace tally::domain
