#include "hq-server/admin/import_rows.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "common/base/csv.h"
#include "common/base/utf8.h"
#include "common/domain/phone.h"
#include "common/domain/profile.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr std::size_t kNameCharactersMax = 100;
constexpr std::size_t kTextCharactersMax = 250;
constexpr std::size_t kRefBytesMax = 128;
constexpr std::size_t kShortTextBytesMax = 32;

// Columns by name. Unknown ones are an error naming the column: a misspelt column must not silently lose its values.
class Columns {
  public:
    static Result<Columns> of(const std::string& path, const std::vector<std::string>& header,
                              const std::set<std::string>& known, const std::set<std::string>& required) {
        Columns out;
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (!known.contains(header[i])) return fail(Code::kInvalid, path + ": unknown column '" + header[i] + "'");
            out.index_[header[i]] = i;
        }
        for (const std::string& name : required)
            if (!out.index_.contains(name))
                return fail(Code::kInvalid, path + ": the column '" + name + "' is missing");
        return out;
    }
    const std::string& operator()(const CsvRow& row, const std::string& name) const {
        static const std::string kNone;
        const auto found = index_.find(name);
        return found == index_.end() ? kNone : row.fields[found->second];
    }

  private:
    std::map<std::string, std::size_t> index_;
};

Result<std::string> text_of_column(const Columns& columns, const CsvRow& row, const std::string& name,
                                   std::size_t characters_max, std::size_t bytes_max) {
    auto text = clean_text(columns(row, name), characters_max);
    if (!text) return fail(Code::kInvalid, name + ": " + text.error().detail);
    if (text->size() > bytes_max)
        return fail(Code::kInvalid, name + ": more than " + std::to_string(bytes_max) + " bytes");
    return text;
}

Result<std::string> required_text(const Columns& columns, const CsvRow& row, const std::string& name,
                                  std::size_t bytes_max) {
    TALLY_TRY(std::string text, text_of_column(columns, row, name, kTextCharactersMax, bytes_max));
    if (text.empty()) return fail(Code::kInvalid, name + " is empty");
    return text;
}

Error in_column(const std::string& name, const Error& error) {
    return fail(Code::kInvalid, name + ": " + error.detail);
}

void keep_phone(const std::string& text, MemberRow& out) {
    if (text.empty()) return;
    if (const auto phone = parse_phone(text)) {
        out.fields[Field::kPhone] = phone->e164;
    } else {
        out.fields[Field::kPhoneAsWritten] = text;
        out.phone_unreadable = true;
    }
}

Result<MemberRow> member_of(const Columns& columns, const CsvRow& row) {
    MemberRow out;
    out.line = row.line_number;
    TALLY_TRY(out.member_ref, required_text(columns, row, "member_ref", kRefBytesMax));
    out.fields[Field::kExternalRef] = out.member_ref;
    TALLY_TRY(const std::string name, text_of_column(columns, row, "name", kNameCharactersMax, kFieldBytesMax));
    if (!name.empty()) out.fields[Field::kName] = name;
    TALLY_TRY(const std::string phone, text_of_column(columns, row, "phone", kTextCharactersMax, kFieldBytesMax));
    keep_phone(phone, out);
    TALLY_TRY(const std::string card, text_of_column(columns, row, "card_no", kTextCharactersMax, kFieldBytesMax));
    if (!card.empty()) {
        const auto value = normal_identity(IdentityKind::kCard, card);
        if (!value) return in_column("card_no", value.error());
        out.fields[Field::kCard] = *value;
    }
    TALLY_TRY(const std::string email, text_of_column(columns, row, "email", kTextCharactersMax, kFieldBytesMax));
    if (!email.empty()) {
        const auto value = normal_identity(IdentityKind::kEmail, email);
        if (!value) return in_column("email", value.error());
        out.fields[Field::kEmail] = *value;
    }
    if (const std::string& birthday = columns(row, "birthday"); !birthday.empty()) {
        const auto day = parse_day(birthday);
        if (!day) return in_column("birthday", day.error());
        out.fields[Field::kBirthday] = format_day(*day);
    }
    TALLY_TRY(out.tier, text_of_column(columns, row, "tier", kTextCharactersMax, kShortTextBytesMax));
    if (const std::string& joined = columns(row, "joined_on"); !joined.empty()) {
        const auto day = parse_day(joined);
        if (!day) return in_column("joined_on", day.error());
        if (*day < kBusinessDayMin) return fail(Code::kInvalid, "joined_on: before the year 1");
        out.joined_day = *day;
    }
    TALLY_TRY(out.channel, text_of_column(columns, row, "channel", kTextCharactersMax, kShortTextBytesMax));
    return out;
}

Result<Minor> parse_amount(const std::string& text) {
    Minor amount = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, amount);
    if (text.empty() || error != std::errc() || stop != end)
        return fail(Code::kInvalid, "amount_minor: not a whole number of minor units");
    if (amount > kAmountMinorMax || amount < -kAmountMinorMax)
        return fail(Code::kInvalid, "amount_minor: out of range");
    return amount;
}

Result<SaleRow> sale_of(const Columns& columns, const CsvRow& row, const TimeZone& zone) {
    SaleRow out;
    out.line = row.line_number;
    const auto time = zone.parse_time(columns(row, "time"));
    if (!time) return in_column("time", time.error());
    if (*time < 0 || *time > kHlcMsMax) return fail(Code::kInvalid, "time: before 1970 or too far ahead");
    out.time_ms = *time;
    out.day = zone.day_at(*time);
    if (out.day > kBusinessDayMax) return fail(Code::kInvalid, "time: after the year 9999");
    TALLY_TRY(out.store, required_text(columns, row, "store", kStoreCodeBytesMax));
    TALLY_TRY(out.terminal, text_of_column(columns, row, "terminal", kTextCharactersMax, kStoreCodeBytesMax));
    TALLY_TRY(out.member_ref, text_of_column(columns, row, "member_ref", kTextCharactersMax, kRefBytesMax));
    TALLY_TRY(out.bill_no, required_text(columns, row, "bill_no", kBillNoBytesMax));
    TALLY_TRY(const Minor amount, parse_amount(columns(row, "amount_minor")));
    TALLY_TRY(out.refund_of_bill, text_of_column(columns, row, "refund_of_bill", kTextCharactersMax, kBillNoBytesMax));
    out.is_refund = amount < 0 || !out.refund_of_bill.empty();
    if (out.is_refund && amount == 0) return fail(Code::kInvalid, "amount_minor: a refund of nothing");
    out.amount_minor = amount < 0 ? -amount : amount;
    return out;
}

Result<Day> required_day(const Columns& columns, const CsvRow& row, const std::string& name) {
    const auto day = parse_day(columns(row, name));
    if (!day) return in_column(name, day.error());
    if (*day < kBusinessDayMin) return fail(Code::kInvalid, name + ": before the year 1");
    return *day;
}

Result<BalanceRow> balance_of(const Columns& columns, const CsvRow& row) {
    BalanceRow out;
    out.line = row.line_number;
    TALLY_TRY(out.member_ref, required_text(columns, row, "member_ref", kRefBytesMax));
    const std::string& points = columns(row, "points");
    const char* end = points.data() + points.size();
    const auto [stop, error] = std::from_chars(points.data(), end, out.points);
    if (points.empty() || error != std::errc() || stop != end)
        return fail(Code::kInvalid, "points: not a whole number");
    if (out.points < 1 || out.points > kPointsMax) return fail(Code::kInvalid, "points: out of range");
    TALLY_TRY(out.earned_day, required_day(columns, row, "earned_on"));
    if (columns(row, "expires_on").empty()) return out;
    TALLY_TRY(out.expires, required_day(columns, row, "expires_on"));
    if (*out.expires < out.earned_day) return fail(Code::kInvalid, "expires_on: before earned_on");
    return out;
}

// What a column names, where it is fit to be printed.
std::string name_in(const Columns& columns, const CsvRow& row, const std::string& column, std::size_t bytes_max) {
    return text_of_column(columns, row, column, kTextCharactersMax, bytes_max).value_or("");
}

// Reads every row; what cannot be taken goes to the faults.
template <class Row, class Make>
Status read_rows(const std::string& path, CsvReader& reader, const Columns& columns, Make make, std::vector<Row>& rows,
                 std::vector<RowRemark>& faults) {
    for (;;) {
        TALLY_TRY(const std::optional<CsvRow> row, reader.next());
        if (!row) return {};
        if (!row->fault.empty()) {
            faults.push_back({path, row->line_number, "", "", row->fault});
            continue;
        }
        auto made = make(*row);
        if (made)
            rows.push_back(std::move(made).value());
        else
            faults.push_back({path, row->line_number, name_in(columns, *row, "bill_no", kBillNoBytesMax),
                              name_in(columns, *row, "member_ref", kRefBytesMax), made.error().detail});
    }
}

}  // namespace

std::string remark_text(const RowRemark& remark) {
    std::string out = remark.file + ":" + std::to_string(remark.line) + ": ";
    if (!remark.bill_no.empty()) out += "bill " + remark.bill_no;
    if (!remark.member_ref.empty())
        out += std::string(remark.bill_no.empty() ? "" : ", ") + "member " + remark.member_ref;
    if (!remark.bill_no.empty() || !remark.member_ref.empty()) out += ": ";
    return out + remark.why;
}

Result<MemberRows> read_member_rows(const std::string& path) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns, Columns::of(path, reader.header(),
                                                 {"member_ref", "name", "phone", "card_no", "email", "birthday", "tier",
                                                  "joined_on", "channel"},
                                                 {"member_ref"}));
    MemberRows out;
    TALLY_OK(read_rows(
        path, reader, columns, [&](const CsvRow& row) { return member_of(columns, row); }, out.rows, out.faults));
    return out;
}

Result<SaleRows> read_sale_rows(const std::string& path, const TimeZone& zone) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns,
              Columns::of(path, reader.header(),
                          {"time", "store", "terminal", "member_ref", "bill_no", "amount_minor", "refund_of_bill"},
                          {"time", "store", "bill_no", "amount_minor"}));
    SaleRows out;
    TALLY_OK(read_rows(
        path, reader, columns, [&](const CsvRow& row) { return sale_of(columns, row, zone); }, out.rows, out.faults));
    std::stable_sort(out.rows.begin(), out.rows.end(),
                     [](const SaleRow& a, const SaleRow& b) { return a.time_ms < b.time_ms; });
    return out;
}

Result<BalanceRows> read_balance_rows(const std::string& path) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns,
              Columns::of(path, reader.header(), {"member_ref", "points", "earned_on", "expires_on"},
                          {"member_ref", "points", "earned_on"}));
    BalanceRows out;
    TALLY_OK(read_rows(
        path, reader, columns, [&](const CsvRow& row) { return balance_of(columns, row); }, out.rows, out.faults));
    return out;
}

Result<std::vector<std::string>> read_store_codes(const std::string& path) {
    TALLY_TRY(CsvReader reader, CsvReader::open(path));
    TALLY_TRY(const Columns columns, Columns::of(path, reader.header(), {"store", "name"}, {"store"}));
    std::vector<std::string> out;
    for (;;) {
        TALLY_TRY(const std::optional<CsvRow> row, reader.next());
        if (!row) return out;
        auto code = row->fault.empty() ? required_text(columns, *row, "store", kStoreCodeBytesMax)
                                       : Result<std::string>(fail(Code::kInvalid, row->fault));
        if (!code)
            return fail(Code::kInvalid, path + ":" + std::to_string(row->line_number) + ": " + code.error().detail);
        out.push_back(std::move(code).value());
    }
}

}  // namespace tally::admin
