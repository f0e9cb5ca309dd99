#include "hq-server/admin/simulate_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/counted.h"
#include "hq-server/admin/text_table.h"

namespace tally::admin {

namespace {

struct Row {
    const char* name;   // for programs
    const char* words;  // for people
    std::int64_t now, draft;
    bool is_money;
};

std::vector<Row> rows_of(const Simulated& in) {
    const SideTotals &now = in.now, &draft = in.draft;
    const auto count = [](std::uint64_t number) { return static_cast<std::int64_t>(number); };
    return {
        {"sales_minor", "sales to members, less refunds", now.sales_minor, draft.sales_minor, true},
        {"issued", "points issued for sales", now.issued, draft.issued, false},
        {"bonuses", "bonuses and adjustments", now.bonuses, draft.bonuses, false},
        {"issued_worth_minor", "  what both could pay", in.now_worth_minor, in.draft_worth_minor, true},
        {"taken_back", "taken back by refunds", now.taken_back, draft.taken_back, false},
        {"redeemed", "redeemed", now.redeemed, draft.redeemed, false},
        {"redeemed_minor", "  what it paid", now.redeemed_minor, draft.redeemed_minor, true},
        {"expired", "expired", now.expired, draft.expired, false},
        {"outstanding", "with members at the end", now.outstanding, draft.outstanding, false},
        {"short_redemptions", "redemptions beyond the balance", count(now.short_redemptions),
         count(draft.short_redemptions), false},
        {"short_points", "  points that were missing", now.short_points, draft.short_points, false},
    };
}

// Rounded half away from zero to tenths: "+12.5"; empty: from nothing, or no difference to nothing.
std::string percent(std::int64_t now, std::int64_t draft) {
    if (now == 0) return draft == 0 ? "0.0" : "";
    const __int128 part = (static_cast<__int128>(draft) - now) * 2000;
    const __int128 base = now < 0 ? -static_cast<__int128>(now) : now;
    const auto tenths = static_cast<std::int64_t>((part + (part < 0 ? -base : base)) / (base * 2));
    const std::int64_t plain = tenths < 0 ? -tenths : tenths;
    return (tenths < 0 ? "-" : tenths > 0 ? "+" : "") + std::to_string(plain / 10) + "." + std::to_string(plain % 10);
}

std::string money(std::int64_t minor, std::uint32_t digits) {
    std::string out = std::to_string(minor < 0 ? -minor : minor);
    if (out.size() <= digits) out.insert(0, digits + 1 - out.size(), '0');
    if (digits > 0) out.insert(out.size() - digits, ".");
    return (minor < 0 ? "-" : "") + out;
}

std::string signed_text(std::int64_t number) { return (number > 0 ? "+" : "") + std::to_string(number); }

std::string level_text(const std::string& level) { return level.empty() ? "none" : level; }

// Rows: the level now; columns: the level under the draft.
Table level_matrix(const std::vector<LevelMove>& moves) {
    std::vector<std::string> rows, columns;
    const auto add = [](std::vector<std::string>& list, const std::string& level) {
        if (std::find(list.begin(), list.end(), level) == list.end()) list.push_back(level);
    };
    for (const LevelMove& move : moves) add(rows, move.now), add(columns, move.draft);
    Table table = {{"now \\ draft"}};
    for (const std::string& column : columns) table[0].push_back(level_text(column));
    for (const std::string& row : rows) {
        table.push_back({level_text(row)});
        for (const std::string& column : columns) {
            const auto found = std::find_if(moves.begin(), moves.end(), [&](const LevelMove& move) {
                return move.now == row && move.draft == column;
            });
            table.back().push_back(found == moves.end() ? "-" : std::to_string(found->members));
        }
    }
    return table;
}

// The end of the id: its beginning is the time of registering, which many share.
std::string short_id(const domain::MemberId& member) { return domain::uuid_text(member).substr(24); }

std::string member_table(const char* title, const std::vector<MemberMove>& moves) {
    if (moves.empty()) return {};
    Table table = {{"member ..", "now", "draft", "difference"}};
    for (const MemberMove& move : moves)
        table.push_back(
            {short_id(move.member), std::to_string(move.now), std::to_string(move.draft), signed_text(move.more())});
    return std::string("\n") + title + "\n" + as_text(table, Cells::kNumbers);
}

}  // namespace

std::string simulated_text(const Simulated& in, const SimulatedNames& names) {
    std::string out = names.draft + " beside version " + std::to_string(names.now_version) + ", " +
                      format_day(in.span.from) + " to " + format_day(in.span.through) + ": " +
                      counted(in.operations, "operation") + ", " + counted(in.members, "member") + "\n\n";
    Table totals = {{"", "now", "draft", "difference", "%"}};
    for (const Row& row : rows_of(in)) {
        const auto text = [&](std::int64_t value) {
            return row.is_money ? money(value, names.currency_digits) + " " + names.currency : std::to_string(value);
        };
        const std::int64_t more = row.draft - row.now;
        totals.push_back({row.words, text(row.now), text(row.draft), (more > 0 ? "+" : "") + text(more),
                          percent(row.now, row.draft)});
    }
    out += as_text(totals, Cells::kNumbers);
    const bool has_levels = std::any_of(in.levels.begin(), in.levels.end(),
                                        [](const LevelMove& move) { return !move.now.empty() || !move.draft.empty(); });
    if (has_levels) out += "\nmembers by level at the end\n" + as_text(level_matrix(in.levels), Cells::kNumbers);
    out += member_table("gain most points", in.gain) + member_table("lose most points", in.lose);
    out += "\nnot simulated:\n";
    for (const std::string& line : in.not_simulated) out += "  - " + line + "\n";
    return out;
}

std::string simulated_csv(const Simulated& in, const SimulatedNames&) {
    Table table = {{"section", "name", "now", "draft", "difference", "percent"}};
    for (const Row& row : rows_of(in))
        table.push_back({"total", row.name, std::to_string(row.now), std::to_string(row.draft),
                         std::to_string(row.draft - row.now), percent(row.now, row.draft)});
    for (const LevelMove& move : in.levels)
        table.push_back(
            {"level", level_text(move.now) + ">" + level_text(move.draft), std::to_string(move.members), "", "", ""});
    for (const auto* list : {&in.gain, &in.lose})
        for (const MemberMove& move : *list)
            table.push_back({"member", domain::uuid_text(move.member), std::to_string(move.now),
                             std::to_string(move.draft), std::to_string(move.more()), percent(move.now, move.draft)});
    for (const std::string& line : in.not_simulated) table.push_back({"not_simulated", line, "", "", "", ""});
    return as_csv(table);
}

std::string simulated_json(const Simulated& in, const SimulatedNames& names) {
    using nlohmann::ordered_json;
    ordered_json out = {{"version", names.now_version},
                        {"draft", names.draft},
                        {"from", format_day(in.span.from)},
                        {"to", format_day(in.span.through)},
                        {"currency", names.currency},
                        {"operations", in.operations},
                        {"members", in.members}};
    for (const Row& row : rows_of(in)) out["totals"][row.name] = {{"now", row.now}, {"draft", row.draft}};
    out["levels"] = ordered_json::array();
    for (const LevelMove& move : in.levels)
        out["levels"].push_back({{"now", move.now}, {"draft", move.draft}, {"members", move.members}});
    for (const auto& [name, list] : {std::pair("gain", &in.gain), std::pair("lose", &in.lose)}) {
        out[name] = ordered_json::array();
        for (const MemberMove& move : *list)
            out[name].push_back({{"member", domain::uuid_text(move.member)}, {"now", move.now}, {"draft", move.draft}});
    }
    out["not_simulated"] = in.not_simulated;
    return out.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tally::admin
