// Where leases go: in advance to the store where a member shops, back from whoever holds them, and written off by a
// person.
#include "hq-server/intake/leases.h"
#include "tests/unit/intake/lease_rig.h"

using namespace tally;
using namespace tally::test;
using intake::Advance;
using intake::advance_for;
using intake::ConflictKind;
using intake::Holder;

namespace {

std::vector<TerminalId> asked(const intake::GroupAnswer& out) {
    std::vector<TerminalId> terminals;
    for (const intake::Recall& recall : out.recalls) {
        CHECK(recall.state.give_back);
        terminals.push_back(recall.terminal);
    }
    return terminals;
}

// Of the push of all that `at` has not sent.
intake::GroupAnswer push_group(Terminal& at) {
    std::vector<intake::PreparedPush> pushes;
    pushes.push_back(at.prepared(at.acknowledged + 1, at.next_seq - 1 - at.acknowledged));
    at.acknowledged = at.next_seq - 1;
    return commit_wants(at.hq, std::move(pushes), {});
}

Account account_of(std::initializer_list<Points> lots) {
    Account account;
    for (const Points points : lots) {
        Lot lot;
        lot.maker = {2, {}, account.lots.size() + 1};
        lot.issued = lot.free = points;
        account.earned_total += points;
        account.lots.push_back(lot);
    }
    return account;
}

Holder till_number(TerminalId terminal) {
    Holder out{terminal, {}};
    out.epoch.bytes[0] = 9;
    return out;
}

void hold(Account& account, const Holder& holder, std::uint32_t lot, Points points, Day through) {
    account.lots[lot].free -= points;
    account.lots[lot].leased += points;
    Slice slice;
    slice.holder = holder.terminal, slice.epoch = holder.epoch, slice.lot = lot;
    slice.granted = slice.outstanding = points;
    slice.through = through;
    account.slices.push_back(slice);
    REQUIRE(check_account(account).has_value());
}

}  // namespace

TEST_CASE(
    "leases: what is given in advance is split over the store's tills in whole steps, the rest where the sale was") {
    Programme programme = advance_programme();  // half, in steps of 100
    const std::vector<Holder> tills = {till_number(5), till_number(6), till_number(7)};
    Account account = account_of({2'300});
    auto advance = advance_for(programme, account, tills, kToday);
    REQUIRE(advance.grants.size() == 3);
    CHECK(advance.grants[0].to == tills[0]);
    CHECK(advance.grants[0].points == 500);  // 1,150 of it: 300 each, and 250 more: whole steps of that
    CHECK(advance.grants[1].points == 300);
    CHECK(advance.grants[2].points == 300);
    CHECK_FALSE(advance.lacks);

    programme.lease_cap_points = 400;
    advance = advance_for(programme, account, tills, kToday);
    REQUIRE(advance.grants.size() == 3);
    CHECK(advance.grants[0].points + advance.grants[1].points + advance.grants[2].points == 400);

    account = account_of({199});
    CHECK(advance_for(programme, account, tills, kToday).grants.empty());  // less than a step
    account = account_of({200});
    advance = advance_for(programme, account, tills, kToday);
    REQUIRE(advance.grants.size() == 1);
    CHECK(advance.grants[0].to == tills[0]);
    CHECK(advance.grants[0].points == 100);

    programme.lease_share_milli = 0;
    CHECK(advance_for(programme, account_of({2'300}), tills, kToday).grants.empty());
    programme = advance_programme();
    programme.floor_limit_points = 500;
    CHECK(advance_for(programme, account_of({2'300}), tills, kToday).grants.empty());
    Account indebted = account_of({2'300});
    indebted.debt = 1;
    CHECK(advance_for(advance_programme(), indebted, tills, kToday).grants.empty());
}

TEST_CASE("leases: a till is topped up only where it has less than half of its part, and a sale brings few grants") {
    const Programme programme = advance_programme();
    const std::vector<Holder> tills = {till_number(5), till_number(6)};
    Account account = account_of({2'000});
    hold(account, tills[0], 0, 250, kToday);
    hold(account, tills[1], 0, 249, kToday);
    auto advance = advance_for(programme, account, tills, kToday);
    REQUIRE(advance.grants.size() == 1);  // parts of 500
    CHECK(advance.grants[0].to == tills[1]);
    CHECK(advance.grants[0].points == 251);
    // What ended comes back first: a till that fell silent would be given more and more.
    CHECK(advance_for(programme, account, tills, kToday + 1).grants.empty());
    std::vector<Holder> many;
    for (TerminalId terminal = 2; terminal < 40; ++terminal) many.push_back(till_number(terminal));
    CHECK(advance_for(programme, account_of({100'000}), many, kToday).grants.size() == intake::kAdvanceGrantsMax);
}

TEST_CASE("leases: in advance never more than is free is named, whatever was held before (law)") {
    const std::uint64_t seed = seed_of_run();
    std::uint64_t state = seed;
    const auto below = [&](std::uint64_t most) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<Points>((state >> 33) % most);
    };
    for (int round = 0; round < 3'000; ++round) {
        Programme programme = advance_programme();
        programme.lease_share_milli = static_cast<std::uint32_t>(below(1001));
        programme.redeem_step_points = 1 + below(200);
        programme.lease_cap_points = below(3) == 0 ? below(2'000) : 0;
        Account account = account_of({1 + below(900), 1 + below(900), 1 + below(3'000)});
        std::vector<Holder> tills;
        for (Points n = 1 + below(5); n > 0; --n) tills.push_back(till_number(static_cast<TerminalId>(n + 1)));
        for (std::uint32_t n = 0; n < 3; ++n)
            if (const Points points = below(static_cast<std::uint64_t>(account.lots[n].free)); points > 0)
                hold(account, till_number(static_cast<TerminalId>(2 + below(7))), n, points,
                     kToday + 1 - static_cast<Day>(below(3)));
        const Points free = intake::grantable(account, kToday);
        const Advance advance = advance_for(programme, account, tills, kToday);
        Points given = 0;
        for (const Advance::Grant& grant : advance.grants) {
            CHECK(grant.points > 0);
            given += grant.points;
        }
        REQUIRE(given <= free);
        if (!advance.grants.empty()) CHECK_FALSE(intake::slices_for(account, kToday, given).empty());
        Points store = given;
        for (const Holder& till : tills) store += intake::usable_leased(account, till, kToday);
        if (given > 0 && programme.lease_cap_points > 0) {
            INFO("TALLY_SEED=" << seed << " round " << round);
            // A till that had more than its part keeps it; nobody is given beyond the cap.
            for (const Advance::Grant& grant : advance.grants)
                CHECK(grant.points + intake::usable_leased(account, grant.to, kToday) <= programme.lease_cap_points);
        }
        CHECK(store >= given);
    }
}

TEST_CASE("leases: a sale gives its store's tills their part in the same transaction, and the next sale nothing") {
    Hq hq(advance_programme());
    Terminal one(hq, "S1"), sibling(hq, "S1"), silent(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    sibling.earn(member_number(2), 100);
    sibling.push_all();
    other.earn(member_number(2), 100);
    other.push_all();
    one.earn(member, 100'000);
    CHECK(push_group(one).recalls.empty());
    Account account = hq.account(member);
    CHECK(held(account, one) == 300);  // of 500: 200 to the sibling, whole steps of the rest here
    CHECK(held(account, sibling) == 200);
    CHECK(held(account, silent) == 0);  // never heard of
    CHECK(held(account, other) == 0);
    for (const Slice& slice : account.slices) CHECK(slice.through == kToday + 7);
    const auto head = must(hq.store->head());
    one.earn(member, 1'000);
    (void)push_group(one);
    CHECK(must(hq.store->head()) == head + 1);
    // Spent below half of its part: topped up with the redemption that did it.
    redeem_leased(one, member, {{hq.account(member).lots[0].maker, 300}});
    (void)push_group(one);
    account = hq.account(member);
    CHECK(held(account, one) == 200);  // 710 left, 355 of it: 100 is the sibling's part, whole steps of the rest here
    check_lease_books(hq);
}

TEST_CASE("leases: with nothing in advance a sale writes what it always wrote") {
    Hq hq(lease_programme());
    Terminal one(hq, "S1");
    one.earn(member_number(1), 100'000);
    const auto head = must(hq.store->head());
    (void)push_group(one);
    CHECK(must(hq.store->head()) == head + 1);
    CHECK(hq.account(member_number(1)).slices.empty());
}

TEST_CASE(
    "leases: who shops in another store is asked for there: the holders are to give back, and the next sale gets it") {
    Programme programme = advance_programme();
    programme.lease_share_milli = 1000;
    Hq hq(programme);
    Terminal one(hq, "S1"), other(hq, "S2");
    const MemberId member = member_number(1);
    const OpId lot = one.earn(member, 100'000);
    (void)push_group(one);
    REQUIRE(held(hq.account(member), one) == 1'000);
    other.earn(member, 10'000);
    const auto out = push_group(other);
    CHECK(asked(out) == std::vector{one.id});
    CHECK(out.recalls[0].state.page.covered_epoch == one.epoch);
    CHECK(out.recalls[0].state.page.covered_seq == 1);
    CHECK(held(out.recalls[0].state, one) == 1'000);
    CHECK(held(hq.account(member), other) == 100);
    one.write(member, LeaseReturn{{{lot, 1'000}}});
    CHECK(asked(push_group(one)).empty());
    other.earn(member, 10'000);
    CHECK(asked(push_group(other)).empty());
    CHECK(held(hq.account(member), other) == 1'200);
    check_lease_books(hq);
}

TEST_CASE(
    "leases: points that others hold are asked back for a want that they could meet, and freed by the return alone") {
    LeaseRig at;
    want(at.one, at.member, 250);
    auto out = commit_wants(at.hq, {}, {ask(at.other, at.member, 100)});
    CHECK(held(std::get<wire::LeaseState>(out.leases[0].answer), at.other) == 0);
    CHECK(asked(out) == std::vector{at.one.id});
    CHECK(held(at.account(), at.one) == 250);  // asking frees nothing, and no time does
    at.hq.now_ms += 400 * 86'400'000LL;
    CHECK(held(want(at.other, at.member, 100), at.other) == 0);
    at.hq.now_ms -= 400 * 86'400'000LL;
    at.one.write(at.member, LeaseReturn{{{at.lot, 200}}});
    at.one.push_all();
    CHECK(held(want(at.other, at.member, 100), at.other) == 100);
    // Even all of it would not do: nobody is asked.
    out = commit_wants(at.hq, {}, {ask(at.other, at.member, 301)});
    CHECK(out.recalls.empty());
    check_lease_books(at.hq);
}

TEST_CASE("leases: holders that cannot answer are not asked: revoked ones, and epochs that have ended") {
    LeaseRig at;
    want(at.one, at.member, 300);
    const OpId first = at.one.next_id();
    at.one.new_epoch();
    at.one.acknowledged = 0;
    at.one.earn(member_number(3), 100, "x");
    at.one.push_all();
    CHECK(first.epoch != at.one.epoch);
    CHECK(commit_wants(at.hq, {}, {ask(at.other, at.member, 100)}).recalls.empty());
}

TEST_CASE("leases: a write-off frees what a silent holder has, and what it redeemed all the same is the chain's loss") {
    LeaseRig at;
    want(at.one, at.member, 200);
    const intake::Intake::WriteOff what{at.one.id, {}, at.member, 12, "the till burned"};
    CHECK(must(at.hq.intake->write_off(what, at.hq.now_ms)) == 200);
    CHECK(at.hq.intake->write_off(what, at.hq.now_ms).error().code == Code::kNotFound);
    CHECK(at.account().free_total() == 300);
    want(at.other, at.member, 250);
    redeem_leased(at.other, at.member, {{at.lot, 250}});
    CHECK(at.other.push_all().empty());
    const OpId late = redeem_leased(at.one, at.member, {{at.lot, 200}});
    CHECK(at.one.push_all().empty());
    Account account = at.account();
    CHECK(account.redeemed_total == 450);
    CHECK(account.debt == 0);
    CHECK(account.lots[0].loss == 150);  // 50 were still free
    check_lease_books(at.hq);
    // Undone, it gives the chain its loss back first.
    Reverse undo;
    undo.target = late;
    undo.is_refund = false;
    undo.points = 200;
    at.one.write(at.member, undo);
    CHECK(at.one.push_all().empty());
    account = at.account();
    CHECK(account.lots[0].loss == 0);
    CHECK(account.free_total() == 50);
    // No more than was written off is ever risked.
    redeem_leased(at.one, at.member, {{at.lot, 1}});
    CHECK(at.one.push_all().size() == 1);
    check_lease_books(at.hq);
}

TEST_CASE("leases: a write-off names one epoch, or all of the terminal") {
    LeaseRig at;
    want(at.one, at.member, 100);
    const Epoch old = at.one.epoch;
    at.one.new_epoch();
    at.one.acknowledged = 0;
    at.one.earn(member_number(3), 100, "x");
    at.one.push_all();
    want(at.one, at.member, 50);
    CHECK(must(at.hq.intake->write_off({at.one.id, old, at.member, 12, "restored"}, at.hq.now_ms)) == 100);
    CHECK(held(at.account(), at.one) == 50);
    CHECK(held(at.account(), at.one, old) == 0);
    CHECK(must(at.hq.intake->write_off({at.one.id, {}, at.member, 12, "stolen"}, at.hq.now_ms)) == 50);
    CHECK(at.account().leased_total() == 0);
    check_lease_books(at.hq);
}
