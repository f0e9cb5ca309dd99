// Files and folders that hold a chain's data are their owner's alone.
#include <sys/stat.h>
#include <unistd.h>

#include "common/store/backup.h"
#include "common/store/private_file.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

unsigned mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE_MESSAGE(::lstat(path.c_str(), &status) == 0, path);
    return status.st_mode & 07777;
}

// As wide as a process can have it.
struct WideMask {
    const mode_t before = ::umask(0);
    ~WideMask() { ::umask(before); }
};

}  // namespace

TEST_CASE("private: a database, its journals, copies and attached ones are 0600 whatever the umask is") {
    const WideMask wide;
    Folder folder;
    Db db = must_open(folder.file("x.db"));
    fill(db, 3);
    REQUIRE_OK(db.vacuum_into(folder.file("compact.db"), test_key()));
    BackupOptions options;
    options.copy_slots = false;
    REQUIRE_OK(backup_to(db, folder.file("copy.db"), test_key(), options));
    REQUIRE_OK(db.attach(folder.file("other.db"), test_key(2), "other", true));
    REQUIRE_OK(db.exec("CREATE TABLE other.t(x); INSERT INTO other.t VALUES(1)"));
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        INFO(entry.path().string());
        CHECK(mode_of(entry.path()) == 0600);
        ++files;
    }
    CHECK(files >= 8);  // four databases, two of them with WAL and index
}

TEST_CASE("private: what an earlier version left open is closed at the next opening, and never widened") {
    Folder folder;
    const std::string path = folder.file("x.db");
    {
        Db db = must_open(path);
        fill(db, 3);
        for (const char* suffix : {"", "-wal", "-shm"}) REQUIRE(::chmod((path + suffix).c_str(), 0644) == 0);
        const Db second = must_open(path, false);
        for (const char* suffix : {"", "-wal", "-shm"}) CHECK(mode_of(path + suffix) == 0600);
    }
    for (const auto& [before, after] : {std::pair{0400u, 0400u}, {0640u, 0600u}, {0660u, 0660u}, {0666u, 0660u}}) {
        REQUIRE(::chmod(path.c_str(), before) == 0);
        keep_database_private(path);
        CHECK(mode_of(path) == after);
    }
}

TEST_CASE("private: the lock beside a database is shared with a group that may write it, and with nobody else") {
    const WideMask wide;
    Folder folder;
    const std::string path = folder.file("x.db");
    fill(*std::make_unique<Db>(must_open(path)), 1);
    const auto opened = [&](unsigned database, unsigned lock) {
        REQUIRE(::chmod(path.c_str(), database) == 0);
        REQUIRE(::chmod((path + "-use").c_str(), lock) == 0);
        (void)must_open(path, false);
        return mode_of(path + "-use");
    };
    CHECK(opened(0600, 0600) == 0600);
    CHECK(opened(0660, 0600) == 0660);
    CHECK(opened(0600, 0660) == 0600);
    CHECK(opened(0644, 0644) == 0600);  // what another version left open
    if (::geteuid() != 0) return;       // the rest needs a group that is not one's own
    constexpr gid_t kShop = 1234;
    REQUIRE(::chown(path.c_str(), static_cast<uid_t>(-1), kShop) == 0);
    CHECK(opened(0660, 0600) == 0660);
    struct stat lock {};
    REQUIRE(::stat((path + "-use").c_str(), &lock) == 0);
    CHECK(lock.st_gid == kShop);
}

TEST_CASE("private: links and what is no file are not touched") {
    Folder folder;
    write_all(folder.file("theirs"), Bytes{1});
    REQUIRE(::chmod(folder.file("theirs").c_str(), 0644) == 0);
    REQUIRE(::symlink("theirs", folder.file("x.db").c_str()) == 0);
    keep_database_private(folder.file("x.db"));
    make_private_file(folder.file("x.db"));
    CHECK(mode_of(folder.file("theirs")) == 0644);
    CHECK(read_all(folder.file("theirs")).size() == 1);
    keep_database_private(folder.file("missing.db"));
    CHECK_FALSE(std::filesystem::exists(folder.file("missing.db")));
}

TEST_CASE("private: a folder is made 0700; one that is there is closed only when nothing but ours is in it") {
    const WideMask wide;
    Folder folder;
    const std::string place = folder.file("a/b/till");
    REQUIRE_OK(make_private_folder(place + "/"));
    CHECK(mode_of(place) == 0700);
    REQUIRE_OK(make_private_folder(place));
    REQUIRE(::chmod(place.c_str(), 0755) == 0);
    REQUIRE_OK(make_private_folder(place));
    CHECK(mode_of(place) == 0755);

    write_all(place + "/x.db", Bytes{1});
    write_all(place + "/x.db-wal", Bytes{1});
    write_all(place + "/letter", Bytes{1});
    keep_folder_private(place, {"x.db"});
    CHECK(mode_of(place) == 0755);
    REQUIRE(::unlink((place + "/letter").c_str()) == 0);
    REQUIRE(::chmod(place.c_str(), 0775) == 0);  // given to a group by a person
    keep_folder_private(place, {"x.db"});
    CHECK(mode_of(place) == 0775);
    REQUIRE(::chmod(place.c_str(), 0755) == 0);
    keep_folder_private(place, {"x.db"});
    CHECK(mode_of(place) == 0700);

    write_all(folder.file("file"), Bytes{1});
    CHECK_CODE(make_private_folder(folder.file("file")), Code::kIo);
    CHECK_CODE(make_private_folder(folder.file("file/below")), Code::kIo);
}
