#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("feed: any history of cursors and any cut of pages ends in the same bytes as a bootstrap") {
    const std::uint64_t seed = seed_of_run();
    SeededRandom random(seed);
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S2");
    std::vector<Follower> followers;
    for (int i = 0; i < 4; ++i) followers.push_back({i % 2 ? &a : &b});
    for (int round = 0; round < 60; ++round) {
        for (Terminal* till : {&a, &b}) {
            const std::uint64_t ops = 1 + random.below(8);
            for (std::uint64_t i = 0; i < ops; ++i) {
                const MemberId member = member_number(1 + random.below(12));
                switch (random.below(6)) {
                    case 0: till->redeem(member, 100 * (1 + random.below(3)), 100); break;
                    case 1:
                        till->refund(
                            member,
                            "S" + std::to_string(1 + random.below(2)) + "-" + std::to_string(1 + random.below(200)),
                            random.below(9000));
                        break;
                    case 2: till->write({}, Sale{.amount_minor = static_cast<Minor>(random.below(500))}); break;
                    case 3:
                        till->write(member, ProfileEdit{.fields = {Field::kName}},
                                    {{Field::kName, "n" + std::to_string(random.below(99))}});
                        break;
                    default: till->earn(member, random.below(40'000), {}, kToday + random.below(3)); break;
                }
            }
            till->push_all();
        }
        if (round == 30) {
            Programme next = plain_programme();
            next.floor_limit_points = 900;
            must(hq.intake->publish(next, hq.now_ms));
        }
        for (Follower& follower : followers)
            if (random.below(3) == 0)
                follower.step({.changes_max = 1 + random.below(7), .bytes_max = 200 + random.below(4000)});
    }
    for (Follower& follower : followers) follower.catch_up({.changes_max = 1 + random.below(3), .bytes_max = 1});
    Follower fresh{&a};
    fresh.catch_up();
    CHECK(fresh.accounts.size() == 12);
    std::int64_t stored = 0;
    for (const auto& [member, bytes] : fresh.accounts) {
        CHECK(must(hq.store->member(member))->account == bytes);
        ++stored;
    }
    CHECK(stored == hq.count("member"));
    for (const Follower& follower : followers) {
        CHECK(follower.accounts == fresh.accounts);
        CHECK(follower.profiles == fresh.profiles);
        CHECK(follower.days == fresh.days);
        CHECK(follower.programme->bytes == fresh.programme->bytes);
        CHECK(follower.cursor == fresh.cursor);
        CHECK(follower.pages > fresh.pages);
        CHECK(follower.covered_seq == follower.terminal->next_seq - 1);
    }
    CHECK(static_cast<std::int64_t>(fresh.days.size()) == hq.count("store_day"));
    CHECK(crypto::verify(hq.device.public_key(), wire::kProgrammeContext, fresh.programme->bytes,
                         fresh.programme->signature));
    CHECK(must(wire::decode_programme(fresh.programme->bytes)).version == 2);
}

TEST_CASE("feed: every state on a page has folded in the terminal's operations up to covered_seq") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 5; ++i) till.earn(member, 100);
    till.push(1, 3);
    auto page = must(hq.intake->page(till.session(), 0, {}, hq.now_ms));
    CHECK(page.covered_epoch == till.epoch);
    CHECK(page.covered_seq == 3);
    REQUIRE(page.members.size() == 1);
    CHECK(must(wire::decode_account(page.members[0].account)).bills == 3);
    till.push(4, 2);
    page = must(hq.intake->page(till.session(), page.to, {}, hq.now_ms));
    CHECK(page.covered_seq == 5);
    CHECK(page.members[0].member_seq == 5);
    page = must(hq.intake->page(till.session(), page.to, {}, hq.now_ms));
    CHECK(page.to == page.from);
    CHECK(page.covered_seq == 5);
}

TEST_CASE("feed: an operation without effect sends the state again, so that it leaves its till's overlay") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1");
    const MemberId member = member_number(1);
    a.write(member, Earn{.bill = {"B", "till 1", 0}, .amount_minor = 1000, .eligible_minor = 1000, .points = 10});
    a.push_all();
    Follower follower{&b};
    follower.catch_up();
    b.write(member, Earn{.bill = {"B", "till 1", 0}, .amount_minor = 1000, .eligible_minor = 1000, .points = 10});
    CHECK(b.push_all().at(1).outcome == Outcome::kDuplicate);
    const auto page = must(hq.intake->page(b.session(), follower.cursor, {}, hq.now_ms));
    REQUIRE(page.members.size() == 1);
    Account after = must(wire::decode_account(page.members[0].account));
    REQUIRE(after.aliases.size() == 1);  // what the repeated operation stands for; nothing else has changed
    CHECK(after.aliases[0].first.terminal == a.id);
    after.aliases.clear();
    CHECK(after == must(wire::decode_account(follower.accounts.at(member))));
    REQUIRE(page.stores.size() == 1);
    CHECK(page.stores[0].totals.bills == 1);
}

TEST_CASE("feed: what another process commits is seen, and its states are not overwritten by cached ones") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    till.earn(member, 1000);
    till.push_all();
    auto connection = hq.other_connection();
    intake::Intake other(*connection, hq.device);
    intake::Intake::OwnOp op;
    op.op.member = member;
    op.op.business_day = kToday;
    op.op.store = "S9";
    op.op.body = Adjust{.points = 500, .reason = AdjustReason::kGoodwill};
    must(other.append_own(std::span(&op, 1), hq.now_ms));
    till.earn(member, 1000);
    till.push_all();
    CHECK(hq.account(member).free_total() == 520);
    CHECK(must(hq.intake->feed_head()) == 4);
    // And the other way round.
    intake::Intake::OwnOp more = op;
    more.op.body = Adjust{.points = 1, .reason = AdjustReason::kGoodwill};
    must(other.append_own(std::span(&more, 1), hq.now_ms));
    CHECK(hq.account(member).free_total() == 521);
    CHECK(must(hq.store->chain(kHqTerminal, must(hq.store->hq()).own_epoch))->next_seq == 3);
}
