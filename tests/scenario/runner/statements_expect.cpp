// What a scenario expects to see at terminals and at headquarters.
#include "tests/scenario/runner/sight.h"

namespace tally::scenario {

namespace {

Status expect_member_at(Step& step, const std::string& place) {
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const Sight sight, sight_of(step.world, place, person->id));
    step.sight = &sight;
    step.prefix = "at " + place + ": ";
    const Status done = step.each(step.match.list);
    step.sight = nullptr;
    return done;
}

Status expect_member_everywhere(Step& step) {
    TALLY_OK(expect_member_at(step, "HQ"));
    for (const auto& terminal : step.world.terminals()) TALLY_OK(expect_member_at(step, terminal->name()));
    return {};
}

std::string sorted_list(std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    std::string out;
    for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
    return out.empty() ? "none" : out;
}

Status expect_conflicts(Step& step) {
    TALLY_TRY(Hq * hq, step.world.hq());
    std::map<std::string, int> counts;
    TALLY_OK(hq->ledger().each_conflict([&](const intake::ConflictRow& row) -> Status {
        ++counts[std::string(intake::conflict_name(row.kind))];
        return {};
    }));
    std::vector<std::string> expected, got;
    for (const Bound& bound : step.match.list) {
        const Step part(step.world, bound.match);
        if (part.has("count")) expected.push_back(part.text("count") + " " + part.text("words"));
    }
    for (const auto& [name, count] : counts) got.push_back(std::to_string(count) + " " + name);
    step.same("conflicts " + sorted_list(expected), "conflicts " + sorted_list(got));
    return {};
}

// Of one store over all days, or on one.
Status add_day(Step& step, const std::string& store, Day day, const domain::StoreDay& row, domain::StoreDay& sum) {
    if (store == step.text("store") && (!step.has("date") || day == step.day("date"))) sum += row;
    return {};
}

Status expect_store(Step& step) {
    domain::StoreDay sum;
    const std::string place = step.text_or("place", "HQ");
    if (place == "HQ") {
        TALLY_TRY(Hq * hq, step.world.hq());
        TALLY_OK(hq->ledger().each_store_day(
            [&](const intake::StoreDayRow& row) { return add_day(step, row.store, row.day, row.totals, sum); }));
    } else {
        TALLY_TRY(Terminal * terminal, step.world.terminal(place));
        TALLY_TRY(const auto rows, terminal->replica().store_days());
        for (const auto& row : rows) TALLY_OK(add_day(step, row.store, row.day, row.totals, sum));
    }
    step.totals = &sum;
    step.prefix = "store " + step.text("store") + " at " + place + ": ";
    const Status done = step.each(step.match.list);
    step.totals = nullptr;
    return done;
}

Status expect_fate(Step& step) {
    Terminal* at = nullptr;
    if (step.has("terminal")) {
        TALLY_TRY(at, step.terminal());
    }
    TALLY_TRY(const Act* act, step.world.bill(step.text("bill"), at));
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_TRY(const auto fate, hq->fate_of(act->receipt->op));
    std::string got = fate ? std::string(domain::outcome_name(fate->outcome)) : "not there";
    if (step.has("reason")) {
        const std::string reason = fate ? fate->reason : "";
        const bool there = reason.find(step.text("reason")) != std::string::npos;
        step.same("because " + step.text("reason"), "because " + (there ? step.text("reason") : reason));
    }
    step.same("bill " + step.text("bill") + " " + step.text("words"), "bill " + step.text("bill") + " " + got);
    return {};
}

Status expect_pending(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(const std::uint64_t count, terminal->replica().pending_count());
    step.same_number("pending at " + terminal->name(), step.number("count"), static_cast<std::int64_t>(count));
    return {};
}

Status expect_unsent(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(const std::uint64_t count, terminal->replica().unacknowledged_count());
    step.same_number("unsent at " + terminal->name(), step.number("count"), static_cast<std::int64_t>(count));
    return {};
}

Status expect_found(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    const auto found = terminal->till().find_code(step.text("code"));
    const std::string who = found && *found ? step.world.name_of((*found)->member) : "nobody";
    step.same(step.text("code") + " at " + terminal->name() + " finds " + step.text("who"),
              step.text("code") + " at " + terminal->name() + " finds " + who);
    return {};
}

Status expect_reason(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const auto operations, terminal->replica().operations_of(person->id, 100));
    std::string got = "nothing";
    for (auto row = operations.rbegin(); row != operations.rend(); ++row)
        if (const auto reason = row->fields.find(domain::Field::kReason); reason != row->fields.end())
            got = reason->second;
    step.same("because " + step.text("reason"), "because " + got);
    return {};
}

Status expect_programme(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(const domain::Programme programme, terminal->replica().programme());
    step.same_number("programme at " + terminal->name(), step.number("count"),
                     static_cast<std::int64_t>(programme.version));
    return {};
}

template <bool kOnline>
Status expect_online(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    const bool online = step.world.is_online(*terminal);
    step.same(terminal->name() + (kOnline ? " online" : " offline"),
              terminal->name() + (online ? " online" : " offline"));
    return {};
}

Status expect_incidents(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(const auto incidents, terminal->replica().incidents(1000));
    step.same_number("incidents at " + terminal->name(), step.number("count"),
                     static_cast<std::int64_t>(incidents.size()));
    return {};
}

std::string conflict_names() {
    std::string out;
    for (int kind = 1; kind < 256; ++kind) {
        const std::string_view name = intake::conflict_name(static_cast<intake::ConflictKind>(kind));
        if (name != "unknown") out += (out.empty() ? "" : ", ") + std::string(name);
    }
    return out;
}

}  // namespace

void add_expect_statements(Table& statements) {
    statements.add({.pattern = "expect everything agrees",
                    .says =
                        "Every connected terminal has nothing pending and holds every account as headquarters does, "
                        "to the byte; ledger and logs stand up to verification. (That ledger and logs are sound by "
                        "themselves is checked at the end of every scenario.)",
                    .example = "expect everything agrees",
                    .run = check_agreement});
    statements.add({.pattern = "expect pending at <terminal>: <count>",
                    .says = "Operations that no received state covers yet.",
                    .example = "expect pending at T1: 3",
                    .run = expect_pending});
    statements.add({.pattern = "expect unsent at <terminal>: <count>",
                    .says = "Operations that headquarters has not acknowledged.",
                    .example = "expect unsent at T1: 3",
                    .run = expect_unsent});
    statements.add({.pattern = "expect conflicts at HQ: <conflicts>",
                    .says = "The conflicts on record, all of them: " + conflict_names() + ".",
                    .example = "expect conflicts at HQ: 1 overdrawn, 1 same identity",
                    .run = expect_conflicts});
    statements.add({.pattern = "expect store <store> total [on <date>] [at <place>]: <totals>",
                    .says = "A store's totals over all days or of one, at headquarters or as a terminal shows them.",
                    .example = "expect store S1 total on 2026-01-15 at T2: 3 bills, 152.00, 15 points",
                    .run = expect_store});
    statements.add({.pattern = "expect bill <bill> [of <terminal>] at HQ: <words> [, because <reason:text>]",
                    .says =
                        "What became of a bill at headquarters: accepted, accepted with debt, corrected, duplicate, "
                        "waiting, quarantined, not there; and a part of the reason. Of several bills of one number "
                        "the newest is meant, of a terminal its newest.",
                    .example = "expect bill B1 of T2 at HQ: duplicate",
                    .run = expect_fate});
    statements.add({.pattern = "expect <code:text> at <terminal> finds <who:word>",
                    .says = "Whom the cashier finds by a card, phone or e-mail; nobody if there is none.",
                    .example = "expect 13800138000 at T1 finds Anna",
                    .run = expect_found});
    statements.add({.pattern = "expect the last reason on <member> at <terminal>: <reason:text>",
                    .says = "The words of the newest adjustment in that terminal's own log.",
                    .example = "expect the last reason on Anna at T1: goodwill",
                    .run = expect_reason});
    statements.add({.pattern = "expect programme at <terminal>: version <count>",
                    .says = "The version of the programme that the terminal goes by.",
                    .example = "expect programme at T1: version 2",
                    .run = expect_programme});
    statements.add({.pattern = "expect <terminal> online",
                    .says = "Its session is open.",
                    .example = "expect T1 online",
                    .run = expect_online<true>});
    statements.add({.pattern = "expect <terminal> offline",
                    .says = "It is not.",
                    .example = "expect T1 offline",
                    .run = expect_online<false>});
    statements.add({.pattern = "expect incidents at <terminal>: <count>",
                    .says = "Incidents of its database on record.",
                    .example = "expect incidents at T1: 1",
                    .run = expect_incidents});
    statements.add({.pattern = "expect <member> everywhere: <facts>",
                    .says = "The facts hold at headquarters and at every terminal.",
                    .example = "expect Anna everywhere: balance 90",
                    .run = expect_member_everywhere});
    statements.add({.pattern = "expect <member> at <place>: <facts>",
                    .says = "What is seen of a member there.",
                    .example = "expect Anna at T1: balance 90, debt 0, lots 20 until 2026-02-01 + 70 until never",
                    .run = [](Step& step) { return expect_member_at(step, step.text("place")); }});
}

}  // namespace tally::scenario
