#include "tests/lab/history.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "common/base/csv.h"
#include "common/domain/op.h"

namespace tally::lab {

namespace {

using Columns = std::map<std::string, std::size_t>;

Result<Columns> columns_of(const std::vector<std::string>& header, const std::vector<std::string>& allowed,
                           const std::vector<std::string>& required) {
    Columns columns;
    for (std::size_t i = 0; i < header.size(); ++i) {
        if (std::find(allowed.begin(), allowed.end(), header[i]) == allowed.end())
            return fail(Code::kInvalid, "unknown column '" + header[i] + "'");
        columns[header[i]] = i;
    }
    for (const std::string& name : required)
        if (!columns.count(name)) return fail(Code::kInvalid, "missing column '" + name + "'");
    return columns;
}

std::string field_of(const CsvRow& row, const Columns& columns, const std::string& name) {
    const auto found = columns.find(name);
    return found == columns.end() ? std::string() : row.fields[found->second];
}

Result<std::int64_t> parse_amount(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end)
        return fail(Code::kInvalid, "amount_minor is not a whole number");
    if (value < -domain::kAmountMinorMax || value > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount_minor is out of range");
    return value;
}

Result<SaleRow> read_row(const CsvRow& in, const Columns& columns, const TimeZone& zone) {
    if (!in.fault.empty()) return fail(Code::kInvalid, in.fault);
    SaleRow row;
    row.line = in.line_number;
    const auto time = zone.parse_time(field_of(in, columns, "time"));
    if (!time) return fail(Code::kInvalid, "time is not ISO 8601");
    row.time_ms = *time;
    if (row.time_ms < 0) return fail(Code::kInvalid, "time is before 1970");
    row.day = zone.day_at(row.time_ms);
    row.store = field_of(in, columns, "store");
    if (row.store.empty() || row.store.size() > domain::kStoreCodeBytesMax)
        return fail(Code::kInvalid, "store is empty or too long");
    row.terminal = field_of(in, columns, "terminal");
    row.member_ref = field_of(in, columns, "member_ref");
    row.bill_no = field_of(in, columns, "bill_no");
    row.refund_of = field_of(in, columns, "refund_of_bill");
    if (row.bill_no.size() > domain::kBillNoBytesMax || row.refund_of.size() > domain::kBillNoBytesMax)
        return fail(Code::kInvalid, "a bill number is too long");
    if (row.bill_no.empty()) row.bill_no = "line-" + std::to_string(row.line);
    TALLY_TRY(const std::int64_t amount, parse_amount(field_of(in, columns, "amount_minor")));
    row.is_refund = amount < 0 || !row.refund_of.empty();
    row.amount_minor = amount < 0 ? -amount : amount;
    if (row.is_refund && row.amount_minor == 0) return fail(Code::kInvalid, "a refund of nothing");
    return row;
}

}  // namespace

Result<History> read_sales(const std::string& path, const TimeZone& zone) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns,
              columns_of(reader.header(),
                         {"time", "store", "terminal", "member_ref", "bill_no", "amount_minor", "refund_of_bill"},
                         {"time", "store", "amount_minor"}));
    History history;
    // The business key of a bill: what a till answers idempotently instead of counting twice.
    std::map<std::tuple<std::string, std::string, Day, std::string, bool>, std::int64_t> first_line;
    for (;;) {
        TALLY_TRY(const auto in, reader.next());
        if (!in) break;
        auto row = read_row(*in, columns, zone);
        if (!row) {
            history.faults.push_back({in->line_number, row.error().detail});
            continue;
        }
        const auto [known, fresh] =
            first_line.try_emplace({row->store, row->terminal, row->day, row->bill_no, row->is_refund}, row->line);
        if (!fresh) {
            history.faults.push_back(
                {row->line, "this bill of this store and day was given in line " + std::to_string(known->second)});
            continue;
        }
        history.rows.push_back(std::move(*row));
    }
    std::stable_sort(history.rows.begin(), history.rows.end(),
                     [](const SaleRow& a, const SaleRow& b) { return a.time_ms < b.time_ms; });
    return history;
}

void reject_unknown_members(History& history, const std::set<std::string>& known) {
    std::vector<SaleRow> kept;
    for (SaleRow& row : history.rows) {
        if (row.member_ref.empty() || known.count(row.member_ref))
            kept.push_back(std::move(row));
        else
            history.faults.push_back({row.line, "headquarters knows no member of this reference"});
    }
    history.rows = std::move(kept);
}

Result<std::vector<std::pair<std::string, std::string>>> read_stores(const std::string& path) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns, columns_of(reader.header(), reader.header(), {"store"}));
    std::vector<std::pair<std::string, std::string>> stores;
    for (;;) {
        TALLY_TRY(const auto row, reader.next());
        if (!row) return stores;
        if (!row->fault.empty())
            return fail(Code::kInvalid, "stores, line " + std::to_string(row->line_number) + ": " + row->fault);
        stores.emplace_back(field_of(*row, columns, "store"), field_of(*row, columns, "name"));
    }
}

}  // namespace tally::lab
