// All that one scenario is about: a clock, headquarters, terminals with their lines, people by name, bills by number.
// Owns the temporary folder. One thread; nothing waits, and the clock moves only when it is told to.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/scenario/runner/line.h"
#include "tests/support/temp_dir.h"

namespace tally::scenario {

struct Person {
    domain::MemberId id;
    std::vector<std::string> codes;  // card, phone ...: what a cashier scans or types
};

// What a cashier did, and what came of it.
struct Act {
    Terminal* at = nullptr;
    std::optional<domain::MemberId> member;
    std::optional<replica::Receipt> receipt;
    std::string refused;                     // the till's reason; empty: it was carried out
    bool existed = false;                    // of a registration: somebody was there already
    domain::Points bonus = 0;                // of a registration or an edit
    std::optional<domain::Minor> off_minor;  // of a coupon that was shown
};

class World {
  public:
    World(std::uint64_t seed, Trace trace);
    ~World();

    // --- the chain
    Status set_programme(const std::string& json);  // laid over what is in force; published when there is an HQ
    const domain::Programme& programme() const { return programme_; }
    Result<TimeZone> zone() const { return TimeZone::load(programme_.time_zone); }
    Result<Hq*> hq();  // made with the first question
    // An operation of a person at headquarters about this member, today. kRefused: it is held, with the reason.
    Status append_own(const domain::MemberId& member, domain::Body body,
                      std::optional<intake::Intake::OwnOp::ImportKey> imported = {});
    Status add_terminal(const std::string& name, const std::string& store);
    Result<Terminal*> terminal(const std::string& name);
    Result<std::vector<Terminal*>> terminals_of(const std::string& store);
    const std::vector<std::unique_ptr<Terminal>>& terminals() const { return terminals_; }
    Random& random() { return random_; }
    std::string folder_of(const std::string& name) const { return folder_ / name; }

    // --- time
    std::int64_t now_ms() const { return clock_.wall_ms(); }
    Result<Day> today() const;
    // Moves on, through every midnight on the way. kInvalid: back.
    Status move_to(std::int64_t wall_ms);
    Status run_night();

    // --- lines
    bool is_online(const Terminal& terminal) const;
    void drop_line(const Terminal& terminal);
    void drop_lines() { lines_.clear(); }
    Result<Line*> connect(
        Terminal& terminal);  // the line there is, or a new one; null: cut off or headquarters is down
    Status pump(Terminal& terminal, const Line::Gates& gates);
    // A cashier asks headquarters for so many points to be leased at this till, and waits as long as anything moves.
    // False: they are not.
    Result<bool> want_lease(Terminal& terminal, const domain::MemberId& member, domain::Points points);
    Status sync();       // everything that is connected comes to rest
    Status after_act();  // sync, unless it is done by hand

    // --- names
    Result<Person*> person(const std::string& name);
    std::string name_of(const domain::MemberId& member) const;  // nobody where the scenario has no name for it
    std::map<std::string, Person> people;
    std::vector<std::pair<std::string, Act>> bills;                                // by number, in order
    Result<const Act*> bill(const std::string& number, const Terminal* at) const;  // the newest of this number

    void tell(const std::string& what) const {
        if (trace_) trace_(what);
    }

    std::string base;  // the folder of the scenario file, for the files that it names
    bool manual_sync = false;
    bool manual_nights = false;

    // Headquarters' own work reaches the tills that are connected.
    Status tell_feed();
    Status after_commit(Line& line);  // what the hub does then

  private:
    // What headquarters wants back is given back; true when anything was.
    Result<bool> give_back(Terminal& terminal);
    support::TempDir folder_;
    Trace trace_;
    ManualClock clock_;
    SeededRandom random_;
    std::string programme_json_;  // what scenarios have said of it
    domain::Programme programme_;
    std::unique_ptr<Hq> hq_;
    std::vector<std::unique_ptr<Terminal>> terminals_;  // in order of declaration
    using Waiting = std::optional<std::pair<const Terminal*, domain::MemberId>>;
    Waiting waiting_;  // where a cashier waits, and for whom
    std::map<const Terminal*, std::unique_ptr<Line>> lines_;
};

}  // namespace tally::scenario
