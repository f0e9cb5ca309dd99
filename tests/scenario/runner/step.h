// What the function of a row sees: the world, the values that its line has, and where to put what came of it. Lives for
// one statement.
#pragma once

#include "tests/scenario/runner/script.h"
#include "tests/scenario/runner/world.h"

namespace tally::scenario {

struct Difference {
    std::string expected, got;
};

// A member as seen at one place.
struct Sight {
    std::string place;  // HQ, T1
    bool known = false;
    domain::Account account;
    domain::Profile profile;
    domain::Programme programme;  // that this place goes by
    Day today = 0;
    domain::Points redeemable = 0;
    std::uint64_t pending = 0;
};

class Step {
  public:
    Step(World& of, const Match& values) : world(of), match(values) {}

    // Values by name. Those of a slot that the line must have; a missing one is a fault of the row.
    bool has(const std::string& name) const { return match.find(name) != nullptr; }
    const std::string& text(const std::string& name) const;
    std::string text_or(const std::string& name, const std::string& other) const;
    std::vector<std::string> texts(const std::string& name) const;
    std::int64_t number(const std::string& name) const { return number_of(text(name)); }
    Day day(const std::string& name) const { return parse_day(text(name)).value(); }
    Result<domain::Minor> money(const std::string& name) const;  // kInvalid: more digits than the currency has
    Result<Terminal*> terminal(const std::string& name = "terminal") const { return world.terminal(text(name)); }
    Result<Person*> person(const std::string& name = "member") const { return world.person(text(name)); }
    static std::int64_t number_of(const std::string& text);
    std::string money_text(domain::Minor minor) const;

    // Puts a difference on record unless the two are the same.
    void same(const std::string& expected, const std::string& got);
    void same_number(const std::string& what, std::int64_t expected, std::int64_t got);
    void same_money(const std::string& what, domain::Minor expected, domain::Minor got);
    // Runs the rows of a list with this step's subject.
    Status each(const std::vector<Bound>& list);

    World& world;
    const Match& match;
    const Statement* statement = nullptr;      // for blocks and items
    Act* act = nullptr;                        // of an act: filled by its row, read by the answers
    bool refusal_expected = false;             // an answer speaks of it
    const Sight* sight = nullptr;              // of a fact
    const domain::StoreDay* totals = nullptr;  // of a total
    std::string prefix;                        // of differences: "at T1: "
    std::vector<Difference> differences;
};

// Carries an act out: what the till refuses is an answer, other errors are errors.
Status refuse_or_fail(Act& act, const Error& error);

}  // namespace tally::scenario
