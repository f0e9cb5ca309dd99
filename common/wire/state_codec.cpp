// Accounts: what is stored and sent of them.
#include "common/wire/codec.h"
#include "common/wire/codec_parts.h"
#include "common/wire/state.pb.h"

namespace tally::wire {

using namespace domain;

namespace {

// Days that calendars can be asked about: tiers and histories do.
Status check_days(std::initializer_list<std::optional<Day>> days) {
    for (const std::optional<Day>& day : days)
        if (day && (*day < kBusinessDayMin || *day > kBusinessDayMax))
            return fail(Code::kDamaged, "account: a day out of range");
    return {};
}

void put_lot(pb::Lot* out, const Lot& in) {
    put_op_id(out->mutable_maker(), in.maker);
    out->set_store(in.store);
    out->set_bill_no(in.bill_no);
    out->set_till(in.till);
    out->set_part(in.part);
    out->set_day(in.day);
    out->set_amount_minor(in.amount_minor);
    out->set_refunded_minor(in.refunded_minor);
    if (in.expires) out->set_expires(*in.expires);
    out->set_issued(in.issued);
    out->set_free(in.free);
    out->set_redeemed(in.redeemed);
    out->set_expired(in.expired);
    out->set_taken(in.taken);
    out->set_netted(in.netted);
    out->set_reversed(in.reversed);
    if (in.unlocks) out->set_unlocks(*in.unlocks);
    out->set_source(static_cast<std::uint32_t>(in.source));
    out->set_rule(in.rule);
    put_parts(out->mutable_parts(), in.parts);
    out->set_minute(in.minute);
    out->set_leased(in.leased);
    out->set_loss(in.loss);
}

Status get_lot(Lot& out, const pb::Lot& in) {
    TALLY_OK(get_op_id(out.maker, in.maker()));
    out.store = in.store();
    out.bill_no = in.bill_no();
    out.till = in.till();
    out.part = in.part();
    out.day = in.day();
    out.amount_minor = in.amount_minor();
    out.refunded_minor = in.refunded_minor();
    if (in.has_expires()) out.expires = in.expires();
    out.issued = in.issued();
    out.free = in.free();
    out.redeemed = in.redeemed();
    out.expired = in.expired();
    out.taken = in.taken();
    out.netted = in.netted();
    out.reversed = in.reversed();
    out.leased = in.leased();
    out.loss = in.loss();
    for (const std::int64_t part :
         {out.issued, out.free, out.leased, out.loss, out.redeemed, out.expired, out.taken, out.netted, out.reversed})
        if (part < 0 || part > kPointsMax) return fail(Code::kDamaged, "a lot's points are out of range");
    if (out.amount_minor < 0 || out.amount_minor > kAmountMinorMax)
        return fail(Code::kDamaged, "a lot's amount is out of range");
    out.unlocks = optional_day(in.has_unlocks(), in.unlocks());
    if (in.source() > static_cast<std::uint32_t>(LotSource::kGivenBack) || in.minute() >= 24 * 60)
        return fail(Code::kDamaged, "a lot's source or time is out of range");
    out.source = static_cast<LotSource>(in.source());
    out.rule = in.rule();
    get_parts(out.parts, in.parts());
    out.minute = static_cast<std::uint16_t>(in.minute());
    for (const EarnPart& part : out.parts)
        if (part.points < 0 || part.points > kPointsMax) return fail(Code::kDamaged, "a part of a lot is out of range");
    return check_days({out.day, out.expires, out.unlocks});
}

void put_redemption(pb::Redemption* out, const Redemption& in) {
    put_op_id(out->mutable_op(), in.op);
    out->set_day(in.day);
    out->set_points(in.points);
    out->set_reversed(in.reversed);
    out->set_value_minor(in.value_minor);
    out->set_overdrawn(in.overdrawn);
    put_takes(out->mutable_takes(), in.takes);
    out->set_store(in.store);
    out->set_bill_no(in.bill_no);
    out->set_reward(in.reward);
}

Status get_redemption(Redemption& out, const pb::Redemption& in) {
    TALLY_OK(get_op_id(out.op, in.op()));
    out.day = in.day();
    out.points = in.points();
    out.reversed = in.reversed();
    out.value_minor = in.value_minor();
    out.overdrawn = in.overdrawn();
    out.store = in.store();
    out.bill_no = in.bill_no();
    out.reward = in.reward();
    if (out.points < 0 || out.points > kPointsMax || out.reversed < 0 || out.reversed > out.points ||
        out.overdrawn < 0 || out.overdrawn > out.points)
        return fail(Code::kDamaged, "a redemption's points are out of range");
    TALLY_OK(check_days({out.day}));
    return get_takes(out.takes, in.takes());
}

void put_waiting(pb::WaitingReverse* out, const WaitingReverse& in) {
    put_op_id(out->mutable_op(), in.op);
    out->set_store(in.store);
    out->set_day(in.day);
    if (!in.target.is_none()) put_op_id(out->mutable_target(), in.target);
    out->set_target_store(in.target_store);
    out->set_target_bill_no(in.target_bill_no);
    out->set_amount_minor(in.amount_minor);
    out->set_points(in.points);
    if (in.grace_through) out->set_grace_through(*in.grace_through);
}

Status get_waiting(WaitingReverse& out, const pb::WaitingReverse& in) {
    TALLY_OK(get_op_id(out.op, in.op()));
    out.store = in.store();
    out.day = in.day();
    TALLY_OK(get_target(out.target, in.target()));
    out.target_store = in.target_store();
    out.target_bill_no = in.target_bill_no();
    out.amount_minor = in.amount_minor();
    out.points = in.points();
    out.grace_through = optional_day(in.has_grace_through(), in.grace_through());
    return check_days({out.day, out.grace_through});
}

Status get_alias(Alias& out, const pb::Alias& in) {
    TALLY_OK(get_op_id(out.duplicate, in.duplicate()));
    return get_op_id(out.first, in.first());
}

void put_reversal(pb::Reversal* out, const Reversal& in) {
    put_op_id(out->mutable_op(), in.op);
    out->set_day(in.day);
    out->set_is_adjustment(in.is_adjustment);
    out->set_bill_no(in.bill_no);
    out->set_amount_minor(in.amount_minor);
    out->set_points(in.points);
    put_takes(out->mutable_takes(), in.takes);
    out->set_debt(in.debt);
    if (!in.of.is_none()) put_op_id(out->mutable_of(), in.of);
    out->set_without_bill(in.without_bill);
}

Status get_reversal(Reversal& out, const pb::Reversal& in) {
    TALLY_OK(get_op_id(out.op, in.op()));
    out.day = in.day();
    out.is_adjustment = in.is_adjustment();
    out.bill_no = in.bill_no();
    out.amount_minor = in.amount_minor();
    out.points = in.points();
    out.debt = in.debt();
    TALLY_OK(get_target(out.of, in.of()));
    out.without_bill = in.without_bill();
    if (out.amount_minor < 0 || out.amount_minor > kAmountMinorMax || out.points < -kPointsMax ||
        out.points > kPointsMax || out.debt < 0 || out.debt > kPointsMax)
        return fail(Code::kDamaged, "a reversal's amount or points are out of range");
    TALLY_OK(check_days({out.day}));
    return get_takes(out.takes, in.takes());
}

Status get_use(RuleUse& out, const pb::RuleUse& in) {
    out = {in.rule(), in.total(), in.day(), in.on_day(), in.times()};
    constexpr std::int64_t kMost = std::int64_t{1} << 61;
    if (out.total < 0 || out.total > kMost || out.on_day < 0 || out.on_day > out.total || out.times < 0 ||
        out.times > kMost)
        return fail(Code::kDamaged, "what a rule gave is out of range");
    return check_days({out.day});
}

void put_coupon(pb::Coupon* out, const Coupon& in) {
    put(out->mutable_id(), in.id);
    out->set_template_id(in.template_id);
    out->set_cause(static_cast<std::uint32_t>(in.cause));
    out->set_state(static_cast<std::uint32_t>(in.state));
    put_op_id(out->mutable_issued_by(), in.issued_by);
    out->set_valid_from(in.valid_from);
    if (in.valid_through) out->set_valid_through(*in.valid_through);
    out->set_reserved_by(in.reserved_by);
    out->set_reserved_day(in.reserved_day);
    put(out->mutable_reserved_epoch(), in.reserved_epoch);
    if (!in.from.is_none()) put_op_id(out->mutable_from(), in.from);
    out->set_budget_minor(in.budget_minor);
    if (!in.redeemed_by.is_none()) put_op_id(out->mutable_redeemed_by(), in.redeemed_by);
    out->set_store(in.store);
    out->set_bill_no(in.bill_no);
    out->set_redeemed_day(in.redeemed_day);
    out->set_discount_minor(in.discount_minor);
    out->set_gives_back(in.gives_back);
}

Status get_coupon(Coupon& out, const pb::Coupon& in) {
    TALLY_OK(get(out.id, in.id()));
    out.template_id = in.template_id();
    if (in.cause() < 1 || in.cause() > static_cast<std::uint32_t>(CouponCause::kCampaign) || in.state() < 1 ||
        in.state() > static_cast<std::uint32_t>(CouponState::kVoid))
        return fail(Code::kNewer, "a coupon's cause or state is unknown");
    out.cause = static_cast<CouponCause>(in.cause());
    out.state = static_cast<CouponState>(in.state());
    TALLY_OK(get_op_id(out.issued_by, in.issued_by()));
    out.valid_from = in.valid_from();
    out.valid_through = optional_day(in.has_valid_through(), in.valid_through());
    out.reserved_by = in.reserved_by();
    out.reserved_day = in.reserved_day();
    TALLY_OK(get(out.reserved_epoch, in.reserved_epoch()));
    TALLY_OK(get_target(out.from, in.from()));
    out.budget_minor = in.budget_minor();
    TALLY_OK(get_target(out.redeemed_by, in.redeemed_by()));
    out.store = in.store();
    out.bill_no = in.bill_no();
    out.redeemed_day = in.redeemed_day();
    out.discount_minor = in.discount_minor();
    out.gives_back = in.gives_back();
    if (out.discount_minor < 0 || out.discount_minor > kAmountMinorMax || out.budget_minor < 0 ||
        out.budget_minor > kAmountMinorMax)
        return fail(Code::kDamaged, "a coupon's amount is out of range");
    if ((out.state == CouponState::kReserved) != (out.reserved_by != 0) ||
        (out.reserved_by == 0 && !out.reserved_epoch.is_zero()) ||
        (out.state == CouponState::kRedeemed && out.redeemed_by.is_none()))
        return fail(Code::kDamaged, "a coupon's state does not fit its operations");
    return check_days({out.valid_from, out.valid_through, out.reserved_day, out.redeemed_day});
}

void put_slice(pb::Slice* out, const Slice& in) {
    out->set_holder(in.holder);
    put(out->mutable_epoch(), in.epoch);
    out->set_lot(in.lot);
    out->set_granted(in.granted);
    out->set_outstanding(in.outstanding);
    out->set_written_off(in.written_off);
    out->set_risk(in.risk);
    if (in.through) out->set_through(*in.through);
}

Status get_slice(Slice& out, const pb::Slice& in) {
    out.holder = in.holder();
    TALLY_OK(get(out.epoch, in.epoch()));
    out.lot = in.lot();
    out.granted = in.granted();
    out.outstanding = in.outstanding();
    out.written_off = in.written_off();
    out.risk = in.risk();
    out.through = optional_day(in.has_through(), in.through());
    // So bounded, no sum over slices leaves 64 bits.
    if (out.holder == 0 || out.granted < 0 || out.granted > kGrantedMax || out.outstanding < 0 ||
        out.outstanding > kPointsMax || out.written_off < 0 || out.written_off > kPointsMax)
        return fail(Code::kDamaged, "a slice is out of range");
    return check_days({out.through});
}

void put_standing(pb::TierStanding* out, const TierStanding& in) {
    if (in.since) out->set_since(*in.since);
    if (in.through) out->set_through(*in.through);
    out->set_floor(in.floor);
    if (in.floor_through) out->set_floor_through(*in.floor_through);
    out->set_lots_before(in.lots_before);
}

TierStanding get_standing(const pb::TierStanding& in) {
    return {optional_day(in.has_since(), in.since()), optional_day(in.has_through(), in.through()), in.floor(),
            optional_day(in.has_floor_through(), in.floor_through()), in.lots_before()};
}

}  // namespace

Bytes encode_account(const Account& account) {
    pb::Account out;
    out.set_folded_ops(account.folded_ops);
    out.set_debt(account.debt);
    out.set_earned_total(account.earned_total);
    out.set_adjusted_up_total(account.adjusted_up_total);
    out.set_reversed_total(account.reversed_total);
    out.set_redeemed_total(account.redeemed_total);
    out.set_spend_minor(account.spend_minor);
    out.set_bills(account.bills);
    out.set_tier(account.tier);
    for (const Lot& lot : account.lots) put_lot(out.add_lots(), lot);
    for (const Redemption& redemption : account.redemptions) put_redemption(out.add_redemptions(), redemption);
    for (const WaitingReverse& waiting : account.waiting) put_waiting(out.add_waiting(), waiting);
    for (const Alias& alias : account.aliases) {
        pb::Alias* row = out.add_aliases();
        put_op_id(row->mutable_duplicate(), alias.duplicate);
        put_op_id(row->mutable_first(), alias.first);
    }
    for (const Reversal& reversal : account.reversals) put_reversal(out.add_reversals(), reversal);
    out.set_bonus_total(account.bonus_total);
    out.set_opening_total(account.opening_total);
    out.set_given_back_total(account.given_back_total);
    if (account.standing != TierStanding{}) put_standing(out.mutable_standing(), account.standing);
    for (const RuleUse& use : account.uses) {
        pb::RuleUse* row = out.add_uses();
        row->set_rule(use.rule);
        row->set_total(use.total);
        row->set_day(use.day);
        row->set_on_day(use.on_day);
        row->set_times(use.times);
    }
    for (const OnceKey& once : account.once) {
        pb::OnceKey* row = out.add_once();
        row->set_rule(once.rule);
        row->set_key(once.key);
        put_op_id(row->mutable_op(), once.op);
    }
    for (const Coupon& coupon : account.coupons) put_coupon(out.add_coupons(), coupon);
    for (const Slice& slice : account.slices) put_slice(out.add_slices(), slice);
    return serialised(out);
}

Result<Account> decode_account(ByteView bytes) {
    pb::Account in;
    TALLY_OK(parse(in, bytes, "account"));
    Account account;
    account.folded_ops = in.folded_ops();
    account.debt = in.debt();
    account.earned_total = in.earned_total();
    account.adjusted_up_total = in.adjusted_up_total();
    account.reversed_total = in.reversed_total();
    account.redeemed_total = in.redeemed_total();
    account.spend_minor = in.spend_minor();
    account.bills = in.bills();
    account.tier = in.tier();
    account.lots.reserve(static_cast<std::size_t>(in.lots_size()));
    for (const pb::Lot& lot : in.lots()) TALLY_OK(get_lot(account.lots.emplace_back(), lot));
    for (const pb::Redemption& row : in.redemptions())
        TALLY_OK(get_redemption(account.redemptions.emplace_back(), row));
    for (const pb::WaitingReverse& row : in.waiting()) TALLY_OK(get_waiting(account.waiting.emplace_back(), row));
    for (const pb::Alias& row : in.aliases()) TALLY_OK(get_alias(account.aliases.emplace_back(), row));
    for (const pb::Reversal& row : in.reversals()) TALLY_OK(get_reversal(account.reversals.emplace_back(), row));
    account.bonus_total = in.bonus_total();
    account.opening_total = in.opening_total();
    account.given_back_total = in.given_back_total();
    account.standing = get_standing(in.standing());
    TALLY_OK(check_days({account.standing.since, account.standing.through, account.standing.floor_through}));
    for (const pb::RuleUse& row : in.uses()) TALLY_OK(get_use(account.uses.emplace_back(), row));
    for (const pb::OnceKey& row : in.once()) {
        OnceKey& once = account.once.emplace_back(OnceKey{row.rule(), row.key(), {}});
        TALLY_OK(get_op_id(once.op, row.op()));
    }
    for (const pb::Coupon& row : in.coupons()) TALLY_OK(get_coupon(account.coupons.emplace_back(), row));
    for (const pb::Slice& row : in.slices()) TALLY_OK(get_slice(account.slices.emplace_back(), row));
    // Below this no sum in check_account can leave 64 bits, whatever was sent.
    constexpr std::int64_t kTotalMax = std::int64_t{1} << 61;
    for (const std::int64_t total :
         {account.debt, account.earned_total, account.adjusted_up_total, account.reversed_total, account.redeemed_total,
          account.bonus_total, account.opening_total, account.given_back_total, account.bills})
        if (total < 0 || total > kTotalMax) return fail(Code::kDamaged, "account: a total is out of range");
    if (account.spend_minor > kTotalMax || account.spend_minor < -kTotalMax)
        return fail(Code::kDamaged, "account: the spend is out of range");
    // A state whose lots and totals do not add up never enters a replica or a fold; a replica asks more:
    // account_check.h.
    if (const Status sound = check_account(account); !sound)
        return fail(Code::kDamaged, "account: " + sound.error().detail);
    return account;
}

}  // namespace tally::wire
