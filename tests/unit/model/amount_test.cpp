// What is typed into the fields, and that nothing else is confirmed.
#include "flow_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("flow: no other amount than the typed one is ever confirmed: what is none stands there and is refused") {
    for (const char* typed : {"12.345", "12.3.4", "12a5", "-5", "1e3", "12 5", "12,5", "1,23", "1,2345", "1234,567",
                              "12.3,4", ",5", "5,", ".", "王", "💰", "12'", "0.001", "１２．３４５"}) {
        for (const Key act : {Key::kF5, Key::kF8}) {
            FlowRig rig;
            rig.open_member();
            rig.key(act), rig.type(typed), rig.key(Key::kEnter);
            INFO(typed);
            CHECK(rig.commits() == 0);
            CHECK(rig.s.preview_refusal.has_value());
            CHECK_FALSE(can(rig.s, Action::kConfirm));
            REQUIRE(rig.s.notice);
            CHECK(rig.s.notice->tone == Tone::kBad);
            CHECK(std::get<MoneyPage>(project(rig.s).page).preview_tone == Tone::kBad);
        }
    }
    FlowRig rig;
    rig.open_member();
    rig.key(Key::kF5), rig.type("12.345");
    CHECK(rig.s.field(FieldId::kAmount).text == "12.345");
    rig.key(Key::kBackspace);  // mended
    CHECK_FALSE(rig.s.preview_refusal.has_value());
    CHECK(rig.last<MoneyAct>().amount_minor == 1'234);
    rig.answer_preview(12), rig.key(Key::kEnter);
    CHECK(rig.commits() == 1);
    CHECK(rig.last<MoneyAct>().amount_minor == 1'234);
}

TEST_CASE("flow: an amount is read as it is written: full-width digits, an input method's point, thousands") {
    const std::pair<const char*, domain::Minor> cases[] = {{"１２．３４", 1'234},
                                                           {"12。5", 1'250},
                                                           {"1,234.5", 123'450},
                                                           {"1，234", 123'400},
                                                           {"1,000,000,000.00", domain::kAmountMinorMax},
                                                           {"007", 700}};
    for (const auto& [typed, minor] : cases) {
        FlowRig rig;
        rig.open_member();
        rig.key(Key::kF5), rig.type(typed);
        INFO(typed);
        CHECK_FALSE(rig.s.preview_refusal.has_value());
        CHECK(rig.last<MoneyAct>().amount_minor == minor);
    }
    FlowRig points;
    points.open_member();
    points.key(Key::kF6), points.type("1,000");
    CHECK(points.last<MoneyAct>().points == 1'000);
    for (const char* typed : {"12.5", "1a", "10,0"}) {
        FlowRig rig;
        rig.open_member();
        rig.key(Key::kF6), rig.type(typed), rig.key(Key::kEnter);
        INFO(typed);
        CHECK(rig.commits() == 0);
        CHECK(rig.s.preview_refusal.has_value());
    }
}

TEST_CASE("flow: what did not fit into a field is not confirmed without it") {
    FlowRig rig;
    rig.open_member();
    rig.key(Key::kF5), rig.type("00000000000000125");  // one more than the field holds
    CHECK(rig.s.preview_refusal.has_value());
    rig.key(Key::kEnter);
    CHECK(rig.commits() == 0);
    rig.key(Key::kBackspace), rig.answer_preview(1);
    CHECK_FALSE(rig.s.preview_refusal.has_value());

    FlowRig bill;
    bill.open_member();
    bill.key(Key::kF5), bill.type("10"), bill.key(Key::kTab);
    bill.type(std::string(41, '7'));
    bill.key(Key::kEnter);
    CHECK(bill.commits() == 0);
    CHECK(bill.s.notice->tone == Tone::kBad);
    bill.key(Key::kBackspace), bill.type("7"), bill.answer_preview(10), bill.key(Key::kEnter);
    CHECK(bill.commits() == 1);

    FlowRig person;
    person.key(Key::kF4), person.type("13812348000"), person.key(Key::kTab), person.key(Key::kTab);
    person.type("1990-01-311");
    person.key(Key::kF4);
    CHECK(person.commits() == 0);
    CHECK(person.s.focus == FieldId::kBirthday);
}
