#include "tests/sim/shrink.h"

#include <algorithm>

namespace tally::sim {

Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails, int tries_max) {
    std::size_t parts = 2;
    while (plan.events.size() > 1 && tries_max > 0) {
        const std::size_t part = std::max<std::size_t>((plan.events.size() + parts - 1) / parts, 1);
        bool is_smaller = false;
        for (std::size_t from = 0; from < plan.events.size() && tries_max > 0; from += part) {
            Plan without = plan;
            const auto first = without.events.begin() + static_cast<std::ptrdiff_t>(from);
            without.events.erase(first,
                                 first + static_cast<std::ptrdiff_t>(std::min(part, without.events.size() - from)));
            --tries_max;
            if (!fails(without)) continue;
            plan = std::move(without);
            parts = std::max<std::size_t>(parts - 1, 2);
            is_smaller = true;
            break;
        }
        if (is_smaller) continue;
        if (part == 1) break;
        parts = std::min(parts * 2, plan.events.size());
    }
    return plan;
}

}  // namespace tally::sim
