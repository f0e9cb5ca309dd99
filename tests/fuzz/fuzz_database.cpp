// A whole database opened by SQLite after its files were edited (edits.h). The first byte chooses what is edited: a WAL
// with five commits, a hot rollback journal, or the main file under either. Law: what is read is a state that was
// committed (WAL: some first commits; journal: each row as before or after), or the database is refused.
#include "tests/fuzz/database_image.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/target.h"

using namespace tally;
using fuzz::kCommits, fuzz::kRows;

TALLY_FUZZ(database) {
    const std::uint8_t choice = fuzz::take_choice(input);
    const bool wal = choice % 2 == 0;
    fuzz::Disk disk = fuzz::disk_of(wal);
    const std::string log = fuzz::kDatabase + (wal ? "-wal" : "-journal");
    TALLY_ASSERT(disk.contains(log), "there is something to recover");
    if (choice % 4 < 2) fuzz::edit(disk[log], input, wal ? 32 : 512, wal ? 4120 : 4104);
    if (choice % 4 >= 2) fuzz::edit(disk[fuzz::kDatabase], input, 0, 4096);
    fuzz::memory_disk() = std::move(disk);
    auto db = fuzz::open_database(false);
    if (!db) return;
    auto select = db->prepare("SELECT id, n FROM t ORDER BY id");
    if (!select) return;
    std::int64_t rows = 0, commits = -1;
    auto row = select->step();
    for (; row.has_value() && *row; row = select->step(), ++rows) {
        const std::int64_t id = select->int64(0), n = select->int64(1);
        TALLY_ASSERT(id >= 1 && id <= kRows && n >= 0 && n <= (wal ? kCommits : 1), "a row as it was once");
        if (!wal || id % 9 != 1) continue;
        TALLY_ASSERT(commits < 0 || commits == n, "all of a transaction or nothing");
        commits = n;
    }
    TALLY_ASSERT(!row || !wal || rows == kRows, "no row is lost in silence");
    const bool untouched = input.size() < fuzz::kEditBytes;
    TALLY_ASSERT(!untouched || (rows == kRows && (!wal || commits == kCommits)), "untouched, nothing is lost");
}
