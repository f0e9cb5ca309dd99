// The member's level, as the programme names it.
#include "tests/unit/model/flow_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("card: a level is named in the screen's language, a text of an import as it was written") {
    FlowRig rig;
    rig.open_member();
    rig.s.shop.programme.tiers.levels = {{.id = "basic", .name = {"普卡", "Basic"}},
                                         {.id = "gold", .name = {"金卡", "Gold"}, .threshold = 100}};
    const auto shown = [&](const std::string& tier) {
        rig.s.member->tier = tier;
        return std::get<MemberPage>(project(rig.s).page).head.tier;
    };
    CHECK(shown("gold") == "金卡");
    CHECK(shown("VIP 2019") == "VIP 2019");
    rig.key(Key::kF9);
    CHECK(shown("gold") == "Gold");
    CHECK(shown("VIP 2019") == "VIP 2019");
}
