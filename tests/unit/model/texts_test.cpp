#include "terminal/model/texts.h"

#include <doctest/doctest.h>

#include <set>

using namespace tally;
using namespace tally::terminal;

namespace {

std::set<char> slots(std::string_view text) {
    std::set<char> out;
    for (std::size_t at = 0; at + 2 < text.size(); ++at)
        if (text[at] == '{' && text[at + 2] == '}') out.insert(text[at + 1]);
    return out;
}
bool has_chinese(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0xE4 && static_cast<unsigned char>(c) <= 0xE9) return true;
    return false;
}

}  // namespace

TEST_CASE("texts: every one exists in both languages, is not empty, and has the same arguments in both") {
    CHECK(text_count() > 150);
    for (std::size_t i = 0; i < text_count(); ++i) {
        const std::string_view zh = text(Lang::kZh, static_cast<Text>(i)), en = text(Lang::kEn, static_cast<Text>(i));
        INFO(zh, " / ", en);
        CHECK_FALSE(zh.empty());
        CHECK_FALSE(en.empty());
        CHECK(slots(zh) == slots(en));
        // The language button alone says the other language's name.
        if (static_cast<Text>(i) != Text::kActLanguage) CHECK_FALSE(has_chinese(en));
    }
}

TEST_CASE("texts: numbers, money, dates and plurals take the reader's form") {
    Locale zh{Lang::kZh, "CNY", 2, TimeZone::load("Asia/Shanghai").value(), 1'795'315'320'000};
    Locale en = zh;
    en.lang = Lang::kEn;
    CHECK(format_money(zh, 123'456'789) == "¥1,234,567.89");
    CHECK(format_money(en, -5) == "\u2212¥0.05");
    CHECK(format_points(en, 1, true) == "+1 point");
    CHECK(format_points(zh, -12'480, true) == "\u221212,480 分");
    CHECK(format_points(en, INT64_MIN, false) == "\u22129,223,372,036,854,775,808 points");
    CHECK(say(en, {Text::kOpsWait, {OpsArg{1}}}) == "1 operation waiting");
    CHECK(say(en, {Text::kOpsWait, {OpsArg{3}}}) == "3 operations waiting");
    CHECK(say(zh, {Text::kOpsWait, {OpsArg{3}}}) == "待上传 3 笔");
    CHECK(format_date(zh, day_of_civil(2026, 11, 2)) == "2026年11月2日");
    CHECK(format_date(en, day_of_civil(2026, 11, 2)) == "2 Nov 2026");
    CHECK(format_when(zh, zh.now_ms) == "10:42");
    CHECK(format_when(en, en.now_ms - 24 * 3'600'000) == "21 Nov 10:42");
    CHECK(format_when(zh, zh.now_ms - 24 * 3'600'000) == "11月21日 10:42");
    Locale yen = en;
    yen.currency = "JPY", yen.currency_digits = 0;
    CHECK(format_money(yen, 1'200) == "JPY 1,200");
    CHECK(mask_phone("+8613812348000") == "138 **** 8000");
    CHECK(mask_phone("+442071838750") == "**** 8750");
}

TEST_CASE("texts: a number stands off from Chinese words, its unit does not") {
    const Locale zh{Lang::kZh}, en{Lang::kEn};
    CHECK(say(zh, {Text::kVerdictNotAStep, {PointsArg{100}}}) == "须为 100 分的整数倍");
    CHECK(say(zh, {Text::kLotExpires, {DayArg{day_of_civil(2026, 12, 1)}}}) == "2026年12月1日到期");
    CHECK(say(zh, {Text::kRateRedeem, {PointsArg{100}, MoneyArg{100}}}) == "每 100 分抵 ¥1.00");
    CHECK(say(zh, {Text::kDoneForOther, {std::string("王小明")}}) == "上一位会员 王小明 已记账");
    CHECK(say(en, {Text::kVerdictNotAStep, {PointsArg{100}}}) == "Must be a multiple of 100 points");
}

TEST_CASE("texts: people's words inside a sentence stay on one line and never hide it") {
    const Locale en{Lang::kEn};
    std::string hostile = "a\nb\x1b[31m\xff";
    hostile.append(500, 'x');
    const std::string shown = say(en, {Text::kNotFound, {hostile}});
    CHECK(shown.starts_with("No member found: a b [31m"));
    CHECK(shown.size() < 90);
    CHECK(shown.find('\n') == std::string::npos);
}

TEST_CASE("format: money as typed is read exactly or refused") {
    CHECK(parse_money("128.5", 2).value() == 12'850);
    CHECK(parse_money(".05", 2).value() == 5);
    CHECK(parse_money("7", 0).value() == 7);
    CHECK(parse_money("1000000000", 2).value() == domain::kAmountMinorMax);
    CHECK(parse_money("1000000000.01", 2).error().code == Code::kOverflow);
    CHECK(parse_money("99999999999999999999999", 2).error().code == Code::kOverflow);
    for (const char* bad : {"", ".", "1.234", "-1", "1e5", "0x10", "1,000", "NaN", "１", "1..2"}) {
        INFO(bad);
        CHECK_FALSE(parse_money(bad, 2));
    }
}

TEST_CASE("format: a birthday is a real date of a person") {
    const Day today = day_of_civil(2026, 11, 22);
    CHECK(parse_birthday("19900131", today).value() == day_of_civil(1990, 1, 31));
    CHECK(parse_birthday("1990/1/31", today).value() == day_of_civil(1990, 1, 31));
    for (const char* bad :
         {"19900231", "18991231", "20270101", "1990", "1990-13-01", "abcd-01-01", "1990-01-01-01", ""}) {
        INFO(bad);
        CHECK_FALSE(parse_birthday(bad, today));
    }
}
