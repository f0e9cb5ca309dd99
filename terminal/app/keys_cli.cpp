#include "terminal/app/keys_cli.h"

#include <memory>

#include "common/base/progress_line.h"
#include "sync/agent/keys_commands.h"

namespace tally::terminal {

namespace {

struct KeysOptions {
    std::string dir, new_key_file;
    KeyOptions key;
    int new_passphrase_fd = -1;
    int slot = -1;
    agent::RotateRequest rotate;
};

// The line lives as long as the work that shows on it.
std::function<void(const store::RotateProgress&)> shown() {
    return [line = std::make_shared<ProgressLine>()](const store::RotateProgress& now) {
        static constexpr const char* kStages[] = {"copying", "verifying", "key slots", "replacing"};
        line->show(kStages[static_cast<int>(now.stage)], now.done, now.of);
    };
}

using Command = std::function<Result<std::string>(const agent::KeysPlace&)>;

Result<std::string> run(const KeysOptions& in, const Command& command) {
    TALLY_TRY(const agent::KeysPlace place, agent::keys_place(in.dir, in.key.key_file, in.key.passphrase_fd));
    return command(place);
}

}  // namespace

void add_keys_commands(CLI::App& app, ToRun& to_run) {
    const auto options = std::make_shared<KeysOptions>();
    KeysOptions& in = *options;
    CLI::App& keys = *app.add_subcommand("keys", "What unlocks this terminal's data, and changes of it");
    keys.require_subcommand(1);
    const auto add = [&](const char* name, const char* text, Command what) {
        CLI::App* command = keys.add_subcommand(name, text);
        command->add_option("--dir", in.dir, "Directory of this terminal")->required();
        add_key_options(*command, in.key);
        command->callback([options, what = std::move(what), &to_run] {
            to_run = [options, what] { return say(run(*options, what)); };
        });
        return command;
    };
    const auto new_passphrase = [&](CLI::App* command) {
        command->add_option("--new-passphrase-fd", in.new_passphrase_fd,
                            "Descriptor to read the new passphrase from; else it is asked for");
    };
    add("status", "Say what unlocks it, and against whom that protects", agent::keys_status);
    new_passphrase(add("add-passphrase", "Add a passphrase",
                       [&in](const auto& place) { return agent::keys_add_passphrase(place, in.new_passphrase_fd); }));
    new_passphrase(add("change-passphrase", "Replace a passphrase", [&in](const auto& place) {
        return agent::keys_change_passphrase(place, in.new_passphrase_fd);
    }));
    add("add-key-file", "Add a key file, made when it is missing",
        [&in](const auto& place) { return agent::keys_add_key_file(place, in.new_key_file); })
        ->add_option("file", in.new_key_file, "The key file, best on a stick")
        ->required();
    add("remove", "Remove a slot; the last one stays",
        [&in](const auto& place) { return agent::keys_remove(place, in.slot); })
        ->add_option("slot", in.slot, "Its number in keys status")
        ->required();
    CLI::App* rotate = add("rotate", "Write everything anew under a new data key; the terminal must be ended",
                           [&in](const auto& place) {
                               agent::RotateRequest request = in.rotate;
                               request.progress = shown();
                               return agent::keys_rotate(place, request);
                           });
    rotate->add_option("--keep-keyfile", in.rotate.keep_key_files, "Key file of another slot that is to stay");
    rotate->add_option("--keep-passphrase-fd", in.rotate.keep_passphrase_fds, "Descriptor with the passphrase of one");
    rotate->add_flag("--drop-others", in.rotate.drop_others, "Let slots go whose secrets are not given");
    rotate->add_option("--wait-ms", in.rotate.wait_ms, "Wait so long for others to end");
}

}  // namespace tally::terminal
