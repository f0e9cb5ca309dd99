// What a step of the schema needs beyond SQL: steps leave a mark in the row of `hq`, and the first opening afterwards
// does the work in one transaction. Once done it costs one small read.
#pragma once

#include "common/store/db.h"

namespace tally::storage {

// From schema 1: fills `bill` from the log, and replaces the plain hashes of imported rows by tags keyed with
// `imported_key` and names their members. From before schema 4: gives the accounts their reversals, from the log.
// From before schema 6: counts what campaigns have given, and gives coupons their reserving epochs, from the log.
Status finish_upgrade(store::Db& db, ByteView imported_key);

// Of it, upgrade_campaigns.cpp.
Status fill_campaigns(store::Db& db);

}  // namespace tally::storage
