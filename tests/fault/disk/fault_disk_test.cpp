// The failing disk itself: what it forgets, keeps and counts; and what stands by each name that was not made durable.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "common/store/db.h"
#include "common/store/durable_file.h"
#include "tests/fault/disk/fault_disk.h"
#include "tests/fault/disk/shop.h"

using namespace tally;
using namespace tally::fault;
using test::must;
namespace fs = std::filesystem;

namespace {

struct Folder {
    support::TempDir outer{support::fast_folder()};
    std::string path = outer / "disk";
    FaultDisk& disk = FaultDisk::get();
    SeededRandom random{7};
    Folder() { fs::create_directories(path); }
    ~Folder() { disk.end(); }
    std::string operator/(const std::string& name) const { return path + "/" + name; }
    std::string text(const std::string& name) const {
        const auto file = store::read_small(path + "/" + name, 1 << 20);
        return file ? std::string(file->bytes.begin(), file->bytes.end()) : "nothing";
    }
};

int make(const std::string& path) { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); }
void write_at(int file, std::string_view text, off_t at) {
    REQUIRE(::pwrite(file, text.data(), text.size(), at) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("disk: a power cut takes what was not synced, bytes and names each for themselves, and leaves the rest") {
    Folder folder;
    const int before = make(folder / "old");
    write_at(before, "synced", 0);
    ::close(before);
    folder.disk.begin(folder.path);
    const int old = make(folder / "old");
    write_at(old, "SYNCED and longer", 0);
    REQUIRE(::ftruncate(old, 3) == 0);
    const int fresh = make(folder / "fresh");
    write_at(fresh, "bytes", 0);
    REQUIRE(::fsync(fresh) == 0);  // the bytes, not the name
    const int named = make(folder / "named");
    REQUIRE(store::sync_folder_of(folder / "named").has_value());
    write_at(named, "gone", 0);  // the name, not the bytes
    for (const int file : {old, fresh, named}) ::close(file);
    REQUIRE(::rename((folder / "old").c_str(), (folder / "renamed").c_str()) == 0);
    CHECK(folder.text("renamed") == "SYN");
    folder.disk.power_cut(folder.random, 0, false);
    CHECK(folder.text("old") == "synced");
    CHECK(folder.text("fresh") == "bytes");  // its name was made durable together with that of "named"
    CHECK(folder.text("named") == "");
    CHECK(folder.text("renamed") == "nothing");
}

TEST_CASE("disk: what was removed or renamed over comes back with a power cut, unless the folder was synced") {
    Folder folder;
    for (const char* name : {"one", "two", "three"}) ::close(make(folder / name));
    const int two = make(folder / "two");
    write_at(two, "2", 0);
    ::close(two);
    folder.disk.begin(folder.path);
    REQUIRE(::unlink((folder / "one").c_str()) == 0);
    REQUIRE(store::sync_folder_of(folder / "one").has_value());
    REQUIRE(::rename((folder / "three").c_str(), (folder / "two").c_str()) == 0);
    CHECK(folder.text("two") == "");
    folder.disk.power_cut(folder.random, 0, false);
    CHECK(folder.text("one") == "nothing");
    CHECK(folder.text("two") == "2");
    CHECK(folder.text("three") == "");
}

TEST_CASE("disk: the call that is to fail fails, once or from there on, and every call is counted by its kind") {
    Folder folder;
    folder.disk.begin(folder.path);
    const int file = make(folder / "a");
    folder.disk.arm(2, Fault::kError);
    write_at(file, "1", 0);
    CHECK(::pwrite(file, "2", 1, 1) == -1);
    CHECK(errno == EIO);
    write_at(file, "2", 1);
    folder.disk.arm(4, Fault::kShortWrite);
    CHECK(::pwrite(file, "345678", 6, 2) == 3);
    CHECK(::pwrite(file, "678", 3, 5) == -1);
    CHECK(errno == ENOSPC);
    write_at(file, "x", 0);  // grows nothing
    folder.disk.lift();
    write_at(file, "678", 5);
    CHECK(folder.disk.calls() == std::vector<Call>{Call::kCreate, Call::kWrite, Call::kWrite, Call::kWrite,
                                                   Call::kWrite, Call::kWrite, Call::kWrite, Call::kWrite});
    ::close(file);
    CHECK(folder.text("a") == "x2345678");
}

TEST_CASE("disk: a commit is not answered while the name of its WAL is not durable") {
    const crypto::Secret key = crypto::Secret::random(32);
    Folder folder;
    must(must(store::Db::open(folder / "a.db", key, {.create = true})).exec("CREATE TABLE t (x)"));
    int syncs_failed = 0;
    for (std::int64_t call = 0, struck = 1; struck != 0; ++call) {
        CAPTURE(call);
        folder.disk.begin(folder.path);
        folder.disk.arm(call, Fault::kError);
        bool answered = false;
        {
            auto db = store::Db::open(folder / "a.db", key, {});
            answered = db && db->exec("DELETE FROM t; INSERT INTO t VALUES (" + std::to_string(call) + ")");
            folder.disk.die();
        }
        struck = folder.disk.struck();
        syncs_failed += struck != 0 && folder.disk.calls()[static_cast<std::size_t>(call)] == Call::kSync;
        folder.disk.power_cut(folder.random, 0, false);
        if (answered)
            CHECK(must(must(store::Db::open(folder / "a.db", key, {})).query_int64("SELECT x FROM t")) == call);
    }
    CHECK(syncs_failed >= 3);
}

TEST_CASE(
    "disk: a small file whose making fails is not there, and one that takes its name only in the end keeps neither") {
    for (std::int64_t call = 0;; ++call) {
        CAPTURE(call);
        Folder folder;
        folder.disk.begin(folder.path);
        folder.disk.arm(call, Fault::kError);
        const Bytes bytes(100, 'x');
        const bool made = store::write_durably(folder / "small", bytes, store::IfThere::kFail).has_value();
        CHECK(fs::exists(folder / "small") == made);
        const bool placed = made && store::put_file_in_place(folder / "small", folder / "placed").has_value();
        CHECK(fs::exists(folder / "placed") == placed);
        const bool struck = folder.disk.struck();
        const bool clears = struck && folder.disk.calls()[static_cast<std::size_t>(call)] == Call::kRemove;
        if (!clears) CHECK(std::distance(fs::directory_iterator(folder.path), {}) == (made ? 1 : 0));
        folder.disk.power_cut(folder.random, 0, false);
        if (placed) CHECK(folder.text("placed") == std::string(100, 'x'));
        if (!struck) break;
    }
}
