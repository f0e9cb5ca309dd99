// What becomes due: points that expire, changes of tier and coupons (due_coupons.cpp), written as HQ's own operations.
// Tiers and coupons that operations bring follow each transaction at once; time alone brings the rest, by night, to the
// members whose next_due has passed. When the programme's tiers change, the next night's walk looks at every member
// once; `hq.tiers_version` says when it is done. While the programme gives coupons by birthday or anniversary, one walk
// of each day does; `hq.coupons_day` says of which it is done, so that a restart and a report do not walk again.
//
// That walk opens every profile, since a birthday is nowhere else. An index from month and day to members, written with
// the profile, would spare it, at the price of birthdays that no erased key covers; not built.
#include <algorithm>

#include "common/domain/tiers.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/owed.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

Result<const Programme*> Intake::State::tiered_programme() {
    TALLY_TRY(const ProgrammeRow* row, newest_programme());
    if (!row) return static_cast<const Programme*>(nullptr);
    TALLY_TRY(const Programme* current, programme(row->version));
    return current && !current->tiers.levels.empty() ? current : static_cast<const Programme*>(nullptr);
}

Status Intake::State::use_tiers(LedgerWork& work, std::int64_t now_ms) {
    TALLY_TRY(const Programme* tiered, tiered_programme());
    if (!tiered) return {};
    TALLY_TRY(const Day today, this->today(now_ms));
    work.use_tiers(tiered, today);
    return {};
}

Result<std::uint64_t> Intake::State::settle_tiers(LedgerWork& work, std::optional<OwnWork>& own, std::int64_t now_ms) {
    std::uint64_t written = 0;
    for (MemberState* state : work.take_touched()) {
        auto due = due_tier_change(*work.tiered(), state->account, work.today());
        if (!due) continue;
        TALLY_TRY(const Folded folded,
                  add_own(work, own, OwnOp::of(state->member, work.today(), *std::move(due)), now_ms));
        written += folded.outcome == Outcome::kQuarantined ? 0 : 1;
    }
    work.take_touched();  // by these changes themselves: after one nothing more is due on the same day
    return written;
}

// What a change of tier depends on, but the account and the day.
static bool same_tiers(const Programme* one, const Programme* other) {
    const TierRules none;
    const TierRules& left = one ? one->tiers : none;
    const TierRules& right = other ? other->tiers : none;
    if (left.levels.empty() && right.levels.empty()) return true;
    return left == right && one->currency_digits == other->currency_digits;
}

Result<bool> Intake::State::needs_walk() {
    TALLY_TRY(const HqRow* row, hq_identity());
    TALLY_TRY(const Programme* walked, programme(row->tiers_version));
    TALLY_TRY(const Programme* tiered, tiered_programme());
    return !same_tiers(walked, tiered);
}

// At most this many lots in one operation; what remains is due again in the next step.
static constexpr std::size_t kLotsPerExpire = 1000;

Result<Intake::ExpireStep> Intake::expire(std::uint64_t after, std::size_t members_max, std::int64_t now_ms) {
    State& state = *state_;
    bool changed = false;
    const auto run = [&]() -> Result<ExpireStep> {
        TALLY_TRY(WriteScope scope, WriteScope::begin(state.store));
        TALLY_OK(state.refresh());
        TALLY_TRY(const Day today, state.today(now_ms));
        LedgerWork work(state.store, state.cache, now_ms);
        TALLY_OK(state.use_tiers(work, now_ms));
        TALLY_OK(state.use_budgets(work));
        TALLY_TRY(const ProgrammeRow* newest, state.newest_programme());
        if (after == 0) {
            TALLY_TRY(const bool all, state.needs_walk());
            state.walk_version = all ? std::optional(newest->version) : std::nullopt;
            TALLY_TRY(const HqRow* row, state.hq_identity());
            const bool gives = work.newest() && gives_by_day(*work.newest()) && row->coupons_day != today;
            state.walk_day = gives ? std::optional(today) : std::nullopt;
        }
        const bool by_day = state.walk_day == today && work.newest();
        std::optional<State::OwnWork> own;
        std::vector<MemberId> due;
        ExpireStep step;
        const bool all = state.walk_version || by_day;
        const std::optional<Day> before = all ? std::nullopt : std::optional(today);
        const std::size_t scan = all ? std::max<std::size_t>(1, members_max / 10) : members_max;
        TALLY_TRY(step.next, state.store.each_due_member(after, scan, before, [&](const MemberId& member) -> Status {
            due.push_back(member);
            return {};
        }));
        for (const MemberId& member : due) {
            TALLY_TRY(MemberState * account, state.cache.member(member));
            for (;;) {
                std::vector<LotTake> lots = due_to_expire(account->account, today);
                if (lots.empty()) break;
                if (lots.size() > kLotsPerExpire) lots.resize(kLotsPerExpire);
                TALLY_TRY(const Folded folded,
                          state.add_own(work, own, OwnOp::of(member, today, Expire{std::move(lots)}), now_ms));
                step.written += 1;
                if (folded.outcome == Outcome::kQuarantined) break;  // it took nothing, so it would be due for ever
            }
            std::uint64_t given = 0;
            if (by_day) {
                const auto gave = state.give_by_day(work, own, *account, now_ms);
                if (!gave && gave.error().code != Code::kNotFound) return gave.error();
                given = gave ? *gave : 0;
                step.unopened += !gave;
            }
            work.touch(*account);
            TALLY_TRY(const std::uint64_t tiers, state.settle_tiers(work, own, now_ms));
            TALLY_TRY(const std::uint64_t gifts, state.settle_coupons(work, own, now_ms));
            step.written += given + tiers + gifts;
            TALLY_TRY(const bool moved, work.refresh_due(*account));
            changed = changed || moved;
        }
        TALLY_OK(state.finish_own(work, own));
        if (step.next == 0 && state.walk_version == newest->version) {
            TALLY_OK(state.store.set_tiers_version(newest->version));
            state.hq_row.reset();
            changed = true;
        }
        if (step.next == 0 && by_day) {
            TALLY_OK(state.store.set_coupons_day(today));
            state.hq_row.reset();
            changed = true;
        }
        // Also what was held for a person: it is flushed and in the cache, though it does not count as written.
        if (own || changed) TALLY_OK(scope.commit());
        return step;
    };
    auto step = run();
    if (step)
        state.cache.trim();
    else
        state.forget();
    return step;
}

Result<std::uint64_t> Intake::expire_all(std::int64_t now_ms) {
    std::uint64_t written = 0, after = 0;
    do {
        TALLY_TRY(const ExpireStep step, expire(after, kExpireMembersPerStep, now_ms));
        written += step.written;
        after = step.next;
    } while (after != 0);
    return written;
}

}  // namespace tally::intake
