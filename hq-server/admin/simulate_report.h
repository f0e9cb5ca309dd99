// A simulation as people and programs read it. Pure.
#pragma once

#include "hq-server/admin/simulate.h"

namespace tally::admin {

// `now`: the programme in force; it gives currency and version. `draft`: the name of the file.
struct SimulatedNames {
    std::uint64_t now_version = 0;
    std::string draft;
    std::string currency;
    std::uint32_t currency_digits = 2;
};

std::string simulated_text(const Simulated& simulated, const SimulatedNames& names);
// section,name,now,draft,difference,percent: sections total (money in the minor unit), level (name is now>draft, the
// count stands under now), member, not_simulated.
std::string simulated_csv(const Simulated& simulated, const SimulatedNames& names);
// One object of the same; money in the minor unit.
std::string simulated_json(const Simulated& simulated, const SimulatedNames& names);

}  // namespace tally::admin
