#include "tests/ui/sample_states.h"

namespace tally::test {

using namespace terminal;

namespace {

constexpr std::int64_t kNow = 1'795'315'320'000;  // 2026-11-22 10:42 in Shanghai

domain::MemberId member_id(std::uint8_t last) {
    domain::MemberId id;
    id.bytes[0] = 1;
    id.bytes[15] = last;
    return id;
}

AppState base(Lang lang) {
    AppState s;
    s.lang = lang;
    s.screen = Screen::kHome;
    s.zone = TimeZone::load("Asia/Shanghai").value();
    s.now_ms = kNow;
    s.shop.store = "S06";
    s.shop.store_name = lang == Lang::kZh ? "人民路店" : "Renmin Road";
    s.shop.till = 12;
    domain::Programme& p = s.shop.programme;
    p.version = 3;
    p.chain_name = lang == Lang::kZh ? "好邻居超市" : "Good Neighbour";
    p.redeem_step_points = 100, p.redeem_step_minor = 100;
    p.tiers.levels = {{.id = "gold", .name = {"金卡", "Gold"}, .threshold = 1'000'000}};
    s.link = {true, kNow - 3 * 3'600'000, LinkTrouble::kNone};
    s.confirmed_ms = kNow - 20'000;
    return s;
}

OperationLine line(domain::OpKind kind, std::int64_t ago_minutes, domain::Points points, domain::Minor amount,
                   std::string name, std::string bill, LineState state = LineState::kSent) {
    OperationLine out;
    out.at_ms = kNow - ago_minutes * 60'000;
    out.kind = kind;
    out.member = member_id(9);
    out.member_name = std::move(name);
    out.bill_no = std::move(bill);
    out.points = points, out.amount_minor = amount, out.state = state;
    return out;
}

std::vector<OperationLine> log_lines(bool offline) {
    using domain::OpKind;
    const LineState fresh = offline ? LineState::kWaiting : LineState::kSent;
    std::vector<OperationLine> out = {
        line(OpKind::kEarn, 2, 128, 12'850, "王小明", "S06-12-20261122-0031", fresh),
        line(OpKind::kRedeem, 9, -500, 0, "欧阳静怡", "S06-12-20261122-0030", fresh),
        line(OpKind::kEarn, 16, 1'245, 124'599, "Alexandra Montgomery-Featherstonehaugh", "A-7781", fresh),
        line(OpKind::kRegister, 25, 0, 0, "李四", ""),
        line(OpKind::kReverse, 38, -36, -3'690, "张𠅤", "S06-12-20261122-0027", LineState::kReview),
        line(OpKind::kSale, 44, 0, 5'600, "", "S06-12-20261122-0026"),
        line(OpKind::kBonus, 50, 100, 0, "李四", ""),
        line(OpKind::kOpeningBalance, 60 * 23, 8'800, 0, "李四", ""),
        line(OpKind::kAdjust, 60 * 24, 200, 0, "王小明", ""),
    };
    for (int i = 0; i < 20; ++i)
        out.push_back(
            line(OpKind::kEarn, 60 * 30 + i * 700, 12 + i, 1'200 + i * 100, "赵六", "B-" + std::to_string(900 - i)));
    return out;
}

MemberCard card(std::string name) {
    MemberCard out;
    out.member = member_id(9);
    out.name = std::move(name);
    out.phone = "+8613812348000";
    out.card = "6900000012345678";
    out.tier = "gold";
    out.birthday = day_of_civil(1990, 5, 6);
    out.balance = out.redeemable = 12'480;
    const Day today = day_of_civil(2026, 11, 22);
    out.lots = {{480, today + 9}, {3'000, today + 70}, {9'000, today + 365}};
    out.history = log_lines(false);
    out.confirmed = true;
    out.confirmed_ms = kNow - 20'000;
    return out;
}

void offline(AppState& s) {
    s.link = {false, kNow - 11 * 60'000, LinkTrouble::kNone};
    s.waiting = 3;
    s.confirmed_ms = kNow - 12 * 60'000;
}

}  // namespace

std::vector<Sample> sample_states(Lang lang) {
    std::vector<Sample> out;
    const auto add = [&](std::string name, const auto& change) {
        AppState s = base(lang);
        change(s);
        out.push_back({std::move(name), std::move(s)});
    };
    const bool zh = lang == Lang::kZh;
    add("opening", [](AppState& s) { s.screen = Screen::kOpening, s.shop = {}; });
    add("stopped", [](AppState& s) { s.screen = Screen::kStopped, s.stopped_by = Code::kWrongKey, s.shop = {}; });
    add("home_empty", [](AppState& s) { s.link = {}, s.confirmed_ms = 0; });
    add("home", [](AppState& s) { s.operations = log_lines(false); });
    add("home_offline", [](AppState& s) {
        offline(s);
        s.waiting = 12'345, s.confirmed_ms = kNow - 26 * 3'600'000LL, s.link.since_ms = kNow - 25 * 3'600'000LL;
        s.operations = log_lines(true);
        set_text(s.field(FieldId::kFind), "1381234");
    });
    add("home_not_found", [](AppState& s) {
        s.operations = log_lines(false);
        set_text(s.field(FieldId::kFind), "13900001111");
        s.notice = Notice{Tone::kBad, {Text::kNotFound, {std::string("13900001111")}}, Said{Text::kNotFoundHint, {}}};
    });
    add("home_unknown_code", [](AppState& s) {
        s.notice = Notice{Tone::kBad,
                          {Text::kUnknownCode, {std::string("<script>alert('x')</script>0123456789")}},
                          Said{Text::kUnknownCodeHint, {}}};
    });
    add("home_revoked", [](AppState& s) {
        s.link = {false, kNow, LinkTrouble::kRevoked}, s.operations = log_lines(true), s.waiting = 12'345;
    });
    add("member_offline", [](AppState& s) {
        offline(s);
        s.screen = Screen::kMember, s.member = card("王小明"), s.member->redeemable = 500, s.member->waiting = 3;
        s.member->history = log_lines(true), s.member->confirmed_ms = s.confirmed_ms;
    });
    add("member_no_consent", [](AppState& s) {
        s.screen = Screen::kMember, s.member = card("王小明"), s.member->balance = s.member->redeemable = 0;
        s.member->tier.clear(), s.member->lots.clear();
        s.member->confirmed = false, s.member->waiting = s.waiting = 1;
        s.member->history = {line(domain::OpKind::kRegister, 0, 0, 0, "王小明", "", LineState::kWaiting)};
        s.notice = Notice{Tone::kCare, {Text::kDoneRegister, {std::string("王小明")}}, Said{Text::kConsentNotKept, {}}};
    });
    add("member_revoked", [](AppState& s) {
        s.revoked = true, s.link = {false, kNow, LinkTrouble::kRevoked}, s.waiting = 3;
        s.screen = Screen::kMember, s.member = card("王小明"), s.member->history = log_lines(true);
    });
    add("home_hq_old", [](AppState& s) {
        s.link = {false, kNow, LinkTrouble::kHqOld}, s.operations = log_lines(true), s.waiting = 3;
    });
    add("home_restored", [](AppState& s) {
        s.incident = IncidentShown{IncidentShown::Kind::kRestored, 1'234}, s.operations = log_lines(true);
    });
    add("home_damaged", [](AppState& s) {
        s.incident = IncidentShown{IncidentShown::Kind::kDamaged, 0};
        s.operations = log_lines(true), s.waiting = 3;
    });
    add("home_gap", [](AppState& s) {
        s.incident = IncidentShown{IncidentShown::Kind::kGap, 3}, s.operations = log_lines(true);
    });
    add("home_branched", [](AppState& s) {
        s.incident = IncidentShown{IncidentShown::Kind::kBranched, 0}, s.operations = log_lines(true);
    });
    add("choice", [](AppState& s) {
        s.screen = Screen::kChoice;
        s.choices_cut = true;
        const char* names[] = {"王小明", "王晓明",        "王小敏",
                               "王筱铭", "Wang Xiaoming", "王小明明",
                               "王小",   "王霄鸣",        "王小明的一个特别特别特别长的名字"};
        for (std::uint8_t i = 0; i < 9; ++i)
            s.choices.push_back({member_id(i), names[i], "+86138****800" + std::to_string(i),
                                 i % 2 ? "69000000123" + std::to_string(i) : ""});
    });
    add("member", [](AppState& s) { s.screen = Screen::kMember, s.member = card("王小明"); });
    add("member_after_earn_offline", [](AppState& s) {
        offline(s);
        s.screen = Screen::kMember, s.member = card("欧阳静怡");
        s.member->balance = 12'608, s.member->lots.push_back({128, day_of_civil(2027, 11, 30)});
        s.member->waiting = 3, s.member->redeemable = 500, s.member->history = log_lines(true);
        s.member->confirmed_ms = s.confirmed_ms;
        s.notice = Notice{Tone::kGood,
                          {Text::kDoneEarn, {PointsArg{128, true}, CountArg{12'608}}},
                          Said{Text::kDoneBill, {WordArg{Text::kSavedOffline}, std::string("S06-12-20261122-0031")}}};
    });
    add("member_hard", [&](AppState& s) {
        s.screen = Screen::kMember, s.member = card(zh ? "一个特别特别长的会员姓名用来看看版面如何处理它"
                                                       : "Alexandra Montgomery-Featherstonehaugh the Third");
        s.member->tier = zh ? "尊享黑金卡" : "Platinum Reserve";
        s.member->balance = s.member->redeemable = -987'654'321;
        s.member->debt = 987'654'321;
        s.member->lots.clear(), s.member->history.clear();
        s.member->birthday = day_of_civil(1988, 11, 22);
        s.member->confirmed = false, s.member->waiting = 4;
    });
    add("member_rich", [](AppState& s) {
        s.screen = Screen::kMember, s.member = card("𠅤𬴂𫖯");
        s.member->balance = 999'999'999'999, s.member->redeemable = 999'999'999'900;
        s.member->lots = {{999'999'999'999, day_of_civil(2026, 11, 22)},
                          {5, std::nullopt},
                          {5, day_of_civil(2030, 12, 31)},
                          {7, std::nullopt},
                          {7, std::nullopt}};
    });
    const auto money = [&](std::string name, Screen screen, const char* typed, const auto& change) {
        add(std::move(name), [&](AppState& s) {
            s.screen = screen, s.member = card("王小明"), s.focus = FieldId::kAmount;
            set_text(s.field(FieldId::kAmount), typed);
            change(s);
        });
    };
    money("earn_empty", Screen::kEarn, "", [](AppState&) {});
    money("earn", Screen::kEarn, "128.50", [](AppState& s) {
        s.preview =
            Outcome{.points = 128, .amount_minor = 12'850, .balance = 12'608, .expires = day_of_civil(2027, 11, 30)};
    });
    money("earn_too_big", Screen::kEarn, "99999999999", [](AppState& s) {
        s.preview_refusal = Said{Text::kAmountTooBig, {MoneyArg{domain::kAmountMinorMax}}};
        s.notice = Notice{Tone::kBad, *s.preview_refusal, Said{Text::kNothingChanged, {}}};
    });
    money("earn_no_amount", Screen::kEarn, "12.345", [](AppState& s) {
        s.preview_refusal = Said{Text::kAmountDecimals, {CountArg{2}}};
        s.notice = Notice{Tone::kBad, *s.preview_refusal, Said{Text::kNothingChanged, {}}};
    });
    money("earn_full", Screen::kEarn, "1,000,000,000.00", [](AppState& s) {
        s.preview = Outcome{.points = 1'000'000'000, .amount_minor = domain::kAmountMinorMax, .balance = 1'000'012'480};
    });
    money("earn_revoked", Screen::kEarn, "128.50", [](AppState& s) {
        s.revoked = true, s.waiting = 3;
        s.preview_refusal = Said{Text::kRevokedNoActs, {}};
    });
    money("redeem_offline", Screen::kRedeem, "500", [](AppState& s) {
        offline(s);
        s.member->redeemable = 500, s.shop.programme.floor_limit_points = 500;
        s.preview = Outcome{.points = -500, .value_minor = 500, .balance = 11'980};
    });
    money("redeem_refused", Screen::kRedeem, "99900", [](AppState& s) {
        offline(s);
        s.member->redeemable = 500, s.by_money = false;
        s.preview_refusal = Said{Text::kVerdictOverOffline, {PointsArg{500}}};
    });
    money("refund", Screen::kRefund, "36.90", [](AppState& s) {
        s.preview = Outcome{.points = -36, .amount_minor = 3'690, .balance = 12'444};
        set_text(s.field(FieldId::kBill), "S06-12-20261122-0027");
        s.focus = FieldId::kBill;
    });
    add("register", [](AppState& s) {
        s.screen = Screen::kRegister, s.focus = FieldId::kName;
        set_text(s.field(FieldId::kPhone), "13812348000"), set_text(s.field(FieldId::kName), "张𠅤");
        set_text(s.field(FieldId::kBirthday), "19900506");
        s.phone_is_free = true, s.consent = true;
    });
    add("register_duplicate", [](AppState& s) {
        s.screen = Screen::kRegister, s.focus = FieldId::kPhone;
        set_text(s.field(FieldId::kPhone), "13812348000");
        s.duplicate = MemberBrief{member_id(9), "王小明", "+8613812348000", ""};
    });
    money("redeem_weak_identity", Screen::kRedeem, "5000", [](AppState& s) {
        s.by_money = false, s.preview_refusal = Said{Text::kVerdictWeakIdentity, {}};
    });
    money("earn_newer", Screen::kEarn, "128.50", [](AppState& s) {
        s.preview_refusal = Said{Text::kVerdictNewerProgramme, {}};
    });
    add("member_held", [](AppState& s) {
        s.screen = Screen::kMember, s.member = card("欧阳静怡"), s.member->waiting = s.waiting = 1;
        s.member->history.front().state = LineState::kReview;
        s.notice = Notice{Tone::kCare,
                          {Text::kDoneHeld, {}},
                          Said{Text::kDoneBill, {WordArg{Text::kDoneRecorded}, std::string("S06-12-20261122-0031")}}};
    });
    add("till_log", [](AppState& s) { offline(s), s.screen = Screen::kTillLog, s.operations = log_lines(true); });
    return out;
}

}  // namespace tally::test
