// A new data key for a database: the file is written anew under it, verified, and put in place of the old one. Never in
// place. After a crash at any moment the database opens, with the old key or the new one, by the same secrets (K4).
// Takes the database alone: every program that has it open must end first. Blocks for minutes with gigabytes.
//
// Not for headquarters' database as long as its tags of imported rows come from the data key (DerivedUse): they would
// no longer fit.
//
// This is what takes a key away from somebody who has seen it: removing a slot or changing a passphrase does not, for
// the slot's old bytes may have been copied.
#pragma once

#include <functional>
#include <vector>

#include "common/store/db.h"
#include "common/store/keys.h"

namespace tally::store {

enum class RotateStage {
    kCopy,     // pages read under the old key and written under the new one
    kVerify,   // pages of both files compared; the new file has passed check_pages before
    kKeys,     // 1 the slot file of the new file stands beside, 2 what else is keyed was made
    kReplace,  // 1 the new file is in place, 2 its slot file too: all is done
};
struct RotateProgress {
    RotateStage stage;
    std::uint64_t done;
    std::uint64_t of;
};

struct RotateOptions {
    // Secrets of other slots that are to open the new file too, besides the authority's own. HQ's recovery slots are
    // sealed anew without any secret.
    std::vector<Unlock> keep;
    bool drop_others = false;  // else a slot that none of these opens is kRefused, and nothing is done
    std::function<void(const RotateProgress&)> progress;
    // Makes what else is keyed from the data key (the witness), before the moment of the change: written durably to
    // `witness_path`, it becomes `<database>.head` together with the new file. Without it an old witness stays, and
    // fails.
    std::function<Status(const crypto::Secret& old_key, const crypto::Secret& fresh_key,
                         const std::string& witness_path)>
        make_witness;
    int wait_ms = 0;  // for others to end
    std::uint8_t cipher = cipher_of_new_files();
    const char* vfs = "tally";      // tests put other names here
    const char* base_vfs = "unix";  // below it
};

struct RotateReport {
    std::uint64_t pages = 0;
    int slots_kept = 0;
    int slots_dropped = 0;
};

// kBusy: others use it; kFull and kDamaged leave the old file as it was; kRefused names the slots that would be lost.
Result<RotateReport> rotate_data_key(const std::string& database_path, const Unlock& authority,
                                     const RotateOptions& options = {});

}  // namespace tally::store
