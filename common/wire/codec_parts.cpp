// Pieces of messages that operations and states share.
#include "common/wire/codec_parts.h"

namespace tally::wire {

using namespace domain;

void put_op_id(pb::OpId* out, const OpId& id) {
    out->set_terminal(id.terminal);
    put(out->mutable_epoch(), id.epoch);
    out->set_seq(id.seq);
}

Status get_op_id(OpId& out, const pb::OpId& in) {
    out.terminal = in.terminal();
    out.seq = in.seq();
    return get(out.epoch, in.epoch());
}

Status get_target(OpId& out, const pb::OpId& in) {
    TALLY_OK(get_op_id(out, in));
    if (out.is_none() && out != OpId{}) return fail(Code::kDamaged, "an operation named without its number");
    return {};
}

void put_takes(google::protobuf::RepeatedPtrField<pb::LotTake>* out, const std::vector<LotTake>& takes) {
    for (const LotTake& take : takes) {
        pb::LotTake* row = out->Add();
        put_op_id(row->mutable_lot(), take.lot);
        row->set_points(take.points);
    }
}

Status get_takes(std::vector<LotTake>& out, const google::protobuf::RepeatedPtrField<pb::LotTake>& in) {
    for (const pb::LotTake& row : in) {
        LotTake take;
        TALLY_OK(get_op_id(take.lot, row.lot()));
        take.points = row.points();
        out.push_back(take);
    }
    return {};
}

void put_bill(pb::Bill* out, const Bill& in) {
    out->set_bill_no(in.bill_no);
    out->set_till(in.till);
    out->set_part(in.part);
}

void get_bill(Bill& out, const pb::Bill& in) {
    out.bill_no = in.bill_no();
    out.till = in.till();
    out.part = in.part();
}

void put_parts(google::protobuf::RepeatedPtrField<pb::EarnPart>* out, const std::vector<EarnPart>& parts) {
    for (const EarnPart& part : parts) {
        pb::EarnPart* row = out->Add();
        row->set_rule(part.rule);
        row->set_points(part.points);
        row->set_used_day(part.used_day);
        row->set_used_member(part.used_member);
        row->set_used_campaign(part.used_campaign);
    }
}

void get_parts(std::vector<EarnPart>& out, const google::protobuf::RepeatedPtrField<pb::EarnPart>& in) {
    for (const pb::EarnPart& row : in)
        out.push_back({row.rule(), row.points(), row.used_day(), row.used_member(), row.used_campaign()});
}

}  // namespace tally::wire
