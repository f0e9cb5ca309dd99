// `tally-hq coupon`: issued, listed and ended by hand.
#include "hq-server/admin/coupon_command.h"
#include "common/domain/coupons.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;
using enum admin::CouponEnd;

namespace {

// A headquarters with three members, of whom two have spent, and a coupon of which one person may have two.
struct Counter : Office {
    std::vector<MemberId> members;

    Counter() {
        (void)must(init());
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        intake::Intake intake(*home.store, home.device);
        Programme programme = must(intake.programme());
        CouponTemplate ten;
        ten.id = "ten";
        ten.amount_minor = 1000;
        ten.valid_days = 10;
        ten.per_member = 2;
        programme.coupons = {ten};
        Segment spender;
        spender.id = "spender";
        spender.spend_min_minor = 5000;
        programme.segments = {spender};
        for (const char* id : {"bronze", "silver", "gold"}) {
            TierLevel level;
            level.id = id;
            level.threshold = static_cast<std::int64_t>(programme.tiers.levels.size()) * 5000;
            programme.tiers.levels.push_back(level);
        }
        (void)must(intake.publish(programme, kNoon_ms));
        std::vector<intake::Intake::OwnOp> ops;
        for (int i = 0; i < 3; ++i) {
            members.push_back(member_number(static_cast<std::uint64_t>(i) + 1));
            const std::string card = "620000000" + std::to_string(i);
            ops.push_back(own(members.back(), Register{.channel = "import"}));
            ops.back().fields = {{Field::kName, "M"}, {Field::kCard, card}};
            Earn earn;
            earn.amount_minor = earn.eligible_minor = i * 5000;
            ops.push_back(own(members.back(), earn));
            ops.back().op.store = "S1";
        }
        (void)must(intake.append_own(ops, kNoon_ms));
    }
    static intake::Intake::OwnOp own(const MemberId& member, Body body) {
        intake::Intake::OwnOp out;
        out.op.member = member;
        out.op.business_day = kToday;
        out.op.body = std::move(body);
        return out;
    }
    Result<admin::Said> issue(const admin::CouponIssueRequest& request) {
        return admin::issue_coupons_command(place, request, kNoon_ms);
    }
    std::string list(const std::string& member) {
        return must(admin::list_coupons_command(place, member, kNoon_ms)).text;
    }
};

}  // namespace

TEST_CASE("coupon: issued to a member by any reference, told by its code, and ended by it") {
    Counter desk;
    const admin::Said said = must(desk.issue({"ten", "6200000000", "", "", 1}));
    CHECK(said.text.starts_with("issued 1 coupon to 1 member\n"));
    const std::string code = said.text.substr(said.text.find('\n') + 1, 11);
    const std::string listed = desk.list(uuid_text(desk.members[0]));
    CHECK(listed.find(code) != std::string::npos);
    CHECK(listed.find("2023-11-24") != std::string::npos);  // ten days, the first included
    CHECK(must(admin::void_coupon_command(desk.place, "6200000000", code, kCoupon, kNoon_ms)).text ==
          "coupon " + code + " is void\n");
    CHECK(desk.list("6200000000").find("void") != std::string::npos);
    CHECK(admin::void_coupon_command(desk.place, "6200000001", code, kCoupon, kNoon_ms).error().code ==
          Code::kNotFound);
    const auto free = admin::void_coupon_command(desk.place, "6200000000", code, kReservation, kNoon_ms);
    CHECK(free.error().detail == "the coupon is not reserved");
    const admin::Said verified = must(admin::verify_command(desk.place));
    CHECK_MESSAGE(verified.well, verified.text);
}

TEST_CASE("coupon: a segment's and a tier's members get theirs, up to what one may have") {
    Counter desk;
    CHECK(must(desk.issue({"ten", "", "spender", "", 1})).text ==
          "issued 2 coupons to 2 members, batch '2023-11-15 segment spender'\n");
    CHECK(must(desk.issue({"ten", "", "", "gold", 2})).text ==
          "issued 1 coupon to 1 member, batch '2023-11-15 tier gold'\n");
    const admin::Said none = must(desk.issue({"ten", "", "", "gold", 1}));
    CHECK_FALSE(none.well);
    CHECK(none.text == "issued 0 coupons to 0 members, batch '2023-11-15 tier gold'\n");
    CHECK(must(desk.issue({"ten", "", "", "bronze", 1})).text ==
          "issued 1 coupon to 1 member, batch '2023-11-15 tier bronze'\n");
}

TEST_CASE("coupon: a batch given to a segment again gives nobody a second one, another batch does") {
    Counter desk;
    CHECK(must(desk.issue({"ten", "", "spender", "", 1})).well);
    const admin::Said again = must(desk.issue({"ten", "", "spender", "", 1}));
    CHECK(again.text.starts_with("issued 0 coupons to 0 members"));
    CHECK(again.warnings.find("has had this batch's") != std::string::npos);
    CHECK(must(desk.issue({"ten", "", "spender", "", 1, "sorry"})).text ==
          "issued 2 coupons to 2 members, batch 'sorry'\n");
    CHECK_FALSE(desk.issue({"ten", "", "spender", "", 1, std::string(61, 'x')}).has_value());
}

TEST_CASE("coupon: what a terminal holds is listed for all members, and freeing it names the terminal") {
    Counter desk;
    const std::string code = must(desk.issue({"ten", "6200000000", "", "", 1})).text.substr(28, 11);
    CHECK(must(admin::list_reserved_command(desk.place, 0)).text == "no coupon is held\n");
    {
        const admin::Home home = must(admin::open_home(desk.place.dir, desk.place.unlock));
        intake::DeviceRow till;
        till.terminal = must(home.store->next_terminal());
        REQUIRE(till.terminal == 2);
        till.key = crypto::Device::create().public_key();
        till.store = "S1";
        till.last_contact_ms = kNoon_ms;
        auto scope = must(intake::WriteScope::begin(*home.store));
        must(home.store->add_device(till));
        must(scope.commit());
        // As its till reserved it.
        const auto row = must(home.store->member(desk.members[0]));
        Account account = must(wire::decode_account(row->account));
        account.coupons[0].state = CouponState::kReserved;
        account.coupons[0].reserved_by = 2;
        account.coupons[0].reserved_day = kToday;
        auto change = must(intake::WriteScope::begin(*home.store));
        intake::MemberRow held = *row;
        held.account = wire::encode_account(account);
        must(home.store->put_member(held));
        must(change.commit());
    }
    const std::string reserved = must(admin::list_reserved_command(desk.place, 2)).text;
    for (const std::string& part :
         {code, uuid_text(desk.members[0]), std::string("terminal 2"), std::string("2023-11-15")})
        CHECK_MESSAGE(reserved.find(part) != std::string::npos, reserved);
    CHECK(must(admin::list_reserved_command(desk.place, 0)).text == reserved);
    CHECK(must(admin::list_reserved_command(desk.place, 3)).text == "no coupon is held\n");
    CHECK(desk.list("6200000000").find("terminal 2") != std::string::npos);
    const auto free = must(admin::void_coupon_command(desk.place, "6200000000", code, kReservation, kNoon_ms));
    CHECK(free.text == "coupon " + code + " is not reserved for terminal 2 any more\n");
    CHECK(free.warnings.find("within the last hour") != std::string::npos);
}

TEST_CASE("coupon: what is not there, and a request that says two things or none, are refused by name") {
    Counter desk;
    const auto says = [&](const admin::CouponIssueRequest& request, const std::string& what) {
        const auto said = desk.issue(request);
        REQUIRE_FALSE(said.has_value());
        INFO(to_string(said.error()));
        CHECK(said.error().detail.find(what) != std::string::npos);
    };
    says({"none", "6200000000", "", "", 1}, "'none'");
    says({"ten", "", "", "", 1}, "--member");
    says({"ten", "6200000000", "spender", "", 1}, "--member");
    says({"ten", "", "nobody", "", 1}, "'nobody'");
    says({"ten", "", "", "platinum", 1}, "'platinum'");
    says({"ten", "6299999999", "", "", 1}, "no member has this");
    says({"ten", "6200000000", "", "", 0}, "--count");
    says({"ten", "6200000000", "", "", 101}, "--count");
}
