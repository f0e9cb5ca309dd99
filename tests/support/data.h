// Where the public test data lies: TALLY_DATA, else ../shared/data beside the repository. The data is not part of the
// repository, so a test that wants it says "skipped: no data" where it is absent; with TALLY_REQUIRE_DATA=1 (CI) it
// fails instead. Tests only.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace tally::support {

// The repository: TALLY_ROOT (CTest sets it), else where this file was compiled, else the current folder. A compiler
// cache may have made __FILE__ relative to the build folder, so each is only a candidate.
inline std::filesystem::path repository() {
    const char* given = std::getenv("TALLY_ROOT");
    std::error_code error;
    for (const std::filesystem::path& root :
         {std::filesystem::path(given ? given : ""), std::filesystem::path(__FILE__).parent_path() / "../..",
          std::filesystem::current_path(error)})
        if (!root.empty() && std::filesystem::exists(root / "tests/golden", error)) return root;
    FAIL("the repository is not found: set TALLY_ROOT");
    return {};
}

inline std::filesystem::path data_folder() {
    const char* given = std::getenv("TALLY_DATA");
    if (given && *given) return given;
    return repository() / "../shared/data";
}

inline bool data_is_required() {
    const char* value = std::getenv("TALLY_REQUIRE_DATA");
    return value && *value && std::string(value) != "0";
}

// The path of one data file or folder; empty (and said so) when it is absent. Use:
//   const auto file = support::data("strings/blns.json");  if (!file) return;
inline std::optional<std::filesystem::path> data(const std::string& name) {
    const auto path = data_folder() / name;
    std::error_code error;
    if (std::filesystem::exists(path, error)) return path;
    if (data_is_required()) FAIL("test data is required and absent: ", path.string());
    MESSAGE("skipped: no data ", name);
    return std::nullopt;
}

inline std::string slurp(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in.good());
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace tally::support
