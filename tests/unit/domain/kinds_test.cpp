// The newer kinds in the fold: locked lots, grace days, once-only benefits, late points, tiers, coupons, held
// operations.
#include <cstdlib>

#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

CouponId coupon_id(std::uint8_t number) {
    CouponId id;
    id.bytes[15] = number;
    return id;
}

OpId issue(Book& book, Day day, std::uint8_t number, const std::string& name = "tea", const std::string& key = "") {
    CouponIssue body;
    body.coupon = coupon_id(number);
    body.template_id = name;
    body.key = key;
    body.valid_from = day;
    return book.add(day, body);
}

OpId use(Book& book, Day day, std::uint8_t number, const std::string& bill, bool gives_back = true) {
    CouponRedeem body;
    body.coupon = coupon_id(number);
    body.bill.bill_no = bill;
    body.order_minor = 100;
    body.discount_minor = 10;
    body.gives_back = gives_back;
    return book.add(day, body);
}

OpId bonus(Book& book, Day day, Points points, const std::string& rule, const std::string& key = "") {
    Bonus body;
    body.rule = rule;
    body.key = key;
    body.points = points;
    return book.add(day, body);
}

OpId earn_locked(Book& book, Day day, Points points, Day unlocks, const std::string& bill) {
    Earn body;
    body.bill.bill_no = bill;
    body.amount_minor = body.eligible_minor = points * 100;
    body.points = points;
    body.unlocks = unlocks;
    return book.add(day, body);
}

OpId undo_with_grace(Book& book, Day day, const OpId& target, Points points, Day through) {
    Reverse body;
    body.target = target;
    body.is_refund = false;
    body.points = points;
    body.grace_through = through;
    return book.add(day, body);
}

Points moved_by(const Reversal& line) {
    Points sum = line.debt;
    for (const LotTake& take : line.takes) sum += take.points;
    return sum;
}

}  // namespace

TEST_CASE("locked: cases P6, points are usable from their unlocking day and through their expiry") {
    Book book;
    Earn body;
    body.bill.bill_no = "1";
    body.amount_minor = body.eligible_minor = 10'000;
    body.points = 100;
    body.unlocks = 2;
    body.expires = 12;
    book.add(0, body);
    CHECK(book.account.balance_on(1) == 0);
    CHECK(book.account.locked_on(1) == 100);
    CHECK(book.account.balance_on(2) == 100);
    CHECK(book.account.locked_on(2) == 0);
    CHECK(book.account.balance_on(12) == 100);
    CHECK(book.account.balance_on(13) == 0);
}

TEST_CASE("locked: neither a redemption nor debt draws on a locked lot; its own refund does") {
    Book book;
    const OpId locked = earn_locked(book, 0, 100, 5, "1");
    Redeem spend;
    spend.points = 30;
    spend.takes = {{locked, 30}};
    book.add(1, spend);
    CHECK(book.last.outcome == Outcome::kAcceptedWithDebt);
    CHECK(book.lot(locked).free == 100);
    CHECK(book.account.debt == 30);
    book.adjust(4, -5);
    CHECK(book.lot(locked).free == 100);
    CHECK(book.account.balance_on(4) == -35);
    book.refund(4, locked, 2'000);
    CHECK(book.lot(locked).free == 80);
    CHECK(book.account.debt == 35);
    CHECK(book.account.balance_on(5) == 45);
    book.adjust(5, 1);  // the next operation from its unlocking day on nets the debt
    CHECK(book.account.debt == 0);
    CHECK(book.account.balance_on(5) == 46);
}

TEST_CASE("grace: what expired meanwhile comes back as a lot of its own, usable through the grace day") {
    Book book;
    const OpId sale = book.earn(0, 10'000, 100, 10);
    const OpId fresh = book.earn(0, 5'000, 50, 40);
    const OpId spent = book.redeem(5, 120);
    book.expire(11);
    const OpId undone = undo_with_grace(book, 12, spent, 120, 15);
    CHECK(book.account.balance_on(15) == 150);
    CHECK(book.account.balance_on(16) == 50);
    CHECK(book.lot(undone).issued == 100);
    CHECK(book.lot(undone).source == LotSource::kGivenBack);
    CHECK(book.lot(undone).expires == 15);
    CHECK(book.lot(sale).free == 0);
    CHECK(book.lot(fresh).free == 50);
    CHECK(book.account.given_back_total == 100);
    CHECK(book.account.reversals.back().points == 120);
    CHECK(moved_by(book.account.reversals.back()) == 120);
    book.refund(13, sale, 10'000);  // its own lot is empty: the points that came back pay
    CHECK(book.account.debt == 0);
    CHECK(book.account.balance_on(15) == 50);
}

TEST_CASE("grace: points that a debt took come back with grace days too when the debt is undone") {
    Book book;
    const OpId spent = book.redeem(1, 40);
    const OpId paid = book.earn(2, 4'000, 40, 10);
    CHECK(book.account.debt == 0);
    CHECK(book.lot(paid).netted == 40);
    undo_with_grace(book, 12, spent, 40, 20);
    CHECK(book.account.balance_on(12) == 40);
    CHECK(book.lot(paid).netted == 0);
    CHECK(book.lot(paid).free == 0);
    CHECK(moved_by(book.account.reversals.back()) == 40);
}

TEST_CASE("history: a reversal of an overdrawn redemption says which debt and which lots it moved") {
    Book book;
    book.earn(0, 1'000, 10);
    const OpId spent = book.redeem(1, 60);
    const OpId later = book.earn(2, 2'000, 20);
    REQUIRE(book.account.debt == 30);
    book.undo(3, spent, 55);
    const Reversal& line = book.account.reversals.back();
    CHECK(line.points == 55);
    CHECK(line.debt == 30);
    CHECK(moved_by(line) == 55);
    CHECK(line.takes.front() == LotTake{later, 20});
}

TEST_CASE("reverse: one that names another reversal waits, whether that one made a lot or not") {
    for (const bool grace : {false, true}) {
        Book book;
        book.earn(0, 10'000, 100, 10);
        const OpId spent = book.redeem(5, 60);
        const OpId undone = grace ? undo_with_grace(book, 12, spent, 60, 20) : book.undo(12, spent, 60);
        const Points before = book.account.balance_on(12);
        book.undo(13, undone, 60);
        CHECK(book.last.outcome == Outcome::kWaiting);
        CHECK(book.account.balance_on(12) == before);
    }
}

TEST_CASE("once: a bonus counts once for its rule and key, and its duplicate stands for the first") {
    Book book;
    const OpId first = bonus(book, 1, 200, "welcome");
    const OpId again = bonus(book, 2, 300, "welcome");
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.balance_on(2) == 200);
    CHECK(book.account.bonus_total == 200);
    bonus(book, 2, 5, "visit", "2026-11-22");
    bonus(book, 2, 5, "visit", "2026-11-23");
    CHECK(book.account.balance_on(2) == 210);
    book.undo(3, again, 50);
    CHECK(book.lot(first).free == 150);
    CHECK(book.account.uses == std::vector<RuleUse>{{"welcome", 200, 1, 200, 1}, {"visit", 10, 2, 10, 2}});
}

TEST_CASE("once: a coupon that is held for a person leaves its once-only key to the next one") {
    Book book;
    issue(book, 1, 1);
    issue(book, 1, 1, "cake", "2026");  // the id is taken
    CHECK(book.last.outcome == Outcome::kQuarantined);
    CHECK(book.account.once.empty());
    issue(book, 1, 2, "cake", "2026");
    CHECK(book.last.outcome == Outcome::kAccepted);
    issue(book, 1, 3, "cake", "2026");
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.coupons.size() == 2);
}

TEST_CASE("once: a bonus and a coupon of one name and key are two benefits") {
    Book book;
    bonus(book, 1, 10, "birthday", "2026");
    issue(book, 1, 1, "birthday", "2026");
    CHECK(book.last.outcome == Outcome::kAccepted);
    CHECK(book.account.coupons.size() == 1);
}

TEST_CASE("late: a forgotten bill's points count on the day of its sale and move no sale of the store") {
    Book book;
    Earn body;
    body.bill = {"7", "T1", 0};
    body.amount_minor = body.eligible_minor = 5'000;
    body.points = 50;
    body.late_for = 1;
    body.minute = 600;
    body.parts = {{"", 30, 0, 0}, {"tea", 20, 0, 0}};
    book.add(4, body);
    CHECK(book.account.lots.back().day == 1);
    CHECK(book.account.lots.back().minute == 600);
    CHECK(book.account.uses == std::vector<RuleUse>{{"tea", 20, 1, 20, 1}});
    CHECK(book.account.spend_minor == 5'000);
    CHECK(book.last.moves.front().by == StoreDay{.points_earned = 50});
    CHECK(book.last.moves.front().day == 4);
    body.late_for.reset();
    book.add(1, body);  // the same bill of that day
    CHECK(book.last.outcome == Outcome::kDuplicate);
    body.late_for = 5;
    CHECK_FALSE(check_op(book.op(4, body)).has_value());
}

TEST_CASE("opening: points of another system are one lot of their own total and move no store") {
    Book book;
    Op op = book.op(3, OpeningBalance{500, -40, 30});
    op.id.terminal = kHqTerminal;
    const auto folded = fold(book.account, op);
    REQUIRE(folded.has_value());
    CHECK(book.account.lots.back().source == LotSource::kOpening);
    CHECK(book.account.lots.back().day == -40);
    CHECK(book.account.opening_total == 500);
    CHECK(book.account.earned_total == 0);
    CHECK(book.account.balance_on(30) == 500);
    CHECK(book.account.balance_on(31) == 0);
    for (const StoreMove& move : folded->moves) CHECK(move.by == StoreDay{});
}

TEST_CASE("tier: headquarters' changes set the tier, a person's set and end a floor") {
    Book book;
    const auto change = [&](Day day, TierChange body) {
        Op op = book.op(day, body);
        op.id.terminal = kHqTerminal;
        REQUIRE(fold(book.account, op).has_value());
    };
    change(3, {"silver", TierCause::kUpgrade, 100, 368});
    CHECK(book.account.tier == "silver");
    CHECK(book.account.standing == TierStanding{3, 368, "", {}});
    change(4, {"gold", TierCause::kManual, 0, 90});
    CHECK(book.account.tier == "silver");
    CHECK(book.account.standing == TierStanding{3, 368, "gold", 90});
    change(5, {"", TierCause::kManualEnd, 0, 95});
    CHECK(book.account.standing == TierStanding{3, 368, "", {}});
    change(400, {"basic", TierCause::kDowngrade, 0, {}});
    CHECK(book.account.tier == "basic");
    CHECK(book.account.standing == TierStanding{400, {}, "", {}});
}

TEST_CASE("coupon: it is used once, by its own member, in its days, where it is reserved") {
    Book book;
    issue(book, 2, 1);
    use(book, 1, 1, "1");
    CHECK(book.last.outcome == Outcome::kQuarantined);  // before its first day
    book.add(3, CouponReserve{coupon_id(1), 50});
    book.terminal = 3;
    use(book, 3, 1, "1");
    CHECK(book.last.outcome == Outcome::kQuarantined);  // reserved for terminal 2
    book.terminal = 2;
    use(book, 3, 1, "1");
    CHECK(book.last.outcome == Outcome::kAccepted);
    use(book, 3, 1, "2");
    CHECK(book.last.outcome == Outcome::kQuarantined);
    use(book, 3, 9, "2");
    CHECK(book.last.outcome == Outcome::kQuarantined);
    CHECK(book.account.coupons.front().bill_no == "1");
}

TEST_CASE("coupon: the whole refund of its own bill gives it back, of another day's or till's bill does not") {
    for (const int other : {0, 1, 2}) {
        Book book;
        issue(book, 1, 1);
        const OpId bill = book.earn(1, 10'000, 100, {}, "7");
        use(book, 1, 1, "7");
        if (other == 2) book.terminal = 3;
        const OpId sale = other == 0 ? bill : book.earn(other == 1 ? 2 : 1, 10'000, 100, {}, "7");
        REQUIRE(book.last.outcome == Outcome::kAccepted);
        book.refund(3, sale, 9'999);
        CHECK(book.account.coupons.front().state == CouponState::kRedeemed);
        book.refund(3, sale, 1);
        CHECK(book.account.coupons.front().state == (other == 0 ? CouponState::kIssued : CouponState::kRedeemed));
    }
}

TEST_CASE("coupon: what undoes its use, or refunds its bill whole, ends the same in every order") {
    for (const bool by_bill : {false, true}) {
        Book before, after;
        issue(before, 1, 1), issue(after, 1, 1);
        const Op sale = [&] {
            Earn body;
            body.bill.bill_no = "7";
            body.amount_minor = body.eligible_minor = 10'000;
            body.points = 100;
            Op op = before.op(1, body);
            op.id.seq = 20;
            return op;
        }();
        CouponRedeem used{coupon_id(1), {"7", "", 0}, 10'000, 500, true};
        Op made = before.op(1, used);
        made.id.seq = 21;
        const Op use_op = made;
        Reverse body;
        body.target = by_bill ? sale.id : use_op.id;
        body.is_refund = by_bill;
        body.amount_minor = by_bill ? 10'000 : 0;
        made = before.op(2, body);
        made.id.seq = 22;
        const Op undo = made;
        for (const Op* op : {&sale, &use_op, &undo}) REQUIRE(fold(before.account, *op).has_value());
        for (const Op* op : {&undo, &sale, &use_op}) REQUIRE(fold(after.account, *op).has_value());
        CHECK(before.account.coupons.front().state == CouponState::kIssued);
        CHECK(after.account.coupons.front() == before.account.coupons.front());
        CHECK(after.account.waiting.empty());
    }
}

TEST_CASE("held: an operation over a limit has no effect, and a duplicate of a counted bill stays a duplicate") {
    Book book;
    const OpId first = book.earn(1, 10'000, 100, {}, "7");
    const Account before = book.account;
    Op over = book.op(1, Earn{.bill = {"8", "", 0}, .amount_minor = 500, .eligible_minor = 500, .points = 5});
    over.over_limit = "bills_hour";
    CHECK(fold(book.account, over)->outcome == Outcome::kQuarantined);
    CHECK(fold(book.account, over)->reason == "exceeds the limit bills_hour");
    CHECK(book.account == before);
    CHECK(fold(book.account, over, {.duplicate_of = first})->outcome == Outcome::kDuplicate);
    CHECK(book.account.aliases.size() == 1);
    CHECK(book.account.balance_on(1) == 100);
    Op sale = book.op(1, Sale{.bill = {"9", "", 0}, .amount_minor = 500, .lines = {}});
    sale.member = {};
    sale.over_limit = "bills_hour";
    CHECK(fold_sale(sale).outcome == Outcome::kQuarantined);
    CHECK(fold_sale(sale).moves.empty());
}

TEST_CASE("alias: what named a duplicate's first means the first's own first, once that turns out a duplicate too") {
    Book book;
    const OpId first = book.earn(1, 10'000, 100, {}, "7");
    Earn body;
    body.amount_minor = body.eligible_minor = 10'000;
    body.points = 100;
    const Op second = book.op(1, body);
    Op third = second;
    third.id.seq = 40;
    REQUIRE(fold(book.account, third, {.duplicate_of = second.id}).has_value());
    REQUIRE(fold(book.account, second, {.duplicate_of = first}).has_value());
    CHECK(book.account.aliases == std::vector<Alias>{{third.id, first}, {second.id, first}});
}

TEST_CASE("overflow: bonuses, opening balances and what came back count towards a member's range") {
    for (Points Account::*total : {&Account::bonus_total, &Account::opening_total, &Account::given_back_total}) {
        Book book;
        book.account.*total = Points{1} << 61;
        const Account before = book.account;
        const auto folded = fold(book.account, book.op(1, Bonus{"welcome", "", 5, {}, {}, 0, 0}));
        REQUIRE_FALSE(folded.has_value());
        CHECK(folded.error().code == Code::kOverflow);
        CHECK(book.account == before);
    }
}

TEST_CASE("expiry: headquarters' night takes a lot on the day after its last usable one, not before") {
    Book book;
    const OpId sale = book.earn(0, 10'000, 100, 10);
    CHECK(due_to_expire(book.account, 10).empty());
    CHECK(due_to_expire(book.account, 11) == std::vector<LotTake>{{sale, 100}});
}

TEST_CASE("redeem: the lots that it names pay first, whatever expires sooner, and the rest pay in order") {
    Book book;
    const OpId soon = book.earn(0, 5'000, 50, 10);
    const OpId named = book.earn(0, 5'000, 50, 30);
    const OpId last = book.earn(0, 5'000, 50);
    Redeem spend;
    spend.points = 110;
    spend.takes = {{named, 40}};
    book.add(1, spend);
    CHECK(book.account.redemptions.back().takes ==
          std::vector<LotTake>{{named, 40}, {soon, 50}, {named, 10}, {last, 10}});
}
