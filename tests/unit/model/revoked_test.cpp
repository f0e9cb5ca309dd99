// A till that headquarters revoked: the screen takes no new operation and says so, and still looks members up.
#include "flow_rig.h"

using namespace tally;
using namespace tally::test;

namespace {

StatusRead told(const FlowRig& rig, bool revoked, std::int64_t waiting = 3) {
    StatusRead out{rig.s.shop, rig.s.zone, waiting, 0, {}};
    out.revoked = revoked;
    return out;
}

}  // namespace

TEST_CASE(
    "revoked: every way to an operation is refused in a plain sentence, in both languages, and nothing is asked") {
    for (const Lang lang : {Lang::kZh, Lang::kEn}) {
        for (const Key key : {Key::kF4, Key::kF5, Key::kF6, Key::kF8, Key::kEnter}) {
            FlowRig rig;
            rig.s.lang = lang;
            rig.open_member();
            rig.happen(told(rig, true));
            rig.effects.clear();
            if (key == Key::kEnter)
                rig.type("5");  // a digit begins a sale
            else
                rig.key(key);
            INFO(static_cast<int>(key));
            CHECK(rig.s.screen == Screen::kMember);
            CHECK(rig.count<MoneyAct>() == 0);
            CHECK(rig.count<RegisterMember>() == 0);
            CHECK(rig.said() == text(lang, Text::kRevokedNoActs));
            CHECK(rig.s.notice->tone == Tone::kBad);
        }
        FlowRig home;
        home.s.lang = lang;
        home.happen(told(home, true));
        home.key(Key::kF4);
        CHECK(home.s.screen == Screen::kHome);
        CHECK(home.said() == text(lang, Text::kRevokedNoActs));
    }
}

TEST_CASE("revoked: members are still found, opened and shown, and the till's log too") {
    FlowRig rig;
    rig.happen(told(rig, true));
    rig.open_member();
    CHECK(rig.s.member->balance == 1'200);
    for (const ButtonModel& button : project(rig.s).buttons) {
        const bool look =
            button.action == Action::kFind || button.action == Action::kTillLog || button.action == Action::kBack;
        CHECK(button.enabled == look);
    }
    rig.key(Key::kF7);
    CHECK(rig.s.screen == Screen::kTillLog);
    rig.key(Key::kF2);
    CHECK(rig.s.screen == Screen::kHome);
}

TEST_CASE("revoked: heard in the middle of an entry, the entry can no more be confirmed; accepted again, it can") {
    for (const bool by_line : {false, true}) {
        FlowRig rig;
        rig.open_member();
        rig.type("10"), rig.answer_preview(10);
        if (by_line)
            rig.happen(LinkChanged{{false, 1, LinkTrouble::kRevoked}});
        else
            rig.happen(told(rig, true));
        rig.key(Key::kEnter);
        CHECK(rig.commits() == 0);
        CHECK_FALSE(can(rig.s, Action::kConfirm));
        CHECK(rig.said() == text(Lang::kZh, Text::kRevokedNoActs));
        if (by_line)
            rig.happen(LinkChanged{{true, 1, LinkTrouble::kNone}});
        else
            rig.happen(told(rig, false));
        rig.answer_preview(10), rig.key(Key::kEnter);
        CHECK(rig.commits() == 1);
    }
    FlowRig person;
    person.key(Key::kF4), person.type("13812348000");
    person.happen(told(person, true));
    person.key(Key::kF4);
    CHECK(person.commits() == 0);
    CHECK(person.said() == text(Lang::kZh, Text::kRevokedNoActs));
}

TEST_CASE("revoked: an act that the store refused because it knew first is worded so") {
    FlowRig rig;
    rig.open_member();
    rig.type("10"), rig.answer_preview(10), rig.key(Key::kEnter);
    rig.happen(told(rig, true));
    rig.happen(ActDone{rig.last_request<MoneyAct>(), Act::kEarn, FlowRig::member(7), fail(Code::kRefused, "revoked")});
    CHECK(rig.said() == text(Lang::kZh, Text::kRevokedNoActs));
}

TEST_CASE("revoked: status bar and home screen say it from the first frame, with what never reached headquarters") {
    FlowRig rig;
    rig.s.lang = Lang::kEn;
    rig.happen(Opened{rig.s.shop, rig.s.zone, true});
    CHECK(project(rig.s).status.line == "This till was revoked; call headquarters");
    rig.happen(told(rig, true));
    const ScreenModel model = project(rig.s);
    CHECK(model.status.trouble);
    CHECK(model.status.waiting == "3 operations not sent");
    CHECK(model.notice.head == text(Lang::kEn, Text::kRevokedNoActs));
    CHECK(model.notice.tone == Tone::kBad);
    rig.happen(LinkChanged{{false, 1, LinkTrouble::kHqOld}});  // the revocation goes first
    CHECK(project(rig.s).status.line == "This till was revoked; call headquarters");
    rig.happen(LinkChanged{{true, 1, LinkTrouble::kNone}});
    rig.happen(told(rig, false, 0));
    CHECK(project(rig.s).notice.head == text(Lang::kEn, Text::kReady));
    CHECK(project(rig.s).status.waiting == text(Lang::kEn, Text::kNothingWaits));
}
