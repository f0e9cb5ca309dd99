#include "hq-server/admin/home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "common/store/durable_file.h"

namespace tally::admin {

namespace fs = std::filesystem;

std::string database_path(const std::string& dir) { return dir + "/hq.db"; }
std::string default_key_file(const std::string& dir) { return dir + "/hq.key"; }
std::string root_key_file(const std::string& dir) { return dir + "/offline-root.key"; }
std::string recovery_key_file(const std::string& dir) { return dir + "/recovery.key"; }

namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;

bool exists(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

// Reads up to the end or the first line break; never echoes, never keeps a copy outside guarded memory.
Result<crypto::Secret> read_passphrase(int descriptor) {
    crypto::Secret buffer(kPassphraseBytesMax + 1);
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t got = ::read(descriptor, buffer.writable().data() + size, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(Code::kIo, std::string("the passphrase cannot be read: ") + std::strerror(errno));
        if (got == 0 || buffer.view()[size] == '\n') break;
        size += 1;
    }
    if (size == 0 || size > kPassphraseBytesMax) return fail(Code::kInvalid, "a passphrase has 1 to 1,024 bytes");
    return crypto::Secret::copy_of(buffer.view().first(size));
}

// Makes a key file and the device of its seed.
Result<crypto::Device> make_device(const std::string& path) {
    TALLY_OK(store::make_key_file(path));
    crypto::Secret seed(32);
    std::ifstream in(path, std::ios::binary);
    if (!in.read(reinterpret_cast<char*>(seed.writable().data()), static_cast<std::streamsize>(seed.size())))
        return fail(Code::kIo, path + " cannot be read back");
    return crypto::Device::from_seed(seed.view());
}

// Absolute, and without a slash at its end: "<dir>.new" lies beside it.
fs::path place_of(const std::string& dir) {
    std::error_code error;  // an empty path
    const fs::path place = fs::absolute(dir, error).lexically_normal();
    return place.has_filename() ? place : place.parent_path();
}

Status check_place(const fs::path& place) {
    if (place.empty()) return fail(Code::kInvalid, "no folder is named");
    if (exists(database_path(place.string())))
        return fail(Code::kExists, place.string() + " holds a headquarters already");
    std::error_code error;
    if (fs::equivalent(place, fs::current_path(error), error))
        return fail(Code::kInvalid, "the working directory cannot be replaced: name the folder from outside it");
    if (exists(place.string()) && !(fs::is_directory(place, error) && fs::is_empty(place, error)))
        return fail(Code::kExists, place.string() + " is not an empty folder");
    fs::create_directories(place.parent_path(), error);
    if (error) return fail(Code::kIo, place.parent_path().string() + " cannot be made: " + error.message());
    return {};
}

// The folder in which a headquarters is made, locked; gone at the end unless it was renamed.
class BuildingSite {
  public:
    static Result<BuildingSite> open(const std::string& path) {
        const bool is_new = ::mkdir(path.c_str(), 0700) == 0;
        if (!is_new && errno != EEXIST) return fail(Code::kIo, path + " cannot be made: " + std::strerror(errno));
        TALLY_TRY(BuildingSite site, lock(path));
        if (is_new) return site;
        TALLY_OK(clear(path));
        return site;
    }
    BuildingSite(BuildingSite&& other) noexcept
        : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}
    BuildingSite& operator=(BuildingSite&&) = delete;
    ~BuildingSite() {
        if (lock_ < 0) return;
        std::error_code ignored;
        if (clear(path_)) fs::remove(path_, ignored);
        ::close(lock_);
    }
    const std::string& path() const { return path_; }
    Status move_to(const std::string& place) {
        TALLY_OK(store::put_folder_in_place(path_, place));
        ::close(std::exchange(lock_, -1));
        return {};
    }

  private:
    BuildingSite(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

    static Result<BuildingSite> lock(const std::string& path) {
        const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0) return fail(Code::kIo, path + ": " + std::strerror(errno));
        if (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
            ::close(folder);
            return fail(Code::kBusy, "another tally-hq init is at work in " + path);
        }
        return BuildingSite(path, folder);
    }

    // Removes plain files only, and only when there is nothing else: a folder of that name may be somebody's own.
    static Status clear(const std::string& path) {
        std::vector<fs::path> files;
        std::error_code error;
        auto entry = fs::directory_iterator(path, error);
        for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            if (!entry->is_regular_file(error) || !(name.starts_with("hq.") || name.find(".key") != std::string::npos))
                return fail(Code::kExists, path + " holds " + name + ", which is not tally-hq init's: remove it");
            files.push_back(entry->path());
        }
        if (error) return fail(Code::kIo, path + ": " + error.message());
        for (const fs::path& file : files)
            if (!fs::remove(file, error)) return fail(Code::kIo, file.string() + ": " + error.message());
        return {};
    }

    std::string path_;
    int lock_;
};

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
        TALLY_TRY(crypto::Secret text, read_passphrase(choice.passphrase_fd));
        return store::Unlock(store::Passphrase{std::move(text)});
    }
    return store::Unlock(store::KeyFile{choice.key_file.empty() ? default_key_file(dir) : choice.key_file});
}

Status create_home(const std::string& dir, const UnlockChoice& choice, const domain::Programme& programme,
                   std::int64_t now_ms) {
    TALLY_OK(domain::check_programme(programme));
    const fs::path place = place_of(dir);
    TALLY_OK(check_place(place));
    TALLY_TRY(BuildingSite site, BuildingSite::open(place.string() + ".new"));
    UnlockChoice there = choice;
    const fs::path relative =
        choice.key_file.empty() ? fs::path() : place_of(choice.key_file).lexically_relative(place);
    if (!relative.empty() && *relative.begin() != "..") there.key_file = site.path() + "/" + relative.string();
    TALLY_OK(build_home(site.path(), there, programme, now_ms));
    return site.move_to(place.string());
}

Result<Home> open_home(const std::string& dir, const UnlockChoice& choice) {
    if (!exists(database_path(dir)))
        return fail(Code::kNotFound, dir + " holds no headquarters (tally-hq init makes one)");
    TALLY_TRY(const store::Unlock unlock, unlock_with(dir, choice));
    TALLY_TRY(crypto::Secret data_key, store::unlock_keys(database_path(dir), unlock));
    TALLY_TRY(auto store, storage::SqliteLedgerStore::open(database_path(dir), data_key));
    TALLY_TRY(crypto::Device device, store->working_device());
    return Home{std::move(data_key), std::move(store), std::move(device)};
}

}  // namespace tally::admin
