// A headquarters' folder for the tests of the commands, and what they look at in it.
#pragma once

#include "hq-server/admin/commands.h"
#include "tests/support/child.h"
#include "tests/support/files.h"
#include "tests/unit/intake/fixture.h"

namespace tally::test {

using support::descriptor_with;
using support::listing;
using support::mode_of;

struct Office {
    TemporaryFolder folder;
    admin::Place place{folder / "hq", {}};
    Office() { crypto::start(); }
    Result<admin::Said> init() { return admin::init_command(place, {"Chain", "Asia/Shanghai", ""}, kNoon_ms); }
};

}  // namespace tally::test
