// Reads what can still be read of a damaged database, without SQLite: every page that authenticates, in the file and in
// the committed part of its WAL, and of those that are leaves of a table, every row. It goes on past what is damaged,
// unreadable or cut. It knows no tables: who asks tells a row by its shape, and trusts it by what it can prove (an
// operation by its hash). Reads only; blocks; for a database that nobody has open.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/secret.h"

namespace tally::store {

struct SalvagedCell {
    enum class Kind : std::uint8_t { kNull, kInteger, kReal, kText, kBlob };
    Kind kind = Kind::kNull;
    std::int64_t integer = 0;
    ByteView bytes;  // of a text or a blob, for as long as the call lasts
    bool is_integer() const { return kind == Kind::kInteger; }
    bool is_blob(std::size_t size) const { return kind == Kind::kBlob && bytes.size() == size; }
};
// A row may come more than once, and as it once was: from the file, and from each commit in the WAL.
using EachSalvaged = std::function<void(std::int64_t rowid, std::span<const SalvagedCell> cells)>;

struct SalvageReport {
    std::int64_t pages = 0;                    // in the main file, page 1 (which holds no rows of ours) excepted
    std::int64_t damaged_pages = 0;            // of them not authentic, or not readable
    std::int64_t damaged_transactions = 0;     // in the WAL, with a frame that is not authentic
    std::int64_t lost_rows = 0;                // of authentic leaves: those that run on into a damaged page
    std::vector<std::uint32_t> first_damaged;  // pages, at most 20
};

// kNotFound: no such file; kIo: it cannot be opened; kRefused: its cipher cannot be had here. Damage is in the report,
// never an error.
Result<SalvageReport> salvage_rows(const std::string& path, const crypto::Secret& data_key, const EachSalvaged& each);

}  // namespace tally::store
