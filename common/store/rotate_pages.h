// The pages of a change of the data key: read in plain from one open file, written sealed to another, compared. Only
// for one who has the database alone and whose WAL is empty: it goes behind SQLite's back.
#pragma once

#include <functional>
#include <string>

#include "common/store/db.h"

namespace tally::store {

using PageProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

// Makes the file `to`, which does not exist, with every page of `from` under `fresh_key`, synced. Gives the pages.
// kDamaged names a page that does not open; kFull.
Result<std::uint64_t> copy_pages(Db& from, const std::string& to, const crypto::Secret& fresh_key,
                                 const OpenOptions& options, const PageProgress& progress);
// Both files have the same pages. kDamaged names one that differs.
Status compare_pages(Db& one, Db& other, const PageProgress& progress);

}  // namespace tally::store
