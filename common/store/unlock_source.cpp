#include "common/store/unlock_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "common/store/durable_file.h"
#include "common/store/rotation_files.h"

namespace tally::store {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
    std::error_code failed;
    return fs::exists(path, failed);
}

// systemd's own rights keep a credential: the owner may be root, with an access list for us, which reads as mode 0440.
Result<crypto::Secret> read_credential(const std::string& path, std::size_t bytes_max) {
    Result<SmallFile> file = read_small(path, bytes_max);
    if (!file) return fail(file.error().code, "credential " + path + ": " + file.error().detail);
    crypto::Secret out = crypto::Secret::copy_of(file->bytes);
    crypto::wipe(file->bytes);
    return out;
}

Result<Unlock> credential_key(const std::string& path) {
    TALLY_TRY(crypto::Secret content, read_credential(path, 32));
    if (content.size() != 32)
        return fail(Code::kDamaged, "credential " + path + ": a key file must have exactly 32 bytes");
    return Unlock(KeyBytes{std::move(content)});
}

Result<Unlock> credential_passphrase(const std::string& path) {
    TALLY_TRY(const crypto::Secret content, read_credential(path, kPassphraseBytesMax + 1));
    ByteView text = content.view();
    if (!text.empty() && text.back() == '\n') text = text.first(text.size() - 1);
    if (text.empty()) return fail(Code::kInvalid, "credential " + path + ": the passphrase is empty");
    return Unlock(Passphrase{crypto::Secret::copy_of(text)});
}

// What was looked at, and what came of it.
struct Search {
    std::vector<FoundUnlock> found;
    std::string looked;  // a line each

    void miss(const std::string& line) { looked += "\n  " + line; }
    void take(Result<Unlock> unlock, UnlockSource source, const std::string& where) {
        if (unlock)
            found.push_back({std::move(unlock).value(), source, where});
        else
            miss(to_string(unlock.error()));
    }
};

void search_credentials(Search& search) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == 0) return search.miss("systemd credential: $CREDENTIALS_DIRECTORY is not set");
    const std::string key = std::string(folder) + "/" + kCredentialKey;
    const std::string passphrase = std::string(folder) + "/" + kCredentialPassphrase;
    if (exists(key)) search.take(credential_key(key), UnlockSource::kCredential, "systemd credential tally.key");
    if (exists(passphrase))
        search.take(credential_passphrase(passphrase), UnlockSource::kCredential,
                    "systemd credential tally.passphrase");
    if (!exists(key) && !exists(passphrase))
        search.miss("systemd credential: neither tally.key nor tally.passphrase in " + std::string(folder));
}

Result<FoundUnlock> from_arguments(const UnlockChoice& choice) {
    if (choice.passphrase_fd >= 0) {
        auto text = read_passphrase(choice.passphrase_fd);
        if (!text)
            return fail(text.error().code,
                        "--passphrase-fd " + std::to_string(choice.passphrase_fd) + ": " + text.error().detail);
        return FoundUnlock{Passphrase{std::move(text).value()}, UnlockSource::kArgumentPassphrase,
                           "passphrase from descriptor " + std::to_string(choice.passphrase_fd)};
    }
    return FoundUnlock{KeyFile{choice.key_file}, UnlockSource::kArgumentKeyFile, "key file " + choice.key_file};
}

Error nothing_found(const Search& search, const std::string& database_path) {
    return fail(Code::kInvalid, "no key for " + database_path + ". Looked at:" + search.looked +
                                    "\nGive --keyfile or --passphrase-fd, set [key] file in terminal.toml, put the key "
                                    "stick in, or start from a terminal and type the passphrase");
}

// The first that opens a slot; without slots (before the database is made) simply the first.
Result<FoundUnlock> first_that_opens(Search search, const std::string& database_path) {
    if (search.found.size() == 1 || !exists(slot_path(database_path))) return std::move(search.found.front());
    for (FoundUnlock& candidate : search.found) {
        const Result<Opened> opened = open_keys(database_path, candidate.unlock);
        if (opened) return std::move(candidate);
        if (opened.error().code == Code::kBusy) return opened.error();
        search.miss(candidate.where + ": " + to_string(opened.error()));
    }
    return fail(Code::kWrongKey, "nothing found opens " + database_path + ":" + search.looked);
}

}  // namespace

Result<FoundUnlock> find_unlock(const std::string& database_path, const UnlockChoice& choice) {
    crypto::start();
    if (choice.passphrase_fd >= 0 || !choice.key_file.empty()) return from_arguments(choice);
    Search search;
    search_credentials(search);
    const std::string& file = choice.settings_key_file;
    if (file.empty())
        search.miss("key file of the settings: none is set");
    else if (!exists(file))
        search.miss("key file of the settings: " + file + " is not there");
    else
        search.found.push_back({KeyFile{file}, UnlockSource::kSettingsKeyFile, "key file " + file});
    if (!search.found.empty()) return first_that_opens(std::move(search), database_path);
    if (!choice.may_ask) return nothing_found(search, database_path);
    Result<crypto::Secret> typed = ask_passphrase("Passphrase of " + database_path + ": ", false);
    if (typed)
        return FoundUnlock{Passphrase{std::move(typed).value()}, UnlockSource::kTyped,
                           "passphrase typed at the terminal"};
    if (typed.error().code != Code::kNotFound) return typed.error();
    search.miss("typed passphrase: " + typed.error().detail);
    return nothing_found(search, database_path);
}

// Byte by byte, so that what follows the line stays in the descriptor.
Result<crypto::Secret> read_passphrase(int fd) {
    crypto::Secret buffer(kPassphraseBytesMax + 1);
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t got = ::read(fd, buffer.writable().data() + size, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Code::kIo, std::string("the passphrase cannot be read: ") + std::strerror(errno));
        if (got == 0 || buffer.view()[size] == '\n') break;
        ++size;
    }
    if (size == 0) return fail(Code::kInvalid, "the passphrase is empty");
    if (size > kPassphraseBytesMax) return fail(Code::kInvalid, "a passphrase has 1 to 1024 bytes");
    return crypto::Secret::copy_of(buffer.view().first(size));
}

}  // namespace tally::store
