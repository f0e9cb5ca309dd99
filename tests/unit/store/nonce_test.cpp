// Every page that reaches the disk carries a nonce that no other carried: counted where the bytes leave for the disk.
// TALLY_NONCES: page writes to look at; 200,000 here, ten million in the long form.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/store/file.h"
#include "common/store/format.h"
#include "tests/unit/store/fixture.h"
#include "tests/unit/store/under_vfs.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr std::size_t kKinds = 4;

std::size_t wanted() {
    const char* given = std::getenv("TALLY_NONCES");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : 200'000;
}

// The first eight of a nonce's 24 bytes: where no two of these are alike, no two nonces are. (Of ten million by chance
// two are alike once in 370,000 runs.)
struct Nonces {
    std::vector<std::uint64_t> heads;
    std::size_t of_kind[kKinds] = {};

    void take(UnderVfs::Kind kind, std::int64_t offset, ByteView bytes) {
        const auto page = static_cast<std::int64_t>(kPageBytes);
        const auto size = static_cast<std::int64_t>(bytes.size());
        bool sealed = false;
        switch (kind) {
            case UnderVfs::Kind::kMain: sealed = size == page; break;
            case UnderVfs::Kind::kWal:
                sealed = size == page && (offset - kWalHeaderBytes) % kFrameBytes == kFrameHeaderBytes;
                break;
            case UnderVfs::Kind::kJournal: sealed = size == page && offset % 8 == 4; break;
            case UnderVfs::Kind::kTemporary: sealed = size == kTempBlockBytes; break;
        }
        if (!sealed) return;
        std::uint64_t head = 0;
        std::memcpy(&head, bytes.data() + bytes.size() - kReserveBytes, sizeof head);
        heads.push_back(head);
        of_kind[static_cast<std::size_t>(kind)] += 1;
    }
};

// Each makes SQLite write another kind of page: frames, spilled and rewritten ones, sorters, temporary tables and their
// journals, checkpoints, rollback journals, VACUUM.
constexpr const char* kRound[] = {
    "PRAGMA journal_mode = WAL",
    "UPDATE t SET x = hex(randomblob(60)) WHERE id % 3 = abs(random()) % 3",
    "BEGIN; UPDATE t SET x = x || 'a'; UPDATE t SET x = substr(x, 2) || 'b'; COMMIT",
    "CREATE TEMP TABLE sorted AS SELECT x, id FROM t ORDER BY x; DROP TABLE sorted",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "PRAGMA journal_mode = DELETE",
    "UPDATE t SET x = hex(randomblob(60)) WHERE id % 2 = abs(random()) % 2",
    "VACUUM",
};

}  // namespace

TEST_CASE("nonce: of all pages written to main file, WAL, journal and temporary files no two share one") {
    const std::size_t count = wanted();
    UnderVfs& under = UnderVfs::get();
    under.reset();
    Nonces nonces;
    nonces.heads.reserve(count + 100'000);
    {
        const support::TempDir folder{support::fast_folder()};
        Raw raw(folder / "a.db", UnderVfs::kTallyName);
        REQUIRE(raw.exec("PRAGMA cache_size = 50; PRAGMA temp_store = FILE; CREATE TABLE t (id INTEGER PRIMARY KEY, x);"
                         "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) "
                         "INSERT INTO t SELECT i, hex(randomblob(60)) FROM n") == SQLITE_OK);
        under.watch = [&](UnderVfs::Kind kind, std::int64_t offset, ByteView bytes) {
            nonces.take(kind, offset, bytes);
        };
        while (nonces.heads.size() < count)
            for (const char* sql : kRound) REQUIRE_MESSAGE(raw.exec(sql) == SQLITE_OK, sqlite3_errmsg(raw.db()));
        under.reset();
        CHECK(raw.text("PRAGMA integrity_check") == "ok");
    }
    for (const std::size_t of_kind : nonces.of_kind) CHECK(of_kind > count / 50);
    std::sort(nonces.heads.begin(), nonces.heads.end());
    CHECK(std::adjacent_find(nonces.heads.begin(), nonces.heads.end()) == nonces.heads.end());
    std::printf("nonce: %zu page writes (%zu main, %zu WAL, %zu journal, %zu temporary), no nonce twice\n",
                nonces.heads.size(), nonces.of_kind[0], nonces.of_kind[1], nonces.of_kind[2], nonces.of_kind[3]);
}
