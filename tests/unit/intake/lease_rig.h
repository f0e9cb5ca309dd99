// Tills that want, hold and redeem leases at headquarters, by hand. Tests only.
#pragma once

#include "hq-server/admin/verify.h"
#include "tests/unit/intake/fixture.h"

namespace tally::test {

inline Programme lease_programme() {
    Programme programme = plain_programme();
    programme.floor_limit_points = 0;
    return programme;
}

// Half of a member's points, for a week.
inline Programme advance_programme() {
    Programme programme = lease_programme();
    programme.lease_share_milli = 500;
    programme.lease_days = 7;
    return programme;
}

inline intake::LeaseAsk ask(const Terminal& at, const MemberId& member, Points points,
                            std::optional<std::uint64_t> after_seq = {}) {
    return {at.session(), {at.epoch, after_seq.value_or(at.next_seq), member, points}};
}

inline intake::GroupAnswer commit_wants(Hq& hq, std::vector<intake::PreparedPush> pushes,
                                        const std::vector<intake::LeaseAsk>& wants) {
    auto out = must(hq.intake->commit(pushes, wants, hq.now_ms));
    REQUIRE(out.pushes.size() == pushes.size());
    REQUIRE(out.leases.size() == wants.size());
    return out;
}

inline wire::LeaseState want(Terminal& at, const MemberId& member, Points points,
                             std::optional<std::uint64_t> after_seq = {}) {
    const auto out = commit_wants(at.hq, {}, {ask(at, member, points, after_seq)});
    REQUIRE(std::holds_alternative<wire::LeaseState>(out.leases.front().answer));
    return std::get<wire::LeaseState>(out.leases.front().answer);
}

// Of all lots, and whatever their dates.
inline Points held(const Account& account, const Terminal& at, std::optional<Epoch> epoch = {}) {
    Points sum = 0;
    for (const Slice& slice : account.slices)
        if (slice.is_of(at.id, epoch.value_or(at.epoch))) sum += slice.outstanding;
    return sum;
}
inline Points held(const wire::LeaseState& state, const Terminal& at) {
    REQUIRE(state.page.members.size() == 1);
    return held(must(wire::decode_account(state.page.members.front().account)), at);
}

inline OpId redeem_leased(Terminal& at, const MemberId& member, std::vector<LotTake> slices, Day day = kToday) {
    Redeem body;
    for (const LotTake& slice : slices) body.points += slice.points;
    body.value_minor = body.points;
    body.takes = std::move(slices);
    body.leased = true;
    return at.write(member, body, {}, day);
}

// One epoch of a terminal's log, put aside.
struct Life {
    Epoch epoch, previous_epoch;
    std::uint64_t next_seq = 1, acknowledged = 0;
    Hash head;
    std::vector<wire::PushedOp> log;
    std::vector<Hash> hashes;
};
inline Life life_of(const Terminal& at) {
    return {at.epoch, at.previous_epoch, at.next_seq, at.acknowledged, at.head, at.log, at.hashes};
}
// Goes on with `life`; returns the one before.
inline Life exchange_life(Terminal& at, const Life& life) {
    Life before = life_of(at);
    at.epoch = life.epoch, at.previous_epoch = life.previous_epoch;
    at.next_seq = life.next_seq, at.acknowledged = life.acknowledged;
    at.head = life.head, at.log = life.log, at.hashes = life.hashes;
    return before;
}

// But for differences in what an earn gives and a redemption costs, which these tests write as they need it.
inline std::vector<std::pair<intake::ConflictKind, std::string>> lease_conflicts(Hq& hq) {
    std::vector<std::pair<intake::ConflictKind, std::string>> out;
    must(hq.store->each_conflict([&](const intake::ConflictRow& row) -> Status {
        const bool by_rig =
            row.kind == intake::ConflictKind::kEarnDiffers || row.kind == intake::ConflictKind::kPriceTooLow;
        if (!by_rig) out.emplace_back(row.kind, row.detail);
        return {};
    }));
    return out;
}

inline void check_lease_books(Hq& hq) {
    const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key(), {}));
    INFO(admin::verify_text(report));
    CHECK(report.fault_count == 0);
}

// A member with 300 points of one sale at the first of two tills in two stores.
struct LeaseRig {
    Hq hq;
    Terminal one{hq, "S1"}, other{hq, "S2"};
    MemberId member = member_number(1);
    OpId lot;

    explicit LeaseRig(const Programme& programme = lease_programme()) : hq(programme) {
        lot = one.earn(member, 30'000);
        one.push_all();
    }
    Account account() { return hq.account(member); }
};

}  // namespace tally::test
