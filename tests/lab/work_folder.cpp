#include "tests/lab/work_folder.h"

#include <filesystem>

#include "tests/support/temp_dir.h"

namespace tally::lab {

namespace fs = std::filesystem;

Result<WorkFolder> WorkFolder::make(const std::string& wanted, const std::string& prefix) {
    std::error_code error;
    if (!wanted.empty()) {
        fs::create_directories(wanted, error);
        if (error) return fail(Code::kIo, "cannot make " + wanted + ": " + error.message());
        if (!fs::is_empty(wanted, error)) return fail(Code::kExists, "--dir " + wanted + " is not empty");
        return WorkFolder(fs::absolute(wanted).string());
    }
    TALLY_TRY(std::string made, support::make_temp_folder(fs::temp_directory_path(error), prefix));
    return WorkFolder(std::move(made));
}

void WorkFolder::remove() {
    std::error_code error;
    fs::remove_all(path_, error);
}

}  // namespace tally::lab
