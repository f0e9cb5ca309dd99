// Pages of the change feed: what they cover leaves the overlay, once; what is wrong with them changes nothing.
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

// All that a page may change, as one text.
std::string fingerprint(replica::Replica& replica) {
    std::string out;
    for (const char* sql :
         {"SELECT count(*) FROM member", "SELECT count(*) FROM lookup",
          "SELECT coalesce(sum(length(profile)), 0) FROM member",
          "SELECT coalesce(sum(length(account)), 0) FROM member",
          "SELECT coalesce(sum(length(account)), 0) FROM member_own", "SELECT count(*) FROM store_day",
          "SELECT count(*) FROM programme", "SELECT count(*) FROM outcome", "SELECT pending FROM till_state",
          "SELECT cursor FROM till_state", "SELECT floor_pos FROM till_state", "SELECT confirmed_ms FROM till_state",
          "SELECT members FROM till_state"})
        out += std::to_string(MUST(replica.db().query_int64(sql))) + " ";
    return out;
}

}  // namespace

TEST_CASE("feed: an acknowledgement leaves the overlay, a covering page empties it, and the numbers stay") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna Li", "13800138000");
    bench.add(anna, Bench::earn(120, "B1"));
    const domain::Account before = bench.overlay(anna);
    bench.ack();
    CHECK(MUST(bench.replica.unacknowledged_count()) == 0);
    CHECK(MUST(bench.replica.pending_count()) == 2);
    CHECK(MUST(bench.replica.member(anna))->pending.at(1).acknowledged);
    CHECK_FALSE(MUST(bench.replica.member(anna))->confirmed);
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 0);
    const auto view = MUST(bench.replica.member(anna)).value();
    CHECK(view.confirmed);
    CHECK(view.pending.empty());
    CHECK(view.account == before);
    CHECK(view.profile.text(domain::Field::kName) == "Anna Li");
    CHECK(MUST(bench.replica.cursor()).confirmed_ms > 0);
    CHECK(MUST(bench.replica.last_operations(1)).at(0).covered);
    bench.add(anna, Bench::earn(30, "B2"));
    CHECK(bench.overlay(anna).balance_on(kDay) == 150);
}

TEST_CASE("feed: for every interleaving of sales, pushes and pages each operation counts exactly once") {
    // a, b: a sale for one of two members; s: a sale without one; p: push one; P: push all; f: one page of one change;
    // F: all pages; o: an operation of another till. Every word of length 5, each checked after every letter.
    const std::string letters = "absPpfFo";
    std::uint64_t words = 0;
    const auto run = [&](const std::string& word) {
        Bench bench;
        const domain::MemberId members[] = {Bench::member(1), Bench::member(2)};
        domain::Account truth[2];
        std::int64_t sales = 0;
        std::uint64_t elsewhere = 0;
        for (const char letter : word) {
            if (letter == 'a' || letter == 'b') {
                const int who = letter - 'a';
                const auto made = bench.add(members[who], Bench::earn(10 + sales));
                ++sales;
                domain::Op op;
                op = MUST(bench.replica.operation(made.id))->op;
                (void)MUST(domain::fold(truth[who], op));
            } else if (letter == 's') {
                domain::Sale sale;
                sale.amount_minor = 7;
                bench.add({}, sale);
                ++sales;
            } else if (letter == 'p') {
                bench.ack(1);
            } else if (letter == 'P') {
                bench.ack();
            } else if (letter == 'F') {
                bench.feed();
            } else if (letter == 'f') {
                replica::FeedCursor cursor = MUST(bench.replica.cursor());
                CHECK_DONE(bench.replica.apply_page(bench.hq.page(bench.replica, cursor.position, 1),
                                                    bench.hq.wrap_at(bench.replica), bench.hq.hq.public_key()));
            } else {
                domain::Op op = bench.op(members[0], Bench::earn(1000));
                op.id = {7, {}, ++elsewhere};
                op.id.epoch.bytes[0] = 7;
                op.store = "S7";
                bench.hq.elsewhere(members[0], op);
                (void)MUST(domain::fold(truth[0], op));
            }
            // The overlay's own part is always whole: what came from elsewhere may be missing until it is fed.
            for (int who = 0; who < 2; ++who) {
                const auto view = MUST(bench.replica.member(members[who]));
                domain::Points own = 0, expected = 0;
                if (view)
                    for (const auto& lot : view->account.lots)
                        if (lot.maker.terminal == 2) own += lot.issued;
                for (const auto& lot : truth[who].lots)
                    if (lot.maker.terminal == 2) expected += lot.issued;
                REQUIRE_MESSAGE(own == expected, "word " << word);
            }
            REQUIRE_MESSAGE(MUST(bench.replica.pending_ops()).size() == MUST(bench.replica.pending_count()),
                            "word " << word);
        }
        bench.ack();
        bench.feed(1);
        REQUIRE_MESSAGE(MUST(bench.replica.pending_count()) == 0, "word " << word);
        for (int who = 0; who < 2; ++who) {
            const auto view = MUST(bench.replica.member(members[who]));
            const domain::Account account = view ? view->account : domain::Account{};
            REQUIRE_MESSAGE(account.earned_total == truth[who].earned_total, "word " << word);
            REQUIRE_MESSAGE(account.folded_ops == truth[who].folded_ops, "word " << word);
        }
        domain::StoreDay total;
        for (const auto& row : MUST(bench.replica.store_days()))
            if (row.store == "S1") total += row.totals;
        REQUIRE_MESSAGE(total.bills == sales, "word " << word);
        REQUIRE(total == bench.hq.store_total("S1"));
        ++words;
    };
    // All words of length 4 would be 4,096 databases; all that start with a sale and hold a push and a page are enough.
    for (const char first : std::string("as"))
        for (const char second : letters)
            for (const char third : letters)
                for (const char fourth : std::string("aPfFo")) run({first, second, third, fourth});
    CHECK(words == 2 * 8 * 8 * 5);
}

TEST_CASE("feed: store totals count a pending sale once, before and after its day came by the feed") {
    Bench bench;
    const auto anna = Bench::member(1);
    const auto bills = [&] {
        std::int64_t sum = 0;
        for (const auto& row : MUST(bench.replica.store_days())) sum += row.totals.bills;
        return sum;
    };
    bench.add(anna, Bench::earn(10));
    domain::Sale sale;
    sale.amount_minor = 300;
    bench.add({}, sale);
    CHECK(bills() == 2);
    bench.ack();
    CHECK(bills() == 2);
    bench.feed();
    CHECK(bills() == 2);
    domain::Sale refund;
    refund.amount_minor = -100;
    bench.add({}, refund);
    CHECK(bills() == 3);
    const auto rows = MUST(bench.replica.store_days());
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].totals.amount_minor == 1000 + 300 - 100);
}

TEST_CASE("feed: a page again, a gap, or positions that fall are refused without effect") {
    Bench bench;
    bench.hq.add_member({{domain::Field::kName, "Bo"}}, 1);
    const auto wrap = bench.hq.wrap_at(bench.replica);
    const auto key = bench.hq.hq.public_key();
    const wire::FeedPage first = bench.hq.page(bench.replica, 0);
    CHECK_DONE(bench.replica.apply_page(first, wrap, key));
    const std::string before = fingerprint(bench.replica);
    CHECK_FAILS(bench.replica.apply_page(first, wrap, key), Code::kInvalid);
    wire::FeedPage page = first;
    page.from = 5;
    page.to = page.as_of = 9;
    CHECK_FAILS(bench.replica.apply_page(page, wrap, key), Code::kInvalid);
    page = first;
    page.from = MUST(bench.replica.cursor()).position;
    page.to = 0;
    CHECK_FAILS(bench.replica.apply_page(page, wrap, key), Code::kInvalid);
    page = first;
    page.incarnation = {};
    CHECK_FAILS(bench.replica.apply_page(page, wrap, key), Code::kInvalid);
    CHECK(fingerprint(bench.replica) == before);
}

TEST_CASE("feed: a page that covers operations never made here is damage") {
    Bench bench;
    bench.add(Bench::member(1), Bench::earn(10));
    bench.ack();
    wire::FeedPage page = bench.hq.page(bench.replica, 0);
    page.covered_seq = 2;
    const std::string before = fingerprint(bench.replica);
    CHECK_FAILS(bench.replica.apply_page(page, bench.hq.wrap_at(bench.replica), bench.hq.hq.public_key()),
                Code::kDamaged);
    CHECK(fingerprint(bench.replica) == before);
    wire::Ack ack{MUST(bench.replica.head()).epoch, 2, {}};
    CHECK_FAILS(bench.replica.record_ack(ack), Code::kInvalid);
}

TEST_CASE("feed: bytes that do not decode or open are damage, and nothing of the page stays") {
    SeededRandom random(support::seed());
    Bench bench;
    bench.add(Bench::member(1), Bench::earn(10, "B1"));
    bench.sign_up(Bench::member(1), "Anna");
    bench.ack();
    bench.hq.add_member({{domain::Field::kName, "Bo"}, {domain::Field::kPhone, "13900139000"}}, 5);
    const wire::FeedPage good = bench.hq.page(bench.replica, 0);
    const auto wrap = bench.hq.wrap_at(bench.replica);
    const std::string before = fingerprint(bench.replica);
    for (int round = 0; round < 600; ++round) {
        wire::FeedPage page = good;
        wire::MemberChange& change = page.members[random.below(page.members.size())];
        const bool known = change.member == Bench::member(1);  // its key is here: a broken wrap would not be looked at
        const std::uint64_t which = random.below(known ? 2 : 3);
        Bytes& target = which == 0 ? change.account : which == 1 ? change.sealed_profile : change.wrapped_key;
        if (which == 0 || random.below(4) == 0) {
            target.resize(1 + random.below(120));
            random.fill(target);
        } else {
            target[random.below(target.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
        }
        if (which == 0 && wire::decode_account(target)) continue;  // by chance the grammar of another account
        CHECK_FAILS(bench.replica.apply_page(page, wrap, bench.hq.hq.public_key()), Code::kDamaged);
        REQUIRE(fingerprint(bench.replica) == before);
    }
    CHECK_DONE(bench.replica.apply_page(good, wrap, bench.hq.hq.public_key()));
}

TEST_CASE("feed: an account that the fold could trip over is damage") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna");
    bench.add(anna, Bench::earn(500, "B1"));
    domain::Redeem redeem;
    redeem.points = 200;
    redeem.takes = domain::plan_takes(bench.overlay(anna), kDay, 200);
    bench.add(anna, redeem);
    bench.ack();
    const wire::FeedPage good = bench.hq.page(bench.replica, 0);
    const domain::Account sound = MUST(wire::decode_account(good.members.at(0).account));
    const auto refused = [&](const domain::Account& account) {
        wire::FeedPage page = good;
        page.members[0].account = wire::encode_account(account);
        CHECK_FAILS(bench.replica.apply_page(page, bench.hq.wrap_at(bench.replica), bench.hq.hq.public_key()),
                    Code::kDamaged);
    };
    domain::Account broken = sound;
    broken.redemptions[0].takes[0].lot.seq += 5;
    refused(broken);
    broken = sound;
    broken.redemptions[0].takes[0].points -= 1;
    refused(broken);
    broken = sound;
    broken.redemptions.clear();
    refused(broken);
    broken = sound;
    broken.redemptions[0].value_minor = INT64_MAX;
    refused(broken);
    broken = sound;
    broken.debt = broken.redeemed_total = INT64_MAX;
    refused(broken);
    broken = sound;
    broken.redemptions[0].overdrawn = 200;
    broken.redemptions[0].takes.clear();
    refused(broken);
    broken = sound;
    broken.lots[0].free = INT64_MAX;
    refused(broken);
    broken = sound;
    broken.waiting.push_back({.op = broken.lots[0].maker, .target = broken.redemptions[0].op, .points = -1});
    refused(broken);
    broken = sound;
    broken.aliases.push_back({broken.lots[0].maker, broken.lots[0].maker});
    refused(broken);
    broken = sound;
    broken.aliases.push_back({broken.lots[0].maker, {}});
    refused(broken);
    CHECK_DONE(bench.replica.apply_page(good, bench.hq.wrap_at(bench.replica), bench.hq.hq.public_key()));
}

TEST_CASE("feed: a member is found by what changed and no longer by what was") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna Li", "13800138000");
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.find(domain::IdentityKind::kPhone, "+8613800138000")) == anna);
    domain::ProfileEdit edit;
    edit.fields = {domain::Field::kName};
    domain::Op op = bench.op(anna, edit);
    op.at = domain::Hlc::of(op.at.ms() + 1000, 0);
    (void)MUST(bench.replica.append(op, {{domain::Field::kName, "Berta Li"}}));
    CHECK(MUST(bench.replica.find_by_name("Anna", 10)).empty());
    CHECK(MUST(bench.replica.find_by_name("Berta", 10)).size() == 1);
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.find_by_name("anna", 10)).empty());
    CHECK(MUST(bench.replica.find_by_name("berta", 10)).size() == 1);
    CHECK(MUST(bench.replica.find_by_name("li", 10)).size() == 1);
}

TEST_CASE("feed: another incarnation starts from zero, keeps the log, and counts again what it does not cover") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna Li", "13800138000");
    bench.add(anna, Bench::earn(120, "B1"));
    domain::Sale sale;
    sale.amount_minor = 300;
    bench.add({}, sale);
    const auto gone = bench.hq.add_member({{domain::Field::kName, "Gone"}, {domain::Field::kPhone, "13700137000"}}, 9);
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 0);

    SmallHq restored(2);  // an older backup: it knows nothing of us
    std::swap(restored.hq, bench.hq.hq);
    wire::FeedPage page = restored.page(bench.replica, 3);
    CHECK_FAILS(bench.replica.apply_page(page, restored.wrap_at(bench.replica), restored.hq.public_key()),
                Code::kInvalid);
    CHECK(MUST(bench.replica.pending_count()) == 0);
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.cursor()).incarnation != wire::Incarnation{});
    CHECK(MUST(bench.replica.pending_count()) == 3);
    CHECK(MUST(bench.replica.pending_ops()).size() == 3);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 3);
    const auto view = MUST(bench.replica.member(anna)).value();
    CHECK_FALSE(view.confirmed);
    CHECK(view.account.balance_on(kDay) == 120);
    CHECK(view.profile.text(domain::Field::kName) == "Anna Li");
    CHECK(MUST(bench.replica.find(domain::IdentityKind::kPhone, "+8613800138000")) == anna);
    CHECK_FALSE(MUST(bench.replica.member(gone)).has_value());
    CHECK_FALSE(MUST(bench.replica.find(domain::IdentityKind::kPhone, "+8613700137000")).has_value());
    CHECK_DONE(bench.replica.verify_log());

    CHECK_DONE(bench.replica.record_ack(restored.pull(bench.replica)));
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.pending_count()) == 0);
    CHECK(bench.overlay(anna) == restored.account(anna));
    CHECK(bench.overlay(anna).balance_on(kDay) == 120);
    std::int64_t bills = 0;
    for (const auto& row : MUST(bench.replica.store_days())) bills += row.totals.bills;
    CHECK(bills == 2);
}

TEST_CASE("feed: after another incarnation that covers its log a till without new operations has none waiting") {
    Bench bench;
    const auto anna = bench.member(1);
    bench.add(anna, Bench::earn(120, "B1"));
    bench.add(anna, Bench::earn(30, "B2"));
    SmallHq restored(2);  // from a backup that holds the first two operations
    restored.pull(bench.replica);
    bench.add(anna, Bench::earn(10, "B3"));
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.unacknowledged_count()) == 0);
    std::swap(restored.hq, bench.hq.hq);
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 1);
    CHECK(MUST(bench.replica.pending_count()) == 1);
    restored.pull(bench.replica);  // the acknowledgement is lost, the page says the same
    restored.feed(bench.replica);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 0);
    CHECK(MUST(bench.replica.pending_count()) == 0);
}

TEST_CASE("feed: outcomes of acknowledgements and notices are kept with the operation") {
    Bench bench;
    const auto made = bench.add(Bench::member(1), Bench::earn(10));
    wire::Ack ack = bench.hq.pull(bench.replica);
    ack.not_simply_accepted.push_back({made.id.epoch, made.id.seq, domain::Outcome::kQuarantined, "for a person"});
    CHECK_DONE(bench.replica.record_ack(ack));
    CHECK(MUST(bench.replica.operation(made.id))->outcome->reason == "for a person");
    wire::FeedPage page = bench.hq.page(bench.replica, 0);
    page.notices.push_back({made.id.epoch, made.id.seq, domain::Outcome::kAccepted, "released"});
    page.notices.push_back({domain::Epoch{}, 5, domain::Outcome::kAccepted, "of nobody"});
    CHECK_DONE(bench.replica.apply_page(page, bench.hq.wrap_at(bench.replica), bench.hq.hq.public_key()));
    CHECK(MUST(bench.replica.operation(made.id))->outcome->outcome == domain::Outcome::kAccepted);
}
