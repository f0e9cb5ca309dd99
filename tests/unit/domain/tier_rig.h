// A member under a programme with tiers: silver at 10,000, gold at 20,000 of what counts. Headquarters' hand writes
// what is due.
#pragma once

#include "common/domain/tiers.h"
#include "tests/support/book.h"

namespace tally::support {

struct TierRig : Book {
    TierRig() {
        domain::TierRules& rules = programme.tiers;
        rules.levels.resize(3);
        const char* ids[] = {"basic", "silver", "gold"};
        const char* zh[] = {"普通", "银卡", "金卡"};
        const char* en[] = {"Basic", "Silver", "Gold"};
        for (std::size_t i = 0; i < 3; ++i) {
            rules.levels[i].id = ids[i];
            rules.levels[i].name = {zh[i], en[i]};
            rules.levels[i].threshold = static_cast<std::int64_t>(i) * 10'000;
        }
    }
    void by_hq(Day day, domain::Body body) {
        const domain::TerminalId till = terminal;
        terminal = domain::kHqTerminal;
        add(day, std::move(body));
        terminal = till;
    }
    // What headquarters writes on `day`; none: nothing was due.
    std::optional<domain::TierChange> settle(Day day) {
        const auto due = domain::due_tier_change(programme, account, day);
        if (due) by_hq(day, *due);
        return due;
    }
    std::string tier(Day day) const { return domain::tier_name(programme, account, day); }
    domain::TierView view(Day day) const { return *domain::tier_of(programme, account, day); }
    void by_hand(Day day, const std::string& level, std::optional<Day> through = {}) {
        add(day, domain::TierChange{level, domain::TierCause::kManual, 0, through});
    }
};

inline Day on(int year, int month, int day) { return day_of_civil(year, month, day); }

}  // namespace tally::support
