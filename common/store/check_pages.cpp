// Db::check_pages: every page of the file and every frame of the WAL must be authentic, then SQLite's own check.
#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "common/store/db.h"
#include "common/store/file.h"
#include "common/store/sqlite_error.h"

namespace tally::store {

static bool in_wal(const WalScan& scan, std::uint32_t page) {
    return page / 8 < scan.pages_seen.size() && (scan.pages_seen[page / 8] >> (page % 8) & 1) != 0;
}

static Status verify_file(sqlite3* handle) {
    WalScan scan;
    int code = sqlite3_file_control(handle, "main", kScanWalControl, &scan);
    if (code != SQLITE_OK) return sqlite_error(handle, code, "WAL scan");
    PageVerdict verdict;
    for (verdict.page = 1;; ++verdict.page) {
        // A checkpoint of another process may be writing the page right now: only a failure that stays is one.
        for (int look = 0; look < 5; ++look) {
            code = sqlite3_file_control(handle, "main", kVerifyPageControl, &verdict);
            if (code != SQLITE_OK) return sqlite_error(handle, code, "page check");
            if (verdict.beyond_end || verdict.authentic) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        if (verdict.beyond_end) return {};
        // A page torn by a cut checkpoint does no harm while its new content stands in the WAL.
        if (!verdict.authentic && !in_wal(scan, verdict.page))
            return fail(Code::kDamaged, "page " + std::to_string(verdict.page) + " is changed or damaged");
    }
}

Status Db::check_pages() {
    (void)checkpoint(false).has_value();  // busy or read-only: then the WAL's pages are checked where they are
    TALLY_OK(verify_file(handle_));
    WalScan scan;
    const int code = sqlite3_file_control(handle_, "main", kScanWalControl, &scan);
    if (code != SQLITE_OK) return sqlite_error(handle_, code, "WAL scan");
    // F6: only where every commit was synced does such a frame mean damage.
    TALLY_TRY(const std::int64_t synchronous, query_int64("PRAGMA synchronous"));
    if (synchronous >= 2 && scan.commits_from_bad >= 2)
        return fail(Code::kDamaged, "WAL frame " + std::to_string(scan.first_bad) + " is changed or damaged");
    TALLY_TRY(Statement check, prepare("PRAGMA integrity_check(1)"));
    TALLY_TRY(const bool row, check.step());
    if (!row || check.text(0) != "ok") return fail(Code::kDamaged, "integrity check: " + std::string(check.text(0)));
    return {};
}

}  // namespace tally::store
