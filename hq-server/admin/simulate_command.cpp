#include "hq-server/admin/simulate_command.h"

#include "common/base/progress_line.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/admin/simulate_report.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr Day kDaysUnlessSaid = 365;

Result<Day> day_of(const char* option, const std::string& text, Day otherwise) {
    if (text.empty()) return otherwise;
    const auto day = parse_day(text);
    if (!day) return fail(Code::kInvalid, std::string(option) + " '" + text + "': a date is YYYY-MM-DD");
    return *day;
}

// Birthdays and days of joining, which conditions ask for and operations seal.
Status know_people(intake::LedgerStore& store, Simulation& simulation) {
    return store.each_profile([&](const MemberId& member, const intake::ProfileRow& row) -> Status {
        if (row.keys.empty() || row.sealed_profile.empty()) return {};
        TALLY_TRY(const Profile profile, wire::open_profile(row.keys.front(), member, row.sealed_profile));
        simulation.know(member, {profile.text(Field::kBirthday), profile.joined_day});
        return {};
    });
}

Status play(intake::LedgerStore& store, Simulation& simulation) {
    std::map<intake::Position, Ruling> rulings;
    TALLY_OK(store.each_decision([&](const intake::DecisionRow& row) -> Status {
        rulings[row.pos] = row.ruling;
        return {};
    }));
    TALLY_TRY(const intake::Position head, store.head());
    ProgressLine line;
    return store.each_op(0, [&](const intake::OpRow& row) -> Status {
        TALLY_TRY(const Op op, wire::decode_op(row.bytes));
        const auto ruling = rulings.find(row.pos);
        line.show("simulating", row.pos, head);
        return simulation.add(op, ruling == rulings.end() ? Ruling() : ruling->second);
    });
}

}  // namespace

Result<Said> simulate_programme_command(const Place& place, const SimulateRequest& request, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Programme current, intake.programme());
    TALLY_TRY(const Programme draft, read_programme_file(request.file, current));
    if (const Status checked = check_draft(draft); !checked)
        return fail(checked.error().code, request.file + ": " + checked.error().detail);
    TALLY_TRY(const Day today, intake.today(now_ms));
    TALLY_TRY(const Day through, day_of("--to", request.to, today));
    TALLY_TRY(const Day from, day_of("--from", request.from, through - kDaysUnlessSaid + 1));
    TALLY_TRY(Simulation simulation, Simulation::begin(current, draft, {from, through}));
    {
        TALLY_TRY(const intake::ReadScope scope, intake::ReadScope::begin(*home.store));
        TALLY_OK(know_people(*home.store, simulation));
        TALLY_OK(play(*home.store, simulation));
    }
    const Simulated out = simulation.end();
    const SimulatedNames names{current.version, request.file, current.currency, current.currency_digits};
    return Said{request.as == SimulateAs::kCsv    ? simulated_csv(out, names)
                : request.as == SimulateAs::kJson ? simulated_json(out, names)
                                                  : simulated_text(out, names),
                {},
                true};
}

}  // namespace tally::admin
