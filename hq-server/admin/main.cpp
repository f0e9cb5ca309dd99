// tally-hq: headquarters' server and its commands. Arguments in, words out; what is done is in commands.h.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "common/base/log.h"
#include "hq-server/admin/backup.h"
#include "hq-server/admin/conflict_arguments.h"
#include "hq-server/admin/coupon_command.h"
#include "hq-server/admin/lease_arguments.h"
#include "hq-server/admin/programme_command.h"
#include "hq-server/admin/recover.h"
#include "hq-server/admin/simulate_command.h"
#include "hq-server/admin/take_in.h"
#include "hq-server/admin/why.h"

namespace {

using namespace tally;

struct Arguments {
    admin::Place place;
    std::string clock_file;
    std::string log_level = "info";
    admin::InitRequest init;
    admin::EnrolRequest enrol;
    admin::RecoverRequest recover;
    std::string backup_to, saved_file;
    admin::RestoreRequest restore;
    std::string address;
    std::uint32_t terminal = 0;
    std::string reason;
    admin::ImportOptions import;
    std::string balances_csv;
    bool compare = false;
    std::string by = "store";
    bool csv = false;
    std::string programme_file;
    admin::CouponIssueRequest coupon;
    std::string coupon_code;
    bool reservation_alone = false;
    bool reserved = false;
    std::uint64_t version = 0;
    admin::DiffRequest diff;
    admin::SimulateRequest simulate;
    bool json = false;
    std::string listen;
    admin::ServeRequest serve{"127.0.0.1", 7070};
    admin::WhyRequest why;
    std::string on, language = "en";
    admin::LeaseArguments lease;
};

using admin::Action;

CLI::App* add_command(CLI::App& app, Arguments& in, const std::string& name, const std::string& text) {
    CLI::App* command = app.add_subcommand(name, text);
    command->add_option("--dir", in.place.dir, "folder of the headquarters")->required();
    auto* file = command->add_option("--keyfile", in.place.unlock.key_file, "key file of the database");
    command
        ->add_option("--passphrase-fd", in.place.unlock.passphrase_fd,
                     "descriptor to read the passphrase from, instead of a key file")
        ->excludes(file);
    command->add_option("--clock-file", in.clock_file, "take the time from this file (replays)");
    command->add_option("--log-level", in.log_level, "debug, info, warn or error");
    return command;
}

void add_lookups(CLI::App& app, Arguments& in, Action& action) {
    auto* terminals = add_command(app, in, "terminals", "list terminals, their last contact and how far they are");
    terminals->callback(
        [&] { action = [&](const Clock& clock) { return admin::terminals_command(in.place, clock.wall_ms()); }; });

    auto* report = add_command(app, in, "report", "print the figures of the chain");
    report->add_option("--by", in.by, "store, member or day")->check(CLI::IsMember({"store", "member", "day"}));
    report->add_flag("--csv", in.csv, "as CSV");
    report->callback([&] {
        action = [&](const Clock& clock) {
            const auto by = in.by == "store" ? admin::ReportBy::kStore
                            : in.by == "day" ? admin::ReportBy::kDay
                                             : admin::ReportBy::kMember;
            return admin::report_command(in.place, by, in.csv, clock.wall_ms());
        };
    });

    auto* verify = add_command(app, in, "verify", "walk the whole log and say what is wrong where");
    verify->callback([&] { action = [&](const Clock&) { return admin::verify_command(in.place); }; });
}

void add_why(CLI::App& app, Arguments& in, Action& action) {
    auto* why = add_command(app, in, "why", "say why a member has this balance, tier and coupons, line by line");
    why->add_option("member", in.why.member, "phone, card, e-mail, reference of another system, or member id")
        ->required();
    why->add_option("--on", in.on, "YYYY-MM-DD, today or later, instead of today");
    why->add_option("--lang", in.language, "zh or en")->check(CLI::IsMember({"zh", "en"}))->capture_default_str();
    why->add_flag("--json", in.why.json, "as JSON");
    why->callback([&] {
        action = [&](const Clock& clock) -> Result<admin::Said> {
            if (!in.on.empty()) {
                TALLY_TRY(in.why.on, parse_day(in.on));
            }
            in.why.language = in.language == "zh" ? domain::Language::kChinese : domain::Language::kEnglish;
            return admin::why_command(in.place, in.why, clock.wall_ms());
        };
    });
}

void add_writers(CLI::App& app, Arguments& in, Action& action) {
    auto* init = add_command(app, in, "init", "make a headquarters");
    init->add_option("--chain", in.init.chain_name, "name of the chain")->required();
    init->add_option("--time-zone", in.init.time_zone, "IANA name, e.g. Asia/Shanghai; for good");
    init->add_option("--programme", in.init.programme_file, "programme as JSON");
    init->callback(
        [&] { action = [&](const Clock& clock) { return admin::init_command(in.place, in.init, clock.wall_ms()); }; });

    auto* enrol = add_command(app, in, "enrol", "make a one-time ticket for a new terminal");
    enrol->add_option("--store", in.enrol.store, "code of its store")->required();
    enrol->add_option("--name", in.enrol.name, "name of its store");
    enrol->add_option("--host", in.enrol.host, "where the terminal reaches headquarters");
    enrol->add_option("--port", in.enrol.port, "port of headquarters");
    enrol->add_option("--address", in.address, "HOST:PORT, instead of --host and --port");
    enrol->add_option("--valid-hours", in.enrol.valid_hours, "until the ticket ends; it is good once")
        ->capture_default_str();
    enrol->add_option("--ticket-file", in.enrol.ticket_file, "write it there (mode 0600) instead of printing it");
    enrol->callback([&] {
        action = [&](const Clock& clock) -> Result<admin::Said> {
            if (!in.address.empty()) {
                TALLY_TRY(const auto parsed, admin::parse_address("--address", in.address));
                std::tie(in.enrol.host, in.enrol.port) = parsed;
            }
            return admin::enrol_command(in.place, in.enrol, clock.wall_ms());
        };
    });

    auto* revoke = add_command(app, in, "revoke", "refuse a terminal from now on");
    revoke->add_option("--terminal", in.terminal, "its number")->required();
    revoke->add_option("--reason", in.reason, "told to the terminal")->required();
    revoke->callback([&] {
        action = [&](const Clock& clock) {
            return admin::set_status_command(in.place, in.terminal, intake::DeviceStatus::kRevoked, in.reason,
                                             clock.wall_ms());
        };
    });

    auto* release = add_command(app, in, "release", "let a quarantined terminal speak again");
    release->add_option("--terminal", in.terminal, "its number")->required();
    release->callback([&] {
        action = [&](const Clock& clock) {
            return admin::set_status_command(in.place, in.terminal, intake::DeviceStatus::kActive, {}, clock.wall_ms());
        };
    });

    auto* loader = add_command(app, in, "import", "load another system's members, sales and balances");
    auto* members = loader->add_option("members", in.import.members_csv, "members.csv");
    loader->add_option("sales", in.import.sales_csv, "sales.csv");
    auto* balances = loader->add_option("--balances", in.balances_csv,
                                        "balances.csv instead: the points that members had, one lot a row");
    balances->excludes(members);
    loader->add_flag("--compare", in.compare, "list what differs between the file and the ledger, and import nothing")
        ->needs(balances);
    loader->add_option("--stores", in.import.stores_csv,
                       "stores.csv: the stores that may be new; any other is a bad row");
    loader->add_flag("--strict", in.import.strict, "one bad row or one unknown store, and nothing is imported");
    loader->add_flag("--dry-run", in.import.dry_run, "say what would be imported, and import nothing");
    loader->callback([&] {
        action = [&](const Clock& clock) -> Result<admin::Said> {
            if (in.import.members_csv.empty() && in.balances_csv.empty())
                return fail(Code::kInvalid, "import: members.csv or --balances is required");
            if (in.balances_csv.empty()) return admin::import_command(in.place, in.import, clock.wall_ms());
            return admin::balances_command(in.place, {in.balances_csv, in.import.strict, in.import.dry_run}, in.compare,
                                           clock.wall_ms());
        };
    });
}

void add_programme(CLI::App& app, Arguments& in, Action& action) {
    auto* programme = app.add_subcommand("programme", "the chain's rules: show, check, compare and issue them");
    programme->require_subcommand(1);
    auto* show = add_command(*programme, in, "show", "print the programme in force as JSON");
    show->add_option("--version", in.version, "an earlier one");
    show->callback([&] { action = [&](const Clock&) { return admin::show_programme_command(in.place, in.version); }; });

    auto* list = add_command(*programme, in, "list", "list its versions and what was done under each");
    list->callback([&] { action = [&](const Clock&) { return admin::list_programmes_command(in.place); }; });

    auto* check = programme->add_subcommand("check", "say what is wrong with a file, and what is odd; no headquarters");
    check->add_option("file", in.programme_file, "programme as JSON")->required();
    check->callback([&] { action = [&](const Clock&) { return admin::check_programme_command(in.programme_file); }; });

    auto* publish = add_command(*programme, in, "publish", "issue a file as the next version, at once");
    publish->add_option("file", in.programme_file, "programme as JSON, whole")->required();
    publish->callback([&] {
        action = [&](const Clock& clock) {
            return admin::publish_programme_command(in.place, in.programme_file, clock.wall_ms());
        };
    });

    auto* diff = add_command(*programme, in, "diff", "say what changes: between versions, or from one to a file");
    diff->add_option("file", in.diff.file, "programme as JSON; without: the version before and the newest");
    diff->add_option("--from", in.diff.from, "version");
    diff->add_option("--to", in.diff.to, "version");
    diff->callback([&] { action = [&](const Clock&) { return admin::diff_programme_command(in.place, in.diff); }; });

    auto* simulate =
        add_command(*programme, in, "simulate", "play the log under a file, beside the programme in force");
    simulate->add_option("file", in.simulate.file, "programme as JSON")->required();
    simulate->add_option("--from", in.simulate.from, "first day, YYYY-MM-DD; else a year before the last");
    simulate->add_option("--to", in.simulate.to, "last day; else today");
    auto* csv = simulate->add_flag("--csv", in.csv, "as CSV");
    simulate->add_flag("--json", in.json, "as JSON")->excludes(csv);
    simulate->callback([&] {
        action = [&](const Clock& clock) {
            in.simulate.as = in.csv    ? admin::SimulateAs::kCsv
                             : in.json ? admin::SimulateAs::kJson
                                       : admin::SimulateAs::kText;
            return admin::simulate_programme_command(in.place, in.simulate, clock.wall_ms());
        };
    });
}

void add_coupon(CLI::App& app, Arguments& in, Action& action) {
    auto* coupon = app.add_subcommand("coupon", "issue, list or void coupons by hand");
    coupon->require_subcommand(1);
    auto* issue = add_command(*coupon, in, "issue", "give coupons to a member, or to all of a segment or tier");
    issue->add_option("template", in.coupon.template_id, "the coupon's id in the programme")->required();
    issue->add_option("--member", in.coupon.member, "id, phone, card, e-mail or external reference");
    issue->add_option("--segment", in.coupon.segment, "all members of this segment");
    issue->add_option("--tier", in.coupon.tier, "all members on this tier");
    issue->add_option("--count", in.coupon.count, "to each")->capture_default_str();
    issue->add_option("--batch", in.coupon.batch,
                      "a name: who has had a coupon in it gets no second one (segment or tier: else the day's)");
    issue->callback([&] {
        action = [&](const Clock& clock) { return admin::issue_coupons_command(in.place, in.coupon, clock.wall_ms()); };
    });
    auto* list = add_command(*coupon, in, "list", "list a member's coupons, or those that terminals hold");
    auto* whose = list->add_option("--member", in.coupon.member, "id, phone, card, e-mail or external reference");
    auto* reserved = list->add_flag("--reserved", in.reserved, "of all members, those that are held for a terminal");
    list->add_option("--terminal", in.terminal, "held for this one alone; tally-hq terminals lists them")
        ->needs(reserved);
    whose->excludes(reserved);
    list->callback([&] {
        action = [&](const Clock& clock) {
            if (in.reserved) return admin::list_reserved_command(in.place, in.terminal);
            if (in.coupon.member.empty())
                return Result<admin::Said>(fail(Code::kInvalid, "coupon list: --member says whose, or --reserved"));
            return admin::list_coupons_command(in.place, in.coupon.member, clock.wall_ms());
        };
    });
    auto* end = add_command(*coupon, in, "void", "end a coupon");
    end->add_option("code", in.coupon_code, "as it is typed")->required();
    end->add_option("--member", in.coupon.member, "whose it is")->required();
    end->add_flag("--reservation", in.reservation_alone,
                  "end its reservation alone: of a till that will not come back");
    end->callback([&] {
        action = [&](const Clock& clock) {
            const auto what = in.reservation_alone ? admin::CouponEnd::kReservation : admin::CouponEnd::kCoupon;
            return admin::void_coupon_command(in.place, in.coupon.member, in.coupon_code, what, clock.wall_ms());
        };
    });
}

void add_backups(CLI::App& app, Arguments& in, Action& action) {
    auto* backup = add_command(app, in, "backup", "copy headquarters, encrypted, also while it serves");
    backup->add_option("--to", in.backup_to, "the copy, best on another disk; FILE.keys is made beside it")->required();
    backup->callback([&] {
        action = [&](const Clock&) {
            return admin::backup_command(in.place, in.backup_to, store::progress_on_terminal());
        };
    });

    auto* restore = add_command(app, in, "restore", "make headquarters again from its backup, in a new folder");
    restore->add_option("--from", in.restore.from, "the backup; FILE.keys lies beside it")->required();
    restore->add_option("--recovery-key", in.restore.recovery_key_file,
                        "open it with recovery.key, and let --keyfile or --passphrase-fd open it from now on");
    restore->callback([&] {
        action = [&](const Clock&) {
            auto request = in.restore;
            request.progress = store::progress_on_terminal();
            return admin::restore_command(in.place, request);
        };
    });

    auto* take_in = add_command(app, in, "take-in", "take the operations that tally-terminal repair saved");
    take_in->add_option("file", in.saved_file, "saved-operations.tally of the repaired terminal")->required();
    take_in->callback([&] {
        action = [&](const Clock& clock) { return admin::take_in_command(in.place, in.saved_file, clock.wall_ms()); };
    });

    auto* restored = add_command(app, in, "restored", "after headquarters was put back by other means than restore");
    restored->callback([&] { action = [&](const Clock&) { return admin::restored_command(in.place); }; });
}

void add_recover(CLI::App& app, Arguments& in, Action& action) {
    auto* recover = app.add_subcommand("recover", "open a terminal's folder with the recovery key");
    recover->add_option("folder", in.recover.terminal_dir, "the terminal's folder, best a copy of it")->required();
    recover->add_option("--recovery-key", in.recover.recovery_key_file, "recovery.key of headquarters")->required();
    recover->add_option("--dir", in.place.dir, "folder of the headquarters, to say what it lacks");
    recover->add_option("--keyfile", in.place.unlock.key_file, "key file of headquarters' database");
    recover->add_option("--passphrase-fd", in.place.unlock.passphrase_fd, "descriptor with its passphrase");
    recover->add_option("--operations", in.recover.operations, "how many of the last to list")->capture_default_str();
    recover->add_flag("--add-passphrase", in.recover.add_passphrase, "give the terminal a new passphrase, asked for");
    recover->add_option("--new-passphrase-fd", in.recover.new_passphrase_fd, "the same, from a descriptor");
    recover->add_option("--add-key-file", in.recover.new_key_file, "give it a key file, made when missing");
    recover->callback([&] { action = [&](const Clock&) { return admin::recover_command(in.place, in.recover); }; });
}

void add_serve(CLI::App& app, Arguments& in, Action& action) {
    auto* serve = add_command(app, in, "serve", "serve terminals until Ctrl-C or SIGTERM");
    serve->add_option("--listen", in.listen, "HOST:PORT, instead of --host and --port");
    serve->add_option("--host", in.serve.host, "address to listen on")->capture_default_str();
    serve->add_option("--port", in.serve.port, "port; 0: any")->capture_default_str();
    serve->callback([&] {
        action = [&](const Clock& clock) -> Result<admin::Said> {
            if (!in.listen.empty()) {
                TALLY_TRY(const auto parsed, admin::parse_address("--listen", in.listen));
                std::tie(in.serve.host, in.serve.port) = parsed;
            }
            TALLY_OK(admin::serve_command(in.place, in.serve, clock));
            return admin::Said{};
        };
    });
}

// The database's own errors name no folder.
std::string words_of(const Error& error, const std::string& dir) {
    const bool of_database = error.code == Code::kFull || error.code == Code::kIo || error.code == Code::kDamaged ||
                             error.code == Code::kNewer;
    const bool named = !of_database || error.detail.find(dir) != std::string::npos;
    return to_string(error) + (named ? "" : " (--dir " + dir + ")");
}

int run(const Arguments& in, const Action& action) {
    start_log("tally-hq", in.log_level);
    SystemClock system_clock;
    std::unique_ptr<FileClock> file_clock;
    if (!in.clock_file.empty()) {
        auto opened = FileClock::open(in.clock_file);
        if (!opened) {
            std::fprintf(stderr, "tally-hq: --clock-file: %s\n", to_string(opened.error()).c_str());
            return 1;
        }
        file_clock = std::move(opened).value();
    }
    const Clock& clock = file_clock ? static_cast<const Clock&>(*file_clock) : system_clock;
    const auto said = action(clock);
    if (!said) {
        std::fprintf(stderr, "tally-hq: %s\n", words_of(said.error(), in.place.dir).c_str());
        return 1;
    }
    std::fputs(said->warnings.c_str(), stderr);
    std::fputs(said->text.c_str(), stdout);
    return std::fflush(stdout) == 0 && said->well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    crypto::forbid_core_dumps();
    crypto::start();
    try {
        CLI::App app{"Tallystick headquarters", "tally-hq"};
        app.require_subcommand(1);
        Arguments in;
        Action action;
        add_writers(app, in, action);
        add_programme(app, in, action);
        add_coupon(app, in, action);
        const auto add = [&in](CLI::App& under, const std::string& name, const std::string& text) {
            return add_command(under, in, name, text);
        };
        admin::add_lease(app, add, in.place, in.lease, action);
        admin::add_conflict_commands(app, add, in.place, action);
        add_lookups(app, in, action);
        add_why(app, in, action);
        add_serve(app, in, action);
        add_backups(app, in, action);
        add_recover(app, in, action);
        CLI11_PARSE(app, argc, argv);
        return run(in, action);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tally-hq: %s\n", error.what());
        return 1;
    }
}
