// The folder in which the lab makes its chains. Thin; not thread-bound.
#pragma once

#include <string>

#include "common/base/result.h"

namespace tally::lab {

class WorkFolder {
  public:
    // `wanted` (made if absent; must be empty: kExists) or a fresh one under the system's temporary folder.
    static Result<WorkFolder> make(const std::string& wanted, const std::string& prefix);
    const std::string& path() const { return path_; }
    void remove();

  private:
    explicit WorkFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

}  // namespace tally::lab
