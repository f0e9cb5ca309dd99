// `keys ...` of tally-terminal: what unlocks a terminal's replica, and changes of it. Each gives the
// text to print. Secrets come from descriptors, files, credentials or a prompt, never from arguments. Blocks; may run
// while the terminal sells, but for keys_rotate, which wants the replica alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/store/rotate.h"
#include "common/store/unlock_source.h"

namespace tally::agent {

struct KeysPlace {
    std::string dir;
    store::UnlockChoice unlock;  // what opens it now; [key] file of its terminal.toml is filled in
};
// Reads <dir>/terminal.toml. kInvalid.
Result<KeysPlace> keys_place(const std::string& dir, const std::string& key_file, int passphrase_fd);

// A new secret: from a descriptor, or (-1) typed twice.
Result<store::Unlock> new_passphrase(int fd);

// Slots; what is in force; against whom that protects. Needs no secret, and asks for none.
Result<std::string> keys_status(const KeysPlace& place);
Result<std::string> keys_add_passphrase(const KeysPlace& place, int new_passphrase_fd,
                                        const store::PassphraseCost& cost = {});
// The passphrase that opens it now is replaced, in one step. kRefused: it is opened by something else.
Result<std::string> keys_change_passphrase(const KeysPlace& place, int new_passphrase_fd,
                                           const store::PassphraseCost& cost = {});
// Makes the file when it is not there.
Result<std::string> keys_add_key_file(const KeysPlace& place, const std::string& new_key_file);
Result<std::string> keys_remove(const KeysPlace& place, int slot);

struct RotateRequest {
    std::vector<std::string> keep_key_files;
    std::vector<int> keep_passphrase_fds;
    bool drop_others = false;
    int wait_ms = 0;
    std::function<void(const store::RotateProgress&)> progress;
};
Result<std::string> keys_rotate(const KeysPlace& place, const RotateRequest& request);

}  // namespace tally::agent
