// `tally-hq init`: where it builds, what it leaves, and what it never touches.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "common/store/building_site.h"
#include "tests/support/seed.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace fs = std::filesystem;

namespace {

constexpr store::SitePlan kSite{"tally-hq init", "hq.db", "a headquarters"};
constexpr const char* kHome = "hq.db hq.db-use hq.db.keys hq.key offline-root.key recovery.key ";

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// An init that is killed before the file number `index` moves up; what it made is no headquarters, but looks like one.
void half_move(const std::string& place, int index) {
    const pid_t child = ::fork();
    if (child == 0) {
        auto site = store::BuildingSite::open(place, kSite);
        if (!site) ::_exit(1);
        for (const char* name : {"hq.db", "hq.db.keys", "hq.key", "offline-root.key", "recovery.key"})
            write(site->path() + "/" + name, std::string("the contents of ") + name);
        int count = 0;
        (void)site->move_up([&](const std::string&) {
            if (count++ == index) ::_exit(0);
        });
        ::_exit(2);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
}

}  // namespace

TEST_CASE("init: killed at any moment it is finished by the next one") {
    const auto seed = support::seed();
    SeededRandom random(seed);
    for (int round = 0; round < 12; ++round) {
        Office office;
        const pid_t child = ::fork();
        if (child == 0) ::_exit(office.init() ? 0 : 1);
        ::usleep(static_cast<useconds_t>(random.below(static_cast<std::uint64_t>(2000) << round % 6)));
        REQUIRE(::kill(child, SIGKILL) == 0);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        CAPTURE(round);
        const auto again = office.init();
        if (!again) CHECK(again.error().code == Code::kExists);  // the first one was done before it was killed
        CHECK(must(admin::verify_command(office.place)).well);
        CHECK(mode_of(office.place.dir) == 0700);
        const std::string left = listing(office.place.dir);
        CHECK((left == kHome || left == ".init " + std::string(kHome)));  // killed when all but that was done
    }
}

TEST_CASE("init: a disk that fills up is told, leaves nothing, and init is done when there is space") {
    for (const rlim_t bytes : {0, 20, 100, 5'000, 30'000, 70'000}) {
        Office office;
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{bytes, bytes};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::_exit(office.init() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CAPTURE(bytes);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
        CHECK_FALSE(std::filesystem::exists(office.place.dir));
        CHECK(listing(office.folder / "").empty());
        must(office.init());
        CHECK(must(admin::verify_command(office.place)).well);
    }
}

TEST_CASE("init: killed between any two renames, the next init clears what had moved up and makes the headquarters") {
    for (int index = 0; index < 5; ++index) {
        CAPTURE(index);
        Office office;
        half_move(office.place.dir, index);
        CHECK_FALSE(fs::exists(office.place.dir + "/hq.db"));  // the last: without it nothing takes this for a home
        const std::string moved = listing(office.place.dir);
        CHECK(std::count(moved.begin(), moved.end(), ' ') == index + 1);  // and .init
        must(office.init());
        CHECK(listing(office.place.dir) == kHome);
        CHECK(must(admin::verify_command(office.place)).well);
    }
}

TEST_CASE("init: a file of such a name that is not the one that had moved up is named and stays, and all else too") {
    Office office;
    half_move(office.place.dir, 2);  // hq.db.keys and hq.key have moved
    write(office.place.dir + "/hq.key", "somebody's own key");
    const std::string before = listing(office.place.dir), site_before = listing(office.place.dir + "/.init");
    const auto refused = office.init();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Code::kExists);
    CHECK(refused.error().detail.find("it holds hq.key") != std::string::npos);
    CHECK(listing(office.place.dir) == before);
    CHECK(listing(office.place.dir + "/.init") == site_before);
    fs::remove(office.place.dir + "/hq.key");
    write(office.place.dir + "/recovery.key", "a name whose turn had not come");
    CHECK(office.init().error().detail.find("it holds recovery.key") != std::string::npos);
    CHECK(fs::exists(office.place.dir + "/recovery.key"));
    fs::remove(office.place.dir + "/recovery.key");
    must(office.init());
    CHECK(listing(office.place.dir) == kHome);
}

TEST_CASE("init: what it did not make itself it neither removes nor builds over") {
    Office office;
    const std::string& place = office.place.dir;
    const auto refused = [&](const std::string& word) {
        const auto said = office.init();
        REQUIRE_FALSE(said.has_value());
        CHECK(said.error().code == Code::kExists);
        CHECK_MESSAGE(said.error().detail.find(word) != std::string::npos, said.error().detail);
    };
    fs::create_directory(place);
    SUBCASE("a file") {
        write(place + "/note.txt", "mine");
        refused("note.txt");
        CHECK(listing(place) == "note.txt ");
    }
    SUBCASE("a key file: it may be another headquarters'") {
        write(place + "/hq.key", "mine");
        refused("hq.key");
        CHECK(listing(place) == "hq.key ");
    }
    SUBCASE("another program's .init") {
        fs::create_directory(place + "/.init");
        write(place + "/.init/hq.key", "mine");
        refused(".init was not made by tally-hq init");
        CHECK(listing(place + "/.init") == "hq.key ");
    }
    SUBCASE("a folder in .init, mark or not") {
        fs::create_directories(place + "/.init/kept");
        write(place + "/.init/tally-hq-init", "");
        refused("kept");
        CHECK(fs::exists(place + "/.init/kept"));
    }
    SUBCASE("a link of that name") {
        fs::create_directory(office.folder / "elsewhere");
        write(office.folder / "elsewhere/tally-hq-init", "");
        fs::create_directory_symlink(office.folder / "elsewhere", place + "/.init");
        CHECK_FALSE(office.init().has_value());
        CHECK(listing(office.folder / "elsewhere") == "tally-hq-init ");
    }
    SUBCASE("a list that names what lies outside") {
        write(office.folder / "outside", "mine");
        fs::create_directory(place + "/.init");
        write(place + "/.init/tally-hq-init", crypto::hash_of(view_of("mine")).hex() + " ../outside\n");
        CHECK(office.init().error().code == Code::kDamaged);
        CHECK(fs::exists(office.folder / "outside"));
    }
    SUBCASE("a file where the folder should be") {
        fs::remove(place);
        write(place, "mine");
        refused("not a folder");
    }
}

TEST_CASE("init: a headquarters beside it whose folder is called <dir>.new is not touched") {
    Office office, other;
    other.place.dir = office.place.dir + ".new";
    must(other.init());
    must(office.init());
    CHECK(listing(other.place.dir) == kHome);
    CHECK(must(admin::verify_command(other.place)).well);
    other.place.dir = office.place.dir + "/.init";
    CHECK(other.init().error().code == Code::kInvalid);  // the name is init's own
}

TEST_CASE("init: the layouts that a service has") {
    Office office;
    const std::string home = office.place.dir;
    SUBCASE("an empty folder under a parent that its user may not write") {
        fs::create_directories(office.folder / "var/hq");
        office.place.dir = office.folder / "var/hq";
        fs::permissions(office.folder / "var", fs::perms::owner_read | fs::perms::owner_exec);
        const pid_t child = ::fork();
        if (child == 0) {  // root may write anywhere: the child is somebody else
            if (::getuid() == 0) {
                if (::chown(office.place.dir.c_str(), 65534, 65534) != 0) ::_exit(2);
                for (const fs::path& up : {fs::path(office.folder / "var"), fs::path(office.folder.path())})
                    (void)::chmod(up.c_str(), 0755);
                if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(3);
                if (::access((office.folder / "var").c_str(), W_OK) == 0) ::_exit(4);
            }
            ::_exit(office.init() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        fs::permissions(office.folder / "var", fs::perms::owner_all);
        CHECK(WEXITSTATUS(status) == 0);
        CHECK(listing(office.place.dir) == kHome);
    }
    SUBCASE("a mount point, with lost+found") {
        fs::create_directories(home + "/lost+found");
        must(office.init());
        CHECK(listing(home) == "hq.db hq.db-use hq.db.keys hq.key lost+found offline-root.key recovery.key ");
    }
    SUBCASE("a link to an empty folder, and the key file named by the folder's own name") {
        fs::create_directory(office.folder / "real");
        fs::create_directory_symlink(office.folder / "real", home);
        office.place.unlock.key_file = office.folder / "real/hq.key";
        must(office.init());
        CHECK(fs::is_symlink(home));
        CHECK(listing(office.folder / "real") == kHome);
    }
    SUBCASE("an empty folder, named as a shell completes it, with the key file in it") {
        fs::create_directory(home);
        office.place.dir += "/";
        office.place.unlock.key_file = office.place.dir + "own.key";
        must(office.init());
        CHECK(mode_of(office.place.unlock.key_file) == 0600);
    }
    SUBCASE("a folder whose parents are not there") {
        office.place.dir = office.folder / "a/b/hq";
        must(office.init());
        CHECK(mode_of(office.place.dir) == 0700);
    }
    CHECK(must(admin::verify_command(office.place)).well);
}

TEST_CASE("init: while another one is at work the second is told so, and hurts nothing") {
    Office office;
    auto site = must(store::BuildingSite::open(office.place.dir, kSite));
    CHECK(mode_of(site.path()) == 0700);
    write(site.path() + "/hq.key", "just made");
    CHECK(office.init().error().code == Code::kBusy);
    CHECK(fs::exists(site.path() + "/hq.key"));
}
