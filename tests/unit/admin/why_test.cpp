#include "hq-server/admin/why.h"

#include <nlohmann/json.hpp>

#include "common/domain/coupons.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

CouponId coupon_id() {
    CouponId id;
    id.bytes[15] = 9;
    return id;
}

// A headquarters with tiers and one member of everything: a sale, points by hand, a coupon.
struct WhyDesk {
    Office office;
    MemberId member = member_number(7);

    WhyDesk() {
        must(office.init());
        const admin::Home home = must(admin::open_home(office.place.dir, office.place.unlock));
        intake::Intake intake(*home.store, home.device);
        Programme programme = must(intake.programme());
        programme.tiers.levels.resize(3);
        const char* ids[] = {"basic", "silver", "gold"};
        for (std::size_t i = 0; i < 3; ++i) {
            programme.tiers.levels[i].id = ids[i];
            programme.tiers.levels[i].threshold = static_cast<std::int64_t>(i) * 10'000;
        }
        programme.tiers.levels[1].name = {"银卡", "Silver"};
        programme.tiers.levels[2].name = {"金卡", "Gold"};
        programme.tiers.levels[1].benefits = {"parking"};
        programme.benefits = {{"parking", {"免费停车", "Free parking"}, ""}};
        programme.coupons.push_back({.id = "tenner", .name = {"十元券", "Ten off"}, .amount_minor = 1'000});
        must(intake.publish(programme, kNoon_ms));
        std::vector<intake::Intake::OwnOp> ops;
        const auto add = [&](const MemberId& who, Body body, PersonalFields fields = {}) {
            intake::Intake::OwnOp& own = ops.emplace_back();
            own.op.member = who;
            own.op.business_day = kToday;
            own.op.store = "S1";
            own.op.body = std::move(body);
            own.fields = std::move(fields);
        };
        add(member, Register{"import", kToday, "", {}},
            {{Field::kPhone, "+8613812345678"}, {Field::kCard, "A100"}, {Field::kExternalRef, "m0007"}});
        add(member_number(8), Register{"import", kToday, "", {}},
            {{Field::kCard, "M0007"}, {Field::kExternalRef, "m8"}});
        Earn sale;
        sale.bill.bill_no = "1001";
        sale.amount_minor = sale.eligible_minor = 15'200;
        sale.points = 152;
        add(member, sale);
        add(member, Adjust{-52, AdjustReason::kCorrection, {}});
        add(member, CouponIssue{coupon_id(), "tenner", CouponCause::kBirthday, "", {}, kToday, kToday + 9});
        must(intake.append_own(ops, kNoon_ms));
    }
    Result<admin::Said> why(const std::string& ref, admin::WhyRequest request = {}) {
        request.member = ref;
        return admin::why_command(office.place, request, kNoon_ms);
    }
};

}  // namespace

TEST_CASE("why: a member is found by phone, card, reference or id, and told the same") {
    WhyDesk desk;
    const std::string text = must(desk.why("A100")).text;
    for (const std::string& ref :
         {std::string("13812345678"), std::string("+86 138 1234 5678"), std::string("a100"), uuid_text(desk.member)})
        CHECK(must(desk.why(ref)).text == text);
    CHECK(text == "member " + uuid_text(desk.member) +
                      "\nbalance on 2023-11-15: 100\n"
                      "      +152  2023-11-15 bill 1001 at S1: 152.00 spent, 152 points; 52 taken back\n"
                      "       -52  2023-11-15: 52 points taken by hand\n"
                      "tier: Silver: 152.00 spent since 2022-11-16; 48.00 more for Gold.\n"
                      "  2023-11-15 bill 1001 at S1: 152.00 spent, counts 152.00 spent\n"
                      "benefits\n"
                      "  Free parking: comes with the tier Silver and those above it\n"
                      "coupons\n"
                      "  " +
                      coupon_code(coupon_id()) +
                      "  coupon Ten off: given for the birthday, usable through 2023-11-24\n");
}

TEST_CASE("why: nobody and several are told apart") {
    WhyDesk desk;
    CHECK(desk.why("nobody").error().code == Code::kNotFound);
    const auto both = desk.why("m0007");  // a reference of one, a card of the other
    REQUIRE(both.error().code == Code::kInvalid);
    CHECK(both.error().detail.find(uuid_text(desk.member)) != std::string::npos);
    CHECK(both.error().detail.find(uuid_text(member_number(8))) != std::string::npos);
    CHECK(must(desk.why("m8")).text.find("balance on 2023-11-15: 0\n") != std::string::npos);
}

TEST_CASE("why: in Chinese, and on another day") {
    WhyDesk desk;
    const std::string text = must(desk.why("A100", {.on = kToday + 400, .language = Language::kChinese})).text;
    CHECK(text.find("积分余额（2024-12-19）：100\n") != std::string::npos);
    CHECK(text.find("2023-11-15 S1 店 小票 1001：消费 152.00，得 152 积分；已扣回 52\n") != std::string::npos);
    CHECK(text.find("等级：银卡：2023-12-20 起 0.00 消费额；再 200.00 升为金卡。\n") != std::string::npos);
    CHECK(text.find("优惠券“十元券”：生日赠送，已过期，有效期至 2023-11-24\n") != std::string::npos);
}

TEST_CASE("why: a day that has gone is refused, since what an account was is not kept") {
    WhyDesk desk;
    CHECK(desk.why("A100", {.on = kToday}).has_value());
    CHECK(desk.why("A100", {.on = kToday - 1}).error().detail.find("--on: today or a later day") == 0);
}

TEST_CASE("why: the JSON's lines sum up to the balance and name their operations") {
    WhyDesk desk;
    const auto json = nlohmann::json::parse(must(desk.why("A100", {.json = true})).text);
    std::int64_t sum = 0;
    for (const auto& line : json["balance"]["lines"]) {
        sum += line["value"].get<std::int64_t>();
        CHECK_FALSE(line["operation"].get<std::string>().empty());
        CHECK_FALSE(line["sentence"].get<std::string>().empty());
    }
    CHECK(sum == 100);
    CHECK(json["balance"]["points"] == 100);
    CHECK(json["tier"]["level"] == "silver");
    CHECK(json["tier"]["lines"][0]["value"] == 15'200);
    CHECK(json["coupons"][0]["usable"] == true);
    CHECK(json["benefits"][0]["benefit"] == "parking");
}
