// Messages to frames; messages_decode.cpp is the way back.
#include "common/wire/messages.h"

#include <algorithm>

#include "common/wire/codec_parts.h"
#include "common/wire/frame.h"
#include "common/wire/messages.pb.h"

namespace tally::wire {

using namespace domain;

std::string_view refusal_name(Refusal code) {
    switch (code) {
        case Refusal::kUnknownDevice: return "unknown device";
        case Refusal::kRevoked: return "revoked";
        case Refusal::kVersion: return "unknown protocol version";
        case Refusal::kBrokenChain: return "broken chain";
        case Refusal::kBadSignature: return "bad signature";
        case Refusal::kBadFrame: return "bad frame";
        case Refusal::kBadMessage: return "bad message";
        case Refusal::kTicket: return "ticket not valid";
        case Refusal::kBusy: return "busy";
        case Refusal::kQuarantined: return "quarantined";
        case Refusal::kStorage: return "storage";
    }
    return "refused";
}

std::uint32_t common_version(const std::vector<std::uint32_t>& offered) {
    std::uint32_t best = 0;
    for (const std::uint32_t version : offered)
        if (version >= kProtocolVersionOldest && version <= kProtocolVersion) best = std::max(best, version);
    return best;
}

std::string_view incident_name(IncidentKind kind) {
    switch (kind) {
        case IncidentKind::kTailCut: return "the log's tail is missing";
        case IncidentKind::kTailTorn: return "the log's tail is torn";
        case IncidentKind::kWitnessMissing: return "the witness is missing";
        case IncidentKind::kWitnessDamaged: return "the witness is damaged";
        case IncidentKind::kOtherHistory: return "the log is not the one its witness saw";
        case IncidentKind::kOlderCopy: return "the database is an older copy";
        case IncidentKind::kFork: return "the log has branched";
        case IncidentKind::kDamagedPage: return "a page of the database is damaged";
        case IncidentKind::kRestored: return "the terminal was restored";
    }
    return "an incident of an unknown kind";
}

namespace {

void put_incident(pb::IncidentReport* out, const IncidentReport& in) {
    out->set_kind(static_cast<std::uint32_t>(in.kind));
    out->set_at_ms(in.at_ms);
    put(out->mutable_epoch(), in.epoch);
    out->set_log_seq(in.log_seq);
    put(out->mutable_seen_epoch(), in.seen_epoch);
    out->set_seen_seq(in.seen_seq);
    put(out->mutable_begun(), in.begun);
}

void put_pushed(pb::PushedOp* out, const PushedOp& in) {
    out->set_bytes(in.bytes.data(), in.bytes.size());
    out->set_sealed(in.sealed.data(), in.sealed.size());
    out->set_wrapped_key(in.wrapped_key.data(), in.wrapped_key.size());
}

void put_outcome(pb::OpOutcome* out, const OpOutcome& in) {
    put(out->mutable_epoch(), in.epoch);
    out->set_seq(in.seq);
    out->set_outcome(static_cast<std::uint32_t>(in.outcome));
    out->set_reason(in.reason);
}

void put_store_day(pb::StoreDay* out, const StoreDay& in) {
    out->set_bills(in.bills);
    out->set_amount_minor(in.amount_minor);
    out->set_points_earned(in.points_earned);
    out->set_points_reversed(in.points_reversed);
    out->set_points_redeemed(in.points_redeemed);
    out->set_redeemed_minor(in.redeemed_minor);
}

void put_page(pb::FeedPage* out, const FeedPage& in) {
    put(out->mutable_incarnation(), in.incarnation);
    out->set_from(in.from);
    out->set_to(in.to);
    out->set_as_of(in.as_of);
    put(out->mutable_covered_epoch(), in.covered_epoch);
    out->set_covered_seq(in.covered_seq);
    for (const MemberChange& change : in.members) {
        auto* row = out->add_members();
        put(row->mutable_member(), change.member);
        row->set_member_seq(change.member_seq);
        row->set_account(change.account.data(), change.account.size());
        row->set_sealed_profile(change.sealed_profile.data(), change.sealed_profile.size());
        row->set_wrapped_key(change.wrapped_key.data(), change.wrapped_key.size());
    }
    for (const StoreChange& change : in.stores) {
        auto* row = out->add_stores();
        row->set_store(change.store);
        row->set_day(change.day);
        put_store_day(row->mutable_totals(), change.totals);
    }
    if (in.programme) {
        auto* row = out->mutable_programme();
        row->set_bytes(in.programme->bytes.data(), in.programme->bytes.size());
        put(row->mutable_signature(), in.programme->signature);
    }
    for (const OpOutcome& notice : in.notices) put_outcome(out->add_notices(), notice);
    out->set_hq_ms(in.hq_ms);
    for (const Covered& covered : in.covered_earlier) {
        auto* row = out->add_covered_earlier();
        put(row->mutable_epoch(), covered.epoch);
        row->set_seq(covered.seq);
    }
    for (const CampaignChange& campaign : in.campaigns) {
        auto* row = out->add_campaigns();
        row->set_id(campaign.id);
        row->set_points(campaign.totals.points);
        row->set_uses(campaign.totals.uses);
        row->set_minor(campaign.totals.minor);
    }
}

struct Encode {
    Bytes out;

    void frame(MessageType type, const google::protobuf::MessageLite& message) {
        const Bytes payload = serialised(message);
        const Status framed = append_frame(out, static_cast<std::uint8_t>(type), payload);
        TALLY_ASSERT(framed.has_value(), "a message of ours fits into a frame");
    }

    void operator()(const Hello& in) {
        pb::Hello message;
        for (const std::uint32_t version : in.versions) message.add_versions(version);
        message.set_terminal(in.terminal);
        put(message.mutable_epoch(), in.epoch);
        message.set_next_seq(in.next_seq);
        put(message.mutable_head(), in.head);
        put(message.mutable_incarnation(), in.incarnation);
        message.set_cursor(in.cursor);
        message.set_wall_ms(in.wall_ms);
        message.set_software(in.software);
        for (const IncidentReport& incident : in.incidents) put_incident(message.add_incidents(), incident);
        frame(MessageType::kHello, message);
    }
    void operator()(const Welcome& in) {
        pb::Welcome message;
        message.set_version(in.version);
        put(message.mutable_incarnation(), in.incarnation);
        message.set_next_seq(in.next_seq);
        put(message.mutable_head(), in.head);
        message.set_feed_head(in.feed_head);
        message.set_hq_ms(in.hq_ms);
        for (const ChainState& chain : in.other_chains) {
            auto* row = message.add_other_chains();
            put(row->mutable_epoch(), chain.epoch);
            row->set_next_seq(chain.next_seq);
            put(row->mutable_head(), chain.head);
        }
        frame(MessageType::kWelcome, message);
    }
    void operator()(const Refused& in) {
        pb::Refused message;
        message.set_code(static_cast<std::uint32_t>(in.code));
        message.set_text(in.text);
        message.set_seq(in.seq);
        frame(MessageType::kRefused, message);
    }
    void operator()(const Push& in) {
        pb::Push message;
        put(message.mutable_epoch(), in.epoch);
        message.set_first_seq(in.first_seq);
        for (const PushedOp& op : in.ops) put_pushed(message.add_ops(), op);
        put(message.mutable_signature(), in.signature);
        frame(MessageType::kPush, message);
    }
    void operator()(const Ack& in) {
        pb::Ack message;
        put(message.mutable_epoch(), in.epoch);
        message.set_through_seq(in.through_seq);
        for (const OpOutcome& outcome : in.not_simply_accepted) put_outcome(message.add_not_simply_accepted(), outcome);
        frame(MessageType::kAck, message);
    }
    void operator()(const FeedWant& in) {
        pb::FeedWant message;
        message.set_pages(in.pages);
        frame(MessageType::kFeedWant, message);
    }
    void operator()(const FeedPage& in) {
        pb::FeedPage message;
        put_page(&message, in);
        frame(MessageType::kFeedPage, message);
    }
    void operator()(const Ping& in) {
        pb::Ping message;
        message.set_token(in.token);
        frame(MessageType::kPing, message);
    }
    void operator()(const Pong& in) {
        pb::Pong message;
        message.set_token(in.token);
        message.set_hq_ms(in.hq_ms);
        frame(MessageType::kPong, message);
    }
    void operator()(const Enrol& in) {
        pb::Enrol message;
        for (const std::uint32_t version : in.versions) message.add_versions(version);
        message.set_secret(in.secret.data(), in.secret.size());
        message.set_software(in.software);
        frame(MessageType::kEnrol, message);
    }
    void operator()(const Enrolled& in) {
        pb::Enrolled message;
        message.set_terminal(in.terminal);
        message.set_store(in.store);
        message.set_store_name(in.store_name);
        put(message.mutable_root_key(), in.root_key);
        put(message.mutable_recovery_key(), in.recovery_key);
        message.set_hq_ms(in.hq_ms);
        frame(MessageType::kEnrolled, message);
    }
    void operator()(const OpsWant& in) {
        pb::OpsWant message;
        put(message.mutable_epoch(), in.epoch);
        message.set_first_seq(in.first_seq);
        frame(MessageType::kOpsWant, message);
    }
    void operator()(const LeaseWant& in) {
        pb::LeaseWant message;
        put(message.mutable_epoch(), in.epoch);
        message.set_after_seq(in.after_seq);
        put(message.mutable_member(), in.member);
        message.set_points(in.points);
        frame(MessageType::kLeaseWant, message);
    }
    void operator()(const LeaseState& in) {
        pb::LeaseState message;
        put_page(message.mutable_page(), in.page);
        message.set_give_back(in.give_back);
        frame(MessageType::kLeaseState, message);
    }
    void operator()(const OpsReturn& in) {
        pb::OpsReturn message;
        put(message.mutable_epoch(), in.epoch);
        message.set_first_seq(in.first_seq);
        for (const PushedOp& op : in.ops) put_pushed(message.add_ops(), op);
        frame(MessageType::kOpsReturn, message);
    }
};

}  // namespace

Bytes encode_message(const Message& message) {
    Encode encode;
    std::visit(encode, message);
    return std::move(encode.out);
}

}  // namespace tally::wire
