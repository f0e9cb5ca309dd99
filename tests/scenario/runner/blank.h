// Databases as they are right after they were made, once for the whole run: making their tables is half of what a short
// scenario costs, copying the files is nothing. Every scenario has its own copies; the keys are the same. One thread.
#pragma once

#include <string>

#include "common/crypto/secret.h"

namespace tally::scenario {

struct Blank {
    std::string folder;
    crypto::Secret key;
};

// The ledger of a headquarters with its own keys, hq.db.
Result<const Blank*> blank_hq();
// The replica of the `number`th terminal of a scenario, from 0: each number is a device of its own. Not enrolled.
Result<const Blank*> blank_replica(std::size_t number);

Status copy_folder(const std::string& from, const std::string& to);

}  // namespace tally::scenario
