// Pieces shared by the codecs of this layer: fixed-size bytes, operation ids, and one way to serialise. Internal.
#pragma once

#include <google/protobuf/message_lite.h>

#include "common/domain/account.h"
#include "common/wire/op.pb.h"

namespace tally::wire {

inline Bytes serialised(const google::protobuf::MessageLite& message) {
    Bytes out(message.ByteSizeLong());
    message.SerializeWithCachedSizesToArray(out.data());
    return out;
}

template <class Message>
Status parse(Message& message, ByteView bytes, const char* what) {
    if (bytes.size() > INT32_MAX || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return fail(Code::kDamaged, std::string(what) + " does not parse");
    return {};
}

template <class Fixed>
void put(std::string* out, const Fixed& value) {
    if (!value.is_zero()) out->assign(text_of(value.view()));
}

// An absent (empty) field is the zero value; any other wrong length is damage.
template <class Fixed>
Status get(Fixed& out, const std::string& bytes) {
    if (bytes.empty()) return out = Fixed{}, Status();
    if (bytes.size() != Fixed::kSize) return fail(Code::kDamaged, "a fixed-size field has another length");
    std::memcpy(out.bytes.data(), bytes.data(), Fixed::kSize);
    return {};
}

inline Bytes to_bytes(const std::string& text) { return Bytes(text.begin(), text.end()); }

void put_op_id(pb::OpId* out, const domain::OpId& id);
Status get_op_id(domain::OpId& out, const pb::OpId& in);
// An id that may be absent, and is then written as nothing: half an id is kDamaged.
Status get_target(domain::OpId& out, const pb::OpId& in);
void put_takes(google::protobuf::RepeatedPtrField<pb::LotTake>* out, const std::vector<domain::LotTake>& takes);
void put_bill(pb::Bill* out, const domain::Bill& in);
void get_bill(domain::Bill& out, const pb::Bill& in);
void put_parts(google::protobuf::RepeatedPtrField<pb::EarnPart>* out, const std::vector<domain::EarnPart>& parts);
void get_parts(std::vector<domain::EarnPart>& out, const google::protobuf::RepeatedPtrField<pb::EarnPart>& in);
inline std::optional<Day> optional_day(bool there, std::int32_t day) {
    return there ? std::optional<Day>(day) : std::nullopt;
}
// The bodies of bonuses, opening balances, tiers and coupons (op_codec_benefits.cpp).
void put_benefit(pb::Op& out, const domain::Bonus& in);
void put_benefit(pb::Op& out, const domain::OpeningBalance& in);
void put_benefit(pb::Op& out, const domain::TierChange& in);
void put_benefit(pb::Op& out, const domain::CouponIssue& in);
void put_benefit(pb::Op& out, const domain::CouponReserve& in);
void put_benefit(pb::Op& out, const domain::CouponRedeem& in);
void put_benefit(pb::Op& out, const domain::CouponVoid& in);
Status get_benefit(domain::Body& out, const pb::Op& in);
void put_benefit(pb::Op& out, const domain::LeaseGrant& in);
void put_benefit(pb::Op& out, const domain::LeaseReturn& in);
void put_benefit(pb::Op& out, const domain::LeaseWriteOff& in);
Status get_takes(std::vector<domain::LotTake>& out, const google::protobuf::RepeatedPtrField<pb::LotTake>& in);

}  // namespace tally::wire
