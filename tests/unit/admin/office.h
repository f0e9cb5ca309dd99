// A headquarters' folder for the tests of the commands, and what they look at in it.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include "hq-server/admin/commands.h"
#include "tests/unit/intake/fixture.h"

namespace tally::test {

struct Office {
    TemporaryFolder folder;
    admin::Place place{folder / "hq", {}};
    Office() { crypto::start(); }
    Result<admin::Said> init() { return admin::init_command(place, {"Chain", "Asia/Shanghai", ""}, kNoon_ms); }
};

inline int mode_of(const std::string& path) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 0777;
}

inline int descriptor_with(const std::string& text) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return ends[0];
}

}  // namespace tally::test
