#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/random.h"
#include "tests/unit/model/flow_rig.h"

using namespace tally;
using namespace tally::test;

namespace {

std::string data_path(const char* name) {
    const char* given = std::getenv("TALLY_DATA");
    return std::string(given ? given : "../shared/data") + "/strings/" + name;
}

}  // namespace

TEST_CASE("flow: scan, amount, Enter: one earn, with its preview first") {
    FlowRig rig;
    rig.open_member();
    rig.type("128.50");
    CHECK(rig.s.screen == Screen::kEarn);
    CHECK(rig.last<MoneyAct>().amount_minor == 12'850);
    CHECK_FALSE(rig.last<MoneyAct>().commit);
    rig.answer_preview(128);
    rig.key(Key::kEnter);
    REQUIRE(rig.commits() == 1);
    CHECK(rig.last<MoneyAct>().amount_minor == 12'850);
    CHECK(rig.last<MoneyAct>().member == FlowRig::member(7));
    rig.happen(ActDone{rig.last_request<MoneyAct>(), Act::kEarn, FlowRig::member(7),
                       Outcome{.points = 128, .amount_minor = 12'850, .balance = 1'328, .bill_no = "S1-2-1"}});
    CHECK(rig.s.screen == Screen::kMember);
    CHECK(rig.s.member->balance == 1'328);
    CHECK(rig.said() == "已积 +128 分，余额 1,328 分");
}

TEST_CASE("flow: R1 a second Enter while recording records nothing more") {
    FlowRig rig;
    rig.open_member();
    rig.type("10");
    rig.answer_preview(10);
    for (int i = 0; i < 5; ++i) rig.key(Key::kEnter);
    rig.type("9"), rig.key(Key::kEscape), rig.key(Key::kF4), rig.happen(Pressed{Action::kConfirm}),
        rig.scan("690000001");
    CHECK(rig.commits() == 1);
    CHECK(rig.s.screen == Screen::kEarn);
}

TEST_CASE("flow: R2 an answer nobody waits for changes nothing") {
    FlowRig rig;
    rig.open_member();
    rig.type("10");
    const Request first = rig.last_request<MoneyAct>();
    rig.type("0");
    rig.happen(Previewed{first, Outcome{.points = 10, .balance = 1'210}});
    CHECK_FALSE(rig.s.preview);
    rig.happen(ActDone{99, Act::kEarn, FlowRig::member(7), Outcome{}});
    rig.happen(MemberOpened{12'345, rig.card(9)});
    rig.happen(Registered{1, Registered::Answer{}});
    CHECK(rig.s.screen == Screen::kEarn);
    CHECK(rig.s.member->member == FlowRig::member(7));
}

TEST_CASE("flow: R4 Enter before the preview waits for it, and a refused preview records nothing") {
    FlowRig rig;
    rig.open_member();
    rig.type("10"), rig.key(Key::kEnter);
    CHECK(rig.commits() == 0);
    rig.answer_preview(10);
    CHECK(rig.commits() == 1);
    FlowRig other;
    other.open_member();
    other.key(Key::kF6), other.type("900"), other.key(Key::kEnter);
    other.happen(
        Previewed{other.last_request<MoneyAct>(), Outcome{.verdict = domain::RedeemVerdict::kOverOfflineLimit}});
    CHECK(other.commits() == 0);
    CHECK(other.s.notice->tone == Tone::kBad);
    CHECK(other.s.screen == Screen::kRedeem);
}

TEST_CASE("flow: every verdict on a redemption has its own sentence in both languages") {
    using domain::RedeemVerdict;
    std::vector<std::string> said;
    for (const auto verdict : {RedeemVerdict::kNoProgramme, RedeemVerdict::kNotPositive, RedeemVerdict::kNotAStep,
                               RedeemVerdict::kBelowMinimum, RedeemVerdict::kOverBalance, RedeemVerdict::kOverOrder,
                               RedeemVerdict::kOverOfflineLimit, RedeemVerdict::kOverMaximum, RedeemVerdict::kOverShare,
                               RedeemVerdict::kNoSuchReward, RedeemVerdict::kConditions, RedeemVerdict::kWeakIdentity,
                               RedeemVerdict::kNeedsApproval, RedeemVerdict::kNewerProgramme}) {
        FlowRig rig;
        rig.open_member();
        rig.key(Key::kF6), rig.type("900");
        rig.happen(Previewed{rig.last_request<MoneyAct>(), Outcome{.verdict = verdict}});
        for (int lang = 0; lang < 2; ++lang) {
            const ScreenModel model = project(rig.s);
            said.push_back(std::get<MoneyPage>(model.page).preview_message);
            CHECK_FALSE(said.back().empty());
            rig.key(Key::kF9);
        }
    }
    std::sort(said.begin(), said.end());
    CHECK(std::unique(said.begin(), said.end()) == said.end());
}

TEST_CASE("flow: money redeemed is priced in whole steps before it is asked") {
    FlowRig rig;
    rig.open_member();
    rig.key(Key::kF6), rig.key(Key::kF3), rig.type("4.50");
    CHECK(rig.last<MoneyAct>().points == 500);
    CHECK(rig.last<MoneyAct>().offline);
    rig.happen(LinkChanged{{true, 1, LinkTrouble::kNone}});
    CHECK_FALSE(rig.last<MoneyAct>().offline);
}

TEST_CASE("flow: R3 absurd amounts are refused in words and record nothing") {
    for (const char* typed : {"0", "0.00", "1000000000.01", "99999999999"}) {
        FlowRig rig;
        rig.open_member();
        rig.key(Key::kF5), rig.type(typed), rig.key(Key::kEnter);
        INFO(typed);
        CHECK(rig.commits() == 0);
        REQUIRE(rig.s.notice);
        CHECK(rig.s.notice->tone == Tone::kBad);
    }
}

TEST_CASE("flow: a scan finds a member on every screen, and an unknown code changes nothing else") {
    for (const Key start : {Key::kF2, Key::kF4, Key::kF5, Key::kF6, Key::kF7, Key::kF8}) {
        FlowRig rig;
        rig.open_member();
        rig.key(start);
        rig.open_member(9);
        CHECK(rig.s.member->member == FlowRig::member(9));
        rig.key(start == Key::kF4 ? Key::kF7 : start);
        const Screen before = rig.s.screen;
        rig.scan("UNKNOWN-1");
        rig.happen(Found{rig.last_request<FindMember>(), std::vector<MemberBrief>{}, {}, false});
        CHECK(rig.s.screen == before);
        CHECK(rig.said().find("UNKNOWN-1") != std::string::npos);
    }
    FlowRig rig;
    rig.scan(std::string(4'096, 'A'));
    CHECK(rig.count<FindMember>() == 0);
    CHECK(rig.s.notice->tone == Tone::kBad);
}

TEST_CASE("flow: an unknown card scanned while registering fills the card number") {
    FlowRig rig;
    rig.key(Key::kF4);
    rig.type("13812348000");
    CHECK(rig.last<FindMember>().text == "+8613812348000");
    rig.happen(Found{rig.last_request<FindMember>(), std::vector<MemberBrief>{}, {}, false});
    CHECK(rig.s.phone_is_free);
    rig.scan("6900001234");
    rig.happen(Found{rig.last_request<FindMember>(), std::vector<MemberBrief>{}, {}, false});
    CHECK(rig.s.screen == Screen::kRegister);
    CHECK(rig.s.field(FieldId::kCard).text == "6900001234");
    CHECK(rig.s.field(FieldId::kPhone).text == "13812348000");
    rig.key(Key::kF4);
    CHECK(rig.last<RegisterMember>().card == "6900001234");
    CHECK_FALSE(rig.last<RegisterMember>().consent);
}

TEST_CASE("flow: a number that is registered shows whose it is and registers nothing") {
    FlowRig rig;
    rig.key(Key::kF4), rig.type("13812348000");
    rig.happen(Found{
        rig.last_request<FindMember>(), std::vector<MemberBrief>{{FlowRig::member(3), "李四", "", ""}}, {}, true});
    rig.key(Key::kEnter);
    CHECK(rig.commits() == 0);
    CHECK(rig.last<OpenMember>().member == FlowRig::member(3));
}

TEST_CASE("flow: a registration needs a mobile number and a real birthday") {
    for (const char* phone : {"", "1-800-FLOWERS", "12345", "02112345678", "138123480001"}) {
        FlowRig rig;
        rig.key(Key::kF4), rig.type(phone), rig.key(Key::kF4);
        INFO(phone);
        CHECK(rig.commits() == 0);
        CHECK(rig.s.notice->tone == Tone::kBad);
    }
    FlowRig rig;
    rig.key(Key::kF4), rig.type("13812348000"), rig.key(Key::kEnter), rig.key(Key::kEnter), rig.type("19900231"),
        rig.key(Key::kF4);
    CHECK(rig.commits() == 0);
    CHECK(rig.s.focus == FieldId::kBirthday);
}

TEST_CASE("flow: a full disk and a damaged replica say so, and the entry is still there") {
    for (const Code code :
         {Code::kFull, Code::kDamaged, Code::kIo, Code::kBusy, Code::kExists, Code::kRefused, Code::kBug}) {
        FlowRig rig;
        rig.open_member();
        rig.type("10"), rig.answer_preview(10), rig.key(Key::kEnter);
        rig.happen(ActDone{rig.last_request<MoneyAct>(), Act::kEarn, FlowRig::member(7), fail(code, "test")});
        CHECK(rig.s.notice->tone == Tone::kBad);
        CHECK(rig.s.screen == Screen::kEarn);
        CHECK(rig.s.field(FieldId::kAmount).text == "10");
        CHECK(rig.s.acting == 0);
    }
}

TEST_CASE("flow: a sale above a limit is told as recorded and held") {
    FlowRig rig;
    rig.open_member();
    rig.type("10"), rig.answer_preview(10), rig.key(Key::kEnter);
    Outcome held;
    held.held = true;
    held.bill_no = "B1";
    rig.happen(ActDone{rig.last_request<MoneyAct>(), Act::kEarn, FlowRig::member(7), held});
    CHECK(rig.s.notice->tone == Tone::kCare);
    CHECK(project(rig.s).notice.head == "已记录，但超出限额：核准后才生效");
    CHECK(rig.s.screen == Screen::kMember);
}

TEST_CASE("flow: the language changes what stands on the screen, not what is entered") {
    FlowRig rig;
    rig.open_member();
    rig.type("12");
    const AppState before = rig.s;
    rig.key(Key::kF9);
    CHECK(rig.s.lang == Lang::kEn);
    CHECK(rig.s.field(FieldId::kAmount) == before.field(FieldId::kAmount));
    CHECK(rig.count<SaveLanguage>() == 1);
    CHECK(std::get<MoneyPage>(project(rig.s).page).title == "Earn points on a sale");
}

TEST_CASE("status: online or offline, how many wait and how old the data is are always said") {
    FlowRig rig;
    for (const Key key : {Key::kF2, Key::kF4, Key::kEscape, Key::kF7}) {
        rig.key(key);
        for (const bool online : {true, false}) {
            rig.happen(LinkChanged{{online, rig.s.now_ms - 11 * 60'000, LinkTrouble::kNone}});
            rig.happen(StatusRead{rig.s.shop, rig.s.zone, 3, rig.s.now_ms - 12 * 60'000});
            const StatusModel status = project(rig.s).status;
            CHECK(status.line == (online ? "在线（自 10:31）" : "离线（自 10:31）"));
            CHECK(status.waiting == "待上传 3 笔");
            CHECK(status.confirmed == "总部数据截至 10:30（12 分钟前）");
        }
    }
}

TEST_CASE("status: a till that refused an older headquarters does not say that headquarters refused") {
    FlowRig rig;
    rig.happen(LinkChanged{{false, rig.s.now_ms, LinkTrouble::kHqOld}});
    CHECK(project(rig.s).status.line == "总部的数据比本机旧，请联系总部");
    CHECK(project(rig.s).status.trouble);
}

TEST_CASE("hostile: every naughty string as name, code, paste and bill number changes nothing but what it names") {
    std::ifstream file(data_path("blns.json"));
    if (!file) {
        MESSAGE("skipped: no data");
        return;
    }
    const auto strings = nlohmann::json::parse(file).get<std::vector<std::string>>();
    CHECK(strings.size() > 400);
    for (const std::string& naughty : strings) {
        FlowRig rig;
        rig.scan(naughty), rig.happen(Pasted{naughty}), rig.key(Key::kEnter);
        rig.key(Key::kF4), rig.type("13812348000"), rig.key(Key::kTab), rig.happen(Pasted{naughty}), rig.key(Key::kF4);
        if (rig.s.field(FieldId::kName).overflowed) {  // too long: refused until it is mended
            CHECK(rig.commits() == 0);
            rig.key(Key::kBackspace), rig.key(Key::kF4);
        }
        const std::string name = rig.last<RegisterMember>().name;
        CHECK(name == tidy(name));
        CHECK(count_characters(name) <= field_characters_max(FieldId::kName));
        FlowRig till;
        till.open_member();
        till.key(Key::kF5), till.happen(Pasted{naughty}), till.key(Key::kTab), till.happen(Pasted{naughty});
        till.key(Key::kEnter);
        for (const Lang lang : {Lang::kZh, Lang::kEn}) {
            till.s.lang = lang;
            (void)project(till.s);
        }
    }
}

TEST_CASE("names: all 8,105 characters of the table are kept, typed one by one, scalar for scalar") {
    std::ifstream file(data_path("cjk_table_8105.csv"));
    if (!file) {
        MESSAGE("skipped: no data");
        return;
    }
    std::string line;
    std::getline(file, line);
    std::size_t count = 0, beyond = 0;
    while (std::getline(file, line)) {
        const std::size_t from = line.find(',') + 1;
        const std::string character = line.substr(from, line.find(',', from) - from);
        std::size_t at = 0;
        beyond += next_character(character, at) > 0xFFFF;
        FlowRig rig;
        rig.key(Key::kF4), rig.type("13812348000"), rig.key(Key::kTab), rig.type(character);
        rig.key(Key::kLeft), rig.type("张"), rig.key(Key::kF4);
        CHECK(rig.last<RegisterMember>().name == "张" + character);
        ++count;
    }
    CHECK(count == 8'105);
    CHECK(beyond == 196);
}

TEST_CASE("fuzz: no sequence of events breaks the screen or records twice") {
    const char* given = std::getenv("TALLY_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 42;
    INFO("TALLY_SEED=", seed);
    SeededRandom random(seed);
    FlowRig rig;
    int under_way = 0;
    for (int i = 0; i < 60'000; ++i) {
        const std::size_t before = rig.effects.size();
        switch (random.below(12)) {
            case 0: rig.happen(Typed{static_cast<char32_t>(random.below(0x11FFFF))}); break;
            case 1: rig.happen(Typed{static_cast<char32_t>('0' + random.below(10))}); break;
            case 2: rig.key(static_cast<Key>(random.below(static_cast<std::uint64_t>(Key::kSelectAll) + 1))); break;
            case 3: rig.scan(std::to_string(random.next_u64())); break;
            case 4: rig.happen(Pressed{static_cast<Action>(random.below(12))}); break;
            case 5: rig.happen(RowPicked{random.below(12)}); break;
            case 6: rig.happen(FieldPicked{static_cast<FieldId>(random.below(kFieldCount)), random.below(40)}); break;
            case 7: rig.happen(PadPressed{"0123456789.bc"[random.below(13)]}); break;
            case 8: rig.happen(Found{rig.s.finding, std::vector<MemberBrief>(random.below(14)), {}, false}); break;
            case 9: rig.happen(MemberOpened{rig.s.opening ? rig.s.opening : rig.s.refreshing, rig.card()}); break;
            case 10: rig.happen(Previewed{rig.s.previewing, Outcome{.points = 1, .balance = 2}}); break;
            default:
                if (rig.s.acting && random.below(3) == 0) {
                    const Request request = rig.s.acting;
                    under_way = 0;
                    if (rig.s.screen == Screen::kRegister)
                        rig.happen(Registered{request, Registered::Answer{FlowRig::member(1), false}});
                    else
                        rig.happen(ActDone{request, Act::kEarn, FlowRig::member(7), Outcome{}});
                }
        }
        for (std::size_t at = before; at < rig.effects.size(); ++at) {
            const auto* act = std::get_if<MoneyAct>(&rig.effects[at]);
            under_way += (act && act->commit) || std::holds_alternative<RegisterMember>(rig.effects[at]);
        }
        REQUIRE(under_way <= 1);
        if (i % 50 == 0) (void)project(rig.s);
        if (rig.effects.size() > 1000) rig.effects.clear();
    }
}

TEST_CASE("flow: R4 Enter is kept when a refresh falls between it and its preview, and taken back by an edit") {
    FlowRig rig;
    rig.open_member();
    rig.type("1");
    rig.happen(ReplicaChanged{});
    const Request refresh = rig.last_request<OpenMember>();
    rig.type("0"), rig.key(Key::kEnter);
    rig.happen(MemberOpened{refresh, rig.card()});
    CHECK(rig.commits() == 0);
    rig.answer_preview(10);
    CHECK(rig.commits() == 1);
    CHECK(rig.last<MoneyAct>().amount_minor == 1000);
    FlowRig other;
    other.open_member();
    other.type("10"), other.key(Key::kEnter), other.type("0");
    other.answer_preview(100);
    CHECK(other.commits() == 0);
}

TEST_CASE("flow: however fast the replica changes, one listing is under way, and one more comes after it") {
    FlowRig rig;
    rig.happen(OperationsListed{rig.s.listing, std::vector<OperationLine>{}});
    rig.key(Key::kF7);
    const int before = rig.count<ListOperations>();
    for (int i = 0; i < 100; ++i) rig.happen(ReplicaChanged{});
    CHECK(rig.count<ListOperations>() == before);
    rig.happen(OperationsListed{rig.last_request<ListOperations>(), std::vector<OperationLine>{}});
    CHECK(rig.count<ListOperations>() == before + 1);
    rig.happen(OperationsListed{rig.last_request<ListOperations>(), std::vector<OperationLine>{}});
    CHECK(rig.count<ListOperations>() == before + 1);
}

TEST_CASE("flow: a card is asked for by the line's state, and again when that turns") {
    FlowRig rig;
    rig.happen(LinkChanged{{true, 1, {}}});
    rig.open_member();
    CHECK_FALSE(rig.last<OpenMember>().offline);
    rig.happen(LinkChanged{{false, 2, {}}});
    CHECK(rig.last<OpenMember>().offline);
    CHECK(rig.last<OpenMember>().member == FlowRig::member(7));
}

TEST_CASE("flow: a registration whose consent was not saved is told as what it is") {
    FlowRig rig;
    rig.key(Key::kF4), rig.type("13812348000");
    rig.happen(Found{rig.last_request<FindMember>(), std::vector<MemberBrief>{}, {}, false});
    rig.key(Key::kF3), rig.happen(Pressed{Action::kConfirm});
    REQUIRE(rig.count<RegisterMember>() == 1);
    rig.happen(Registered{rig.last_request<RegisterMember>(), Registered::Answer{FlowRig::member(9), false, false}});
    REQUIRE(rig.s.notice.has_value());
    CHECK(rig.s.notice->tone == Tone::kCare);
    REQUIRE(rig.s.notice->more.has_value());
    CHECK(rig.s.notice->more->id == Text::kConsentNotKept);
}
