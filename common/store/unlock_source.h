// Where the secret that opens a database comes from; the one place for it, in every program. Looked for in this order:
//
//   1. what the command line names: --keyfile or --passphrase-fd; then nothing else is tried
//   2. a systemd credential, which systemd has decrypted (by the TPM, where there is one) into $CREDENTIALS_DIRECTORY:
//      tally.key, the 32 bytes of a key file, or tally.passphrase, one line
//   3. the key file of the settings, which may lie on a stick that is not there at night
//   4. a passphrase typed at this process's terminal, without echo
//
// Secrets go straight into guarded memory. Any thread; the fourth waits for a person.
#pragma once

#include "common/store/keys.h"

namespace tally::store {

inline constexpr const char* kCredentialKey = "tally.key";
inline constexpr const char* kCredentialPassphrase = "tally.passphrase";

struct UnlockChoice {
    std::string key_file;           // --keyfile
    int passphrase_fd = -1;         // --passphrase-fd
    std::string settings_key_file;  // [key] file in terminal.toml
    bool may_ask = true;            // a person at the terminal
};

enum class UnlockSource { kArgumentKeyFile, kArgumentPassphrase, kCredential, kSettingsKeyFile, kTyped };

struct FoundUnlock {
    Unlock unlock;
    UnlockSource source;
    std::string where;  // in words, for people: the file, the credential ...; no secret
};

// The first source that is there. Where several are and the database has key slots, the first that opens one. kInvalid
// says where was looked and what to do; kWrongKey that nothing found opens a slot.
Result<FoundUnlock> find_unlock(const std::string& database_path, const UnlockChoice& choice);

// One line from a descriptor, up to its end; a second line stays for the next call. kInvalid: empty or above 1024
// bytes.
Result<crypto::Secret> read_passphrase(int fd);
// At the process's terminal, without echo. `twice`: a new one, typed twice the same. kInvalid; kNotFound: no terminal;
// kRefused: broken off (Ctrl-C).
Result<crypto::Secret> ask_passphrase(const std::string& prompt, bool twice);

}  // namespace tally::store
