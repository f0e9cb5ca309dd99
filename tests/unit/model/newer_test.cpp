// A till that meets rules which it does not know says so, and what to do.
#include "tests/unit/model/flow_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("flow: a programme newer than this till is said in both languages, and the entry stays") {
    for (const bool english : {false, true}) {
        FlowRig rig;
        if (english) rig.key(Key::kF9);
        rig.open_member();
        rig.type("10"), rig.answer_preview(10), rig.key(Key::kEnter);
        rig.happen(ActDone{rig.last_request<MoneyAct>(), Act::kEarn, FlowRig::member(7), fail(Code::kNewer, "test")});
        CHECK(project(rig.s).notice.head ==
              (english ? "The points rules are newer than this terminal: update it" : "积分规则较新，此终端须先更新"));
        CHECK(rig.s.screen == Screen::kEarn);
        CHECK(rig.s.field(FieldId::kAmount).text == "10");
    }
}
