// `tally-hq backup` and `restore` apart from their terminals: what stands in the way, and a lost key. With a till that
// pushes again: tests/fault/restore_test.cpp.
#include "hq-server/admin/backup.h"

#include <fstream>

#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace fs = std::filesystem;

namespace {

constexpr store::PassphraseCost kCheap{1, 8192};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hq backup: it restores into a new folder under a new incarnation, and verifies there") {
    Office office;
    must(office.init());
    const std::string file = office.folder / "b";
    CHECK(has(must(admin::backup_command(office.place, file, {})).text, "headquarters written"));
    CHECK(mode_of(file) == 0600);
    CHECK(mode_of(file + ".keys") == 0600);
    CHECK(admin::backup_command(office.place, file, {}).error().code == Code::kExists);
    CHECK(admin::backup_command(office.place, office.place.dir + "/b", {}).error().code == Code::kInvalid);
    CHECK(admin::restore_command(office.place, {file, "", {}, {}}).error().code == Code::kExists);

    const admin::Place again{office.folder / "again", {admin::default_key_file(office.place.dir), -1}};
    const auto said = must(admin::restore_command(again, {file, "", {}, {}}));
    CHECK(has(said.text, "begins a new history"));
    CHECK(must(admin::verify_command(again)).well);
    const admin::Home old = must(admin::open_home(office.place.dir, office.place.unlock));
    const admin::Home fresh = must(admin::open_home(again.dir, again.unlock));
    CHECK(must(old.store->hq()).incarnation != must(fresh.store->hq()).incarnation);
    CHECK(must(old.store->hq()).own_epoch != must(fresh.store->hq()).own_epoch);
    CHECK(old.device.public_key() == fresh.device.public_key());
}

TEST_CASE("hq backup: when its own secrets burned with the machine, the recovery key opens it and gives it new ones") {
    Office office;
    must(office.init());
    const std::string file = office.folder / "b", recovery = office.folder / "recovery.key";
    must(admin::backup_command(office.place, file, {}));
    fs::copy_file(admin::recovery_key_file(office.place.dir), recovery);
    fs::remove_all(office.place.dir);

    admin::Place again{office.folder / "again", {}};
    CHECK(admin::restore_command(again, {file, recovery, kCheap, {}}).error().code == Code::kInvalid);
    again.unlock.key_file = office.folder / "new.key";  // is made
    must(admin::restore_command(again, {file, recovery, kCheap, {}}));
    CHECK(mode_of(again.unlock.key_file) == 0600);
    CHECK(must(admin::verify_command(again)).well);
    CHECK(must(store::list_slots(admin::database_path(again.dir))).size() == 3);
    const admin::Place third{office.folder / "third", {"", descriptor_with("a passphrase\n")}};
    must(admin::restore_command(third, {file, recovery, kCheap, {}}));
    must(store::unlock_keys(admin::database_path(third.dir),
                            store::Passphrase{crypto::Secret::copy_of(view_of("a passphrase"))}));
}

TEST_CASE("hq backup: a restore with the recovery key that fails leaves nothing in the way of the next one") {
    Office office;
    must(office.init());
    const std::string file = office.folder / "b", recovery = admin::recovery_key_file(office.place.dir);
    must(admin::backup_command(office.place, file, {}));
    admin::Place again{office.folder / "again", {}};
    again.unlock.key_file = again.dir + "/hq.key";  // is made, within the new folder
    support::flip_byte(file, 4096 + 100);
    CHECK(admin::restore_command(again, {file, recovery, kCheap, {}}).error().code == Code::kDamaged);
    CHECK_FALSE(fs::exists(again.dir));
    support::flip_byte(file, 4096 + 100);
    must(admin::restore_command(again, {file, recovery, kCheap, {}}));
    CHECK(mode_of(again.unlock.key_file) == 0600);
    CHECK(must(admin::verify_command(again)).well);
}
