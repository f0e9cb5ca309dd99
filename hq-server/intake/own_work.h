// HQ's own operations of one transaction, on their way into HQ's own chain: one signature over all of them, so nothing
// else is accepted between the first of them and finish_own(). Internal to this folder.
#pragma once

#include <deque>

#include "hq-server/intake/intake_state.h"

namespace tally::intake {

struct Intake::State::OwnWork {
    struct Made {
        domain::Op op;
        Bytes bytes;
        Bytes sealed;
        std::string why;
    };
    std::deque<Made> made;  // the transaction's work borrows from these
    ChainRow chain;
    domain::Epoch previous_epoch;  // zero unless `chain` begins after another
    std::uint64_t first_seq = 0;
    std::uint64_t first_index = 0;

    static Result<OwnWork> begin(State& state, LedgerWork& work);
};

template <class Fill>
std::invoke_result_t<Fill, LedgerWork&, std::optional<Intake::State::OwnWork>&> Intake::State::write_own(
    std::int64_t now_ms, const Fill& fill) {
    const auto run = [&]() -> decltype(write_own(now_ms, fill)) {
        TALLY_TRY(WriteScope scope, WriteScope::begin(store));
        TALLY_OK(refresh());
        LedgerWork work(store, cache, now_ms);
        TALLY_OK(use_tiers(work, now_ms));
        TALLY_OK(use_budgets(work));
        std::optional<OwnWork> own;
        TALLY_TRY(auto out, fill(work, own));
        TALLY_OK(settle_tiers(work, own, now_ms));
        TALLY_OK(settle_coupons(work, own, now_ms));
        TALLY_OK(finish_own(work, own));
        TALLY_OK(scope.commit());
        return out;
    };
    auto out = run();
    if (out)
        cache.trim();
    else
        forget();
    return out;
}

}  // namespace tally::intake
