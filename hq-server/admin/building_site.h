// Where `tally-hq init` builds: `<place>/.init`, inside the folder that becomes the headquarters, because that folder
// is often all that its user may write (a service's own folder, a mount point). Not the headquarters itself (home.h).
//
//     .init/                  0700, locked while an init is at work
//     .init/tally-hq-init     made first, removed last: without it the folder is somebody else's. From the moment when
//                             the files begin to move up: "<hash> <name>" of each, hq.db excepted
//     .init/...               the headquarters' files; they move up one by one, hq.db last: where that is, all is
#pragma once

#include <functional>
#include <string>

#include "common/base/result.h"

namespace tally::admin {

class BuildingSite {
  public:
    // Makes `place` when it is not there, and the site in it; clears what an init that was killed has left. `place` may
    // hold nothing else but lost+found. kExists: what stands in the way, nothing was touched; kBusy: another init is at
    // work; kInvalid: the name; kFull, kIo.
    static Result<BuildingSite> open(const std::string& place);
    BuildingSite(BuildingSite&& other) noexcept;
    BuildingSite& operator=(BuildingSite&&) = delete;
    ~BuildingSite();  // clears the site, and `place` when it was made here and nothing is in it

    const std::string& path() const { return path_; }
    // Syncs the files and moves them up. kExists: a file of such a name has come meanwhile; kFull, kIo; what had moved
    // is then cleared with the site. `before` hears each name before it moves: tests stop there.
    Status move_up(const std::function<void(const std::string& name)>& before = {});

  private:
    BuildingSite(std::string place, bool made_place);
    Status begin();
    Status clear();

    std::string place_, path_;
    bool made_place_;
    int lock_ = -1;
};

}  // namespace tally::admin
