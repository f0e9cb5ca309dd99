#include "common/store/building_site.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "common/crypto/hash.h"
#include "common/crypto/secret.h"
#include "common/store/durable_file.h"
#include "common/store/os_file.h"

namespace tally::store {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kSite = ".init";
constexpr std::size_t kListBytesMax = 1 << 20;

using Names = std::vector<std::string>;             // sorted
using Hashes = std::map<std::string, std::string>;  // hexadecimal, by name

bool there(const std::string& path) {  // a dangling link too
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

std::string in(const std::string& folder, std::string_view name) { return folder + "/" + std::string(name); }

Result<Names> names_in(const std::string& folder) {
    Names names;
    std::error_code error;
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        names.push_back(entry->path().filename().string());
    if (error) return fail(Code::kIo, folder + ": " + error.message());
    std::sort(names.begin(), names.end());
    return names;
}

Result<std::string> hash_of_file(const std::string& path) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error) return fail(Code::kIo, path + ": " + error.message());
    TALLY_TRY(SmallFile file, read_small(path, static_cast<std::size_t>(size)));
    std::string hash = crypto::hash_of(file.bytes).hex();
    crypto::wipe(file.bytes);
    return hash;
}

// What a builder that was killed had begun to move up; empty when it had not come so far.
Result<Hashes> read_list(const std::string& path, const SitePlan& plan) {
    Hashes out;
    const auto file = read_small(path, kListBytesMax);
    if (!file && file.error().code == Code::kNotFound) return out;
    if (!file) return file.error();
    std::string_view text(reinterpret_cast<const char*>(file->bytes.data()), file->bytes.size());
    while (!text.empty()) {
        const std::size_t end = text.find('\n'), blank = text.find(' ');
        if (end == std::string_view::npos || blank == std::string_view::npos || blank + 1 >= end)
            return fail(Code::kDamaged, path + " is no list of " + std::string(plan.builder));
        const std::string name(text.substr(blank + 1, end - blank - 1));
        if (name == "." || name == ".." || name == plan.database || name.find('/') != std::string::npos)
            return fail(Code::kDamaged, path + " names what " + std::string(plan.builder) + " never makes");
        out[name] = std::string(text.substr(0, blank));
        text.remove_prefix(end + 1);
    }
    return out;
}

Error not_ours(const std::string& path, const SitePlan& plan) {
    return fail(Code::kExists, path + " was not made by " + std::string(plan.builder) + ": move it away");
}

// Plain files under the builder's mark, or nothing at all.
Result<Names> own_files_in(const std::string& site, std::string_view mark, const SitePlan& plan) {
    TALLY_TRY(Names names, names_in(site));
    if (!names.empty() && !std::binary_search(names.begin(), names.end(), mark)) return not_ours(site, plan);
    for (const std::string& name : names) {
        struct stat status {};
        if (::lstat(in(site, name).c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            return not_ours(in(site, name), plan);
    }
    return names;
}

}  // namespace

std::string absolute_place(const std::string& dir) {
    std::error_code error;  // an empty path
    const fs::path place = fs::absolute(dir, error).lexically_normal();
    return (place.has_filename() ? place : place.parent_path()).string();
}

BuildingSite::BuildingSite(std::string place, const SitePlan& plan, bool made_place)
    : plan_(plan), place_(std::move(place)), path_(in(place_, kSite)), mark_(plan.builder), made_place_(made_place) {
    std::replace(mark_.begin(), mark_.end(), ' ', '-');
}

BuildingSite::BuildingSite(BuildingSite&& other) noexcept
    : plan_(other.plan_),
      place_(std::move(other.place_)),
      path_(std::move(other.path_)),
      mark_(std::move(other.mark_)),
      made_place_(std::exchange(other.made_place_, false)),
      lock_(std::exchange(other.lock_, -1)) {}

BuildingSite::~BuildingSite() {
    if (lock_ >= 0) {
        if (clear()) ::rmdir(path_.c_str());
        ::close(lock_);
    }
    if (made_place_) ::rmdir(place_.c_str());  // refused while anything is in it
}

Result<BuildingSite> BuildingSite::open(const std::string& place, const SitePlan& plan) {
    if (fs::path(place).filename() == kSite)
        return fail(Code::kInvalid,
                    std::string(plan.what) + " cannot be in a folder of the name " + std::string(kSite));
    std::error_code error;
    if (!there(place)) fs::create_directories(fs::path(place).parent_path(), error);
    if (error) return fail(Code::kIo, fs::path(place).parent_path().string() + " cannot be made: " + error.message());
    const bool made = ::mkdir(place.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) return io_error(place + " cannot be made");
    BuildingSite site(place, plan, made);
    TALLY_OK(site.begin());
    return site;
}

// The first name in `place` that is neither the builder's nor the file system's; empty: none. A file is the builder's
// when the list has its name and its hash.
Result<std::string> BuildingSite::stranger() const {
    TALLY_TRY(const Names names, names_in(place_));
    TALLY_TRY(const Hashes moved, read_list(in(path_, mark_), plan_));
    for (const std::string& name : names) {
        if (name == kSite || name == "lost+found") continue;
        const auto listed = moved.find(name);
        if (listed == moved.end() || there(in(path_, name))) return name;  // else it had not moved yet
        const auto hash = hash_of_file(in(place_, name));
        if (!hash || *hash != listed->second) return name;
    }
    return std::string();
}

Status BuildingSite::check_place() const {
    struct stat status {};
    if (::stat(place_.c_str(), &status) != 0) return io_error(place_);
    if (!S_ISDIR(status.st_mode)) return fail(Code::kExists, place_ + " is not a folder");
    if (there(in(place_, plan_.database)))
        return fail(Code::kExists, place_ + " holds " + std::string(plan_.what) + " already");
    TALLY_TRY(const std::string name, stranger());
    if (!name.empty())
        return fail(Code::kExists, place_ + " is not an empty folder: it holds " + name + ", which " +
                                       std::string(plan_.builder) +
                                       " cannot know to be its own; move that away, or name another folder");
    return {};
}

Status BuildingSite::begin() {
    if (made_place_) TALLY_OK(sync_folder_of(place_));
    TALLY_OK(check_place());
    if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return io_error(path_ + " cannot be made");
    const int folder = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return io_error(path_);
    struct stat held {
    }, named{};
    const bool locked = ::flock(folder, LOCK_EX | LOCK_NB) == 0 && ::fstat(folder, &held) == 0 &&
                        ::lstat(path_.c_str(), &named) == 0 && held.st_ino == named.st_ino;
    if (!locked) {  // or it was another builder's, which has just removed it
        ::close(folder);
        return fail(Code::kBusy, "another " + std::string(plan_.builder) + " is at work in " + place_);
    }
    // Under the lock once more: the other may have finished, or been killed, since we looked.
    Status fit = check_place();
    if (const auto own = own_files_in(path_, mark_, plan_); fit && !own) fit = own.error();
    if (!fit) {
        ::close(folder);
        return fit;
    }
    lock_ = folder;
    if (::fchmod(folder, 0700) != 0) return io_error(path_);
    TALLY_OK(clear());
    const int mark = ::open(in(path_, mark_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (mark < 0) return io_error(in(path_, mark_));
    ::close(mark);
    return {};
}

// The list goes last: killed in here too, the next one still knows what is its own. Where the database is, the folder
// is whole, and nothing of it is touched.
Status BuildingSite::clear() {
    TALLY_TRY(const Names names, own_files_in(path_, mark_, plan_));
    std::error_code error;
    if (!there(in(place_, plan_.database))) {
        TALLY_TRY(const Hashes moved, read_list(in(path_, mark_), plan_));
        for (const auto& [name, listed] : moved) {
            if (!there(in(place_, name)) || there(in(path_, name))) continue;  // not moved yet: not ours
            TALLY_TRY(const std::string hash, hash_of_file(in(place_, name)));
            if (hash != listed) return fail(Code::kExists, in(place_, name) + " has changed: remove it by hand");
            if (!fs::remove(in(place_, name), error)) return fail(Code::kIo, in(place_, name) + ": " + error.message());
        }
        TALLY_OK(sync_folder_of(path_));
    }
    for (const std::string& name : names)
        if (name != mark_ && !fs::remove(in(path_, name), error))
            return fail(Code::kIo, in(path_, name) + ": " + error.message());
    fs::remove(in(path_, mark_), error);
    if (error) return fail(Code::kIo, in(path_, mark_) + ": " + error.message());
    return {};
}

Status BuildingSite::move_up(const std::function<void(const std::string& name)>& before) {
    TALLY_OK(sync_files_in(path_));
    TALLY_TRY(Names names, own_files_in(path_, mark_, plan_));
    std::erase(names, mark_);
    std::erase(names, plan_.database);
    std::string list;
    for (const std::string& name : names) {
        TALLY_TRY(const std::string hash, hash_of_file(in(path_, name)));
        list += hash + " " + name + "\n";
    }
    TALLY_OK(write_durably(in(path_, mark_), view_of(list), IfThere::kReplace));
    const auto move = [&](const std::string& name) -> Status {
        if (before) before(name);
        if (there(in(place_, name))) return fail(Code::kExists, in(place_, name) + " has come meanwhile");
        if (::rename(in(path_, name).c_str(), in(place_, name).c_str()) != 0) return io_error(in(place_, name));
        return {};
    };
    for (const std::string& name : names) TALLY_OK(move(name));
    TALLY_OK(sync_folder_of(path_));  // the others are there for good before the file that says so
    TALLY_OK(move(std::string(plan_.database)));
    return sync_folder_of(path_);
}

}  // namespace tally::store
