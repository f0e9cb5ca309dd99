// What a replica remembers of having been revoked, and what it does and does not do then.
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;
using replica::Replica;
using replica::Revocation;

TEST_CASE("revoked: remembered across restarts; nothing is appended, members are looked up, what was there stays") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna Li", "13800138000");
    bench.add(anna, Bench::earn(120, "B1"));
    CHECK_FALSE(MUST(bench.replica.revocation()).has_value());
    CHECK_DONE(bench.replica.set_revocation(Revocation{1'000, "terminal 2 has been revoked: stolen"}));
    bench.reopen();
    const auto known = MUST(bench.replica.revocation());
    REQUIRE(known.has_value());
    CHECK(known->at_ms == 1'000);
    CHECK(known->reason == "terminal 2 has been revoked: stolen");

    CHECK_FAILS(bench.replica.append(bench.op(anna, Bench::earn(1, "B2")), {}), Code::kRefused);
    CHECK_FAILS(bench.replica.append(bench.op(anna, Bench::earn(120, "B1")), {}), Code::kRefused);  // entered again too
    CHECK_FAILS(bench.replica.append(bench.op({}, domain::Sale{}), {}), Code::kRefused);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 2);
    CHECK(MUST(bench.replica.find(domain::IdentityKind::kPhone, "+8613800138000")) == anna);
    CHECK(bench.overlay(anna).balance_on(kDay) == 120);
    CHECK_DONE(bench.replica.verify_log());

    CHECK_DONE(bench.replica.set_revocation(std::nullopt));
    bench.reopen();
    CHECK_FALSE(MUST(bench.replica.revocation()).has_value());
    bench.add(anna, Bench::earn(5, "B2"));
    CHECK(bench.overlay(anna).balance_on(kDay) == 125);
}

TEST_CASE("revoked: heard again and again it is one fact with its first time, and costs no write") {
    Bench bench;
    Replica other = bench.open();
    CHECK_DONE(bench.replica.set_revocation(Revocation{1'000, "stolen"}));
    const std::int64_t version = MUST(other.data_version());
    CHECK_DONE(bench.replica.set_revocation(Revocation{2'000, "stolen"}));
    CHECK(MUST(other.data_version()) == version);
    CHECK(MUST(other.revocation())->at_ms == 1'000);
    CHECK_DONE(bench.replica.set_revocation(Revocation{3'000, "found, and lost again"}));
    CHECK(MUST(other.data_version()) != version);
    CHECK(MUST(other.revocation())->at_ms == 3'000);
}

TEST_CASE("revoked: a till refuses every act, previews too, and another connection's word reaches it at once") {
    Bench bench;
    bench.hq.publish([] {
        domain::Programme programme;
        programme.version = 1;
        programme.chain_name = "Test";
        return programme;
    }());
    bench.feed();
    SystemClock clock;
    SeededRandom random{support::seed()};
    replica::Till till = MUST(replica::Till::start(bench.replica, clock, random));
    replica::RegisterRequest person;
    person.fields[domain::Field::kPhone] = "13812348000";
    const domain::MemberId member = MUST(till.register_member(person)).member;
    replica::SaleRequest sale;
    sale.member = member;
    sale.amount_minor = 10'000;
    MUST(till.sale(sale));
    CHECK_DONE(bench.open().set_revocation(Revocation{1, "stolen"}));

    CHECK_FAILS(till.preview_sale(sale), Code::kRefused);
    CHECK_FAILS(till.sale(sale), Code::kRefused);
    replica::RefundRequest refund;
    refund.member = member;
    refund.amount_minor = 100;
    CHECK_FAILS(till.refund(refund), Code::kRefused);
    replica::RedeemRequest redeem;
    redeem.member = member;
    redeem.points = 100;
    CHECK_FAILS(till.redeem(redeem, false), Code::kRefused);
    person.fields[domain::Field::kPhone] = "13812348001";
    CHECK_FAILS(till.register_member(person), Code::kRefused);
    CHECK_FAILS(till.add_note(member, "x"), Code::kRefused);
    CHECK(MUST(till.find_code("13812348000")).has_value());
    CHECK(MUST(till.card(member)).balance == 100);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 2);
}

TEST_CASE("revoked: enrolled anew it is the same terminal at a new address, and nobody else's") {
    Bench bench;
    const auto before = MUST(bench.replica.enrolment()).value();
    CHECK_DONE(bench.replica.set_revocation(Revocation{1, "stolen"}));
    for (int what = 0; what < 3; ++what) {
        replica::Enrolment wrong = before;
        if (what == 0) wrong.terminal = 3;
        if (what == 1) wrong.store = "S2";
        if (what == 2) wrong.hq_key = crypto::Device::create().public_key();
        CHECK_FAILS(bench.replica.renew_enrolment(wrong), Code::kRefused);
        CHECK(MUST(bench.replica.revocation()).has_value());
        CHECK(MUST(bench.replica.enrolment())->terminal == before.terminal);
    }
    replica::Enrolment moved = before;
    moved.hq_host = "elsewhere", moved.hq_port = 9, moved.store_name = "Renamed";
    CHECK_DONE(bench.replica.renew_enrolment(moved));
    CHECK(MUST(bench.replica.enrolment())->hq_host == "elsewhere");
    bench.reopen();
    CHECK_FALSE(MUST(bench.replica.revocation()).has_value());
    CHECK(MUST(bench.replica.enrolment())->hq_port == 9);
    CHECK(MUST(bench.replica.enrolment())->store_name == "Renamed");

    support::TempDir empty;
    Replica fresh = MUST(Replica::create(empty.path(), bench.data_key));
    CHECK_FAILS(fresh.renew_enrolment(moved), Code::kNotFound);
}
