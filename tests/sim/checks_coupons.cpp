// Single use and budgets, from what was printed alone. What software cannot bound is left out, as ARCHITECTURE.md names
// it: after a copy of a machine, a folder put back, or a restore of headquarters, a reservation may stand twice.
#include "common/wire/codec.h"
#include "tests/sim/checks_parts.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr const char* kBounded = "budget";  // the template that no refund gives back (programme.cpp)
constexpr domain::Minor kBudget_minor = 2500;

bool may_stand_twice(const Counts& counts) {
    return counts.of[Counts::kHqRestores] + counts.of[Counts::kCopies] + counts.of[Counts::kPutBacks] > 0;
}

}  // namespace

Status coupons_are_used_once(World& world) {
    if (may_stand_twice(world.counts)) return {};
    std::map<domain::CouponId, std::string> templates;
    TALLY_OK(world.hq().ledger().each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const domain::Account account, wire::decode_account(row.account));
        for (const domain::Coupon& coupon : account.coupons) templates[coupon.id] = coupon.template_id;
        return {};
    }));
    std::map<domain::CouponId, int> uses;
    domain::Minor spent_minor = 0;
    for (const auto& [name, made] : world.ledger().made()) {
        const auto* use = std::get_if<domain::CouponRedeem>(&made.op.body);
        if (!use || !made.is_printed || templates[use->coupon] != kBounded) continue;
        if (++uses[use->coupon] > 1) world.fault("coupons", "one was used twice: " + domain::op_text(name.first));
        spent_minor += use->discount_minor;
    }
    if (spent_minor > kBudget_minor)
        world.fault("coupons",
                    "a campaign of " + std::to_string(kBudget_minor) + " gave " + std::to_string(spent_minor));
    return {};
}

}  // namespace tally::sim
