// What all members together have of rules and templates: counted, told, carried by the feed.
#include "common/wire/limits.h"
#include "tests/unit/intake/coupon_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE(
    "campaigns: points given beyond a rule's campaign by tills that could not see each other stand, and are told") {
    Hq hq(with_campaign(plain_programme(), "double", 30));
    Terminal one(hq, "S1"), other(hq, "S2");
    const auto earn = [](Terminal& till, const MemberId& member) {
        Earn body;
        body.bill.bill_no = till.store;
        body.amount_minor = body.eligible_minor = 2000;
        body.points = 40;
        body.parts = {{"", 20, 0, 0}, {"double", 20, 0, 0}};
        till.write(member, body);
        till.push_all();
    };
    earn(one, member_number(1));
    CHECK(campaign(hq, "double") == CampaignTotals{20, 0, 0});
    earn(other, member_number(2));
    CHECK(campaign(hq, "double") == CampaignTotals{40, 0, 0});
    CHECK(hq.account(member_number(2)).earned_total == 40);
    const auto told = conflicts(hq);
    CHECK(std::count(told.begin(), told.end(), intake::ConflictKind::kCampaignExceeded) == 1);
    check_verified(hq);
    hq.exec("UPDATE campaign SET points = points + 1");
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key(), {})).fault_count == 1);
}

TEST_CASE("campaigns: a till gives of a rule what headquarters last told is left of its campaign") {
    Hq hq(with_campaign(plain_programme(), "extra", 150));
    TillAtHq one(hq, "S1"), other(hq, "S2");
    const auto sell = [](TillAtHq& at, std::uint64_t member, bool offline = false) {
        replica::SaleRequest sale;
        sale.member = member_number(member);
        sale.amount_minor = 10000;
        sale.offline = offline;
        return must(at.till->sale(sale)).points;
    };
    CHECK(sell(one, 1) == 200);
    one.sync();
    other.fetch();
    CHECK(sell(other, 2, true) == 100);
    CHECK(sell(other, 2) == 150);
    other.sync();
    one.fetch();
    CHECK(sell(one, 1) == 100);
    one.sync();
    CHECK(campaign(hq, "extra") == CampaignTotals{150, 0, 0});
    CHECK(conflicts(hq).empty());
    check_verified(hq);
}

TEST_CASE("campaigns: a till counts what it has given itself before headquarters tells, and confirming moves nothing") {
    Hq hq(with_campaign(plain_programme(), "extra", 150));
    TillAtHq till(hq, "S1");
    const auto sale = [](std::uint64_t member, Minor amount = 10000) {
        replica::SaleRequest out;
        out.member = member_number(member);
        out.amount_minor = amount;
        return out;
    };
    CHECK(must(till.till->sale(sale(1))).points == 200);
    CHECK(must(till.till->preview_sale(sale(2))).points == 150);
    till.push();
    CHECK(must(till.till->preview_sale(sale(2))).points == 150);  // acknowledged, not told yet
    CHECK(must(till.till->sale(sale(2, 3000))).points == 60);
    CHECK(must(till.till->preview_sale(sale(3))).points == 120);
    till.fetch();  // with one of the two sales
    CHECK(must(till.till->preview_sale(sale(3))).points == 120);
    CHECK(must(till.till->sale(sale(3))).points == 120);
    till.sync();
    CHECK(must(till.till->preview_sale(sale(1))).points == 100);
    CHECK(campaign(hq, "extra") == CampaignTotals{150, 0, 0});
    CHECK(must(till.replica->pending_campaigns()).value().empty());
    CHECK(conflicts(hq).empty());
    check_verified(hq);
}

TEST_CASE("campaigns: with more unanswered operations than a till looks through, a campaign is as without a line") {
    Hq hq(with_campaign(plain_programme(), "extra", 150));
    TillAtHq till(hq, "S1");
    Op sold;
    sold.at = Hlc::of(hq.now_ms, 0);
    sold.business_day = kToday;
    std::vector<replica::NewOp> ops;
    for (std::int64_t i = 0; i <= replica::Replica::kCampaignPendingMax; ++i) {
        sold.body = Sale{{"B" + std::to_string(i), {}, 0}, 100, {}};
        ops.push_back({sold, {}});
    }
    (void)must(till.replica->append_all(std::move(ops)));
    replica::SaleRequest sale;
    sale.member = member_number(1);
    sale.amount_minor = 10000;
    CHECK(must(till.till->preview_sale(sale)).points == 100);
    till.push();
    till.sync();
    CHECK(must(till.till->preview_sale(sale)).points == 200);
}

TEST_CASE("campaigns: a ledger of before they were counted gets them from its log when it is first opened") {
    Hq hq(with_campaign(coupon_programme(), "extra", 1000));
    TillAtHq till(hq, "S1");
    const MemberId member = member_number(1);
    const CouponId used = give(hq, member, "twenty", 1), held = give(hq, member, "budget", 2);
    till.fetch();
    must(till.till->reserve_coupon(request(member, used), false));
    must(till.till->reserve_coupon(request(member, held), false));
    till.sync();
    replica::SaleRequest sale;
    sale.member = member;
    sale.amount_minor = 10000;
    sale.coupons = {used};
    must(till.till->sale(sale));
    till.sync();
    const auto sound = [&] {
        CHECK(campaign(hq, "extra") == CampaignTotals{80, 0, 0});
        CHECK(campaign(hq, "twenty") == CampaignTotals{0, 1, 2000});
        CHECK(campaign(hq, "budget") == CampaignTotals{0, 1, 2000});
        check_verified(hq);
    };
    sound();
    hq.exec(kWithoutSchema7);
    hq.exec("DROP TABLE campaign; ALTER TABLE hq DROP COLUMN coupons_day; PRAGMA user_version = 5");
    hq.reopen();
    sound();
}

TEST_CASE("campaigns: the feed carries what changed after a cursor, however small its pages, also to a new till") {
    Hq hq(coupon_programme());
    Terminal till(hq, "S1");
    for (std::uint8_t i = 1; i <= 20; ++i) {
        const MemberId member = member_number(i);
        const CouponId coupon = give(hq, member, i % 2 ? "twenty" : "budget", i);
        till.write(member, CouponReserve{coupon, 100});
        till.push_all();
    }
    for (const std::size_t changes_max : {1u, 3u, 500u}) {
        std::map<std::string, CampaignTotals> seen;
        std::uint64_t cursor = 0;
        for (;;) {
            const auto page = must(hq.intake->page(till.session(), cursor, {changes_max, 1 << 20}, hq.now_ms));
            for (const auto& change : page.campaigns) seen[change.id] = change.totals;
            if (page.to == cursor) break;
            cursor = page.to;
        }
        CHECK(seen["twenty"] == CampaignTotals{0, 10, 1000});
        CHECK(seen["budget"] == CampaignTotals{0, 10, 1000});
    }
    TillAtHq late(hq, "S9");
    CHECK(must(late.replica->campaign("budget")) == CampaignTotals{0, 10, 1000});
    CHECK(must(late.replica->campaign("nothing")) == CampaignTotals{});
}

TEST_CASE("campaigns: totals and names out of range in a feed page are refused") {
    wire::FeedPage page;
    page.incarnation.bytes[0] = 1;
    page.covered_epoch.bytes[0] = 1;
    const auto reads = [&](const wire::CampaignChange& change) {
        page.campaigns = {change};
        const Bytes frame = wire::encode_message(page);
        return wire::decode_message(static_cast<std::uint8_t>(wire::MessageType::kFeedPage),
                                    ByteView(frame).subspan(wire::kFrameHeaderBytes))
            .has_value();
    };
    CHECK(reads({"id", {kCampaignTotalMax, kCampaignTotalMax, kCampaignTotalMax}}));
    CHECK_FALSE(reads({"", {1, 1, 1}}));
    CHECK_FALSE(reads({std::string(33, 'x'), {1, 1, 1}}));
    for (int field = 0; field < 3; ++field) {
        for (const std::int64_t value : {std::int64_t{-1}, kCampaignTotalMax + 1, INT64_MIN, INT64_MAX}) {
            CampaignTotals totals;
            (field == 0 ? totals.points : field == 1 ? totals.uses : totals.minor) = value;
            CHECK_FALSE(reads({"id", totals}));
        }
    }
}
