#include "tests/sim/programme.h"

#include "common/wire/programme_json.h"

namespace tally::sim {

namespace {

constexpr const char* kCommon = R"(
    "chain_name": "Simulated chain", "earn_points": 1, "earn_minor": 100, "late_days": 3,
    "redeem_step_points": 1, "redeem_step_minor": 1, "redeem_min_points": 1,
    "bonuses": [
        {"id": "welcome", "source": "sign_up", "points": 20},
        {"id": "review", "source": "review", "points": 5, "once": "per_key"}
    ],
    "earn_rules": [
        {"id": "big", "kind": "fixed", "points": 10, "when": {"order_min_minor": 10000}, "caps": {"day": 20}}
    ],
    "coupons": [
        {"id": "plain", "kind": "amount", "amount_minor": 500},
        {"id": "only_two", "kind": "amount", "amount_minor": 300, "campaign_count": 2},
        {"id": "budget", "kind": "percent", "percent_basis": 1000, "campaign_minor": 2500, "gives_back": false}
    ])";

constexpr const char* kKinds[] = {
    R"("expiry_rule": "never")",
    R"("expiry_rule": "days", "expiry_count": 3)",
    R"("expiry_rule": "days", "expiry_count": 2, "unlock_days": 1)",
    R"("expiry_rule": "days", "expiry_count": 3, "give_back_grace_days": 2, "earn_cap_day": 150)",
};

// How a cut-off store redeems.
constexpr const char* kPolicies[] = {
    R"("floor_limit_points": 60)",
    R"("floor_limit_points": 0)",
    R"("floor_limit_points": 0, "lease_share_milli": 500, "lease_cap_points": 200, "lease_days": 2)",
};

}  // namespace

Result<domain::Programme> programme_of(std::uint64_t seed) {
    const std::size_t policy = seed / std::size(kKinds) % std::size(kPolicies);
    return wire::programme_from_json("{" + std::string(kKinds[seed % std::size(kKinds)]) + "," + kPolicies[policy] +
                                     "," + kCommon + "}");
}

}  // namespace tally::sim
