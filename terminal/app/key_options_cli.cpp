#include "terminal/app/key_options_cli.h"

#include <cstdio>

#include "common/replica/replica.h"

namespace tally::terminal {

void add_key_options(CLI::App& command, KeyOptions& out) {
    auto* file = command.add_option("--keyfile", out.key_file, "Key file of the replica (32 random bytes)");
    command.add_option("--passphrase-fd", out.passphrase_fd, "File descriptor to read the replica's passphrase from")
        ->excludes(file);
}

Result<store::Unlock> unlock_of(const std::string& dir, const KeyOptions& options,
                                const std::optional<std::string>& settings_file) {
    const store::UnlockChoice choice{options.key_file, options.passphrase_fd, settings_file.value_or(""), true};
    TALLY_TRY(store::FoundUnlock found, store::find_unlock(replica::Replica::database_path(dir), choice));
    return std::move(found.unlock);
}

int say(const Status& status) {
    if (status) return 0;
    std::fprintf(stderr, "tally-terminal: %s\n", to_string(status.error()).c_str());
    return 1;
}

int say(const Result<std::string>& text) {
    if (!text) return say(Status(text.error()));
    return std::fputs(text->c_str(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace tally::terminal
