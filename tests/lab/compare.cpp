// Laying two tables of figures side by side, and the files they travel in.
#include <algorithm>
#include <charconv>
#include <fstream>

#include "common/base/csv.h"
#include "tests/lab/figures.h"

namespace tally::lab {

namespace {

using Differences = std::vector<std::string>;

void note(Differences& out, const std::string& where, const std::string& what, std::int64_t actual,
          std::int64_t expected) {
    if (actual == expected) return;
    out.push_back(where + ": " + what + " is " + std::to_string(actual) + ", expected " + std::to_string(expected));
}

void compare_totals(Differences& out, const std::string& where, const std::string& whose, const Totals& actual,
                    const Totals& expected, bool reversed_open) {
    note(out, where, whose + " bills", actual.bills, expected.bills);
    note(out, where, whose + " amount_minor", actual.amount_minor, expected.amount_minor);
    note(out, where, whose + " points earned", actual.points_earned, expected.points_earned);
    if (!reversed_open) note(out, where, whose + " points reversed", actual.points_reversed, expected.points_reversed);
    note(out, where, whose + " points redeemed", actual.points_redeemed, expected.points_redeemed);
}

// Every key of either side; a key that one side lacks counts as all zero there.
template <class Key, class Open, class Name>
void compare_tables(Differences& out, const std::string& where, const std::map<Key, Totals>& actual,
                    const std::map<Key, Totals>& expected, Open open, Name name) {
    for (const auto& [key, totals] : expected) {
        const auto found = actual.find(key);
        compare_totals(out, where, name(key), found == actual.end() ? Totals{} : found->second, totals, open(key));
    }
    for (const auto& [key, totals] : actual)
        if (!expected.count(key)) compare_totals(out, where, name(key), totals, Totals{}, open(key));
}

std::string member_name(const std::string& ref) { return "member " + ref; }
std::string store_name(const std::string& store) { return "store " + store; }
std::string day_name(const StoreDayKey& key) { return "store " + key.first + " on " + format_day(key.second); }

}  // namespace

Differences compare(const Expected& expected, const Figures& actual, const std::string& where) {
    Differences out;
    compare_totals(out, where, "chain", actual.chain(), expected.figures.chain(), expected.chain_open);
    compare_tables(
        out, where, actual.stores(), expected.figures.stores(),
        [&](const std::string& store) { return expected.open_stores.count(store) > 0; }, store_name);
    compare_tables(
        out, where, actual.store_days, expected.figures.store_days,
        [&](const StoreDayKey& key) { return expected.open_days.count(key) > 0; }, day_name);
    compare_tables(
        out, where, actual.members, expected.figures.members,
        [&](const std::string& ref) { return expected.open_members.count(ref) > 0; }, member_name);
    for (const auto& [ref, balance] : actual.balances) {
        if (expected.open_members.count(ref)) continue;
        const auto found = expected.figures.balances.find(ref);
        note(out, where, "member " + ref + " balance", balance,
             found == expected.figures.balances.end() ? 0 : found->second);
    }
    return out;
}

Differences compare_exact(const Figures& left, const Figures& right, const std::string& where) {
    Differences out;
    const auto never = [](const auto&) { return false; };
    compare_tables(out, where, left.store_days, right.store_days, never, day_name);
    compare_tables(out, where, left.members, right.members, never, member_name);
    for (const auto& [ref, balance] : right.balances) {
        const auto found = left.balances.find(ref);
        note(out, where, "member " + ref + " balance", found == left.balances.end() ? 0 : found->second, balance);
    }
    for (const auto& [ref, balance] : left.balances)
        if (!right.balances.count(ref)) note(out, where, "member " + ref + " balance", balance, 0);
    return out;
}

Differences compare_outside(const std::vector<OutsideRow>& outside, const Figures& actual, const std::string& where) {
    Differences out;
    const auto stores = actual.stores();
    std::set<std::string> named;
    for (const OutsideRow& row : outside) {
        Totals totals;
        if (row.store == "ALL") {
            totals = actual.chain();
        } else {
            named.insert(row.store);
            if (const auto found = stores.find(row.store); found != stores.end()) totals = found->second;
        }
        const std::string whose = row.store == "ALL" ? "chain" : "store " + row.store;
        note(out, where, whose + " bills (outside table)", totals.bills, row.bills);
        note(out, where, whose + " amount_minor (outside table)", totals.amount_minor, row.amount_minor);
    }
    for (const auto& [store, totals] : stores)
        if (!named.count(store) && totals != Totals{})
            out.push_back(where + ": store " + store + " is not in the outside table");
    return out;
}

namespace {

// Numbers of named columns, row by row.
class Table {
  public:
    static Result<Table> open(const std::string& path) {
        TALLY_TRY(CsvReader reader, CsvReader::open(path));
        return Table(path, std::move(reader));
    }
    Result<bool> next() {
        TALLY_TRY(row_, reader_.next());
        if (row_ && !row_->fault.empty()) return fail(Code::kInvalid, at() + row_->fault);
        return row_.has_value();
    }
    bool has(const std::string& column) const {
        const auto& header = reader_.header();
        return std::find(header.begin(), header.end(), column) != header.end();
    }
    Result<std::string> text(const std::string& column) const {
        const auto& header = reader_.header();
        for (std::size_t i = 0; i < header.size(); ++i)
            if (header[i] == column) return row_->fields[i];
        return fail(Code::kInvalid, path_ + ": no column '" + column + "'");
    }
    Result<std::int64_t> number(const std::string& column) const {
        TALLY_TRY(const std::string field, text(column));
        std::int64_t value = 0;
        const char* end = field.data() + field.size();
        const auto parsed = std::from_chars(field.data(), end, value);
        if (field.empty() || parsed.ec != std::errc() || parsed.ptr != end)
            return fail(Code::kInvalid, at() + "column '" + column + "' is not a whole number");
        return value;
    }
    Result<Totals> totals() const {
        Totals out;
        TALLY_TRY(out.bills, number("bills"));
        TALLY_TRY(out.amount_minor, number("amount_minor"));
        TALLY_TRY(out.points_earned, number("points_earned"));
        TALLY_TRY(out.points_reversed, number("points_reversed"));
        TALLY_TRY(out.points_redeemed, number("points_redeemed"));
        return out;
    }

  private:
    Table(std::string path, CsvReader reader) : path_(std::move(path)), reader_(std::move(reader)) {}
    std::string at() const { return path_ + ", line " + std::to_string(row_->line_number) + ": "; }
    std::string path_;
    CsvReader reader_;
    std::optional<CsvRow> row_;
};

std::string csv_of(const Totals& totals) {
    return std::to_string(totals.bills) + "," + std::to_string(totals.amount_minor) + "," +
           std::to_string(totals.points_earned) + "," + std::to_string(totals.points_reversed) + "," +
           std::to_string(totals.points_redeemed);
}

Status finish(std::ofstream& out, const std::string& path) {
    out.close();
    if (!out) return fail(Code::kIo, "cannot write " + path);
    return {};
}

}  // namespace

Result<std::vector<OutsideRow>> read_outside(const std::string& path) {
    TALLY_TRY(Table table, Table::open(path));
    std::vector<OutsideRow> rows;
    for (;;) {
        TALLY_TRY(const bool more, table.next());
        if (!more) break;
        OutsideRow row;
        TALLY_TRY(row.store, table.text("store"));
        TALLY_TRY(row.bills, table.number("bills"));
        TALLY_TRY(row.amount_minor, table.number("amount_minor"));
        rows.push_back(std::move(row));
    }
    if (rows.empty() || rows.back().store != "ALL") return fail(Code::kInvalid, path + ": the last row is not ALL");
    return rows;
}

Status write_members(const std::string& path, const Figures& figures) {
    std::ofstream out(path, std::ios::binary);
    out << "member_ref,bills,amount_minor,points_earned,points_reversed,points_redeemed,balance\n";
    for (const auto& [ref, totals] : figures.members) {
        const auto balance = figures.balances.find(ref);
        out << csv_field(ref) << "," << csv_of(totals) << ","
            << (balance == figures.balances.end() ? 0 : balance->second) << "\n";
    }
    return finish(out, path);
}

Status write_store_days(const std::string& path, const Figures& figures) {
    std::ofstream out(path, std::ios::binary);
    out << "store,day,bills,amount_minor,points_earned,points_reversed,points_redeemed\n";
    for (const auto& [key, totals] : figures.store_days)
        out << csv_field(key.first) << "," << format_day(key.second) << "," << csv_of(totals) << "\n";
    return finish(out, path);
}

Status read_members(const std::string& path, Figures& into) {
    TALLY_TRY(Table table, Table::open(path));
    for (;;) {
        TALLY_TRY(const bool more, table.next());
        if (!more) return {};
        TALLY_TRY(const std::string ref, table.text("member_ref"));
        TALLY_TRY(const Totals totals, table.totals());
        TALLY_TRY(const std::int64_t balance, table.number("balance"));
        into.members[ref] += totals;
        into.balances[ref] += balance;
    }
}

Status read_store_days(const std::string& path, Figures& into) {
    TALLY_TRY(Table table, Table::open(path));
    for (;;) {
        TALLY_TRY(const bool more, table.next());
        if (!more) return {};
        TALLY_TRY(const std::string store, table.text("store"));
        TALLY_TRY(const std::string day_text, table.text("day"));
        TALLY_TRY(const Day day, parse_day(day_text));
        TALLY_TRY(const Totals totals, table.totals());
        into.store_days[{store, day}] += totals;
    }
}

}  // namespace tally::lab
