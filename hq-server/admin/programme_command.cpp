#include "hq-server/admin/programme_command.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/base/counted.h"
#include "common/wire/codec.h"
#include "common/wire/limits.h"
#include "common/wire/programme_diff.h"
#include "common/wire/programme_json.h"
#include "hq-server/admin/text_table.h"

namespace tally::admin {

using domain::Programme;

namespace {

std::string indented(const std::vector<std::string>& lines, const char* before) {
    std::string out;
    for (const std::string& line : lines) out += before + line + "\n";
    return out;
}

Error with_file(const std::string& path, const Error& error) { return fail(error.code, path + ": " + error.detail); }

// What the dates and amounts in the log were written in.
Status check_units(intake::LedgerStore& store, const Programme& draft, const Programme& current) {
    if (draft.time_zone != current.time_zone)
        return fail(Code::kRefused, "time_zone: the dates of what has happened hang on it, so it cannot change");
    const bool same = draft.currency == current.currency && draft.currency_digits == current.currency_digits;
    if (same) return {};
    bool any = false;
    const Status walked = store.each_op(0, [&any](const intake::OpRow&) -> Status {
        any = true;
        return fail(Code::kExists, "one is enough");
    });
    if (!any) return walked;
    return fail(Code::kRefused, "currency, currency_digits: the amounts of what has happened are in " +
                                    current.currency + " with " + std::to_string(current.currency_digits) +
                                    " digits, so they cannot change");
}

std::string words_of(std::vector<std::string> lines, const char* what) {
    return counted(lines.size(), what) + (lines.size() == domain::kFindingsMax ? " or more" : "");
}

}  // namespace

Result<Programme> read_programme_file(const std::string& path, const Programme& chain) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::kNotFound, path + " cannot be opened: " + std::strerror(errno));
    std::string text(wire::kProgrammeTextBytesMax + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    auto programme = wire::programme_from_json(text, chain);
    return programme ? programme : with_file(path, programme.error());
}

Status check_draft(const Programme& draft) {
    TALLY_OK(domain::check_programme(draft));
    const std::size_t bytes = wire::encode_programme(draft).size();
    if (bytes <= wire::kProgrammeBytesMax) return {};
    return fail(Code::kInvalid, "the programme: " + std::to_string(bytes) + " bytes as it is sent, at most " +
                                    std::to_string(wire::kProgrammeBytesMax));
}

Result<Programme> programme_of_version(intake::LedgerStore& store, std::uint64_t version) {
    TALLY_TRY(const auto row, version == 0 ? store.newest_programme() : store.programme(version));
    if (!row)
        return fail(Code::kNotFound, version == 0 ? std::string("headquarters has no programme")
                                                  : "there is no version " + std::to_string(version) +
                                                        "; tally-hq programme list shows those there are");
    return wire::decode_programme(row->programme.bytes);
}

Result<Said> check_programme_command(const std::string& file) {
    Programme chain;
    chain.version = 1;
    chain.chain_name = "the chain's own";
    TALLY_TRY(const Programme draft, read_programme_file(file, chain));
    const std::vector<std::string> findings = domain::programme_findings(draft);
    Said said;
    if (!findings.empty()) {
        said.text = file + ": " + words_of(findings, "finding") + "; it would be refused\n" + indented(findings, "  ");
        said.well = false;
        return said;
    }
    TALLY_OK(check_draft(draft));
    const std::vector<std::string> warnings = domain::programme_warnings(draft);
    said.text = file + ": no findings, " + (warnings.empty() ? "no warnings" : words_of(warnings, "warning")) + "\n" +
                indented(warnings, "  warning: ");
    return said;
}

Result<Said> show_programme_command(const Place& place, std::uint64_t version) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const Programme programme, programme_of_version(*home.store, version));
    return Said{wire::programme_to_json(programme) + "\n", {}, true};
}

Result<Said> list_programmes_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const intake::ReadScope scope, intake::ReadScope::begin(*home.store));
    struct Known {
        std::uint64_t operations = 0;
        Day first = 0, last = 0;
    };
    std::map<std::uint64_t, Known> used;  // by version
    TALLY_OK(home.store->each_op(0, [&](const intake::OpRow& row) -> Status {
        TALLY_TRY(const domain::Op op, wire::decode_op(row.bytes));
        Known& known = used[op.programme_version];
        if (known.operations++ == 0) known.first = known.last = op.business_day;
        known.first = std::min(known.first, op.business_day);
        known.last = std::max(known.last, op.business_day);
        return {};
    }));
    Table table = {{"version", "operations", "first", "last", "changes"}};
    std::optional<Programme> before;
    TALLY_OK(home.store->each_programme([&](const intake::ProgrammeRow& row) -> Status {
        TALLY_TRY(Programme programme, wire::decode_programme(row.programme.bytes));
        const Known known = used[row.version];
        const bool any = known.operations > 0;
        table.push_back({std::to_string(row.version), std::to_string(known.operations),
                         any ? format_day(known.first) : "-", any ? format_day(known.last) : "-",
                         before ? counted(wire::programme_changes(*before, programme).size(), "change") : "-"});
        before = std::move(programme);
        return {};
    }));
    return Said{as_text(table, Cells::kNumbers), {}, true};
}

Result<Said> publish_programme_command(const Place& place, const std::string& file, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Programme current, intake.programme());
    TALLY_TRY(const Programme draft, read_programme_file(file, current));
    if (const Status checked = check_draft(draft); !checked) return with_file(file, checked.error());
    TALLY_OK(check_units(*home.store, draft, current));
    const std::vector<std::string> changes = wire::programme_changes(current, draft);
    if (changes.empty())
        return fail(Code::kRefused,
                    file + " says what version " + std::to_string(current.version) + " says: nothing is issued");
    TALLY_TRY(const std::uint64_t version, intake.publish(draft, now_ms));
    Said said{"programme version " + std::to_string(version) + " is in force; it was " +
                  std::to_string(current.version) + "\n" + indented(changes, "  "),
              indented(domain::programme_warnings(draft), "warning: "), true};
    return said;
}

Result<Said> diff_programme_command(const Place& place, const DiffRequest& request) {
    if (!request.file.empty() && request.to != 0) return fail(Code::kInvalid, "--to: not together with a file");
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const Programme newest, programme_of_version(*home.store, 0));
    const std::uint64_t to = request.to == 0 ? newest.version : request.to;
    std::uint64_t from = request.from;
    if (from == 0) from = request.file.empty() ? to - 1 : newest.version;
    if (from == 0) return Said{"version 1 is the first: there is nothing before it\n", {}, true};
    TALLY_TRY(const Programme before, programme_of_version(*home.store, from));
    auto after =
        request.file.empty() ? programme_of_version(*home.store, to) : read_programme_file(request.file, newest);
    if (!after) return after.error();
    const std::vector<std::string> changes = wire::programme_changes(before, *after);
    const std::string what = "version " + std::to_string(from) + " -> " +
                             (request.file.empty() ? "version " + std::to_string(to) : request.file);
    return Said{what + ": " + (changes.empty() ? "no changes" : counted(changes.size(), "change")) + "\n" +
                    indented(changes, "  "),
                {},
                true};
}

}  // namespace tally::admin
