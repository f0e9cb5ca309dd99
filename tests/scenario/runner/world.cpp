#include "tests/scenario/runner/world.h"

#include <algorithm>

#include "common/wire/programme_json.h"
#include "tests/scenario/runner/programme_text.h"

namespace tally::scenario {

namespace {

constexpr std::int64_t kFirst_ms = 1'768'449'600'000;  // 2026-01-15 12:00 in Shanghai
constexpr int kRoundsMax = 10'000;
constexpr int kConnectsMax = 6;  // of one terminal in one sync: a new epoch takes two

// What a scenario has without saying so. Points are worth a minor unit each, so that small numbers can be redeemed.
constexpr const char* kProgramme = R"({
    "chain_name": "Scenario chain",
    "redeem_step_points": 1, "redeem_step_minor": 1, "redeem_min_points": 1
})";

}  // namespace

World::World(std::uint64_t seed, Trace trace)
    : folder_(support::fast_folder()), trace_(std::move(trace)), clock_(kFirst_ms), random_(seed) {
    const Status made = set_programme(kProgramme);
    TALLY_ASSERT(made.has_value(), "the programme of a scenario that names none");
}

World::~World() = default;

// --- the chain

Status World::set_programme(const std::string& json) {
    TALLY_TRY(std::string laid_over, overlaid(programme_json_.empty() ? "{}" : programme_json_, json));
    TALLY_TRY(domain::Programme programme, wire::programme_from_json(laid_over));
    programme.version = 1;  // headquarters gives it its own when it is published
    TALLY_OK(domain::check_programme(programme));
    programme.version = programme_.version;
    programme_json_ = std::move(laid_over);
    programme_ = std::move(programme);
    if (!hq_) return {};
    TALLY_TRY(programme_.version, hq_->desk().publish(programme_, now_ms()));
    if (hq_->is_up()) TALLY_OK(tell_feed());
    return {};
}

Result<Hq*> World::hq() {
    if (hq_) return hq_.get();
    TALLY_TRY(hq_, Hq::make(folder_of("headquarters")));
    TALLY_TRY(programme_.version, hq_->desk().publish(programme_, now_ms()));
    TALLY_OK(hq_->start());
    if (!manual_nights) TALLY_OK(run_night());
    return hq_.get();
}

Status World::add_terminal(const std::string& name, const std::string& store) {
    for (const auto& there : terminals_)
        if (there->name() == name) return fail(Code::kExists, "there is a terminal " + name + " already");
    TALLY_TRY(Hq * headquarters, hq());
    if (!headquarters->is_up()) return fail(Code::kRefused, "headquarters is down");
    TALLY_TRY(const Blank* blank, blank_replica(terminals_.size()));
    TALLY_TRY(auto made, Terminal::enrol(name, store, folder_of(name), *blank, *headquarters, clock_, random_));
    terminals_.push_back(std::move(made));
    return {};
}

Result<Terminal*> World::terminal(const std::string& name) {
    std::string known;
    for (const auto& there : terminals_) {
        if (there->name() == name) return there.get();
        known += (known.empty() ? "" : ", ") + there->name();
    }
    return fail(Code::kNotFound, "no terminal " + name + "; there are: " + (known.empty() ? "none" : known));
}

Result<std::vector<Terminal*>> World::terminals_of(const std::string& store) {
    std::vector<Terminal*> out;
    for (const auto& there : terminals_)
        if (there->store() == store) out.push_back(there.get());
    if (out.empty()) return fail(Code::kNotFound, "no store " + store);
    return out;
}

Status World::append_own(const domain::MemberId& member, domain::Body body,
                         std::optional<intake::Intake::OwnOp::ImportKey> imported) {
    TALLY_TRY(Hq * headquarters, hq());
    intake::Intake::OwnOp own;
    own.op.member = member;
    TALLY_TRY(own.op.business_day, today());
    own.imported = std::move(imported);
    own.op.body = std::move(body);
    TALLY_TRY(const auto folded, headquarters->desk().append_own(std::span(&own, 1), now_ms()));
    if (folded.front().outcome == domain::Outcome::kQuarantined) return fail(Code::kRefused, folded.front().reason);
    return headquarters->is_up() ? tell_feed() : Status{};
}

// --- time

Result<Day> World::today() const {
    TALLY_TRY(const TimeZone there, zone());
    return there.day_at(now_ms());
}

Status World::move_to(std::int64_t wall_ms) {
    const bool is_back = wall_ms < now_ms();
    if (is_back && !terminals_.empty()) return fail(Code::kInvalid, "time does not go back");
    TALLY_TRY(const TimeZone there, zone());
    const auto move = [this](std::int64_t to_ms) {
        const std::int64_t by_ms = to_ms - now_ms();
        clock_.advance_ms(by_ms);
        for (const auto& terminal : terminals_) terminal->own_clock().advance_ms(by_ms);
    };
    if (!hq_ || is_back) {
        clock_.set_wall_ms(wall_ms);
        return {};
    }
    while (there.day_at(now_ms()) < there.day_at(wall_ms)) {
        move(there.last_ms_of(there.day_at(now_ms())) + 1);
        if (!manual_nights) TALLY_OK(run_night());
    }
    move(wall_ms);
    return {};
}

Status World::run_night() {
    TALLY_TRY(Hq * headquarters, hq());
    if (!headquarters->is_up()) return {};
    TALLY_TRY(const bool wrote, headquarters->run_day(now_ms()));
    if (!wrote) return {};
    tell("headquarters' night wrote operations");
    return tell_feed();
}

// --- lines

bool World::is_online(const Terminal& terminal) const {
    const auto line = lines_.find(&terminal);
    return line != lines_.end() && !line->second->is_ended() && line->second->is_open();
}

void World::drop_line(const Terminal& terminal) { lines_.erase(&terminal); }

Result<Line*> World::connect(Terminal& terminal) {
    TALLY_TRY(Hq * headquarters, hq());
    const auto there = lines_.find(&terminal);
    if (there != lines_.end() && !there->second->is_ended()) return there->second.get();
    if (terminal.cut_off || !headquarters->is_up()) return static_cast<Line*>(nullptr);
    auto line = std::make_unique<Line>(terminal, *headquarters, clock_, trace_);
    TALLY_OK(line->connect());
    Line* out = line.get();
    lines_[&terminal] = std::move(line);
    return out;
}

Status World::tell_feed() {
    TALLY_TRY(const std::uint64_t head, hq_->books().feed_head());
    for (const auto& [terminal, line] : lines_) line->on_feed_head(head);
    return {};
}

Status World::after_commit(Line& line) {
    for (const intake::Recall& recall : line.take_recalls())
        for (const auto& [terminal, other] : lines_) other->on_recall(recall);
    return tell_feed();
}

Status World::pump(Terminal& terminal, const Line::Gates& gates) {
    TALLY_TRY(Line * line, connect(terminal));
    if (!line) return fail(Code::kRefused, terminal.name() + " has no line to headquarters");
    TALLY_TRY(const bool moved, line->pump(gates));
    if (moved && line->committed()) return after_commit(*line);
    return {};
}

Result<bool> World::give_back(Terminal& terminal) {
    replica::Till::SettleLeases how;
    how.can_be_asked = is_online(terminal);
    how.wanted_elsewhere = std::exchange(terminal.wanted_elsewhere, {});
    if (waiting_ && waiting_->first == &terminal) how.waiting.push_back(waiting_->second);
    TALLY_TRY(const std::size_t written, terminal.till().settle_leases(how));
    return written > 0;
}

Result<bool> World::want_lease(Terminal& terminal, const domain::MemberId& member, domain::Points points) {
    constexpr int kAsksMax = 3;  // the second one after others gave back
    waiting_ = {&terminal, member};
    struct Waited {
        Waiting& of;
        ~Waited() { of.reset(); }
    } waited{waiting_};
    for (int i = 0; i < kAsksMax; ++i) {
        TALLY_TRY(const domain::Points here, terminal.till().leased(member));
        if (here >= points) return true;
        TALLY_TRY(Line * line, connect(terminal));
        if (!line || !line->is_open()) return false;
        TALLY_OK(line->want_lease(member, points));
        TALLY_OK(sync());
    }
    TALLY_TRY(const domain::Points here, terminal.till().leased(member));
    return here >= points;
}

Status World::sync() {
    TALLY_TRY(Hq * headquarters, hq());
    if (!headquarters->is_up()) return {};
    std::map<const Terminal*, int> connects;
    for (int round = 0; round < kRoundsMax; ++round) {
        bool moved = false;
        for (const auto& terminal : terminals_) {
            const bool had_line = lines_.count(terminal.get()) && !lines_[terminal.get()]->is_ended();
            if (!had_line && ++connects[terminal.get()] > kConnectsMax) continue;
            TALLY_TRY(Line * line, connect(*terminal));
            if (!line) continue;
            TALLY_TRY(const bool now_moved, line->pump({}));
            moved = moved || now_moved;
            if (!now_moved && line->is_open()) {
                TALLY_TRY(const bool gave_back, give_back(*terminal));
                moved = moved || gave_back;
            }
            if (line->committed()) TALLY_OK(after_commit(*line));
            const bool refused = line->closed() && line->closed()->reason == session::CloseReason::kRefused;
            if (line->is_ended() && refused) connects[terminal.get()] = kConnectsMax;
        }
        if (!moved) return {};
    }
    return fail(Code::kBug, "the terminals and headquarters do not come to rest");
}

Status World::after_act() { return manual_sync ? Status{} : sync(); }

// --- names

Result<Person*> World::person(const std::string& name) {
    const auto there = people.find(name);
    if (there == people.end()) return fail(Code::kNotFound, "nobody called " + name + " has been registered");
    return &there->second;
}

std::string World::name_of(const domain::MemberId& member) const {
    for (const auto& [name, person] : people)
        if (person.id == member) return name;
    return "nobody";
}

Result<const Act*> World::bill(const std::string& number, const Terminal* at) const {
    for (auto row = bills.rbegin(); row != bills.rend(); ++row)
        if (row->first == number && (!at || row->second.at == at)) return &row->second;
    return fail(Code::kNotFound, "no bill " + number + " has been entered" + (at ? " at " + at->name() : ""));
}

}  // namespace tally::scenario
