// `tally-lab replay`: another system's history, played through real terminals and a real headquarters with outages, and
// every total compared at the end. The orchestration; its parts are history, outages, figures, fleet, headquarters.
#pragma once

#include <string>

#include "common/base/result.h"

namespace tally::lab {

struct ReplayOptions {
    std::string members_csv;
    std::string sales_csv;
    std::string stores_csv;  // optional: names
    std::uint64_t outage_seed = 0;
    std::string expect_csv;          // optional
    std::string cut_list;            // optional
    std::int64_t kill_every_ms = 0;  // 0: nobody is killed
    std::string dir;                 // empty: a fresh folder under the system's temporary one
    bool keep = false;               // leave the folder; it is left in any case when something disagrees
    std::string time_zone = "Asia/Shanghai";
    bool strict = false;  // a row that cannot be played ends it all
};

// Exit code: 0 everything agrees; 1 something differs; 2 it could not be played to its end.
int run_replay(const ReplayOptions& options);

}  // namespace tally::lab
