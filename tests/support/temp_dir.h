// A folder of its own for a test, gone with its content at the end. TALLY_KEEP=1 leaves it and says where. Tests only.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace tally::support {

// Memory where there is some: for tests that write a lot and prove nothing about the disk.
inline std::filesystem::path fast_folder() {
    std::error_code error;
    const std::filesystem::path shm = "/dev/shm";
    return std::filesystem::is_directory(shm, error) ? shm : std::filesystem::temp_directory_path();
}

class TempDir {
  public:
    explicit TempDir(const std::filesystem::path& under = std::filesystem::temp_directory_path()) {
        std::string name = (under / "tally-test-XXXXXX").string();
        REQUIRE_MESSAGE(::mkdtemp(name.data()) != nullptr, "no temporary folder under " << under.string());
        path_ = name;
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() {
        if (const char* keep = std::getenv("TALLY_KEEP"); keep && *keep) {
            MESSAGE("kept: " << path_);
            return;
        }
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace tally::support
