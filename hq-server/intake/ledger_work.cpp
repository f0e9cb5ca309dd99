#include "hq-server/intake/ledger_work.h"

#include <algorithm>

#include "common/wire/codec.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::intake {

using namespace domain;

void LedgerWork::conflict(std::uint64_t index, ConflictKind kind, const MemberId& member, std::string detail,
                          const OpId& other) {
    conflicts_.push_back({index, kind, member, std::move(detail), other, 0});
}

// The redemption that one of another store may not have known of: the newest elsewhere.
static OpId redeemed_elsewhere(const Op& op, const Account& account) {
    if (!std::holds_alternative<Redeem>(op.body)) return {};
    for (auto at = account.redemptions.rbegin(); at != account.redemptions.rend(); ++at)
        if (at->op.terminal != op.id.terminal) return at->op;
    return {};
}

// Of a refund beyond its sale: the sale, or where it was settled by that, the refund.
static OpId other_of_refund(const Account& account, const OpId& refund, const OpId& op) {
    if (refund != op) return refund;
    for (const Reversal& reversal : account.reversals)
        if (reversal.op == refund) return reversal.of;
    return {};
}

static constexpr char kDayIsFull[] = "the store's totals of the day are near their bound";

// No operation counts into a day that is half way to what a terminal accepts.
static bool has_room(const StoreDay& totals) {
    constexpr std::int64_t kHalf = kStoreDayTotalMax / 2;
    const auto in = [](std::int64_t value) { return value < kHalf && value > -kHalf; };
    return in(totals.amount_minor) && in(totals.points_earned) && in(totals.points_reversed) &&
           in(totals.points_redeemed) && in(totals.redeemed_minor);
}

// The same for a member: stored totals have bounds (wire::decode_account), and a state that cannot be read again would
// stop every push that names it.
static bool has_room(const Account& account) {
    constexpr std::int64_t kMost = std::int64_t{1} << 60;
    return account.debt < kMost && account.earned_total < kMost && account.adjusted_up_total < kMost &&
           account.reversed_total < kMost && account.redeemed_total < kMost && account.spend_minor < kMost &&
           account.spend_minor > -kMost;
}

// The first reason stands: what is held for its bill is so in every refold, which does not know the bounds.
static void hold(Ruling& ruling, std::string& reason, const char* why) {
    if (!ruling.quarantined) reason = why;
    ruling.quarantined = true;
}

void LedgerWork::hold_if_too_large(const Op& op, MemberState& state, const StoreDayState* day, Ruling& ruling,
                                   std::string& reason) {
    // Within a transaction the size is an upper estimate: measured before it decides.
    if (state.bytes > kAccountBytesMax) state.bytes = wire::encode_account(state.account).size();
    const OpKind kind = kind_of(op.body);
    const bool adds_nothing = kind == OpKind::kExpire || kind == OpKind::kTierChange || kind == OpKind::kCouponVoid ||
                              kind == OpKind::kLeaseReturn || kind == OpKind::kLeaseWriteOff;
    if (state.bytes > kAccountBytesMax && !adds_nothing) {
        hold(ruling, reason, "the member's account has grown beyond what can be sent to a terminal");
    } else if (!has_room(state.account)) {
        hold(ruling, reason, "the member's totals are near the end of their range");
    } else if (day && !has_room(day->totals)) {
        hold(ruling, reason, kDayIsFull);
    }
}

// Totals near 64 bits hold the operation for a person instead of failing: HQ never refuses what happened.
Result<Folded> LedgerWork::fold_member(const Op& op, MemberState& state, Ruling& ruling) {
    auto folded = fold(state.account, op, ruling);
    if (folded || folded.error().code != Code::kOverflow) return folded;
    ruling = {.quarantined = true};
    TALLY_TRY(Folded held, fold(state.account, op, ruling));
    held.reason = folded.error().detail;
    return held;
}

// The operation that has the bill; none: it is free.
Result<std::optional<Op>> LedgerWork::holder_of(const BusinessKey& key) {
    TALLY_TRY(const bool may_be_there, cache_.may_have_bill(key));
    if (!may_be_there) return std::optional<Op>();
    Bytes stored;
    ByteView bytes;
    if (const auto found = bills_.find(key); found != bills_.end()) {
        bytes = ops_[found->second].bytes;
    } else {
        TALLY_TRY(const std::optional<Position> pos, store_.bill(key));
        if (!pos) return std::optional<Op>();
        TALLY_TRY(std::optional<Bytes> there, store_.op_bytes(*pos));
        if (!there) return fail(Code::kDamaged, "a bill names position " + std::to_string(*pos) + ": no operation");
        stored = std::move(*there);
        bytes = stored;
    }
    TALLY_TRY(Op op, wire::decode_op(bytes));
    if (auto released = released_op(op)) return released;
    return std::optional(std::move(op));
}

Status LedgerWork::guard_bill(const Op& op, const std::string& store_code, std::uint64_t index, Judgement& judgement,
                              std::string& reason, OpId& other_op) {
    const auto key = guard_key(op, store_code);
    if (!key) return {};
    TALLY_TRY(const std::optional<Op> first, holder_of(*key));
    if (!first) {
        bills_[*key] = index;
        TALLY_OK(cache_.note_bill(*key));
        return guard_late(op, index, judgement, reason, other_op);
    }
    other_op = first->id;
    rule_bill(*first, op, judgement.ruling, reason);
    judgement.held_as = ConflictKind::kHeldForReview;
    if (!judgement.ruling.duplicate_of) return {};
    judgement.conflicts.clear();  // what is to be said of the bill's inputs was said with the first
    const auto* one = std::get_if<Earn>(&first->body);
    const auto* other = std::get_if<Earn>(&op.body);
    if (one && other && one->points != other->points)
        judgement.conflicts.emplace_back(ConflictKind::kEarnDiffers,
                                         "says " + std::to_string(other->points) + " points, the bill was counted as " +
                                             op_text(first->id) + " with " + std::to_string(one->points));
    return {};
}

static Points unlocked_free(const Account& account, const Op& op) {
    Points sum = 0;
    for (const Lot& lot : account.lots)
        if (!lot.is_locked_on(op.business_day)) sum += lot.free;
    return sum;
}

// A version that headquarters never issued, or does not know all of, says nothing of the policy: the newest one does.
void LedgerWork::judge_policy(const Op& op, const Programme* programme, Judgement& judgement) const {
    const auto* redeem = std::get_if<Redeem>(&op.body);
    if (!redeem || redeem->leased || op.id.terminal == kHqTerminal || (programme && programme->unknown.empty())) return;
    if (!newest_ || !newest_->redeems_by_lease()) return;
    judgement.ruling.quarantined = true;
    judgement.held_as = ConflictKind::kNoLease;
    judgement.held_reason = "redeems points that were not leased to it, by a programme that is not known here";
}

Result<Folded> LedgerWork::accept(const Incoming& in, const Programme* programme, const std::string& store_code) {
    const std::optional<Op> released = released_op(*in.op);
    const Op& op = released ? *released : *in.op;  // what counts, or is held
    const std::uint64_t index = ops_.size();
    const OpKind kind = kind_of(op.body);
    Judgement judgement = judge(op, programme, released ? std::string() : store_code, now_ms_);
    judge_policy(op, programme, judgement);
    if (released) judgement.conflicts.clear();  // they were told when it came
    std::string held_reason = judgement.held_reason;
    Folded folded;
    std::uint64_t member_seq = 0;
    OpId other, spent_elsewhere;
    StoreDayState* day = nullptr;
    if (moves_store(kind)) {
        TALLY_TRY(day, cache_.store_day(op.store, op.business_day));
    }
    const std::int64_t effective_ms = std::min(in.op->at.ms(), now_ms_ + kEffectiveAhead_ms);
    if (released)
        TALLY_OK(guard_release(in, op, index, judgement, held_reason));
    else
        TALLY_OK(guard_bill(op, store_code, index, judgement, held_reason, other));
    if (op.member.is_zero()) {
        if (day && !has_room(day->totals)) hold(judgement.ruling, held_reason, kDayIsFull);
        folded = fold_sale(*in.op, judgement.ruling);
    } else {
        TALLY_TRY(MemberState * state, cache_.member(op.member));
        hold_if_too_large(op, *state, day, judgement.ruling, held_reason);
        if (!released) TALLY_OK(hold_over_limit(op, programme, state->account, judgement.ruling, held_reason));
        if (programme && !released && !judgement.ruling.quarantined && !judgement.ruling.duplicate_of)
            judge_caps(op, *programme, state->account, judgement);
        // What no lease covers a person may let count where free points cover it: it still makes no debt.
        if (const auto* redeem = std::get_if<Redeem>(&op.body);
            released && redeem && judgement.held_as == ConflictKind::kNoLease)
            judgement.ruling.quarantined = !redeem->leased && unlocked_free(state->account, op) < redeem->points;
        TALLY_OK(judge_coupon(op, state->account, programme, judgement, held_reason));
        if (is_taken_elsewhere(op, state->account)) {
            judgement.held_as = ConflictKind::kCouponTwice;
            const Coupon* coupon = coupon_of_op(op, state->account);
            if (coupon && coupon->state == CouponState::kRedeemed) other = coupon->redeemed_by;
        }
        spent_elsewhere = redeemed_elsewhere(op, state->account);
        const TotalsById coupons_before = coupon_totals(state->account);
        const Points debt_before = state->account.debt;
        TALLY_TRY(folded, fold_member(*in.op, *state, judgement.ruling));
        TALLY_OK(count_campaigns(op, folded, programme, coupons_before, state->account, index));
        note_owed(op, folded, state->account);
        note_lease(op, folded, state->account, store_code, judgement);
        member_seq = ++state->member_seq;
        state->bytes += 200 + in.bytes.size();
        state->changed_index = index;
        if (!state->dirty) dirty_members_.push_back(state);
        state->dirty = true;
        touch(*state);
        const Outcome settled = state->account.debt > debt_before ? Outcome::kAcceptedWithDebt : Outcome::kAccepted;
        for (const OpId& id : folded.settled)
            notices_.push_back({index, id, settled, "settled by " + op_text(in.op->id)});
        if (changes_profile(kind) && folded.outcome != Outcome::kQuarantined && folded.outcome != Outcome::kDuplicate)
            TALLY_OK(fold_person(in, index, effective_ms));
        for (const OpId& refund : folded.beyond)
            conflict(index, ConflictKind::kRefundBeyond, op.member,
                     op_text(refund) + " refunds more than was left of its sale; no points beyond it",
                     other_of_refund(state->account, refund, op.id));
    }
    if (day) touch(*day, index);
    if (kind == OpKind::kAdjust && !released) note_adjust(op, folded.outcome);
    TALLY_OK(add_moves(op, folded, index));
    if (folded.outcome == Outcome::kQuarantined && folded.reason.empty()) folded.reason = held_reason;
    if (released && folded.outcome == Outcome::kQuarantined)
        std::erase_if(verdicts_, [&](const VerdictRow& row) { return row.pos == index; });

    for (auto& [what, detail] : judgement.conflicts) conflict(index, what, op.member, std::move(detail), other);
    if (folded.outcome == Outcome::kAcceptedWithDebt)
        conflict(index, ConflictKind::kOverdrawn, op.member, folded.reason, spent_elsewhere);
    if (folded.outcome == Outcome::kQuarantined && kind != OpKind::kCouponReserve)
        conflict(index, judgement.held_as, op.member, folded.reason, other);
    if (!folded.reason.empty() || judgement.ruling != Ruling{})
        decisions_.push_back({index, judgement.ruling, folded.reason});
    // Told again by the feed: an acknowledgement can be lost with its line, a page is asked for until it is durable.
    if (op.id.terminal != kHqTerminal && (released || folded.outcome != Outcome::kAccepted || !folded.reason.empty()))
        notices_.push_back({index, op.id, folded.outcome, released ? release_text(folded.reason) : folded.reason});

    OpRow row;
    row.id = in.op->id;
    row.hash = in.hash;
    row.member = op.member;
    row.member_seq = member_seq;
    row.outcome = folded.outcome;
    row.effective_ms = effective_ms;
    row.received_ms = now_ms_;
    row.bytes = in.bytes;
    row.sealed = in.sealed;
    ops_.push_back(row);
    return folded;
}

void LedgerWork::touch(StoreDayState& day, std::uint64_t index) {
    day.changed_index = index;
    if (!day.dirty) dirty_days_.push_back(&day);
    day.dirty = true;
}

Status LedgerWork::add_moves(const Op&, const Folded& folded, std::uint64_t index) {
    for (const StoreMove& move : folded.moves) {
        if (move.by == StoreDay{}) continue;
        TALLY_TRY(StoreDayState * day, cache_.store_day(move.store, move.day));
        day->totals += move.by;
        touch(*day, index);
    }
    return {};
}

Result<std::optional<ChainRow>> LedgerWork::chain(TerminalId terminal, const Epoch& epoch) {
    const auto found = chains_.find({terminal, epoch});
    if (found != chains_.end()) return std::optional(found->second);
    return store_.chain(terminal, epoch);
}

void LedgerWork::set_chain(const ChainRow& chain) { chains_[{chain.terminal, chain.epoch}] = chain; }

void LedgerWork::touch(MemberState& state) {
    if (!tiered_ || state.touched) return;
    touched_.push_back(&state);
    state.touched = true;
}

std::vector<MemberState*> LedgerWork::take_touched() {
    for (MemberState* state : touched_) state->touched = false;
    return std::exchange(touched_, {});
}

Result<bool> LedgerWork::refresh_due(MemberState& state) {
    if (state.dirty || state.number == 0) return false;
    const std::optional<Day> next = next_due_of(state.account, tiered_, today_);
    if (next == state.next_due) return false;
    TALLY_OK(store_.set_next_due(state.number, next));
    state.next_due = next;
    return true;
}

Status LedgerWork::flush_members(Position base) {
    // In the order in which they lie in the file.
    std::sort(dirty_members_.begin(), dirty_members_.end(), [](const MemberState* a, const MemberState* b) {
        return std::tie(a->number, a->member) < std::tie(b->number, b->member);
    });
    MemberRow row;
    for (MemberState* state : dirty_members_) {
        row.number = state->number;
        row.member = state->member;
        row.member_seq = state->member_seq;
        row.changed_pos = base + state->changed_index;
        row.next_due = state->next_due = next_due_of(state->account, tiered_, today_);
        row.account = wire::encode_account(state->account);
        state->bytes = row.account.size();
        TALLY_TRY(state->number, store_.put_member(row));
        state->dirty = false;
    }
    dirty_members_.clear();
    return {};
}

Status LedgerWork::flush() {
    if (ops_.empty()) return persons_.flush();
    TALLY_TRY(const Position base, store_.take_positions(ops_.size()));
    for (std::size_t i = 0; i < ops_.size(); ++i) {
        ops_[i].pos = base + i;
        TALLY_OK(store_.add_op(ops_[i]));
    }
    for (PendingBatch& batch : batches_) {
        batch.row.first_pos = base + batch.first_index;
        TALLY_OK(store_.add_batch(batch.row));
    }
    for (DecisionRow& row : decisions_) {
        row.pos += base;
        TALLY_OK(store_.add_decision(row));
    }
    for (const auto& [key, index] : bills_) TALLY_OK(store_.add_bill({key, base + index}));
    for (ConflictRow& row : conflicts_) {
        const ByteView bytes = ops_[row.pos].bytes;
        row.pos += base;
        if (!row.other.is_none()) {
            TALLY_TRY(const Op op, wire::decode_op(bytes));
            TALLY_OK(tell_other(row, op));
        }
        TALLY_OK(store_.add_conflict(row));
    }
    for (VerdictRow& row : verdicts_) {
        row.pos += base;
        TALLY_OK(store_.add_verdict(row));
    }
    for (NoticeRow& row : notices_) {
        row.pos += base;
        TALLY_OK(store_.add_notice(row));
    }
    TALLY_OK(campaigns_.flush(base));
    TALLY_OK(flush_members(base));
    for (StoreDayState* day : dirty_days_) {
        TALLY_OK(store_.put_store_day({day->store, day->day, day->totals, base + day->changed_index}));
        day->dirty = false;
    }
    for (const auto& [key, chain] : chains_) TALLY_OK(store_.put_chain(chain));
    ops_.clear();
    batches_.clear();
    decisions_.clear();
    bills_.clear();
    late_days_.clear();
    conflicts_.clear();
    notices_.clear();
    verdicts_.clear();
    dirty_days_.clear();
    chains_.clear();
    return persons_.flush();
}

}  // namespace tally::intake
