#include "terminal/app/backup_cli.h"

#include <cstdio>
#include <memory>

#include "common/base/clock.h"
#include "common/base/progress_line.h"
#include "sync/agent/backup_commands.h"
#include "sync/agent/check_command.h"
#include "sync/agent/repair_command.h"

namespace tally::terminal {

namespace {

struct BackupOptions {
    std::string dir, to;
    KeyOptions key;
};

Result<std::string> backup(const BackupOptions& in) {
    TALLY_TRY(const agent::KeysPlace place, agent::keys_place(in.dir, in.key.key_file, in.key.passphrase_fd));
    return agent::backup_terminal(place, in.to, store::progress_on_terminal());
}

struct RestoreOptions {
    std::string from, dir, old_dir;
    KeyOptions key;
};

Result<std::string> restore(const RestoreOptions& in) {
    agent::RestoreRequest request;
    request.from = in.from;
    request.dir = in.dir;
    request.old_dir = in.old_dir;
    request.unlock = {in.key.key_file, in.key.passphrase_fd, "", true};
    request.now_ms = SystemClock().wall_ms();
    request.progress = store::progress_on_terminal();
    return agent::restore_terminal(std::move(request));
}

struct RepairOptions {
    std::string from, dir;
    KeyOptions key;
};

Result<std::string> repair(const RepairOptions& in) {
    agent::RepairRequest request;
    request.from = in.from;
    request.dir = in.dir;
    request.unlock = {in.key.key_file, in.key.passphrase_fd, "", true};
    request.now_ms = SystemClock().wall_ms();
    return agent::repair_terminal(std::move(request));
}

struct CheckOptions {
    std::string dir;
    KeyOptions key;
};

int check(const CheckOptions& in) {
    const auto place = agent::keys_place(in.dir, in.key.key_file, in.key.passphrase_fd);
    if (!place) return say(Status(place.error()));
    ProgressLine line;
    std::uint64_t done = 0;
    const auto report = agent::check_terminal(*place, [&](const char* stage) { line.show(stage, done++, 3); });
    if (!report) return say(Status(report.error()));
    const int said = say(Result<std::string>(report->text));
    return report->well ? said : 1;
}

}  // namespace

void add_backup_commands(CLI::App& app, ToRun& to_run) {
    const auto out = std::make_shared<BackupOptions>();
    CLI::App& backup_command = *app.add_subcommand("backup", "Copy this terminal, encrypted, also while it sells");
    backup_command.add_option("--dir", out->dir, "Directory of this terminal")->required();
    backup_command.add_option("--to", out->to, "The copy, best on another disk; FILE.keys is made beside it")
        ->required();
    add_key_options(backup_command, out->key);
    backup_command.callback([out, &to_run] { to_run = [out] { return say(backup(*out)); }; });

    const auto back = std::make_shared<RestoreOptions>();
    CLI::App& restore_command = *app.add_subcommand("restore", "Make a terminal again from its backup");
    restore_command.add_option("--from", back->from, "The backup; FILE.keys lies beside it")->required();
    restore_command.add_option("--dir", back->dir, "A new or empty directory")->required();
    restore_command.add_option("--old", back->old_dir,
                               "Directory of the lost terminal, where it can still be read: says how much is lost");
    add_key_options(restore_command, back->key);
    restore_command.callback([back, &to_run] { to_run = [back] { return say(restore(*back)); }; });

    const auto mend = std::make_shared<RepairOptions>();
    CLI::App& repair_command = *app.add_subcommand("repair", "Make a terminal again from a damaged directory");
    repair_command.add_option("--from", mend->from, "The damaged directory, best a copy of it; it is only read")
        ->required();
    repair_command.add_option("--dir", mend->dir, "A new or empty directory")->required();
    add_key_options(repair_command, mend->key);
    repair_command.callback([mend, &to_run] { to_run = [mend] { return say(repair(*mend)); }; });

    const auto look = std::make_shared<CheckOptions>();
    CLI::App& check_command =
        *app.add_subcommand("check", "Say whether this terminal's data is whole; changes nothing");
    check_command.add_option("--dir", look->dir, "Directory of this terminal")->required();
    add_key_options(check_command, look->key);
    check_command.callback([look, &to_run] { to_run = [look] { return check(*look); }; });
}

}  // namespace tally::terminal
