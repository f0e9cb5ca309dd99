// Terminals whose pages were damaged at random places: never a wrong operation, and everything readable is saved.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "common/crypto/hash.h"
#include "common/replica/damaged.h"
#include "own_folder.h"
#include "sync/agent/repair_command.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

namespace {

constexpr int kSales = 150;

struct Damaged : OwnFolder {
    std::map<std::int64_t, std::pair<domain::OpId, Hash>> whole;  // what was there, by position
    std::string broken = folder / "broken";
    std::int64_t pages = 0;

    explicit Damaged(bool with_wal) {
        {
            Replica till = open(dir);
            CHECK_DONE(till.guard(kNow_ms));
            sell(till, kSales);
            if (!with_wal) CHECK_DONE(till.db().checkpoint(true));
            copy(dir, folder / "kept");
            for (std::uint64_t seq = 1; seq <= kSales; ++seq) {
                const domain::Epoch epoch = MUST(till.head()).epoch;
                whole[static_cast<std::int64_t>(seq)] = {{2, epoch, seq}, MUST(till.hash_of_operation(epoch, seq))};
            }
        }
        pages = static_cast<std::int64_t>(fs::file_size(folder / "kept/replica.db")) / 4096;
    }
    static void copy(const std::string& from, const std::string& to) {
        fs::remove_all(to);
        fs::create_directory(to);
        for (const char* end : {"", "-wal", ".keys", ".head"})
            if (fs::exists(from + "/replica.db" + end))
                fs::copy_file(from + "/replica.db" + end, to + "/replica.db" + end);
    }
    crypto::Secret key() const { return MUST(store::unlock_keys(broken + "/replica.db", store::KeyFile{key_file})); }
    RepairRequest request(const std::string& to) const {
        RepairRequest out;
        out.from = broken;
        out.dir = to;
        out.unlock = {key_file, -1, "", false};
        out.now_ms = kNow_ms;
        return out;
    }
    void check_log(const std::vector<replica::SavedOp>& log) {
        for (const replica::SavedOp& op : log) {
            REQUIRE(whole.contains(op.pos));
            CHECK(whole[op.pos].first == op.op.id);
            CHECK(whole[op.pos].second == op.hash);
        }
    }
};

}  // namespace

TEST_CASE("repair: of an undamaged folder everything is saved, from the file and from its WAL") {
    for (const bool with_wal : {false, true}) {
        Damaged shop(with_wal);
        Damaged::copy(shop.folder / "kept", shop.broken);
        const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
        CHECK(saved.log.size() == kSales);
        CHECK(saved.pages.damaged_pages == 0);
        shop.check_log(saved.log);
        for (const replica::SavedOp& op : saved.log)
            if (!op.op.sealed_hash.is_zero()) CHECK(crypto::hash_of(op.sealed) == op.op.sealed_hash);
        const std::string said = MUST(repair_terminal(shop.request(shop.folder / "new")));
        INFO(said);
        CHECK(has(said, "150 operations up to the first gap"));
        CHECK(!fs::exists(saved_operations_path(shop.folder / "new")));
        Replica fresh = shop.open(shop.folder / "new");
        Replica old = shop.open(shop.broken);
        CHECK(MUST(fresh.device()).public_key() == MUST(old.device()).public_key());
        CHECK(MUST(fresh.unacknowledged_count()) == kSales);
        CHECK(MUST(fresh.head()).epoch_no == 2);
        domain::MemberId first;
        first.bytes[0] = first.bytes[15] = 1;
        CHECK(MUST(fresh.member(first))->account == MUST(old.member(first))->account);
        CHECK(MUST(fresh.last_operations(kSales)).size() == kSales);
    }
}

TEST_CASE("repair: with pages damaged at random, nothing wrong is saved and nothing readable is lost") {
    Damaged shop(false);
    SeededRandom random{support::seed()};
    const auto pick = [&](std::int64_t below) {
        std::array<std::uint8_t, 4> bytes{};
        random.fill(bytes);
        return static_cast<std::int64_t>((std::uint32_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]) %
                                         static_cast<std::uint32_t>(below));
    };
    int with_gap = 0, without_identity = 0;
    for (int round = 0; round < 24; ++round) {
        INFO("round ", round);
        Damaged::copy(shop.folder / "kept", shop.broken);
        for (std::int64_t hits = 1 + pick(4); hits > 0; --hits)
            flip_byte(shop.broken + "/replica.db", pick(shop.pages) * 4096 + pick(4096));
        const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
        shop.check_log(saved.log);
        CHECK(saved.contested.empty());
        // Whatever SQLite itself can still reach is among what was saved.
        std::map<std::int64_t, bool> here;
        for (const replica::SavedOp& op : saved.log) here[op.pos] = true;
        {
            Damaged::copy(shop.broken, shop.folder / "look");
            const auto db = store::Db::open(shop.folder / "look/replica.db", shop.key(), {});
            for (std::int64_t pos = 1; db && pos <= kSales; ++pos) {
                auto q = const_cast<store::Db&>(*db).prepare("SELECT bytes FROM op_log WHERE pos = ?1");
                if (!q) break;
                q->bind(1, pos);
                const auto row = q->step();
                if (row && *row) CHECK(here.contains(pos));
            }
        }
        const std::string to = shop.folder / ("new" + std::to_string(round));
        const auto said = repair_terminal(shop.request(to));
        if (!saved.device_seed || !saved.enrolment) {
            ++without_identity;
            REQUIRE_FALSE(said.has_value());
            CHECK(said.error().code == Code::kDamaged);
            CHECK(!fs::exists(to));
            continue;
        }
        REQUIRE_MESSAGE(said.has_value(), support::error_text(said));
        Replica fresh = shop.open(to);
        CHECK_DONE(fresh.verify_log());
        CHECK_DONE(fresh.db().check_pages());
        (void)MUST(fresh.check_fold());
        const std::size_t kept = replica::unbroken(saved.log);
        CHECK(MUST(fresh.unacknowledged_count()) == kept);
        CHECK(fs::exists(saved_operations_path(to)) == (kept < saved.log.size()));
        with_gap += kept < saved.log.size();
    }
    MESSAGE("gaps: ", with_gap, ", identity lost: ", without_identity);
    CHECK(with_gap > 0);
}

TEST_CASE("repair: a transaction that the power cut tore is not taken for one that happened") {
    Damaged shop(true);
    Damaged::copy(shop.folder / "kept", shop.broken);
    const std::string wal = shop.broken + "/replica.db-wal";
    flip_byte(wal, static_cast<std::int64_t>(fs::file_size(wal)) - 5);  // the last frame of the last sale
    const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
    CHECK(saved.log.size() == kSales - 1);
    shop.check_log(saved.log);
}

TEST_CASE("repair: a damaged head of the WAL costs nothing of what stands in it") {
    Damaged shop(true);
    Damaged::copy(shop.folder / "kept", shop.broken);
    for (const std::int64_t at : {16, 21}) flip_byte(shop.broken + "/replica.db-wal", at);  // both salts
    const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
    CHECK(saved.log.size() == kSales);
    shop.check_log(saved.log);
}

TEST_CASE("repair: changed salts of the WAL's first frame cost nothing") {
    Damaged shop(true);
    Damaged::copy(shop.folder / "kept", shop.broken);
    flip_byte(shop.broken + "/replica.db-wal", 32 + 8 + 3);  // in the clear, and bound to nothing (F5)
    const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
    CHECK(saved.log.size() == kSales);
    shop.check_log(saved.log);
}

TEST_CASE("repair: one damaged frame of the WAL costs one operation at most, whichever it is") {
    constexpr std::int64_t kWalHeader = 32, kFrame = 24 + 4096, kStride = 3;
    Damaged shop(true);
    const std::string wal = shop.broken + "/replica.db-wal";
    Damaged::copy(shop.folder / "kept", shop.broken);
    const std::int64_t frames = (static_cast<std::int64_t>(fs::file_size(wal)) - kWalHeader) / kFrame;
    REQUIRE(frames > 200);
    int costly = 0;
    const auto check = [&](std::int64_t frame, std::int64_t at) {
        INFO("frame ", frame, " of ", frames, ", byte ", at);
        flip_byte(wal, kWalHeader + frame * kFrame + at);
        const auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
        flip_byte(wal, kWalHeader + frame * kFrame + at);
        CHECK(saved.log.size() >= kSales - 1);
        if (saved.log.size() < kSales) ++costly;
        if (saved.log.size() < kSales && saved.last_pos == kSales) CHECK(saved.pages.damaged_transactions > 0);
        shop.check_log(saved.log);
    };
    for (std::int64_t frame = 0; frame < frames; frame += kStride) check(frame, 2000);
    for (std::int64_t frame = frames - kStride * 4; frame < frames; ++frame) check(frame, 2000), check(frame, 8);
    MESSAGE("frames: ", frames, ", of those asked cost one operation: ", costly);
    CHECK(costly > 0);
}

TEST_CASE("repair: what an earlier WAL left behind the end of this one is neither taken nor counted") {
    constexpr std::int64_t kWalHeader = 32, kFrame = 24 + 4096;
    Damaged shop(true);
    Replica till = shop.open(shop.dir);
    CHECK_DONE(till.guard(kNow_ms));
    Damaged::sell(till, 60);
    CHECK_DONE(till.db().checkpoint(false));  // the next append begins the WAL anew, over the old frames
    Damaged::sell(till, 3);
    Damaged::copy(shop.dir, shop.folder / "before");
    Damaged::sell(till, 1);
    Damaged::copy(shop.dir, shop.broken);
    auto saved = MUST(replica::read_damaged(shop.broken, shop.key()));
    CHECK(saved.log.size() == kSales + 64);
    CHECK(saved.pages.damaged_transactions == 0);

    // The power went before the last sale's last frame was on the disk: the earlier WAL's still stands there.
    const std::string before = content_of(shop.folder / "before/replica.db-wal"),
                      after = content_of(shop.broken + "/replica.db-wal");
    REQUIRE(before.size() == after.size());
    std::int64_t last = 0;
    for (std::int64_t at = kWalHeader; at < static_cast<std::int64_t>(after.size()); at += kFrame)
        if (before.compare(static_cast<std::size_t>(at), kFrame, after, static_cast<std::size_t>(at), kFrame) != 0)
            last = at;
    REQUIRE(last > 0);
    std::string torn = after;
    torn.replace(static_cast<std::size_t>(last), kFrame, before, static_cast<std::size_t>(last), kFrame);
    std::ofstream(shop.broken + "/replica.db-wal", std::ios::binary) << torn;
    saved = MUST(replica::read_damaged(shop.broken, shop.key()));
    CHECK(saved.log.size() == kSales + 63);
    CHECK(saved.pages.damaged_transactions == 0);
}

TEST_CASE("repair: an outcome of the log's first operation is not taken for a revocation") {
    Damaged shop(false);
    Damaged::copy(shop.folder / "kept", shop.broken);
    {
        Replica open = shop.open(shop.broken);
        CHECK_DONE(open.db().exec("INSERT INTO outcome VALUES(1, 4, 'waits for its member')"));
        CHECK_DONE(open.db().checkpoint(true));
    }
    CHECK(!MUST(replica::read_damaged(shop.broken, shop.key())).revocation.has_value());
}

TEST_CASE("repair: what is lost without a trace in the file is named by the old witness") {
    Damaged shop(true);
    Damaged::copy(shop.folder / "kept", shop.broken);
    fs::remove(shop.broken + "/replica.db-wal");
    fs::permissions(shop.broken + "/replica.db.head", fs::perms::owner_read);  // as on a disk that can only be read
    CHECK(in_child([&] {                                                       // root passes over permissions
              __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
              __user_cap_data_struct none[2]{};
              if (::syscall(SYS_capset, &head, none) != 0) return 2;
              return replica::read_lost_witness(shop.broken, shop.key()).has_value() ? 0 : 1;
          }) == 0);
    const std::string said = MUST(repair_terminal(shop.request(shop.folder / "new")));
    CHECK_MESSAGE(has(said, "that the folder's witness saw left no trace"), said);
    Replica fresh = shop.open(shop.folder / "new");
    const std::uint64_t saved = MUST(fresh.unacknowledged_count());
    CHECK(saved < kSales);
    CHECK(MUST(fresh.incidents(1)).at(0).missing == kSales - saved);
}

TEST_CASE("repair: a revoked terminal stays revoked, and one that is open is not repaired") {
    Damaged shop(false);
    Damaged::copy(shop.folder / "kept", shop.broken);
    {
        Replica open = shop.open(shop.broken);
        CHECK_DONE(open.set_revocation(replica::Revocation{kNow_ms, "stolen on Friday"}));
        CHECK(repair_terminal(shop.request(shop.folder / "new")).error().code == Code::kBusy);
        CHECK(!fs::exists(shop.folder / "new"));
        CHECK_DONE(open.db().checkpoint(true));
    }
    (void)MUST(repair_terminal(shop.request(shop.folder / "new")));
    Replica fresh = shop.open(shop.folder / "new");
    const auto revocation = MUST(fresh.revocation());
    REQUIRE(revocation.has_value());
    CHECK(revocation->reason == "stolen on Friday");
}
