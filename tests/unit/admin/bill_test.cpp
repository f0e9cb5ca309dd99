// The guard of bills: a numbered bill counts once in the whole chain of stores, whoever enters it.
#include "hq-server/admin/verify.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

Sale sale_of(const std::string& bill_no, Minor amount, const std::string& till = "T") {
    return Sale{.bill = {bill_no, till, 0}, .amount_minor = amount, .lines = {}};
}
Earn earn_of(const std::string& bill_no, Minor amount) {
    return Earn{.bill = {bill_no, "T", 0}, .amount_minor = amount, .eligible_minor = amount, .points = amount / 100};
}
Reverse refund_of(const std::string& bill_no, const std::string& of, Minor amount) {
    Reverse out;
    out.target_bill_no = of;
    out.bill = {bill_no, "T", 0};
    out.amount_minor = amount;
    return out;
}
Redeem redeem_of(const std::string& bill_no, Points points) {
    Redeem out;
    out.bill = {bill_no, "T", 0};
    out.points = points;
    out.value_minor = points;
    return out;
}
const MemberId kLi = member_number(1), kHan = member_number(2);

}  // namespace

TEST_CASE(
    "bill: every kind that comes again from another terminal is a duplicate, with a reason, and stays in the log") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1");
    const auto write = [](Terminal& till) {
        till.write({}, sale_of("s1", 700));
        till.write({}, sale_of("r0", -300));
        till.write(kLi, earn_of("e1", 10'000));
        till.write(kLi, redeem_of("d1", 30));
        till.write(kLi, refund_of("r1", "e1", 4'000));
    };
    write(a);
    CHECK(a.push_all().empty());
    const StoreDay once = hq.store_day("S1", kToday);
    const Account account = hq.account(kLi);
    write(b);
    const auto outcomes = b.push_all();
    REQUIRE(outcomes.size() == 5);
    const char* bills[] = {"", "s1", "r0", "e1", "d1", "r1"};
    for (std::uint64_t seq = 1; seq <= 5; ++seq) {
        CHECK(outcomes.at(seq).outcome == Outcome::kDuplicate);
        CHECK(outcomes.at(seq).reason ==
              "bill " + std::string(bills[seq]) + " has been counted as " + op_text({a.id, a.epoch, seq}));
    }
    CHECK(hq.store_day("S1", kToday) == once);
    CHECK(hq.account(kLi).free_total() == account.free_total());
    CHECK(hq.account(kLi).redeemed_total == account.redeemed_total);
    CHECK(hq.account(kLi).spend_minor == account.spend_minor);
    CHECK(hq.count("op_log") == 10);
    CHECK(hq.count("bill") == 5);
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
    Follower follower{&b};
    follower.catch_up();
    CHECK(follower.notices.size() == 5);
}

TEST_CASE("bill: the guard holds inside one commit, across commits and after HQ was opened again") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1");
    SUBCASE("one batch") {
        a.write({}, sale_of("s1", 700));
        a.write({}, sale_of("s1", 700));
        CHECK(a.push_all().at(2).outcome == Outcome::kDuplicate);
    }
    SUBCASE("two terminals in one group") {
        a.write({}, sale_of("s1", 700));
        b.write({}, sale_of("s1", 700));
        std::vector<intake::PreparedPush> pushes;
        pushes.push_back(a.prepared(1, 1));
        pushes.push_back(b.prepared(1, 1));
        const auto answers = must(hq.intake->commit(pushes, hq.now_ms));
        CHECK(std::get<wire::Ack>(answers[1].answer).not_simply_accepted.at(0).outcome == Outcome::kDuplicate);
    }
    SUBCASE("after a restart") {
        a.write({}, sale_of("s1", 700));
        a.push_all();
        hq.reopen();
        b.write({}, sale_of("s1", 700));
        CHECK(b.push_all().at(1).outcome == Outcome::kDuplicate);
    }
    CHECK(hq.store_day("S1", kToday) == StoreDay{.bills = 1, .amount_minor = 700});
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: the same number with another amount or another member is held, and nothing behind it") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1");
    a.write({}, sale_of("s1", 700));
    a.write(kLi, earn_of("e1", 10'000));
    a.write(kLi, redeem_of("d1", 30));
    a.write(kLi, refund_of("r1", "e1", 4'000));
    a.push_all();
    b.write({}, sale_of("s1", 701));
    b.write(kHan, earn_of("e1", 10'000));
    b.write({}, sale_of("e1", 10'000));
    b.write(kLi, redeem_of("d1", 31));
    b.write(kLi, refund_of("r1", "e1", 4'001));
    b.write({}, sale_of("s2", 50));
    const auto outcomes = b.push_all();
    CHECK(outcomes.size() == 5);
    for (std::uint64_t seq = 1; seq <= 5; ++seq) CHECK(outcomes.at(seq).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(1).reason == "sale s1 exists with another amount as " + op_text({a.id, a.epoch, 1}));
    CHECK(outcomes.at(2).reason == "sale e1 exists for another member as " + op_text({a.id, a.epoch, 2}));
    CHECK(hq.count("conflict WHERE kind = 5") == 5);
    CHECK(hq.store_day("S1", kToday).amount_minor == 700 + 10'000 - 4'000 + 50);
    CHECK(hq.account(kHan).lots.empty());
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: what differs in store, day, till, kind or part is another bill; a refund has a number of its own") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1"), other(hq, "S2");
    a.write(kLi, earn_of("1", 10'000));
    for (int part = 1; part <= 3; ++part) a.write(kLi, refund_of("R" + std::to_string(part), "1", 3'000));
    a.write(kLi, refund_of("1", "1", 1'000));  // the numbers of refunds may be those of sales
    a.write(kLi, redeem_of("1", 0 + 1));
    a.write({}, sale_of("1", 100, "U"));
    a.write({}, sale_of("1", 100, ""));
    b.write({}, sale_of("1", 100, ""));
    a.write({}, sale_of("1", 100, "U"), {}, kToday - 1);
    a.write({}, Sale{.bill = {"1", "U", 1}, .amount_minor = 100, .lines = {}});
    other.write({}, sale_of("1", 100, "U"));
    CHECK(a.push_all().size() == 1);  // the redemption finds no points left: debt
    CHECK(b.push_all().empty());
    CHECK(other.push_all().empty());
    CHECK(hq.account(kLi).spend_minor == 0);
    CHECK(hq.count("bill") == 12);
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: what names a duplicate means the first, in every order in which two tills are heard") {
    for (int order = 0; order < 6; ++order) {
        CAPTURE(order);
        Hq hq;
        Terminal a(hq, "S1"), b(hq, "S1"), c(hq, "S1");
        a.write(kLi, earn_of("e1", 10'000));
        const OpId duplicate = b.write(kLi, earn_of("e1", 10'000));
        Reverse refund;
        refund.target = duplicate;
        refund.amount_minor = 6'000;
        c.write(kLi, refund);
        Terminal* heard[6][3] = {{&a, &b, &c}, {&a, &c, &b}, {&b, &a, &c}, {&b, &c, &a}, {&c, &a, &b}, {&c, &b, &a}};
        for (Terminal* till : heard[order]) till->push_all();
        const Account account = hq.account(kLi);
        CHECK(account.waiting.empty());
        CHECK(account.free_total() == 40);
        CHECK(account.spend_minor == 4'000);
        CHECK(hq.store_day("S1", kToday).points_reversed == 60);
        CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
        Follower follower{&c};
        follower.catch_up();
        CHECK(must(wire::decode_account(follower.accounts.at(kLi))) == account);
    }
}

TEST_CASE("bill: a terminal that names another store takes no bill of that store's tills, only its own") {
    Hq hq;
    Terminal till(hq, "S1"), other(hq, "S2"), third(hq, "S3");
    other.store = third.store = "S1";
    other.write({}, sale_of("s1", 1));
    other.write(kHan, earn_of("e1", 100));
    other.write({}, sale_of("s1", 1));
    const auto taken = other.push_all();
    CHECK(taken.size() == 1);
    CHECK(taken.at(3).outcome == Outcome::kDuplicate);
    third.write({}, sale_of("s1", 2));
    CHECK(third.push_all().empty());
    till.write({}, sale_of("s1", 700));
    till.write(kLi, earn_of("e1", 10'000));
    CHECK(till.push_all().empty());
    CHECK(hq.account(kLi).free_total() == 100);
    CHECK(hq.count("conflict WHERE kind = 10") == 3);
    CHECK(hq.count("bill") == 5);
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: what its till marked is held in the mark's words though its bill is taken too, and verify agrees") {
    Hq hq;
    Terminal till(hq, "S1");
    till.write(kLi, earn_of("17", 1'000));
    const char* expected = "exceeds the limit bills_hour";
    SUBCASE("another amount") {
        till.over_limit = "bills_hour";
        till.write(kLi, earn_of("17", 2'000));
    }
    SUBCASE("another member") {
        till.over_limit = "bills_hour";
        till.write(kHan, earn_of("17", 1'000));
    }
    SUBCASE("a forgotten bill was counted before") {
        Earn late = earn_of("18", 1'000);
        late.bill.till.clear();
        late.late_for = kToday;
        till.write(kLi, late);
        till.over_limit = "bills_hour";
        till.write(kLi, earn_of("18", 1'000));
    }
    const auto outcomes = till.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.begin()->second.outcome == Outcome::kQuarantined);
    CHECK(outcomes.begin()->second.reason == expected);
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: what is held for its bill says so although its day or account is near the bound, and verify agrees") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S1");
    a.write({}, sale_of("s1", 700));
    a.write(kLi, earn_of("e1", 10'000));
    a.push_all();
    b.write({}, sale_of("s1", 701));
    b.write(kLi, earn_of("e1", 10'001));
    std::map<std::uint64_t, wire::OpOutcome> outcomes;
    SUBCASE("the day") {
        hq.exec("UPDATE store_day SET amount_minor = amount_minor + (1 << 51)");
        hq.reopen();
        outcomes = b.push_all();
        hq.exec("UPDATE store_day SET amount_minor = amount_minor - (1 << 51)");
    }
    SUBCASE("the account") {
        const auto put = [&](const Account& account) {
            auto row = *must(hq.store->member(kLi));
            row.account = wire::encode_account(account);
            auto scope = must(intake::WriteScope::begin(*hq.store));
            must(hq.store->put_member(row));
            must(scope.commit());
            hq.reopen();
        };
        const Account before = hq.account(kLi);
        Account full = before;
        full.spend_minor = std::int64_t{1} << 60;
        put(full);
        outcomes = b.push_all();
        put(before);
    }
    REQUIRE(outcomes.size() == 2);
    CHECK(outcomes.at(1).reason == "sale s1 exists with another amount as " + op_text({a.id, a.epoch, 1}));
    CHECK(outcomes.at(2).reason == "sale e1 exists with another amount as " + op_text({a.id, a.epoch, 2}));
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}

TEST_CASE("bill: entered twice under two programme versions it is a duplicate, and the other points are a conflict") {
    Hq hq;
    Programme twice = plain_programme();
    twice.earn_points *= 2;
    must(hq.intake->publish(twice, hq.now_ms));
    Terminal a(hq, "S1"), b(hq, "S1");
    a.write(kLi, earn_of("e1", 10'000));
    b.programme_version = 2;
    Earn again = earn_of("e1", 10'000);
    again.points *= 2;
    const OpId second = b.write(kLi, again);
    a.push_all();
    CHECK(b.push_all().at(1).outcome == Outcome::kDuplicate);
    CHECK(hq.account(kLi).free_total() == 100);
    CHECK(hq.account(kLi).aliases == std::vector<Alias>{{second, {a.id, a.epoch, 1}}});
    CHECK(hq.count("conflict WHERE kind = 1") == 1);
    CHECK(hq.count("conflict") == 1);
    CHECK(must(admin::verify_ledger(*hq.store, hq.device.public_key())).faults == std::vector<std::string>{});
}
