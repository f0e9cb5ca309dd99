// Where a folder of ours is built (a new headquarters, a restored one, a restored terminal): `<place>/.init`, inside
// the folder that it becomes, because that folder is often all that its user may write (a service's own folder, a mount
// point). Whole or not there, however the builder ends. One thread.
//
//     .init/                  0700, locked while a builder is at work
//     .init/<mark>            made first, removed last: without it the folder is somebody else's. From the moment when
//                             the files begin to move up: "<hash> <name>" of each, the database excepted
//     .init/...               the files; they move up one by one, the database last: where that is, all is
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace tally::store {

// Absolute, and without a slash at its end; empty for an empty name.
std::string absolute_place(const std::string& dir);

struct SitePlan {
    std::string_view builder;   // who says so in messages and is named by the mark: "tally-hq init"
    std::string_view database;  // the file that makes the folder whole: "hq.db"
    std::string_view what;      // that the folder then is: "a headquarters"
};

class BuildingSite {
  public:
    // Makes `place` when it is not there, and the site in it; clears what a builder of this plan that was killed has
    // left. `place` may hold nothing else but lost+found. kExists: what stands in the way, nothing was touched; kBusy:
    // another one is at work; kInvalid: the name; kFull, kIo. The plan's texts outlive the site.
    static Result<BuildingSite> open(const std::string& place, const SitePlan& plan);
    BuildingSite(BuildingSite&& other) noexcept;
    BuildingSite& operator=(BuildingSite&&) = delete;
    ~BuildingSite();  // clears the site, and `place` when it was made here and nothing is in it

    const std::string& path() const { return path_; }
    // Syncs the files and moves them up. kExists: a file of such a name has come meanwhile; kFull, kIo; what had moved
    // is then cleared with the site. `before` hears each name before it moves: tests stop there.
    Status move_up(const std::function<void(const std::string& name)>& before = {});

  private:
    BuildingSite(std::string place, const SitePlan& plan, bool made_place);
    Status begin();
    Status clear();
    Status check_place() const;
    Result<std::string> stranger() const;

    SitePlan plan_;
    std::string place_, path_, mark_;
    bool made_place_;
    int lock_ = -1;
};

}  // namespace tally::store
