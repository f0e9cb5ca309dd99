// Laws of common/domain/LAWS.md over every short sequence of a small alphabet of all kinds of operations, and over
// long random ones. The letter in a test's name is the law's.
#include <algorithm>
#include <numeric>
#include <set>

#include "tests/support/seed.h"
#include "tests/support/small_ops.h"

using namespace tally;
using namespace tally::domain;
using support::every_sequence;
using support::Letter;

namespace {

struct Sums {
    Points issued = 0, free = 0, redeemed = 0, expired = 0, taken = 0;
};

Sums sums_of(const Account& account) {
    Sums out;
    for (const Lot& lot : account.lots) {
        out.issued += lot.issued;
        out.free += lot.free;
        out.redeemed += lot.redeemed;
        out.expired += lot.expired;
        out.taken += lot.taken;
    }
    return out;
}

// Said again from the design, not by what the fold checks itself with. Empty: it holds.
std::string broken_law(const Account& a) {
    for (const Lot& lot : a.lots)
        if (lot.free < 0 || lot.redeemed < 0 || lot.expired < 0 || lot.taken < 0 || lot.netted < 0 || lot.reversed < 0)
            return "L: a part of a lot is below zero";
    const Sums sum = sums_of(a);
    const Points issued = a.earned_total + a.adjusted_up_total + a.bonus_total + a.opening_total + a.given_back_total;
    if (sum.issued != issued) return "conservation: the lots are not what was issued";
    if (issued != sum.free - a.debt + a.redeemed_total + sum.expired + a.reversed_total)
        return "conservation: issued = free - debt + redeemed + expired + reversed";
    if (!check_account(a)) return check_account(a).error().detail;
    for (Day day = 0; day < 12; ++day) {
        Points usable = 0, locked = 0;
        for (const Lot& lot : a.lots) {
            if (lot.unlocks && *lot.unlocks > day)
                locked += lot.free;
            else if (!lot.expires || day <= *lot.expires)
                usable += lot.free;
        }
        if (a.balance_on(day) != usable - a.debt) return "balance: usable lots less debt";
        if (a.locked_on(day) != locked) return "balance: what is locked";
    }
    for (const Reversal& line : a.reversals) {
        Points moved = line.debt;
        for (const LotTake& take : line.takes) moved += take.points;
        if (moved != std::abs(line.points)) return "H: a reversal's line does not add up to its points";
    }
    for (const Redemption& redemption : a.redemptions) {
        Points moved = redemption.overdrawn + redemption.reversed;
        for (const LotTake& take : redemption.takes) moved += take.points;
        if (moved != redemption.points) return "H: a redemption's line does not add up to its points";
    }
    return {};
}

std::string text_of(const std::vector<Op>& ops) {
    std::string out;
    for (const Op& op : ops) out += std::string(kind_name(kind_of(op.body))) + "#" + std::to_string(op.id.seq) + " ";
    return out;
}

Account folded(const std::vector<Op>& ops) {
    Account account;
    for (const Op& op : ops) REQUIRE(fold(account, op).has_value());
    return account;
}

}  // namespace

TEST_CASE("laws L, A, H, conservation, balance, S: after every sequence of up to four operations of all kinds") {
    int sequences = 0;
    every_sequence(support::all_letters(), 4, [&](const Account& account, const auto& ops, const StoreDay& moved) {
        ++sequences;
        std::string broken = broken_law(account);
        const Day day = ops.back().business_day;
        const bool counted = ops.back().over_limit.empty();
        for (const Lot& lot : account.lots)
            if (counted && account.debt > 0 && lot.free > 0 && !lot.is_locked_on(day))
                broken = "A2: debt beside points that are unlocked";
        const auto is_late = [](const Lot& lot) { return lot.bill_no[0] == 'L'; };
        std::int64_t late = 0;
        for (const Lot& lot : account.lots) late += !lot.bill_no.empty() && is_late(lot) ? 1 : 0;
        if (moved.bills != account.bills - late || moved.amount_minor != account.spend_minor - late * 100 ||
            moved.points_redeemed != account.redeemed_total ||
            moved.points_earned != account.earned_total + account.adjusted_up_total + account.bonus_total ||
            moved.points_reversed != account.reversed_total - account.given_back_total)
            broken = "S: the stores' moves are not the account's totals";
        if (!broken.empty()) FAIL(broken << " after " << text_of(ops));
    });
    CHECK(sequences > 140'000);
}

TEST_CASE("laws L, A, H, conservation: after every sequence of five of what moves points") {
    const std::vector<Letter> letters = {Letter::kEarn,       Letter::kEarnLocked, Letter::kSpendNamed,
                                         Letter::kRefundHalf, Letter::kUndoGrace,  Letter::kExpire,
                                         Letter::kAdjustDown, Letter::kUndo};
    every_sequence(letters, 5, [&](const Account& account, const auto& ops, const StoreDay&) {
        if (ops.size() < 4) return;
        if (const std::string broken = broken_law(account); !broken.empty()) FAIL(broken << " after " << text_of(ops));
    });
}

TEST_CASE("laws D and B: a log gives one state, folded at once, again, or on a copy after any operation") {
    every_sequence(support::all_letters(), 4, [&](const Account& account, const auto& ops, const StoreDay&) {
        if (!(folded(ops) == account)) FAIL("another state after " << text_of(ops));
    });
}

TEST_CASE("law V: a till's overlay stands still through every interleaving of push, acknowledgement and feed") {
    const std::vector<Letter> letters = {Letter::kEarn,       Letter::kEarnLocked, Letter::kEarnAgain,
                                         Letter::kSpendNamed, Letter::kRefundHalf, Letter::kUndoGrace,
                                         Letter::kBonus,      Letter::kAdjustDown, Letter::kHeld};
    struct At {
        std::size_t pushed, acknowledged, covered;
        auto operator<=>(const At&) const = default;
    };
    std::size_t states = 0;
    every_sequence(letters, 4, [&](const Account& shown, const auto& ops, const StoreDay&) {
        std::vector<Account> at_hq = {Account{}};  // after so many operations
        for (const Op& op : ops) {
            at_hq.push_back(at_hq.back());
            REQUIRE(fold(at_hq.back(), op).has_value());
        }
        std::set<At> seen;
        std::vector<At> next = {{0, 0, 0}};
        while (!next.empty()) {
            const At at = next.back();
            next.pop_back();
            if (!seen.insert(at).second) continue;
            Account overlay = at_hq[at.covered];
            for (std::size_t i = at.covered; i < ops.size(); ++i) REQUIRE(fold(overlay, ops[i]).has_value());
            if (!(overlay == shown)) FAIL("the overlay moved: covered " << at.covered << " of " << text_of(ops));
            if (at.pushed < ops.size()) next.push_back({at.pushed + 1, at.acknowledged, at.covered});
            for (std::size_t n = at.acknowledged + 1; n <= at.pushed; ++n) next.push_back({at.pushed, n, at.covered});
            for (std::size_t n = at.covered + 1; n <= at.pushed; ++n) next.push_back({at.pushed, at.acknowledged, n});
        }
        states += seen.size();
    });
    CHECK(states > 200'000);
}

TEST_CASE("law Z: whatever was given and spent, undoing all of it in any order returns to the start") {
    const std::vector<Letter> letters = {Letter::kEarn,     Letter::kSpendNamed, Letter::kSpend,
                                         Letter::kAdjustUp, Letter::kBonus,      Letter::kOpening};
    every_sequence(letters, 4, [&](const Account& account, const auto& ops, const StoreDay&) {
        std::vector<std::size_t> order(ops.size());
        std::iota(order.begin(), order.end(), 0);
        do {
            Account undone = account;
            for (const std::size_t i : order) {
                Op op = ops[i];
                const auto* earn = std::get_if<Earn>(&ops[i].body);
                Reverse body;
                body.target = ops[i].id;
                body.is_refund = earn != nullptr;
                body.amount_minor = earn ? earn->amount_minor : 0;
                body.points = 1'000;
                op.id.terminal = 9;
                op.business_day = 4;
                op.body = body;
                REQUIRE(fold(undone, op).has_value());
            }
            const Sums sum = sums_of(undone);
            if (sum.free != 0 || undone.debt != 0 || sum.redeemed != 0 || undone.redeemed_total != 0 ||
                undone.spend_minor != 0 || undone.reversed_total != sum.issued || !undone.waiting.empty())
                FAIL("points are left after undoing " << text_of(ops));
        } while (std::next_permutation(order.begin(), order.end()));
    });
}

TEST_CASE("laws at random: long histories of all kinds, with the index and without it, keep every law") {
    SeededRandom random(support::seed() + 11);
    for (int history = 0; history < 40; ++history) {
        Account with_index, without;
        std::vector<Op> ops;
        std::vector<int> count(support::kLetters, 0);
        for (int step = 0; step < 250; ++step) {
            const auto letter = static_cast<Letter>(random.below(support::kLetters));
            auto op = small_op(with_index, letter, count[static_cast<std::size_t>(letter)]++);
            if (!op) continue;
            op->business_day += step / 20;
            if (auto* earn = std::get_if<Earn>(&op->body)) {
                earn->points += static_cast<Points>(random.below(20));
                earn->parts.clear();
                earn->bill.bill_no += std::to_string(random.below(9));
                if (earn->expires) *earn->expires += step / 20;
                if (earn->unlocks) *earn->unlocks += step / 20;
            } else if (auto* reverse = std::get_if<Reverse>(&op->body); reverse && !ops.empty() && random.below(3)) {
                if (!reverse->target.is_none()) reverse->target = ops[random.below(ops.size())].id;
                reverse->points = 1 + static_cast<Points>(random.below(9));
                if (!reverse->target_bill_no.empty()) reverse->target_bill_no += std::to_string(random.below(9));
            } else if (auto* redeem = std::get_if<Redeem>(&op->body)) {
                redeem->points += static_cast<Points>(random.below(9));
                redeem->takes =
                    plan_takes(with_index, op->business_day,
                               static_cast<Points>(random.below(static_cast<std::uint64_t>(redeem->points))) + 1);
            } else if (auto* bonus = std::get_if<Bonus>(&op->body)) {
                bonus->key = std::to_string(random.below(40));
            } else if (auto* expire = std::get_if<Expire>(&op->body)) {
                expire->lots = due_to_expire(with_index, op->business_day);
                if (expire->lots.empty()) continue;
            }
            Account copy = without;  // leaves the index behind
            const auto one = fold(with_index, *op), other = fold(copy, *op);
            REQUIRE(one.has_value());
            REQUIRE(one->outcome == other->outcome);
            without = copy;
            ops.push_back(*op);
            if (const std::string broken = broken_law(with_index); !broken.empty())
                FAIL(broken << " in history " << history << " after step " << step);
            REQUIRE(with_index == without);
        }
        CHECK(with_index.lots.size() > 40);
        CHECK(folded(ops) == with_index);
    }
}
