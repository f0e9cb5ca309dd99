#include "tests/lab/work_folder.h"

#include <cstdlib>
#include <filesystem>

namespace tally::lab {

namespace fs = std::filesystem;

Result<WorkFolder> WorkFolder::make(const std::string& wanted, const std::string& prefix) {
    std::error_code error;
    if (!wanted.empty()) {
        fs::create_directories(wanted, error);
        if (error) return fail(Code::kIo, "cannot make " + wanted + ": " + error.message());
        if (!fs::is_empty(wanted, error)) return fail(Code::kExists, wanted + " is not empty");
        return WorkFolder(fs::absolute(wanted).string());
    }
    std::string made = (fs::temp_directory_path(error) / (prefix + "-XXXXXX")).string();
    if (::mkdtemp(made.data()) == nullptr) return fail(Code::kIo, "cannot make a folder for the work");
    return WorkFolder(made);
}

void WorkFolder::remove() {
    std::error_code error;
    fs::remove_all(path_, error);
}

}  // namespace tally::lab
