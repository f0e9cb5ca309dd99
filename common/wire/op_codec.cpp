// Operations and their personal fields. The bytes made here are hashed, kept and sent for ever.
#include "common/wire/codec.h"
#include "common/wire/codec_parts.h"

namespace tally::wire {

using namespace domain;

namespace {

// A stranger's bytes must not write lines of their own into our log; what is wrong with them is in the Result.
[[maybe_unused]] const auto kLogHandlerBefore = google::protobuf::SetLogHandler(nullptr);

void put_presented(pb::Presented* out, const Presented& in) {
    out->set_kind(static_cast<std::uint32_t>(in.kind));
    put(out->mutable_tag(), in.tag);
}

Status get_presented(Presented& out, const pb::Presented& in) {
    if (in.kind() > static_cast<std::uint32_t>(IdentityKind::kMemberCode))
        return fail(Code::kNewer, "unknown kind of identity");
    out.kind = static_cast<IdentityKind>(in.kind());
    return get(out.tag, in.tag());
}

void put_lines(google::protobuf::RepeatedPtrField<pb::BillLine>* out, const std::vector<BillLine>& in) {
    for (const BillLine& line : in) {
        pb::BillLine* row = out->Add();
        row->set_sku(line.sku);
        row->set_category(line.category);
        row->set_quantity_milli(line.quantity_milli);
        row->set_amount_minor(line.amount_minor);
        row->set_excluded(line.excluded);
        row->set_points(static_cast<std::uint64_t>(line.points));
    }
}

void get_lines(std::vector<BillLine>& out, const google::protobuf::RepeatedPtrField<pb::BillLine>& in) {
    for (const pb::BillLine& row : in)
        out.push_back({row.sku(), row.category(), row.quantity_milli(), row.amount_minor(), row.excluded(),
                       static_cast<Points>(row.points())});
}

struct PutBody {
    pb::Op& out;
    void operator()(const Register& in) const {
        auto* body = out.mutable_register_();
        body->set_channel(in.channel);
        body->set_joined_day(in.joined_day);
        body->set_opening_tier(in.opening_tier);
        for (const Presented& identity : in.identities) put_presented(body->add_identities(), identity);
    }
    void operator()(const ProfileEdit& in) const {
        auto* body = out.mutable_profile_edit();
        for (const Field field : in.fields) body->add_fields(static_cast<std::uint32_t>(field));
    }
    void operator()(const IdentityBind& in) const {
        auto* body = out.mutable_identity_bind();
        put_presented(body->mutable_identity(), in.identity);
        body->set_bound(in.bound);
        body->set_verification(static_cast<std::uint32_t>(in.verification));
        body->set_verified_day(in.verified_day);
    }
    void operator()(const Consent& in) const {
        auto* body = out.mutable_consent();
        body->set_purpose(in.purpose);
        body->set_granted(in.granted);
        body->set_wording_version(in.wording_version);
        body->set_channel(in.channel);
        for (const OpId& op : in.observed) put_op_id(body->add_observed(), op);
    }
    void operator()(const Earn& in) const {
        auto* body = out.mutable_earn();
        put_bill(body->mutable_bill(), in.bill);
        body->set_amount_minor(in.amount_minor);
        body->set_eligible_minor(in.eligible_minor);
        put_lines(body->mutable_lines(), in.lines);
        body->set_tier(in.tier);
        body->set_cap_used(in.cap_used);
        body->set_first_purchase(in.first_purchase);
        body->set_points(in.points);
        if (in.expires) body->set_expires(*in.expires);
        if (in.unlocks) body->set_unlocks(*in.unlocks);
        body->set_born_leased(in.born_leased);
        body->set_minute(in.minute);
        body->set_channel(in.channel);
        body->set_occasions(in.occasions);
        for (const std::string& segment : in.segments) body->add_segments(segment);
        body->set_paid_with_points_minor(in.paid_with_points_minor);
        put_parts(body->mutable_parts(), in.parts);
        if (in.late_for) body->set_late_for(*in.late_for);
    }
    void operator()(const Sale& in) const {
        auto* body = out.mutable_sale();
        put_bill(body->mutable_bill(), in.bill);
        body->set_amount_minor(in.amount_minor);
        put_lines(body->mutable_lines(), in.lines);
    }
    void operator()(const Redeem& in) const {
        auto* body = out.mutable_redeem();
        put_bill(body->mutable_bill(), in.bill);
        body->set_points(in.points);
        body->set_value_minor(in.value_minor);
        body->set_order_minor(in.order_minor);
        body->set_balance_seen(in.balance_seen);
        put_takes(body->mutable_takes(), in.takes);
        body->set_offline(in.offline);
        body->set_reward(in.reward);
        body->set_count(in.count);
        body->set_leased(in.leased);
    }
    void operator()(const Adjust& in) const {
        auto* body = out.mutable_adjust();
        body->set_points(in.points);
        body->set_reason(static_cast<std::uint32_t>(in.reason));
        if (in.expires) body->set_expires(*in.expires);
        body->set_code(in.code);
    }
    void operator()(const Reverse& in) const {
        auto* body = out.mutable_reverse();
        if (!in.target.is_none()) put_op_id(body->mutable_target(), in.target);
        body->set_target_store(in.target_store);
        body->set_target_bill_no(in.target_bill_no);
        put_bill(body->mutable_bill(), in.bill);
        body->set_is_refund(in.is_refund);
        body->set_amount_minor(in.amount_minor);
        body->set_points(in.points);
        if (in.grace_through) body->set_grace_through(*in.grace_through);
    }
    void operator()(const Note&) const { out.mutable_note(); }
    void operator()(const Expire& in) const { put_takes(out.mutable_expire()->mutable_lots(), in.lots); }
    void operator()(const Release& in) const {
        out.mutable_release()->set_op(std::string(text_of(in.bytes)));
        out.mutable_release()->set_renamed(in.renamed);
    }
    template <class Benefit>
    void operator()(const Benefit& in) const {
        put_benefit(out, in);
    }
};

Status get_register(Body& out, const pb::Register& in) {
    Register body{in.channel(), in.joined_day(), in.opening_tier(), {}};
    for (const pb::Presented& identity : in.identities())
        TALLY_OK(get_presented(body.identities.emplace_back(), identity));
    out = std::move(body);
    return {};
}

Status get_profile_edit(Body& out, const pb::ProfileEdit& in) {
    ProfileEdit body;
    for (const std::uint32_t field : in.fields()) {
        if (field == 0 || field > static_cast<std::uint32_t>(Field::kIdentity))
            return fail(Code::kNewer, "unknown profile field");
        body.fields.push_back(static_cast<Field>(field));
    }
    out = std::move(body);
    return {};
}

Status get_identity_bind(Body& out, const pb::IdentityBind& in) {
    IdentityBind body;
    TALLY_OK(get_presented(body.identity, in.identity()));
    if (in.verification() > static_cast<std::uint32_t>(Verification::kChannel))
        return fail(Code::kNewer, "unknown verification");
    body.bound = in.bound();
    body.verification = static_cast<Verification>(in.verification());
    body.verified_day = in.verified_day();
    out = body;
    return {};
}

Status get_consent(Body& out, const pb::Consent& in) {
    Consent body{in.purpose(), in.granted(), in.wording_version(), in.channel(), {}};
    for (const pb::OpId& op : in.observed()) TALLY_OK(get_op_id(body.observed.emplace_back(), op));
    out = std::move(body);
    return {};
}

Status get_earn(Body& out, const pb::Earn& in) {
    Earn body;
    get_bill(body.bill, in.bill());
    body.amount_minor = in.amount_minor();
    body.eligible_minor = in.eligible_minor();
    get_lines(body.lines, in.lines());
    body.tier = in.tier();
    body.cap_used = in.cap_used();
    body.first_purchase = in.first_purchase();
    body.points = in.points();
    body.expires = optional_day(in.has_expires(), in.expires());
    body.unlocks = optional_day(in.has_unlocks(), in.unlocks());
    body.born_leased = in.born_leased();
    if (in.minute() >= 24 * 60) return fail(Code::kInvalid, "earn: no minute of a day");
    body.minute = static_cast<std::uint16_t>(in.minute());
    body.channel = in.channel();
    body.occasions = in.occasions();
    body.segments.assign(in.segments().begin(), in.segments().end());
    body.paid_with_points_minor = in.paid_with_points_minor();
    get_parts(body.parts, in.parts());
    body.late_for = optional_day(in.has_late_for(), in.late_for());
    out = std::move(body);
    return {};
}

Status get_redeem(Body& out, const pb::Redeem& in) {
    Redeem body;
    get_bill(body.bill, in.bill());
    body.points = in.points();
    body.value_minor = in.value_minor();
    body.order_minor = in.order_minor();
    body.balance_seen = in.balance_seen();
    TALLY_OK(get_takes(body.takes, in.takes()));
    body.offline = in.offline();
    body.reward = in.reward();
    body.count = in.count();
    body.leased = in.leased();
    out = std::move(body);
    return {};
}

Status get_reverse(Body& out, const pb::Reverse& in) {
    Reverse body;
    TALLY_OK(get_target(body.target, in.target()));
    body.target_store = in.target_store();
    body.target_bill_no = in.target_bill_no();
    get_bill(body.bill, in.bill());
    body.is_refund = in.is_refund();
    body.amount_minor = in.amount_minor();
    body.points = in.points();
    body.grace_through = optional_day(in.has_grace_through(), in.grace_through());
    out = std::move(body);
    return {};
}

// No release carries another: it is refused before its bytes are looked at, so a stranger's nest costs nothing.
Result<Op> decode_op(ByteView bytes, bool may_release);

Status get_release(Body& out, const pb::Release& in) {
    Release body{to_bytes(in.op()), nullptr, in.renamed()};
    TALLY_TRY(Op op, decode_op(body.bytes, false));
    body.op = std::make_shared<const Op>(std::move(op));
    out = std::move(body);
    return {};
}

Status get_body(Body& out, const pb::Op& in, bool may_release) {
    switch (in.body_case()) {
        case pb::Op::kRelease:
            return may_release ? get_release(out, in.release()) : fail(Code::kInvalid, "a release of another release");
        case pb::Op::kRegister: return get_register(out, in.register_());
        case pb::Op::kProfileEdit: return get_profile_edit(out, in.profile_edit());
        case pb::Op::kIdentityBind: return get_identity_bind(out, in.identity_bind());
        case pb::Op::kConsent: return get_consent(out, in.consent());
        case pb::Op::kEarn: return get_earn(out, in.earn());
        case pb::Op::kSale: {
            Sale body;
            get_bill(body.bill, in.sale().bill());
            body.amount_minor = in.sale().amount_minor();
            get_lines(body.lines, in.sale().lines());
            out = std::move(body);
            return {};
        }
        case pb::Op::kRedeem: return get_redeem(out, in.redeem());
        case pb::Op::kAdjust: {
            const pb::Adjust& adjust = in.adjust();
            if (adjust.reason() < 1 || adjust.reason() > static_cast<std::uint32_t>(AdjustReason::kOther))
                return fail(Code::kNewer, "unknown reason of an adjustment");
            out = Adjust{adjust.points(), static_cast<AdjustReason>(adjust.reason()),
                         optional_day(adjust.has_expires(), adjust.expires()), adjust.code()};
            return {};
        }
        case pb::Op::kReverse: return get_reverse(out, in.reverse());
        case pb::Op::kNote: out = Note{}; return {};
        case pb::Op::kExpire: {
            Expire body;
            TALLY_OK(get_takes(body.lots, in.expire().lots()));
            out = std::move(body);
            return {};
        }
        default: return get_benefit(out, in);
    }
}

Result<Op> decode_op(ByteView bytes, bool may_release) {
    if (bytes.size() > kOpBytesMax) return fail(Code::kDamaged, "operation too long");
    pb::Op in;
    TALLY_OK(parse(in, bytes, "operation"));
    if (in.format() != 1) return fail(Code::kNewer, "operation of another format");
    Op op;
    TALLY_OK(get_op_id(op.id, in.id()));
    TALLY_OK(get(op.previous_hash, in.previous_hash()));
    TALLY_OK(get(op.previous_epoch, in.previous_epoch()));
    op.at.packed = in.hlc();
    op.business_day = in.business_day();
    op.store = in.store();
    op.cashier = in.cashier();
    TALLY_OK(get(op.member, in.member()));
    TALLY_OK(get_presented(op.presented, in.presented()));
    if (op.presented.kind == IdentityKind::kNone && !op.presented.tag.is_zero())
        return fail(Code::kDamaged, "a tag of no kind of identity");
    op.programme_version = in.programme_version();
    TALLY_OK(get(op.sealed_hash, in.sealed_hash()));
    op.approved_by = in.approved_by();
    op.over_limit = in.over_limit();
    TALLY_OK(get_body(op.body, in, may_release));
    TALLY_OK(check_op(op));
    return op;
}

}  // namespace

Bytes encode_op(const Op& op) {
    pb::Op out;
    out.set_format(1);
    put_op_id(out.mutable_id(), op.id);
    put(out.mutable_previous_hash(), op.previous_hash);
    put(out.mutable_previous_epoch(), op.previous_epoch);
    out.set_hlc(op.at.packed);
    out.set_business_day(op.business_day);
    out.set_store(op.store);
    out.set_cashier(op.cashier);
    put(out.mutable_member(), op.member);
    if (op.presented.kind != IdentityKind::kNone) put_presented(out.mutable_presented(), op.presented);
    out.set_programme_version(op.programme_version);
    put(out.mutable_sealed_hash(), op.sealed_hash);
    out.set_approved_by(op.approved_by);
    out.set_over_limit(op.over_limit);
    std::visit(PutBody{out}, op.body);
    return serialised(out);
}

Result<Op> decode_op(ByteView bytes) { return decode_op(bytes, true); }

Bytes encode_fields(const PersonalFields& fields) {
    pb::PersonalFields out;
    for (const auto& [field, value] : fields) {
        auto* entry = out.add_entries();
        entry->set_field(static_cast<std::uint32_t>(field));
        entry->set_value(value);
    }
    return serialised(out);
}

Result<PersonalFields> decode_fields(ByteView bytes) {
    pb::PersonalFields in;
    TALLY_OK(parse(in, bytes, "personal fields"));
    PersonalFields fields;
    for (const auto& entry : in.entries()) {
        if (entry.field() == 0 || entry.field() > static_cast<std::uint32_t>(Field::kIdentity))
            return fail(Code::kNewer, "unknown personal field");
        if (entry.value().size() > kFieldBytesMax) return fail(Code::kInvalid, "personal field too long");
        fields[static_cast<Field>(entry.field())] = entry.value();
    }
    return fields;
}

}  // namespace tally::wire
