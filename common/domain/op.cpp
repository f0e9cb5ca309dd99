#include "common/domain/op.h"

namespace tally::domain {

OpKind kind_of(const Body& body) { return static_cast<OpKind>(body.index() + 1); }

std::optional<Op> released_op(const Op& op) {
    const auto* release = std::get_if<Release>(&op.body);
    if (!release) return std::nullopt;
    Op out = *release->op;
    out.over_limit.clear();
    if (release->renamed) out.id = op.id;
    return out;
}

std::string_view kind_name(OpKind kind) {
    switch (kind) {
        case OpKind::kRegister: return "register";
        case OpKind::kProfileEdit: return "profile_edit";
        case OpKind::kIdentityBind: return "identity_bind";
        case OpKind::kConsent: return "consent";
        case OpKind::kEarn: return "earn";
        case OpKind::kSale: return "sale";
        case OpKind::kRedeem: return "redeem";
        case OpKind::kAdjust: return "adjust";
        case OpKind::kReverse: return "reverse";
        case OpKind::kNote: return "note";
        case OpKind::kExpire: return "expire";
        case OpKind::kBonus: return "bonus";
        case OpKind::kOpeningBalance: return "opening_balance";
        case OpKind::kTierChange: return "tier_change";
        case OpKind::kCouponIssue: return "coupon_issue";
        case OpKind::kCouponReserve: return "coupon_reserve";
        case OpKind::kCouponRedeem: return "coupon_redeem";
        case OpKind::kCouponVoid: return "coupon_void";
        case OpKind::kLeaseGrant: return "lease_grant";
        case OpKind::kLeaseReturn: return "lease_return";
        case OpKind::kLeaseWriteOff: return "lease_write_off";
        case OpKind::kRelease: return "release";
    }
    return "unknown";
}

namespace {

Status wrong(const char* what) { return fail(Code::kInvalid, what); }

bool in_range(std::int64_t value, std::int64_t low, std::int64_t high) { return value >= low && value <= high; }

constexpr std::size_t kNameBytesMax = 32;  // of a rule, tier, segment, channel, template

Status check_day(std::optional<Day> day) {
    if (day && !in_range(*day, kBusinessDayMin, kBusinessDayMax)) return wrong("a day out of range");
    return {};
}

Status check_bill(const Bill& bill) {
    if (bill.bill_no.size() > kBillNoBytesMax) return wrong("bill number too long");
    if (bill.till.size() > kStoreCodeBytesMax) return wrong("till name too long");
    return {};
}

Status check_lines(const std::vector<BillLine>& lines) {
    if (lines.size() > 1000) return wrong("more than 1,000 bill lines");
    for (const BillLine& line : lines) {
        if (line.sku.size() > 64 || line.category.size() > 64) return wrong("bill line text too long");
        if (!in_range(line.amount_minor, -kAmountMinorMax, kAmountMinorMax))
            return wrong("bill line amount out of range");
        if (!in_range(line.points, 0, kPointsMax)) return wrong("bill line points out of range");
    }
    return {};
}

Status check_takes(const std::vector<LotTake>& takes, Points at_most) {
    if (takes.size() > 10'000) return wrong("more than 10,000 lots named");
    Points sum = 0;
    for (const LotTake& take : takes) {
        if (!in_range(take.points, 1, kPointsMax) || take.lot.is_none()) return wrong("a named lot without points");
        sum += take.points;  // at most 10,000 * 10^12: stays inside 64 bits
    }
    if (sum > at_most) return wrong("named lots exceed the points");
    return {};
}

// `exactly`: what they add up to; none: anything.
Status check_slices(const std::vector<LotTake>& slices, std::optional<Points> exactly = {}) {
    if (slices.empty() || slices.size() > kSlicesPerOpMax) return wrong("1 to 1,000 slices");
    TALLY_OK(check_takes(slices, exactly.value_or(INT64_MAX)));
    Points sum = 0;
    for (const LotTake& slice : slices) sum += slice.points;
    if (exactly && sum != *exactly) return wrong("the named slices are not the points");
    return {};
}

struct CheckBody {
    Status operator()(const Register& body) const {
        if (body.channel.size() > 32 || body.opening_tier.size() > 32) return wrong("register: text too long");
        if (body.identities.size() > 16) return wrong("register: more than 16 identities");
        return {};
    }
    Status operator()(const ProfileEdit& body) const {
        if (body.fields.empty() || body.fields.size() > 16) return wrong("profile edit: 1 to 16 fields");
        return {};
    }
    Status operator()(const IdentityBind& body) const {
        if (body.identity.kind == IdentityKind::kNone) return wrong("identity bind: no kind");
        return {};
    }
    Status operator()(const Consent& body) const {
        if (body.purpose.empty() || body.purpose.size() > 64) return wrong("consent: purpose of 1 to 64 bytes");
        if (body.wording_version.size() > 64 || body.channel.size() > 32) return wrong("consent: text too long");
        if (body.observed.size() > 1000) return wrong("consent: too many observed");
        return {};
    }
    Status operator()(const Earn& body) const {
        TALLY_OK(check_bill(body.bill));
        TALLY_OK(check_lines(body.lines));
        if (!in_range(body.amount_minor, 0, kAmountMinorMax)) return wrong("earn: amount out of range");
        if (!in_range(body.eligible_minor, 0, body.amount_minor)) return wrong("earn: eligible amount out of range");
        if (!in_range(body.points, 0, kPointsMax)) return wrong("earn: points out of range");
        if (body.tier.size() > kNameBytesMax) return wrong("earn: tier too long");
        if (body.minute >= 24 * 60) return wrong("earn: no minute of a day");
        if (body.channel.size() > kNameBytesMax) return wrong("earn: channel too long");
        if (body.segments.size() > 100) return wrong("earn: more than 100 segments");
        for (const std::string& segment : body.segments)
            if (segment.size() > kNameBytesMax) return wrong("earn: segment too long");
        if (!in_range(body.paid_with_points_minor, 0, kAmountMinorMax))
            return wrong("earn: what points paid is out of range");
        if (!in_range(body.cap_used, 0, INT64_MAX / 2)) return wrong("earn: used cap out of range");
        TALLY_OK(check_day(body.expires));
        TALLY_OK(check_day(body.unlocks));
        TALLY_OK(check_day(body.late_for));
        if (body.late_for && body.bill.bill_no.empty()) return wrong("earn: late points name their bill");
        if (body.parts.size() > 1000) return wrong("earn: more than 1,000 parts");
        Points sum = 0;
        for (const EarnPart& part : body.parts) {
            if (part.rule.size() > kNameBytesMax) return wrong("earn: rule too long");
            if (!in_range(part.points, 0, kPointsMax) || !in_range(part.used_day, 0, INT64_MAX / 2) ||
                !in_range(part.used_member, 0, INT64_MAX / 2) || !in_range(part.used_campaign, 0, INT64_MAX / 2))
                return wrong("earn: a part out of range");
            sum += part.points;  // at most 1,000 * 10^12
        }
        if (!body.parts.empty() && sum != body.points) return wrong("earn: the parts are not the points");
        return {};
    }
    Status operator()(const Sale& body) const {
        TALLY_OK(check_bill(body.bill));
        TALLY_OK(check_lines(body.lines));
        if (!in_range(body.amount_minor, -kAmountMinorMax, kAmountMinorMax)) return wrong("sale: amount out of range");
        return {};
    }
    Status operator()(const Redeem& body) const {
        TALLY_OK(check_bill(body.bill));
        if (!in_range(body.points, 1, kPointsMax)) return wrong("redeem: points out of range");
        if (!in_range(body.value_minor, 0, kAmountMinorMax)) return wrong("redeem: value out of range");
        if (!in_range(body.order_minor, 0, kAmountMinorMax)) return wrong("redeem: order amount out of range");
        if (body.reward.size() > kNameBytesMax) return wrong("redeem: reward too long");
        if (body.reward.empty() != (body.count == 0)) return wrong("redeem: a reward and its count go together");
        if (body.leased) return check_slices(body.takes, body.points);
        return check_takes(body.takes, body.points);
    }
    Status operator()(const Adjust& body) const {
        if (body.points == 0 || !in_range(body.points, -kPointsMax, kPointsMax))
            return wrong("adjust: points out of range");
        if (body.code.size() > kNameBytesMax) return wrong("adjust: reason code too long");
        return check_day(body.expires);
    }
    Status operator()(const Reverse& body) const {
        TALLY_OK(check_bill(body.bill));
        if (body.target_bill_no.size() > kBillNoBytesMax) return wrong("reverse: bill number too long");
        if (body.target_store.size() > kStoreCodeBytesMax) return wrong("reverse: store too long");
        if (!body.target.is_none() && !body.target_bill_no.empty()) return wrong("reverse: two targets");
        if (!body.is_refund && body.target.is_none()) return wrong("reverse: names nothing");
        if (!in_range(body.amount_minor, 0, kAmountMinorMax)) return wrong("reverse: amount out of range");
        if (!in_range(body.points, 0, kPointsMax)) return wrong("reverse: points out of range");
        return check_day(body.grace_through);
    }
    Status operator()(const Note&) const { return {}; }
    Status operator()(const Expire& body) const {
        if (body.lots.empty()) return wrong("expire: names no lot");
        return check_takes(body.lots, INT64_MAX);
    }
    Status operator()(const Bonus& body) const {
        if (body.rule.empty() || body.rule.size() > kNameBytesMax) return wrong("bonus: rule of 1 to 32 bytes");
        if (body.key.size() > 64) return wrong("bonus: key too long");
        if (!in_range(body.points, 1, kPointsMax)) return wrong("bonus: points out of range");
        if (!in_range(body.used_day, 0, INT64_MAX / 2) || !in_range(body.used_member, 0, INT64_MAX / 2))
            return wrong("bonus: used cap out of range");
        TALLY_OK(check_day(body.expires));
        return check_day(body.unlocks);
    }
    Status operator()(const OpeningBalance& body) const {
        if (!in_range(body.points, 1, kPointsMax)) return wrong("opening balance: points out of range");
        TALLY_OK(check_day(body.earned_day));
        return check_day(body.expires);
    }
    Status operator()(const TierChange& body) const {
        if (body.level.size() > kNameBytesMax) return wrong("tier change: level too long");
        if (body.level.empty() != (body.cause == TierCause::kManualEnd)) return wrong("tier change: names no level");
        return check_day(body.through);
    }
    Status operator()(const CouponIssue& body) const {
        if (body.coupon.is_zero()) return wrong("coupon issue: no coupon named");
        if (body.template_id.empty() || body.template_id.size() > kNameBytesMax)
            return wrong("coupon issue: template of 1 to 32 bytes");
        if (body.key.size() > kCouponKeyBytesMax) return wrong("coupon issue: key too long");
        TALLY_OK(check_day(body.valid_from));
        return check_day(body.valid_through);
    }
    Status operator()(const CouponReserve& body) const {
        if (body.coupon.is_zero()) return wrong("coupon reserve: no coupon named");
        if (!in_range(body.budget_minor, 0, kAmountMinorMax)) return wrong("coupon reserve: budget out of range");
        return {};
    }
    Status operator()(const CouponRedeem& body) const {
        if (body.coupon.is_zero()) return wrong("coupon redeem: no coupon named");
        TALLY_OK(check_bill(body.bill));
        if (!in_range(body.order_minor, 0, kAmountMinorMax)) return wrong("coupon redeem: order amount out of range");
        if (!in_range(body.discount_minor, 0, body.order_minor)) return wrong("coupon redeem: discount out of range");
        return {};
    }
    Status operator()(const CouponVoid& body) const {
        return body.coupon.is_zero() ? wrong("coupon void: no coupon named") : Status();
    }
    Status operator()(const LeaseGrant& body) const {
        if (body.holder == 0 || body.epoch.is_zero()) return wrong("lease grant: no holder named");
        TALLY_OK(check_day(body.through));
        return check_slices(body.slices);
    }
    Status operator()(const LeaseReturn& body) const { return check_slices(body.slices); }
    Status operator()(const LeaseWriteOff& body) const {
        if (body.holder == 0 || body.epoch.is_zero()) return wrong("lease write-off: no holder named");
        return check_slices(body.slices);
    }
    Status operator()(const Release& body) const {
        if (!body.op || body.bytes.empty()) return wrong("release: carries no operation");
        if (body.bytes.size() > kReleasedBytesMax) return wrong("release: the operation is too long to be released");
        const OpKind kind = kind_of(body.op->body);
        if (kind == OpKind::kRelease) return wrong("release: of another release");
        if (kind == OpKind::kCouponReserve) return wrong("release: a refused reservation is asked for again");
        return check_op(*body.op);
    }
};

}  // namespace

Status check_op(const Op& op) {
    if (op.id.terminal == 0 || op.id.seq == 0 || op.id.epoch.is_zero()) return wrong("incomplete operation id");
    if (op.id.seq != 1 && !op.previous_epoch.is_zero()) return wrong("previous epoch named inside an epoch");
    if (op.store.size() > kStoreCodeBytesMax) return wrong("store code too long");
    if (op.store.empty() && op.id.terminal != kHqTerminal) return wrong("no store named");
    if (!in_range(op.business_day, kBusinessDayMin, kBusinessDayMax)) return wrong("business day out of range");
    const OpKind kind = kind_of(op.body);
    const auto* release = std::get_if<Release>(&op.body);
    if (release && release->op) {
        if (release->op->member != op.member) return wrong("a release is of its operation's member");
    } else if ((kind == OpKind::kSale) != op.member.is_zero()) {
        return wrong("a sale has no member, every other operation has one");
    }
    if (op.over_limit.size() > 64) return wrong("limit too long");
    if (op.id.terminal != kHqTerminal) {
        const auto* tier = std::get_if<TierChange>(&op.body);
        const bool decision = tier && tier->cause != TierCause::kManual && tier->cause != TierCause::kManualEnd;
        if (decision || kind == OpKind::kExpire || kind == OpKind::kOpeningBalance || kind == OpKind::kLeaseGrant ||
            kind == OpKind::kLeaseWriteOff || kind == OpKind::kRelease)
            return wrong("an operation of headquarters alone");
    }
    if (const auto* earn = std::get_if<Earn>(&op.body); earn && earn->late_for && *earn->late_for > op.business_day)
        return wrong("earn: late points for a day to come");
    return std::visit(CheckBody{}, op.body);
}

}  // namespace tally::domain
