#include "hq-server/admin/home.h"

#include <filesystem>
#include <utility>

#include "common/store/building_site.h"

namespace tally::admin {

namespace fs = std::filesystem;

std::string database_path(const std::string& dir) { return dir + "/hq.db"; }
std::string default_key_file(const std::string& dir) { return dir + "/hq.key"; }
std::string root_key_file(const std::string& dir) { return dir + "/offline-root.key"; }
std::string recovery_key_file(const std::string& dir) { return dir + "/recovery.key"; }

namespace {

constexpr store::SitePlan kInitSite{"tally-hq init", "hq.db", "a headquarters"};

bool exists(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

// Makes a key file and the device of its seed.
Result<crypto::Device> make_device(const std::string& path) {
    TALLY_OK(store::make_key_file(path));
    TALLY_TRY(const crypto::Secret seed, store::read_key_file(store::KeyFile{path}));
    return crypto::Device::from_seed(seed.view());
}

// Where `file` lies under `place`, whatever links lead to either; empty: it does not.
fs::path place_within(const fs::path& place, const std::string& file) {
    std::error_code error;
    const fs::path relative =
        fs::weakly_canonical(store::absolute_place(file), error).lexically_relative(fs::weakly_canonical(place, error));
    return relative.empty() || *relative.begin() == ".." ? fs::path() : relative;
}

Status build_home(const std::string& dir, const UnlockChoice& choice, const domain::Programme& programme,
                  std::int64_t now_ms) {
    TALLY_TRY(const store::Unlock unlock, unlock_with(dir, choice));
    if (const auto* file = std::get_if<store::KeyFile>(&unlock); file && !exists(file->path))
        TALLY_OK(store::make_key_file(file->path));
    TALLY_TRY(const crypto::Secret data_key, store::create_keys(database_path(dir), unlock));
    TALLY_TRY(const crypto::Device root, make_device(root_key_file(dir)));
    TALLY_TRY(const crypto::Device recovery, make_device(recovery_key_file(dir)));
    TALLY_OK(store::add_recovery_slot(database_path(dir), unlock, recovery.public_key()));

    const crypto::Device device = crypto::Device::create();
    intake::HqRow row;
    crypto::SystemRandom random;
    random.fill(row.incarnation.bytes);
    random.fill(row.own_epoch.bytes);
    row.root_key = root.public_key();
    row.recovery_key = recovery.public_key();
    row.certificate = root.sign(intake::kHqKeyContext, device.public_key().view());
    TALLY_TRY(const auto store, storage::SqliteLedgerStore::create(database_path(dir), data_key, row, device));
    intake::Intake intake(*store, device);
    TALLY_TRY(const std::uint64_t version, intake.publish(programme, now_ms));
    TALLY_ASSERT(version == 1, "the first programme is version 1");
    return {};
}

}  // namespace

Result<store::Unlock> unlock_with(const std::string& dir, const UnlockChoice& choice) {
    if (choice.passphrase_fd >= 0) {
        TALLY_TRY(crypto::Secret text, store::read_passphrase(choice.passphrase_fd));
        return store::Unlock(store::Passphrase{std::move(text)});
    }
    return store::Unlock(store::KeyFile{choice.key_file.empty() ? default_key_file(dir) : choice.key_file});
}

UnlockChoice choice_in(const std::string& site, const std::string& dir, const UnlockChoice& choice) {
    UnlockChoice out = choice;
    const fs::path within = choice.key_file.empty() ? fs::path() : place_within(dir, choice.key_file);
    if (!within.empty()) out.key_file = site + "/" + within.string();
    return out;
}

Status create_home(const std::string& dir, const UnlockChoice& choice, const domain::Programme& programme,
                   std::int64_t now_ms) {
    TALLY_OK(domain::check_programme(programme));
    const fs::path place = store::absolute_place(dir);
    if (place.empty()) return fail(Code::kInvalid, "no folder is named");
    TALLY_TRY(store::BuildingSite site, store::BuildingSite::open(place.string(), kInitSite));
    TALLY_OK(build_home(site.path(), choice_in(site.path(), place.string(), choice), programme, now_ms));
    return site.move_up();
}

Result<Home> open_home(const std::string& dir, const UnlockChoice& choice) {
    if (!exists(database_path(dir)))
        return fail(Code::kNotFound, "--dir " + dir + " holds no headquarters (tally-hq init makes one)");
    const store::UnlockChoice search{choice.key_file, choice.passphrase_fd, default_key_file(dir), true};
    TALLY_TRY(const store::FoundUnlock found, store::find_unlock(database_path(dir), search));
    auto unlocked = store::unlock_keys(database_path(dir), found.unlock);
    if (!unlocked) return fail(unlocked.error().code, database_path(dir) + ": " + unlocked.error().detail);
    crypto::Secret data_key = std::move(unlocked).value();
    TALLY_TRY(auto store, storage::SqliteLedgerStore::open(database_path(dir), data_key));
    TALLY_TRY(crypto::Device device, store->working_device());
    return Home{std::move(data_key), std::move(store), std::move(device)};
}

}  // namespace tally::admin
