// The states of a coupon in every order of its operations, against a model that knows nothing of accounts.
#include <algorithm>
#include <array>

#include "common/domain/coupons.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

enum Act { kIssue, kReserveA, kReserveB, kRedeemA, kRedeemB, kEndA, kVoid, kUndoA, kActs };
constexpr TerminalId kA = 2, kB = 3;
enum class Other { kTerminal, kEpoch };  // what B is to A: another till, or the same one put back

CouponId the_coupon() {
    CouponId id;
    id.bytes[15] = 9;
    return id;
}

Op make(Act act, Other other = Other::kTerminal) {
    Op op;
    op.id.epoch.bytes[0] = 1;
    op.id.seq = static_cast<std::uint64_t>(act) + 1;
    const bool by_b = act == kReserveB || act == kRedeemB;
    op.id.terminal = act == kIssue || act == kVoid ? kHqTerminal : by_b && other == Other::kTerminal ? kB : kA;
    if (by_b && other == Other::kEpoch) op.id.epoch.bytes[0] = 2;
    op.store = by_b ? "S2" : "S1";
    op.business_day = 1;
    op.member.bytes[15] = 7;
    const CouponId id = the_coupon();
    switch (act) {
        case kIssue: op.body = CouponIssue{id, "ten", CouponCause::kBirthday, "2026", {}, 0, 5}; break;
        case kReserveA:
        case kReserveB: op.body = CouponReserve{id, 100}; break;
        case kRedeemA:
        case kRedeemB: op.body = CouponRedeem{id, {"7", "", 0}, 1000, 100, true}; break;
        case kEndA: op.body = CouponVoid{id, true}; break;
        case kVoid: op.body = CouponVoid{id, false}; break;
        default: {
            Reverse body;
            body.target = make(kRedeemA).id;
            body.is_refund = false;
            op.body = body;
        }
    }
    return op;
}

struct Model {
    CouponState state = CouponState::kVoid;
    bool exists = false, undone_before = false, used_by_a = false;
    TerminalId holder = 0;

    Outcome redeem(TerminalId who) {
        if (!exists || state == CouponState::kVoid || state == CouponState::kRedeemed ||
            (state == CouponState::kReserved && holder != who))
            return Outcome::kQuarantined;
        state = CouponState::kRedeemed;
        used_by_a = who == kA;
        if (used_by_a && undone_before) state = CouponState::kIssued, undone_before = false;
        return Outcome::kAccepted;
    }
    Outcome step(Act act) {
        switch (act) {
            case kIssue: exists = true, state = CouponState::kIssued; return Outcome::kAccepted;
            case kReserveA:
            case kReserveB: {
                const TerminalId who = act == kReserveA ? kA : kB;
                const bool free =
                    exists && (state == CouponState::kIssued || (state == CouponState::kReserved && holder == who));
                if (free) state = CouponState::kReserved, holder = who;
                return free ? Outcome::kAccepted : Outcome::kQuarantined;
            }
            case kRedeemA: return redeem(kA);
            case kRedeemB: return redeem(kB);
            case kEndA:
                if (!exists) return Outcome::kQuarantined;
                if (state == CouponState::kReserved && holder == kA) state = CouponState::kIssued;
                return Outcome::kAccepted;
            case kVoid:
                if (!exists || state == CouponState::kRedeemed) return Outcome::kQuarantined;
                state = CouponState::kVoid;
                return Outcome::kAccepted;
            default:
                if (!used_by_a) {
                    undone_before = true;
                    return Outcome::kWaiting;
                }
                if (state == CouponState::kRedeemed) state = CouponState::kIssued;
                return Outcome::kAccepted;
        }
    }
};

}  // namespace

TEST_CASE("coupons: every order of two tills' operations, or of one that was put back, ends as the model says") {
    std::array<Act, kActs> order;
    for (int i = 0; i < kActs; ++i) order[static_cast<std::size_t>(i)] = static_cast<Act>(i);
    std::size_t orders = 0, differ = 0, held_changed = 0;
    do {
        for (const Other other : {Other::kTerminal, Other::kEpoch}) {
            Account account;
            Model model;
            for (const Act act : order) {
                const Account before = account;
                const auto folded = fold(account, make(act, other));
                REQUIRE(folded.has_value());
                const Outcome expected = model.step(act);
                differ += folded->outcome != expected;
                held_changed += folded->outcome == Outcome::kQuarantined && account != before;
                const Coupon* coupon = find_coupon(account, the_coupon());
                differ += (coupon != nullptr) != model.exists;
                if (coupon) differ += coupon->state != model.state;
                if (!coupon || model.state != CouponState::kReserved) continue;
                const OpId holder = make(model.holder == kA ? kReserveA : kReserveB, other).id;
                differ += !coupon->is_held_by(holder.terminal, holder.epoch);
            }
        }
        orders += 1;
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(orders == 40320);
    CHECK(differ == 0);
    CHECK(held_changed == 0);
}

TEST_CASE("coupons: an issue held for its id is no benefit had: its key counts with the issue that is accepted") {
    Book book;
    const CouponIssue first{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}};
    book.add(0, first);
    CouponIssue same_id = first;
    same_id.key = "2026";
    book.add(0, same_id);
    CHECK(book.last.outcome == Outcome::kQuarantined);
    CHECK(book.account.once.empty());
    same_id.coupon.bytes[15] = 10;
    book.add(0, same_id);
    CHECK(book.last.outcome == Outcome::kAccepted);
    same_id.coupon.bytes[15] = 11;
    book.add(0, same_id);
    CHECK(book.last.outcome == Outcome::kDuplicate);
    CHECK(book.account.coupons.size() == 2);
}

TEST_CASE("coupons: the same use sent twice is a duplicate, and undoing either gives the coupon back") {
    Book book;
    book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
    const CouponRedeem body{the_coupon(), {"7", "", 0}, 1000, 100, true};
    book.add(1, body);
    const OpId again = book.add(1, body);
    CHECK(book.last.outcome == Outcome::kDuplicate);
    book.undo(1, again, 0);
    CHECK(book.last.outcome == Outcome::kAccepted);
    CHECK(book.account.coupons[0].state == CouponState::kIssued);
    CouponRedeem other = body;
    other.discount_minor = 200;
    book.add(1, body);
    book.add(1, other);
    CHECK(book.last.outcome == Outcome::kQuarantined);  // the same bill with another amount
}

TEST_CASE("coupons: a full refund gives back, a part of one does not, whichever of sale and coupon was written first") {
    for (const bool sale_first : {true, false}) {
        for (const bool gives_back : {true, false}) {
            Book book;
            book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
            const CouponRedeem used{the_coupon(), {"7", "", 0}, 1000, 100, gives_back};
            if (!sale_first) book.add(1, used);
            const OpId sale = book.earn(1, 900, 9, {}, "7");
            if (sale_first) book.add(1, used);
            book.refund(2, sale, 300);
            CHECK(book.account.coupons[0].state == CouponState::kRedeemed);
            book.refund(2, sale, 600);
            CHECK(book.account.coupons[0].state == (gives_back ? CouponState::kIssued : CouponState::kRedeemed));
        }
    }
}

TEST_CASE("coupons: a refund that another till wrote before headquarters knew sale and coupon gives back too") {
    for (const bool sale_first : {true, false}) {
        Book book;
        book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
        Reverse refund;
        refund.target_bill_no = "7";
        refund.amount_minor = 900;
        book.add(2, refund);
        const CouponRedeem used{the_coupon(), {"7", "", 0}, 1000, 100, true};
        if (!sale_first) book.add(1, used);
        book.earn(1, 900, 9, {}, "7");
        if (sale_first) book.add(1, used);
        CHECK(book.account.waiting.empty());
        CHECK(book.account.coupons[0].state == CouponState::kIssued);
    }
}

TEST_CASE("coupons: another bill of the same number, of another till or another day, gives nothing back") {
    Book book;
    book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
    book.add(9, CouponRedeem{the_coupon(), {"7", "", 0}, 1000, 100, true});
    book.refund(9, book.earn(1, 900, 9, {}, "7"), 900);
    book.terminal = 3;
    book.refund(9, book.earn(9, 900, 9, {}, "7"), 900);
    CHECK(book.account.coupons[0].state == CouponState::kRedeemed);
}

TEST_CASE("coupons: a till ends its own reservation, headquarters any, and a late ending has no effect") {
    Book book;
    book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
    book.add(1, CouponReserve{the_coupon(), 100});
    book.terminal = 3;
    book.add(1, CouponVoid{the_coupon(), true});
    CHECK(book.account.coupons[0].state == CouponState::kReserved);
    book.add(1, CouponVoid{the_coupon(), false});
    CHECK(book.last.outcome == Outcome::kQuarantined);
    book.terminal = kHqTerminal;
    book.add(2, CouponVoid{the_coupon(), true});
    CHECK(book.account.coupons[0].state == CouponState::kIssued);
    CHECK(book.account.coupons[0].budget_minor == 0);
    book.add(3, CouponVoid{the_coupon(), false});
    CHECK(book.account.coupons[0].state == CouponState::kVoid);
}

TEST_CASE("coupons: a reservation of before epochs were kept with it is no till's, so a person ends it") {
    Book book;
    book.add(0, CouponIssue{the_coupon(), "ten", CouponCause::kByHand, "", {}, 0, {}});
    book.add(1, CouponReserve{the_coupon(), 100});
    book.account.coupons[0].reserved_epoch = {};
    book.add(1, CouponRedeem{the_coupon(), {"7", "", 0}, 1000, 100, true});
    CHECK(book.last.outcome == Outcome::kQuarantined);
    CHECK(book.last.reason == "the coupon is reserved for terminal 2, by another epoch of its log");
    book.add(1, CouponVoid{the_coupon(), true});
    CHECK(book.account.coupons[0].state == CouponState::kReserved);
    book.terminal = kHqTerminal;
    book.add(1, CouponVoid{the_coupon(), true});
    CHECK(book.account.coupons[0].state == CouponState::kIssued);
}
