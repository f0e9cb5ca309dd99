#include "common/store/private_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tally::store {

namespace fs = std::filesystem;

static constexpr mode_t kOthers = 007, kGroup = 070, kGroupWrites = 020;

static void close_to_others(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return;
    const mode_t taken = kOthers | ((status.st_mode & kGroupWrites) != 0 ? mode_t{0} : kGroup);
    if ((status.st_mode & taken) != 0) (void)::chmod(path.c_str(), status.st_mode & 07777 & ~taken);
}

void make_private_file(const std::string& path) { (void)::mknod(path.c_str(), S_IFREG | 0600, 0); }

void keep_database_private(const std::string& database_path) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) close_to_others(database_path + suffix);
}

Status make_private_folder(const std::string& path) {
    std::error_code failed;
    fs::path folder = fs::absolute(path, failed).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    if (!failed) fs::create_directories(folder.parent_path(), failed);
    if (failed) return fail(Code::kIo, path + " cannot be made: " + failed.message());
    if (::mkdir(folder.c_str(), 0700) == 0) return {};
    const int why = errno;
    if (why == EEXIST && fs::is_directory(folder, failed)) return {};
    return fail(Code::kIo,
                path + (why == EEXIST ? " is not a folder" : std::string(" cannot be made: ") + std::strerror(why)));
}

void keep_folder_private(const std::string& path, std::initializer_list<std::string_view> names) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return;
    if ((status.st_mode & (kGroup | kOthers)) == 0 || (status.st_mode & kGroupWrites) != 0) return;
    std::error_code failed;
    for (auto entry = fs::directory_iterator(path, failed); !failed && entry != fs::directory_iterator();
         entry.increment(failed)) {
        const std::string name = entry->path().filename().string();
        const auto begins = [&](std::string_view ours) { return name.starts_with(ours); };
        if (std::none_of(names.begin(), names.end(), begins)) return;
    }
    if (!failed) (void)::chmod(path.c_str(), 0700);
}

}  // namespace tally::store
