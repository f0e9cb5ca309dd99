// A folder of its own for a test or a bench, gone with its content at the end. TALLY_KEEP=1 leaves it and says where.
// Not for the product. The one place that makes such folders; any thread.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "common/base/result.h"

namespace tally::support {

// Memory where there is some: for tests that write a lot and prove nothing about the disk.
inline std::filesystem::path fast_folder() {
    std::error_code error;
    const std::filesystem::path shm = "/dev/shm";
    return std::filesystem::is_directory(shm, error) ? shm : std::filesystem::temp_directory_path();
}

// Makes a folder with a fresh name, and leaves it to the caller. kIo.
inline Result<std::string> make_temp_folder(const std::filesystem::path& under, const std::string& prefix) {
    std::string name = (under / (prefix + "-XXXXXX")).string();
    if (!::mkdtemp(name.data())) return fail(Code::kIo, "no folder can be made in " + under.string());
    return name;
}

class TempDir {
  public:
    // Ends the program when no folder can be made.
    explicit TempDir(const std::filesystem::path& under = std::filesystem::temp_directory_path())
        : path_(make_temp_folder(under, "tally-test").value()) {}
    static TempDir adopt(const std::string& path) {
        return TempDir(Adopted{}, path);
    }  // removed at the end like its own
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        if (const char* keep = std::getenv("TALLY_KEEP"); keep && *keep) {
            std::fprintf(stderr, "kept: %s\n", path_.c_str());
            return;
        }
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    struct Adopted {};
    TempDir(Adopted, const std::string& path) : path_(path) {}
    std::string path_;
};

}  // namespace tally::support
