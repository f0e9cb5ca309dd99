// The laws of common/domain/LAWS.md, each under random histories (seed printed) or exhaustively on small ones.
#include "common/domain/profile.h"
#include "tests/support/book.h"
#include "tests/support/seed.h"

#include <algorithm>
#include <limits>

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

Points points_in(SeededRandom& random, Points most) {
    return static_cast<Points>(random.below(static_cast<std::uint64_t>(most))) + 1;
}

// One random act on the book; whatever it is, the fold's own invariants (L1..A2) are asserted inside fold().
void act(Book& book, SeededRandom& random, Day day) {
    const auto any_op = [&]() -> const Op& { return book.ops[random.below(book.ops.size())]; };
    switch (random.below(8)) {
        case 0:
        case 1: {
            const Minor amount = points_in(random, 20'000);
            std::optional<Day> expires;
            if (random.below(2)) expires = day + static_cast<Day>(random.below(20));
            book.earn(day, amount, amount / 100, expires);
            return;
        }
        case 2: book.redeem(day, points_in(random, 150)); return;
        case 3: book.adjust(day, points_in(random, 50)); return;
        case 4: book.adjust(day, -points_in(random, 50)); return;
        case 5: book.expire(day); return;
        case 6: {
            Reverse body;
            body.amount_minor = points_in(random, 12'000);
            if (random.below(3) == 0)
                body.target_bill_no = "B" + std::to_string(random.below(60));
            else if (!book.ops.empty() && any_op().member == book.op(0, Note{}).member)
                body.target = any_op().id;
            if (body.target.is_none() && body.target_bill_no.empty()) body.points = points_in(random, 40);
            book.add(day, body);
            return;
        }
        default: {
            if (book.ops.empty()) return;
            const Op target = any_op();
            if (kind_of(target.body) != OpKind::kRedeem && kind_of(target.body) != OpKind::kAdjust) return;
            book.undo(day, target.id, points_in(random, 120));
        }
    }
}

}  // namespace

TEST_CASE("law L: every lot adds up and every point is accounted for, whatever happens") {
    SeededRandom random(support::seed());
    for (int history = 0; history < 400; ++history) {
        Book book;
        for (int step = 0; step < 60; ++step) {
            act(book, random, step / 3);
            REQUIRE(check_account(book.account).has_value());
            Points issued = 0, free = 0, redeemed = 0, expired = 0, taken = 0;
            for (const Lot& lot : book.account.lots) {
                issued += lot.issued;
                free += lot.free;
                redeemed += lot.redeemed;
                expired += lot.expired;
                taken += lot.taken;
            }
            // Conservation: issued + adjusted up = free - debt + redeemed + expired + reversed and adjusted down.
            REQUIRE(issued == book.account.earned_total + book.account.adjusted_up_total);
            REQUIRE(issued ==
                    free - book.account.debt + book.account.redeemed_total + expired + book.account.reversed_total);
            REQUIRE(redeemed + taken + book.account.debt == book.account.redeemed_total + book.account.reversed_total);
        }
    }
}

TEST_CASE("law D: folding the same log again gives the same state") {
    SeededRandom random(support::seed() + 1);
    for (int history = 0; history < 100; ++history) {
        Book book;
        for (int step = 0; step < 40; ++step) act(book, random, step / 2);
        Account again;
        for (const Op& op : book.ops) REQUIRE(fold(again, op).has_value());
        CHECK(again == book.account);
    }
}

TEST_CASE("law S: the stores' moves sum up to the account") {
    SeededRandom random(support::seed() + 2);
    for (int history = 0; history < 100; ++history) {
        Book book;
        StoreDay sum;
        Account again;
        for (int step = 0; step < 40; ++step) act(book, random, step / 2);
        for (const Op& op : book.ops) {
            const auto folded = fold(again, op);
            REQUIRE(folded.has_value());
            for (const StoreMove& move : folded->moves) sum += move.by;
        }
        CHECK(sum.bills == book.account.bills);
        CHECK(sum.amount_minor == book.account.spend_minor);
        CHECK(sum.points_redeemed == book.account.redeemed_total);
        CHECK(sum.points_earned == book.account.earned_total + book.account.adjusted_up_total);
        CHECK(sum.points_reversed == book.account.reversed_total);
    }
}

TEST_CASE("law W: a refund before its sale ends where one after it ends") {
    for (const Minor refunded : {1, 99, 3333, 5000, 9999, 10000, 20000}) {
        Book after;
        after.adjust(0, 7);
        after.earn(0, 10000, 100, {}, "77");
        Reverse by_bill;
        by_bill.target_bill_no = "77";
        by_bill.amount_minor = refunded;
        after.add(1, by_bill);

        Book before;
        before.adjust(0, 7);
        before.add(1, by_bill);
        before.earn(0, 10000, 100, {}, "77");
        CHECK(before.account.balance_on(1) == after.account.balance_on(1));
        CHECK(before.account.reversed_total == after.account.reversed_total);
        CHECK(before.account.spend_minor == after.account.spend_minor);
    }
}

TEST_CASE("history: a refund, an undone redemption and points taken leave a line each, however they arrive") {
    Book book;
    const OpId sale = book.earn(0, 10'000, 100, {}, "77");
    const OpId refund = book.refund(1, sale, 2'550);
    const OpId spent = book.redeem(2, 40);
    const OpId undone = book.undo(3, spent, 15);
    const OpId taken = book.adjust(4, -7);
    book.adjust(4, 9);  // makes a lot, which is its line
    Reverse unknown;
    unknown.bill.bill_no = "R9";
    unknown.target_bill_no = "88";
    unknown.amount_minor = 500;
    const OpId waits = book.add(5, unknown);
    Reverse without_bill;
    without_bill.amount_minor = 300;
    without_bill.points = 3;
    const OpId bare = book.add(5, without_bill);
    const auto sum = [](const Reversal& line) {
        Points points = line.debt;
        for (const LotTake& take : line.takes) points += take.points;
        return points;
    };
    for (const Reversal& line : book.account.reversals)  // every debit names its lots, and so does what came back
        CHECK(sum(line) == std::abs(line.points));
    const auto unnamed = [](std::vector<Reversal> all) {
        for (Reversal& line : all) line.takes.clear(), line.debt = 0;
        return all;
    };
    std::vector<Reversal> lines = {{refund, 1, false, "", 2'550, -25, {}, 0, sale},
                                   {undone, 3, false, "", 0, 15, {}, 0, spent},
                                   {taken, 4, true, "", 0, -7, {}, 0},
                                   {waits, 5, false, "R9", 500, 0, {}, 0},
                                   {bare, 5, false, "", 300, -3, {}, 0, {}, true}};
    CHECK(unnamed(book.account.reversals) == lines);
    lines[3].of = book.earn(6, 1'000, 10, {}, "88");  // settles what waited
    lines[3].points = -5;
    CHECK(unnamed(book.account.reversals) == lines);
    const Account before = book.account;
    Ruling again;
    again.duplicate_of = bare;
    Reverse repeated = without_bill;
    repeated.bill.bill_no = "R10";
    book.add(7, repeated, again);
    CHECK(book.account.reversals == before.reversals);
}

TEST_CASE("law R: the parts of a sale's refunds sum up to its points, however it is cut") {
    SeededRandom random(support::seed() + 3);
    for (int round = 0; round < 500; ++round) {
        Book book;
        const Minor amount = points_in(random, 100'000);
        const OpId sale = book.earn(0, amount, amount / 100);
        Minor left = amount;
        while (left > 0) {
            const Minor part = std::min<Minor>(left, points_in(random, amount));
            book.refund(1, sale, part);
            left -= part;
        }
        CHECK(book.account.balance_on(1) == 0);
        CHECK(book.account.reversed_total == amount / 100);
    }
}

TEST_CASE("law U: undoing a redemption gives back exactly what it took") {
    SeededRandom random(support::seed() + 4);
    for (int round = 0; round < 300; ++round) {
        Book book;
        for (int lot = 0; lot < 4; ++lot)
            book.earn(0, points_in(random, 9000), points_in(random, 90), 5 + static_cast<Day>(random.below(9)));
        const Account before = book.account;
        const Points points = points_in(random, 500);
        const OpId spent = book.redeem(1, points);
        const Points first = points_in(random, points);
        book.undo(1, spent, first);
        book.undo(1, spent, points);  // more than is left: only the rest counts
        CHECK(book.account.debt == 0);
        for (std::size_t i = 0; i < before.lots.size(); ++i) CHECK(book.account.lots[i] == before.lots[i]);
        CHECK(book.account.redeemed_total == 0);
    }
}

TEST_CASE("law P: operations on a profile that did not see one another merge the same in every order") {
    Book book;
    std::vector<std::pair<Op, PersonalFields>> acts;
    const auto add = [&](Body body, PersonalFields fields) {
        Op op = book.op(1, std::move(body));
        op.id.seq = acts.size() + 1;
        op.id.terminal = static_cast<TerminalId>(2 + acts.size() % 2);
        acts.push_back({op, std::move(fields)});
        return op.id;
    };
    add(ProfileEdit{{Field::kName}}, {{Field::kName, "One"}});
    add(ProfileEdit{{Field::kName, Field::kEmail}}, {{Field::kName, "Two"}, {Field::kEmail, "two@example.com"}});
    add(Consent{"news", true, "v1", "store", {}}, {});
    add(Consent{"news", false, "v1", "store", {}}, {});
    add(Note{}, {{Field::kNote, "likes tea"}});
    add(Note{}, {{Field::kNote, "no bags"}});
    std::vector<std::size_t> order{0, 1, 2, 3, 4, 5};
    std::optional<Profile> expected;
    do {
        Profile profile;
        for (const std::size_t i : order) fold_profile(profile, acts[i].first, acts[i].second, i < 2 ? 1000 : 0);
        if (!expected) expected = profile;
        REQUIRE(profile == *expected);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(expected->text(Field::kName) == "Two");
    CHECK_FALSE(expected->has_consent("news"));
    CHECK(expected->notes.size() == 2);
}

TEST_CASE("law C: a withdrawal loses only to a grant that had observed it") {
    Book book;
    Profile profile;
    const Op withdrawn = book.op(1, Consent{"news", false, "v1", "store", {}});
    fold_profile(profile, withdrawn, {}, 0);
    Op blind = book.op(1, Consent{"news", true, "v1", "web", {}});
    blind.id.seq = 2;
    fold_profile(profile, blind, {}, 0);
    CHECK_FALSE(profile.has_consent("news"));
    Op seen = book.op(2, Consent{"news", true, "v1", "web", {withdrawn.id, blind.id}});
    seen.id.seq = 3;
    fold_profile(profile, seen, {}, 0);
    CHECK(profile.has_consent("news"));
}

TEST_CASE("law O: a sum that would leave 64 bits is an error and changes nothing") {
    Book book;
    book.account.spend_minor = std::numeric_limits<Minor>::max() / 2;
    const Account before = book.account;
    Earn earn;
    earn.amount_minor = 100;
    const auto folded = fold(book.account, book.op(0, earn), {});
    REQUIRE_FALSE(folded.has_value());
    CHECK(folded.error().code == Code::kOverflow);
    CHECK(book.account == before);
    CHECK_FALSE(points_for(Programme{.version = 1, .earn_points = 1'000'000, .earn_minor = 1}, kAmountMinorMax * 100)
                    .has_value());
}
