// Forgotten bills at headquarters: each counts once in the chain, whoever brings it and in whatever order things come.
#include "hq-server/admin/verify.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

const MemberId kAnna = member_number(1), kBen = member_number(2);
constexpr Day kSold = kToday - 3;

struct Chain {
    Hq hq;
    Terminal one{hq, "N"}, two{hq, "N"}, south{hq, "S"};

    static Earn late(Minor amount, const std::string& bill_no) {
        Earn out;
        out.bill.bill_no = bill_no;
        out.amount_minor = out.eligible_minor = amount;
        out.points = amount / 100;
        out.late_for = kSold;
        return out;
    }
    OpId sale(Terminal& till, Minor amount, const std::string& bill_no) {
        return till.write({}, Sale{{bill_no, {}, 0}, amount, {}}, {}, kSold);
    }
    std::vector<std::string> conflicts(intake::ConflictKind kind) {
        std::vector<std::string> out;
        must(hq.store->each_conflict([&](const intake::ConflictRow& row) -> Status {
            if (row.kind == kind) out.push_back(row.detail);
            return {};
        }));
        return out;
    }
    Points balance(const MemberId& member) { return hq.account(member).balance_on(kToday); }
};

}  // namespace

TEST_CASE("late points: a known sale's bill counts, and the store's day moves by points alone") {
    Chain chain;
    chain.sale(chain.one, 5000, "17");
    chain.one.push_all();
    chain.two.write(kAnna, Chain::late(5000, "17"));
    CHECK(chain.two.push_all().empty());
    CHECK(chain.balance(kAnna) == 50);
    CHECK(chain.hq.store_day("N", kSold) == StoreDay{.bills = 1, .amount_minor = 5000});
    CHECK(chain.hq.store_day("N", kToday) == StoreDay{.points_earned = 50});
    CHECK(chain.conflicts(intake::ConflictKind::kLateUnknownBill).empty());
}

TEST_CASE("late points: a bill brought twice counts once, at whichever till of the store and for whomever") {
    Chain chain;
    chain.sale(chain.one, 5000, "17");
    chain.one.write(kAnna, Chain::late(5000, "17"));
    chain.one.push_all();
    chain.two.write(kAnna, Chain::late(5000, "17"));
    chain.two.write(kBen, Chain::late(5000, "17"));
    Earn named = Chain::late(5000, "17");
    named.bill.till = "K2";
    chain.two.write(kAnna, named);
    const auto outcomes = chain.two.push_all();
    CHECK(outcomes.at(1).outcome == Outcome::kDuplicate);
    CHECK(outcomes.at(2).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(3).outcome == Outcome::kDuplicate);
    CHECK(chain.balance(kAnna) == 50);
    CHECK(chain.balance(kBen) == 0);
}

TEST_CASE("late points: a bill that was counted for a member is a duplicate, for another member it is held") {
    for (const bool together : {false, true}) {
        Chain chain;
        chain.one.earn(kAnna, 5000, "17", kSold);
        if (!together) chain.one.push_all();
        chain.one.write(kAnna, Chain::late(5000, "17"));
        chain.one.write(kBen, Chain::late(5000, "18"));  // does not exist
        const auto outcomes = chain.one.push_all();
        CHECK(outcomes.at(2).outcome == Outcome::kDuplicate);
        chain.two.write(kBen, Chain::late(5000, "17"));
        CHECK(chain.two.push_all().at(1).outcome == Outcome::kQuarantined);
        CHECK(chain.balance(kAnna) == 50);
        CHECK(chain.balance(kBen) == 50);
        CHECK(chain.conflicts(intake::ConflictKind::kLateUnknownBill).size() == 1);
    }
}

TEST_CASE("late points: another amount than the sale had is held") {
    Chain chain;
    chain.sale(chain.one, 5000, "17");
    chain.one.push_all();
    chain.two.write(kAnna, Chain::late(9000, "17"));
    const auto outcomes = chain.two.push_all();
    CHECK(outcomes.at(1).outcome == Outcome::kQuarantined);
    CHECK(outcomes.at(1).reason.find("sold with another amount") != std::string::npos);
    CHECK(chain.balance(kAnna) == 0);
}

TEST_CASE("late points: a sale that nobody knows of counts and is told; its sale may arrive afterwards") {
    Chain chain;
    chain.two.write(kAnna, Chain::late(5000, "17"));
    CHECK(chain.two.push_all().empty());
    CHECK(chain.balance(kAnna) == 50);
    REQUIRE(chain.conflicts(intake::ConflictKind::kLateUnknownBill).size() == 1);
    chain.sale(chain.one, 5000, "17");
    CHECK(chain.one.push_all().empty());
    CHECK(chain.hq.store_day("N", kSold).bills == 1);
}

TEST_CASE("late points: a sale of a member that arrives after its forgotten bill does not earn again") {
    Chain chain;
    chain.two.write(kAnna, Chain::late(5000, "17"));
    chain.two.push_all();
    chain.one.earn(kAnna, 5000, "17", kSold);
    chain.one.earn(kAnna, 4000, "17", kSold - 1);  // another day's number
    const auto outcomes = chain.one.push_all();
    REQUIRE(outcomes.size() == 1);
    CHECK(outcomes.at(1).outcome == Outcome::kQuarantined);
    CHECK(chain.balance(kAnna) == 90);
}

TEST_CASE("late points: another store's till knows nothing of the sale, so a person is told") {
    Chain chain;
    chain.sale(chain.one, 5000, "17");
    chain.one.push_all();
    chain.south.write(kAnna, Chain::late(5000, "17"));
    CHECK(chain.south.push_all().empty());
    CHECK(chain.conflicts(intake::ConflictKind::kLateUnknownBill).size() == 1);
}

TEST_CASE("late points: where a sale without a member is the forgotten one, another till's bill of its number counts") {
    for (const bool together : {false, true})
        for (const bool late_first : {false, true}) {
            CAPTURE(together);
            CAPTURE(late_first);
            Chain chain;
            Earn bens;
            bens.bill = {"17", "B", 0};
            bens.amount_minor = bens.eligible_minor = 1000;
            bens.points = 10;
            // Together: one till's log under two tills' names, in one transaction.
            Terminal& other = together ? chain.one : chain.two;
            const auto push = [&](Terminal& till) {
                if (!together) CHECK(till.push_all().empty());
            };
            chain.sale(chain.one, 1000, "17");
            push(chain.one);
            if (late_first) {
                chain.one.write(kAnna, Chain::late(1000, "17"));
                push(chain.one);
            }
            other.write(kBen, bens, {}, kSold);
            push(other);
            if (!late_first) {
                chain.one.write(kAnna, Chain::late(1000, "17"));
                push(chain.one);
            }
            if (together) CHECK(chain.one.push_all().empty());
            CHECK(chain.balance(kAnna) == 10);
            CHECK(chain.balance(kBen) == 10);
            const auto report = must(admin::verify_ledger(*chain.hq.store, chain.hq.device.public_key()));
            CHECK_MESSAGE(report.fault_count == 0, admin::verify_text(report));
        }
}

TEST_CASE("late points: a sale without a member of another amount is not the forgotten one, so the member's is held") {
    Chain chain;
    chain.two.write(kAnna, Chain::late(1000, "17"));
    chain.two.push_all();
    chain.sale(chain.one, 900, "17");
    chain.one.push_all();
    chain.two.earn(kBen, 1000, "17", kSold);
    CHECK(chain.two.push_all().at(2).outcome == Outcome::kQuarantined);
    CHECK(chain.balance(kAnna) == 10);
    const auto report = must(admin::verify_ledger(*chain.hq.store, chain.hq.device.public_key()));
    CHECK_MESSAGE(report.fault_count == 0, admin::verify_text(report));
}
