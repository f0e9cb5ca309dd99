// Leases at the till: what may be spent offline, what is named, and what goes back.
#include "tests/unit/replica/till_bench.h"

using namespace tally;
using namespace tally::test;
using domain::RedeemVerdict;

namespace {

domain::Programme by_lease() {
    domain::Programme out = Shop::plain();
    out.floor_limit_points = 0;
    out.redeem_step_points = 1;
    out.redeem_min_points = 1;
    out.redeem_step_minor = 1;
    return out;
}

struct LeaseShop : Shop {
    domain::MemberId ann;
    domain::OpId lot;  // 100 points of another store

    LeaseShop() : Shop(by_lease()) {
        ann = join("Ann").member;
        sync();
        domain::Op earn = elsewhere(domain::Adjust{100, domain::AdjustReason::kGoodwill, {}, {}}, 5);
        lot = earn.id;
        hq.elsewhere(ann, earn);
        feed();
    }
    domain::Op elsewhere(domain::Body body, domain::TerminalId terminal = domain::kHqTerminal) {
        static std::uint64_t seq = 100;
        domain::Op op;
        op.id = {terminal, {}, ++seq};
        op.id.epoch.bytes[0] = 9;
        op.business_day = till.today();
        op.store = "S9";
        op.body = std::move(body);
        return op;
    }
    void grant(domain::Points points, Day days = 0) {
        const replica::ChainHead head = MUST(replica.head());
        hq.elsewhere(ann, elsewhere(domain::LeaseGrant{
                              till.enrolment().terminal, head.epoch, {{lot, points}}, till.today() + days}));
    }
    replica::RedeemAnswer redeem(domain::Points points, bool offline = true) {
        replica::RedeemRequest request;
        request.member = ann;
        request.points = points;
        return MUST(till.redeem(request, offline));
    }
    domain::Points leased() { return MUST(till.leased(ann)); }
    replica::SaleRequest offline_bill(domain::Minor amount, const std::string& number = "") {
        replica::SaleRequest out = bill(ann, amount, number);
        out.offline = true;
        return out;
    }
};

}  // namespace

TEST_CASE("lease: without one nothing is redeemed, online or not; a preview that can still ask is allowed") {
    LeaseShop shop;
    CHECK(shop.balance(shop.ann) == 100);
    CHECK(shop.leased() == 0);
    CHECK(shop.redeem(10, true).verdict == RedeemVerdict::kNotLeased);
    CHECK(shop.redeem(10, false).verdict == RedeemVerdict::kNotLeased);
    replica::RedeemRequest request;
    request.member = shop.ann;
    request.points = 10;
    CHECK(MUST(shop.till.preview_redeem(request, false)).verdict == RedeemVerdict::kAllowed);
    CHECK(MUST(shop.till.preview_redeem(request, true)).verdict == RedeemVerdict::kNotLeased);
    CHECK(MUST(shop.till.card(shop.ann, true)).redeemable == 0);
    CHECK(MUST(shop.till.card(shop.ann, false)).redeemable == 100);
}

TEST_CASE("lease: what the feed brought is spent offline, by name, and never twice") {
    LeaseShop shop;
    shop.grant(60);
    shop.feed();
    CHECK(shop.balance(shop.ann) == 100);
    CHECK(shop.leased() == 60);
    REQUIRE(shop.redeem(40).receipt);
    const auto redeem = std::get<domain::Redeem>(MUST(shop.replica.last_operations(1)).front().op.body);
    CHECK(redeem.leased);
    CHECK(redeem.takes == std::vector<domain::LotTake>{{shop.lot, 40}});
    CHECK(shop.balance(shop.ann) == 60);
    CHECK(shop.leased() == 20);
    CHECK(shop.redeem(21).verdict == RedeemVerdict::kNotLeased);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(shop.ann) == 60);
    CHECK(shop.leased() == 20);
    REQUIRE(shop.redeem(20).receipt);
    CHECK(shop.leased() == 0);
    shop.sync();
    CHECK(shop.leased() == 0);
    shop.check_sound();
}

TEST_CASE("lease: a grant told beside the feed counts at once, and once") {
    LeaseShop shop;
    shop.grant(60);
    CHECK(shop.leased() == 0);
    const wire::LeaseState told = shop.hq.lease_state(shop.replica, shop.ann);
    for (int i = 0; i < 3; ++i) CHECK_DONE(shop.replica.take_lease_state(told));
    CHECK(shop.leased() == 60);
    CHECK(shop.balance(shop.ann) == 100);
    REQUIRE(shop.redeem(50).receipt);
    CHECK(shop.balance(shop.ann) == 50);
    shop.check_sound();
    CHECK_DONE(shop.replica.take_lease_state(told));  // late
    CHECK(shop.leased() == 10);
    shop.feed();  // the page with the grant, without the redemption
    CHECK(shop.leased() == 10);
    CHECK(shop.balance(shop.ann) == 50);
    shop.sync();
    CHECK(shop.leased() == 10);
    CHECK(shop.balance(shop.ann) == 50);
    shop.check_sound();
}

TEST_CASE("lease: of another incarnation of headquarters nothing is taken beside the feed") {
    LeaseShop shop;
    shop.grant(60);
    wire::LeaseState told = shop.hq.lease_state(shop.replica, shop.ann);
    told.page.incarnation.bytes[3] ^= 1;
    CHECK_DONE(shop.replica.take_lease_state(told));
    CHECK(shop.leased() == 0);
}

TEST_CASE("lease: what was just earned offline is spent at that till, and goes back when the line is back") {
    LeaseShop shop;
    REQUIRE(MUST(shop.till.check_out(shop.offline_bill(5'000, "B1"))).receipt);  // 50 points
    CHECK(shop.balance(shop.ann) == 150);
    CHECK(shop.leased() == 50);
    REQUIRE(shop.redeem(30).receipt);
    CHECK(shop.redeem(30).verdict == RedeemVerdict::kNotLeased);
    shop.check_sound();
    shop.sync();
    CHECK(shop.leased() == 20);
    CHECK(MUST(shop.till.settle_leases({})) == 0);  // nobody says that headquarters can be asked
    CHECK(MUST(shop.till.settle_leases({.can_be_asked = true, .waiting = {shop.ann}})) == 0);  // a cashier waits
    CHECK(MUST(shop.till.settle_leases({.can_be_asked = true})) == 1);
    CHECK(shop.leased() == 0);
    CHECK(shop.balance(shop.ann) == 120);
    shop.sync();
    CHECK(shop.hq.account(shop.ann).leased_total() == 0);
    CHECK(shop.hq.account(shop.ann).free_total() == 120);
    shop.check_sound();
}

TEST_CASE("lease: a sale online is not born leased, and what a bill earns does not pay it") {
    LeaseShop shop;
    REQUIRE(MUST(shop.till.check_out(shop.bill(shop.ann, 5'000, "B1"))).receipt);
    CHECK(shop.leased() == 0);
    replica::SaleRequest own = shop.offline_bill(5'000, "B2");
    own.redeem_points = 20;
    CHECK(MUST(shop.till.check_out(own)).redeem == RedeemVerdict::kNotLeased);
}

TEST_CASE("lease: past its end it stops the till, and only the till's return frees it") {
    LeaseShop shop;
    shop.grant(60, 1);
    shop.feed();
    shop.clock.advance_ms(2 * 86'400'000LL);
    CHECK(shop.leased() == 0);
    CHECK(shop.redeem(10).verdict == RedeemVerdict::kNotLeased);
    CHECK(shop.hq.account(shop.ann).leased_total() == 60);
    CHECK(MUST(shop.till.settle_leases({})) == 1);
    shop.sync();
    CHECK(shop.hq.account(shop.ann).leased_total() == 0);
    CHECK(shop.balance(shop.ann) == 100);
}

TEST_CASE("lease: a refund gives back what is held of its sale first, so it makes no debt") {
    LeaseShop shop;
    REQUIRE(MUST(shop.till.check_out(shop.offline_bill(5'000, "B1"))).receipt);
    replica::RefundRequest refund;
    refund.member = shop.ann;
    refund.of_bill_no = "B1";
    refund.amount_minor = 5'000;
    const replica::Receipt receipt = MUST(shop.till.refund(refund));
    CHECK(receipt.points == -50);
    CHECK(receipt.amount_minor == -5'000);
    CHECK(shop.last_kinds(2) == std::vector{domain::OpKind::kLeaseReturn, domain::OpKind::kReverse});
    CHECK(shop.balance(shop.ann) == 100);
    CHECK(MUST(shop.replica.member(shop.ann))->account.debt == 0);
    shop.sync();
    CHECK(shop.balance(shop.ann) == 100);
    shop.check_sound();
}

TEST_CASE("lease: an adjustment downwards gives back what is held first") {
    LeaseShop shop;
    shop.grant(100);
    shop.feed();
    (void)shop.give(shop.ann, -30);
    CHECK(shop.last_kinds(2) == std::vector{domain::OpKind::kLeaseReturn, domain::OpKind::kAdjust});
    CHECK(shop.leased() == 70);
    CHECK(shop.balance(shop.ann) == 70);
    shop.sync();
    CHECK(shop.hq.account(shop.ann).debt == 0);
    shop.check_sound();
}

TEST_CASE("lease: a new epoch begins with nothing leased, and what the old one spent stays spent") {
    LeaseShop shop;
    shop.grant(60);
    CHECK_DONE(shop.replica.take_lease_state(shop.hq.lease_state(shop.replica, shop.ann)));
    REQUIRE(shop.redeem(20).receipt);
    wire::IncidentReport incident;
    incident.kind = wire::IncidentKind::kOlderCopy;
    CHECK_DONE(shop.replica.begin_epoch_after(MUST(shop.replica.head()).epoch, incident));
    CHECK(shop.leased() == 0);
    CHECK(shop.redeem(10).verdict == RedeemVerdict::kNotLeased);
    CHECK(shop.balance(shop.ann) == 80);
    shop.check_sound();
    shop.feed();  // the grant's page
    CHECK(shop.leased() == 0);
    CHECK(shop.balance(shop.ann) == 80);
    shop.check_sound();
}

TEST_CASE("lease: what headquarters wrote off is not spent any more, and is given back without effect") {
    LeaseShop shop;
    shop.grant(60);
    shop.feed();
    const replica::ChainHead head = MUST(shop.replica.head());
    shop.hq.elsewhere(
        shop.ann, shop.elsewhere(domain::LeaseWriteOff{shop.till.enrolment().terminal, head.epoch, {{shop.lot, 60}}}));
    shop.feed();
    CHECK(shop.leased() == 0);
    CHECK(shop.balance(shop.ann) == 100);
    CHECK(MUST(shop.till.settle_leases({})) == 1);
    shop.sync();
    CHECK(shop.balance(shop.ann) == 100);
    CHECK(shop.hq.account(shop.ann).slices.front().risk == 0);
    shop.check_sound();
}

TEST_CASE("lease: a cashier who gives up keeps what was there before, no more") {
    LeaseShop shop;
    shop.grant(20, 7);
    shop.feed();
    shop.grant(50);
    CHECK_DONE(shop.replica.take_lease_state(shop.hq.lease_state(shop.replica, shop.ann)));
    CHECK(shop.leased() == 70);
    CHECK_DONE(shop.till.return_beyond(shop.ann, 20));
    CHECK(shop.leased() == 20);
    CHECK_DONE(shop.till.return_beyond(shop.ann, 20));
    CHECK(shop.last_kinds(1) == std::vector{domain::OpKind::kLeaseReturn});
    CHECK(shop.leased() == 20);
    shop.check_sound();
}

TEST_CASE("lease: what was leased after the cashier had left goes back, what was leased in advance stays") {
    LeaseShop shop;
    shop.grant(20, 7);
    shop.feed();
    CHECK(MUST(shop.till.settle_leases({.abandoned = {shop.ann}})) == 0);
    LeaseShop other;
    other.grant(50);
    CHECK_DONE(other.replica.take_lease_state(other.hq.lease_state(other.replica, other.ann)));
    CHECK(MUST(other.till.settle_leases({.abandoned = {other.ann}, .waiting = {other.ann}})) == 0);
    CHECK(MUST(other.till.settle_leases({.abandoned = {other.ann}})) == 1);
    CHECK(other.leased() == 0);
    other.check_sound();
}

TEST_CASE("lease: of points that this till gave and no page has brought yet, a grant told beside the feed counts") {
    LeaseShop shop;
    REQUIRE(MUST(shop.till.check_out(shop.bill(shop.ann, 5'000, "B1"))).receipt);
    shop.ack();  // headquarters has the sale; its page is still on the way
    const replica::ChainHead head = MUST(shop.replica.head());
    const domain::OpId sale = MUST(shop.replica.last_operations(1)).front().op.id;
    shop.hq.elsewhere(shop.ann, shop.elsewhere(domain::LeaseGrant{
                                    shop.till.enrolment().terminal, head.epoch, {{sale, 40}}, shop.till.today()}));
    CHECK_DONE(shop.replica.take_lease_state(shop.hq.lease_state(shop.replica, shop.ann)));
    CHECK(shop.leased() == 40);
    REQUIRE(shop.redeem(40).receipt);
    CHECK(shop.balance(shop.ann) == 110);
    shop.check_sound();
    shop.sync();
    CHECK(shop.balance(shop.ann) == 110);
    CHECK(shop.leased() == 0);
    shop.check_sound();
}

TEST_CASE("lease: more slices than one return names go back in several") {
    LeaseShop shop;
    constexpr std::size_t kMany = domain::kSlicesPerOpMax + 5;
    const replica::ChainHead head = MUST(shop.replica.head());
    std::vector<domain::LotTake> slices;
    for (std::size_t i = 0; i < kMany; ++i) {
        const domain::Op lot = shop.elsewhere(domain::Adjust{1, domain::AdjustReason::kGoodwill, {}, {}}, 5);
        shop.hq.elsewhere(shop.ann, lot);
        slices.push_back({lot.id, 1});
    }
    for (std::size_t from = 0; from < kMany; from += 500) {
        const auto end = slices.begin() + static_cast<std::ptrdiff_t>(std::min(from + 500, kMany));
        const std::vector<domain::LotTake> part(slices.begin() + static_cast<std::ptrdiff_t>(from), end);
        shop.hq.elsewhere(shop.ann, shop.elsewhere(domain::LeaseGrant{shop.till.enrolment().terminal, head.epoch, part,
                                                                      shop.till.today()}));
    }
    shop.feed();
    CHECK(MUST(shop.till.settle_leases({.wanted_elsewhere = {shop.ann}})) == 1);
    CHECK(shop.last_kinds(2) == std::vector{domain::OpKind::kLeaseReturn, domain::OpKind::kLeaseReturn});
    CHECK(shop.leased() == 0);
    shop.sync();
    CHECK(shop.hq.account(shop.ann).leased_total() == 0);
}
