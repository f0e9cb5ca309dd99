// The programme as people write it: read strictly, written plainly, and compared in words.
#include "common/wire/programme_json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

#include "common/wire/codec.h"
#include "common/wire/programme_diff.h"

using namespace tally;
using namespace tally::domain;

namespace {

std::string reason(const std::string& text) {
    const auto programme = wire::programme_from_json(text);
    return programme ? std::string() : programme.error().detail;
}

Programme read(const std::string& text) {
    const auto programme = wire::programme_from_json(text);
    REQUIRE_MESSAGE(programme.has_value(), programme.error().detail);
    return *programme;
}

// Every field of programme.proto, with a value that is not its default.
const std::string kEverything = R"({
  "version": 9007199254740993,
  "chain_name": "茶 \"House\"\\\n",
  "time_zone": "Europe/Berlin", "currency": "EUR", "currency_digits": 3,
  "earn_points": 9007199254740993, "earn_minor": 200,
  "earn_on": {"not_categories": ["tobacco"], "skus": ["1", "2"], "order_min_minor": 5},
  "earn_rules": [
    {"id": "a", "name": {"zh": "甲", "en": "A"}, "kind": "per_unit", "points": 3, "per_minor": 100,
     "when": {"from": "2026-01-01", "through": "2026-12-31", "weekdays": ["mon", "sun"], "month_days": [8, 18],
              "from_time": "09:30", "until_time": "21:00", "stores": ["S1"], "channels": ["web"], "tiers": ["gold"],
              "segments": ["new"], "occasion": "birthday_month", "categories": ["x"], "not_skus": ["9"]},
     "caps": {"bill": 1, "day": 2, "member": 3, "campaign": 4}},
    {"id": "b", "kind": "factor", "factor_milli": 0, "group": "g"},
    {"id": "c", "kind": "fixed", "points": 5, "per_item": true}],
  "earn_cap_bill": 100, "earn_cap_day": 200, "late_days": 7,
  "bonuses": [{"id": "d", "source": "profile", "points": 5, "once": "per_person", "fields": ["name", "birthday"],
               "cap_day": 1, "cap_member": 2}, {"id": "e", "source": "event", "once": "per_key", "points": 1}],
  "redeem_step_points": 7, "redeem_step_minor": 8, "redeem_min_points": 9, "redeem_max_points": 10,
  "redeem_share_max_milli": 300, "earn_pays_own_reward": true,
  "rewards": [{"id": "f", "points": 11, "value_minor": 12}],
  "redeem_requires": [{"kind": "member_code", "up_to_points": 13}, {"kind": "phone"}],
  "redeem_approval_above": 14, "unlock_days": 15, "expiry_rule": "year_end", "expiry_count": 1,
  "give_back_grace_days": 16, "floor_limit_points": 0, "lease_share_milli": 500, "lease_cap_points": 2000, "lease_days": 7,
  "tiers": {"basis": "growth", "period": "since_change", "period_months": 6, "downgrade": "automatic", "grace_days": 3,
            "growth": {"per_spend_unit_milli": 1, "per_point_milli": 2, "per_visit_milli": 3, "keep_milli": 0,
                       "refund_deduction": 4, "idle_month_deduction": 5},
            "levels": [{"id": "base", "factor_milli": 0}, {"id": "gold", "threshold": 5, "keep_threshold": 4,
                        "benefits": ["p"]}, {"id": "top", "threshold": 6, "factor_milli": 1500}]},
  "benefits": [{"id": "p", "coupon": "q"}],
  "coupons": [{"id": "q", "kind": "percent", "percent_basis": 1000, "cap_minor": 1, "cause": "tier_gift",
               "valid_days": 30, "stack_group": "s", "stacks": false, "per_member": 1, "campaign_count": 2,
               "campaign_minor": 3, "gives_back": false},
              {"id": "r", "kind": "gift", "gift_sku": "4711"}, {"id": "t", "kind": "amount", "amount_minor": 1}],
  "segments": [{"id": "new", "within_days": 1, "spend_min_minor": 2, "visits_min": 3, "absent_days_min": 4,
                "joined_days_max": 5}],
  "limits": {"earn_points_day": 1, "redemptions_day": 2, "redeem_points_day": 3, "bills_hour": 4,
             "adjusts_cashier_day": 5, "adjust_points_cashier_day": 6, "second_person_above": 7,
             "reasons": [{"id": "r1", "name": {"zh": "补偿"}}]}
})";

}  // namespace

TEST_CASE("programme json: every field is read, written and read again the same, and through its stored form") {
    Programme programme = read(kEverything);
    CHECK(programme.version == 9007199254740993);
    CHECK(programme.earn_points == 9007199254740993);  // beyond what a double holds
    CHECK(programme.chain_name == "茶 \"House\"\\\n");
    CHECK(programme.earn_rules[0].when.weekdays == 0b1000001);
    CHECK(programme.earn_rules[0].when.from_minute == 9 * 60 + 30);
    CHECK(programme.earn_rules[1].factor_milli == 0);
    CHECK(programme.earn_rules[2].factor_milli == 1000);
    CHECK(programme.tiers.levels[0].factor_milli == 0);
    CHECK(programme.tiers.growth.keep_milli == 0);
    CHECK_FALSE(programme.coupons[0].stacks);
    CHECK(programme.coupons[1].gives_back);
    const std::string written = wire::programme_to_json(programme);
    CHECK(read(written) == programme);
    CHECK(wire::programme_to_json(read(written)) == written);
    CHECK(written.find("\"earn_points\": 9007199254740993,") != std::string::npos);
    CHECK(written.find("\"gift_sku\": \"4711\"") != std::string::npos);  // a text of digits stays a text
    programme.earn_points = 1;
    programme.chain_name = "C";
    programme.earn_rules[1].factor_milli = 1100;
    programme.tiers.levels[0].factor_milli = 1100;
    CHECK(wire::encode_programme(programme).size() > 0);
    REQUIRE(check_programme(programme).has_value());
    CHECK(*wire::decode_programme(wire::encode_programme(programme)) == programme);
}

TEST_CASE("programme json: what is as it begins is left out within rules") {
    Programme programme;
    programme.version = 1;
    programme.chain_name = "C";
    programme.earn_rules = {EarnRule{"x", {}, EarnKind::kFactor}};
    programme.coupons = {CouponTemplate{"c", {}, CouponKind::kAmount, 500}};
    const std::string written = wire::programme_to_json(programme);
    for (const char* absent : {"factor_milli", "\"when\"", "\"caps\"", "stacks", "gives_back", "tiers", "bonuses", "[]",
                               "earn_cap_day", "\"name\""})
        CHECK_MESSAGE(written.find(absent) == std::string::npos, absent);
    CHECK(wire::programme_from_json("{}").value() == Programme{});
}

TEST_CASE("programme json: what a file leaves out is as a programme begins, but for what names the chain") {
    Programme chain;
    chain.version = 4;
    chain.chain_name = "Chain";
    chain.currency = "JPY";
    chain.currency_digits = 0;
    chain.time_zone = "Asia/Tokyo";
    chain.earn_points = 77;
    chain.late_days = 5;
    const Programme read = wire::programme_from_json(R"({"earn_minor": 50})", chain).value();
    CHECK(read.version == 4);
    CHECK(read.chain_name == "Chain");
    CHECK(read.currency == "JPY");
    CHECK(read.currency_digits == 0);
    CHECK(read.time_zone == "Asia/Tokyo");
    CHECK(read.earn_points == 1);
    CHECK(read.late_days == 0);
    CHECK(read.earn_minor == 50);
}

TEST_CASE("programme json: what is wrong is named with its path and reason, or its line and column") {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"earn_point": 2})", "earn_point: unknown field"},
        {R"({"earnPoints": 2})", "earnPoints: unknown field"},
        {R"({"earn_rules": [{}, {"when": {"tier": []}}]})", "earn_rules[1].when.tier: unknown field"},
        {R"({"earn_points": "2"})", "earn_points: a whole number is expected"},
        {R"({"earn_points": 1.5})", "earn_points: a whole number is expected"},
        {R"({"earn_points": 2.0})", "earn_points: a whole number is expected"},
        {R"({"earn_points": 1e3})", "earn_points: a whole number is expected"},
        {R"({"earn_points": 1e999})", "earn_points: out of range"},
        {R"({"earn_points": 9223372036854775808})", "earn_points: out of range"},
        {R"({"earn_points": -9223372036854775809})", "earn_points: out of range"},
        {R"({"earn_points": 99999999999999999999999})", "earn_points: out of range"},
        {R"({"version": -1})", "version: out of range"},
        {R"({"currency_digits": -1})", "currency_digits: out of range"},
        {R"({"currency_digits": 4294967296})", "currency_digits: out of range"},
        {R"({"earn_points": true})", "earn_points: a whole number is expected"},
        {R"({"earn_points": null})", "earn_points: null says nothing: leave the field out"},
        {R"({"earn_points": [1]})", "earn_points: a whole number is expected"},
        {R"({"earn_points": {}})", "earn_points: a whole number is expected"},
        {R"({"earn_pays_own_reward": 1})", "earn_pays_own_reward: true or false is expected"},
        {R"({"chain_name": 7})", "chain_name: a text is expected"},
        {R"({"expiry_rule": "soon"})", "expiry_rule: one of never, days, months, month_end, year_end is expected"},
        {R"({"expiry_rule": 3})", "expiry_rule: one of never, days, months, month_end, year_end is expected"},
        {R"({"earn_rules": {}})", "earn_rules: a list is expected"},
        {R"({"earn_rules": [[]]})", "earn_rules[0]: a list in a list"},
        {R"({"earn_rules": [{}, 5]})", "earn_rules[1]: an object is expected"},
        {R"({"earn_rules": [{}, []]})", "earn_rules[1]: a list in a list"},
        {R"({"earn_rules": [{"when": {"stores": ["a", null]}}]})",
         "earn_rules[0].when.stores[1]: null says nothing: leave the field out"},
        {R"({"earn_rules": [{"when": {"month_days": [1, 2, 1e999]}}]})",
         "earn_rules[0].when.month_days[2]: out of range"},
        {R"({"earn_rules": [{"kind": "unset"}]})", "earn_rules[0].kind: one of per_unit, factor, fixed is expected"},
        {R"({"earn_rules": [{"when": {"weekdays": ["mon", "funday"]}}]})",
         "earn_rules[0].when.weekdays[1]: one of mon, tue, wed, thu, fri, sat, sun is expected"},
        {R"({"earn_rules": [{"when": {"from": "2026-02-30"}}]})", "earn_rules[0].when.from: not a date as YYYY-MM-DD"},
        {R"({"earn_rules": [{"when": {"until_time": "24:01"}}]})",
         "earn_rules[0].when.until_time: not a time of day as HH:MM"},
        {R"({"earn_points": 1, "earn_points": 2})", "earn_points: twice"},
        {R"({"limits": {"bills_hour": 1, "bills_hour": 1}})", "limits.bills_hour: twice"},
        {R"({"segments": [{"id": "a", "segments": ["a"]}]})", "segments[0].segments: unknown field"},
        {"[]", "the programme: an object is expected"},
        {"7", "the programme: an object is expected"},
        {"", "the programme, line 1, column 1: ends before it is complete"},
        {"{\n  \"earn_points\": 1,\n  \"earn_minor\" 2\n}", "the programme, line 3, column 16: not JSON"},
        {"{\n  \"earn_points\": 1\n", "the programme, line 3, column 1: ends before it is complete"},
        {"{} {}", "the programme, line 1, column 4: not JSON"},
        {"{'earn_points': 1}", "the programme, line 1, column 2: not JSON"},
        {"{\"chain_name\": \"\xC0\xAF\"}", "the programme, line 1, column 17: not JSON, or not UTF-8"},
        {"{\"\x01\": 1}", "the programme, line 1, column 3: not JSON"},
    };
    for (const auto& [text, expected] : cases) CHECK(reason(text) == expected);
    CHECK(reason(R"({"chain_name": "\ud800"})").find("the programme, line 1, column ") == 0);
}

TEST_CASE("programme json: depth, length and number of what a stranger wrote cost next to nothing") {
    const auto start = std::chrono::steady_clock::now();
    CHECK(reason(std::string(3'000'000, '[')) == "the programme: an object is expected");
    std::string deep;
    for (int i = 0; i < 300'000; ++i) deep += R"({"earn_on":)";
    CHECK(reason(deep) == "earn_on.earn_on: unknown field");
    CHECK(reason(R"({"earn_rules":)" + std::string(3'000'000, '[')) == "earn_rules[0]: a list in a list");
    CHECK(reason(std::string(10'000'000, ' ')) == "the programme: longer than 4194304 bytes");
    CHECK(reason("{\"" + std::string(4'000'000, 'k') + "\": 1}") == "(a name): unknown field");
    std::string many = R"({"earn_rules":[)";
    for (int i = 0; i < 10'000; ++i) many += "{},";
    many += "{}]}";
    CHECK(programme_findings(read(many)).back() == "earn_rules: 10,001 of them, at most 200");
    Programme huge = read("{\"chain_name\": \"" + std::string(4'000'000, 'n') + "\", \"version\": 1}");
    CHECK(programme_findings(huge) == std::vector<std::string>{"chain_name: 4,000,000 bytes long, at most 200"});
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("programme: a till takes a newer headquarters' document and lists what it does not know") {
    Programme programme;
    programme.version = 8;
    programme.chain_name = "C";
    programme.earn_rules = {EarnRule{"zzz", {}, EarnKind::kFixed, {}, 5}};
    Bytes bytes = wire::encode_programme(programme);
    CHECK(wire::decode_programme(bytes)->unknown.empty());
    const Bytes kind{'z', 'z', 'z', 0x18, 3};
    const auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end());
    REQUIRE(at != bytes.end());
    at[4] = 9;                                   // EarnRule.kind
    bytes.insert(bytes.end(), {0x98, 0x06, 1});  // Programme's field 99
    const auto back = wire::decode_programme(bytes);
    REQUIRE_MESSAGE(back.has_value(), (back ? "" : back.error().detail));
    CHECK(back->unknown == std::vector<std::string>{"field 99", "earn_rules[0].kind: kind 9"});
    CHECK(back->earn_rules[0].kind == EarnKind{});
    CHECK(programme_warnings(*back).front() == "field 99: not known to this program");
}

TEST_CASE("programme: an enumerator of any number reads as the first one and is listed") {
    Programme programme;
    programme.version = 8;
    programme.chain_name = "C";
    const Bytes most{0xFF, 0xFF, 0xFF, 0xFF, 0x07}, below{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01};
    for (const Bytes& number : {most, below}) {
        Bytes bytes = wire::encode_programme(programme);
        const auto add = [&](std::uint8_t tag, Bytes body) {  // a field of the programme that ends in this enumerator
            body.insert(body.end(), number.begin(), number.end());
            bytes.insert(bytes.end(), {tag, 0x01, static_cast<std::uint8_t>(body.size())});
            bytes.insert(bytes.end(), body.begin(), body.end());
        };
        add(0x9A, {0x0A, 1, 'b', 0x18, 1, 0x28, 5, 0x30});    // bonuses: id, source, points, once
        add(0xE2, {0x10});                                    // tiers: period
        add(0xF2, {0x0A, 1, 'c', 0x18, 1, 0x20, 100, 0x48});  // coupons: id, kind, amount_minor, cause
        const auto back = wire::decode_programme(bytes);
        REQUIRE_MESSAGE(back.has_value(), (back ? "" : back.error().detail));
        const std::string kind = ": kind " + std::string(number == most ? "2147483647" : "-1");
        CHECK(back->unknown ==
              std::vector<std::string>{"bonuses[0].once" + kind, "tiers.period" + kind, "coupons[0].cause" + kind});
        CHECK(back->bonuses[0].once == Once::kPerson);
        CHECK(back->tiers.period == TierPeriod::kRolling);
        CHECK(back->coupons[0].cause == CouponCause::kByHand);
    }
}

TEST_CASE("programme diff: what changes is said field by field, in the units of people") {
    const Programme before = read(kEverything);
    CHECK(wire::programme_changes(before, before) == std::vector<std::string>{});
    Programme after = before;
    after.version += 1;
    CHECK(wire::programme_changes(before, after) == std::vector<std::string>{});
    after.earn_points = 2;
    after.earn_minor = 50;
    after.currency_digits = 2;
    after.earn_rules[1].factor_milli = 3000;
    after.earn_rules[0].when.stores = {"S2", "S1"};
    after.earn_rules[0].when.through = {};
    after.earn_rules[0].caps.day = 5;
    after.earn_rules.erase(after.earn_rules.begin() + 2);
    after.bonuses.push_back({"hello"});
    after.redeem_requires[1].up_to_points = 99;
    after.tiers.levels[1].threshold = 7;
    after.coupons[0].percent_basis = 1250;
    after.coupons[0].stacks = true;
    after.limits.reasons[0].name.en = "Goodwill";
    const std::vector<std::string> expected = {
        "currency_digits: 3 -> 2",
        "earn_points: 9007199254740993 -> 2",
        "earn_minor: 2.00 EUR -> 0.50 EUR",
        "earn_rules a: when.through 2026-12-31 -> none",
        "earn_rules a: when.stores +S2",
        "earn_rules a: caps.day 2 -> 5",
        "earn_rules b: factor 0 -> 3",
        "earn_rules: gone: c",
        "bonuses: new: hello",
        "redeem_requires phone: up_to_points 0 -> 99",
        "tiers.levels gold: threshold 5 -> 7",
        "coupons q: percent 10 % -> 12.5 %",
        "coupons q: stacks no -> yes",
        "limits.reasons r1: name.en none -> Goodwill",
    };
    CHECK(wire::programme_changes(before, after) == expected);
    after = before;
    after.earn_minor = INT64_MIN;
    CHECK(wire::programme_changes(before, after) ==
          std::vector<std::string>{"earn_minor: 0.200 EUR -> -9223372036854775.808 EUR"});
    after = before;
    std::swap(after.coupons[0], after.coupons[1]);
    CHECK(wire::programme_changes(before, after) == std::vector<std::string>{"only the order within lists"});
}
