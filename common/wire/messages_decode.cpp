// Payloads of frames to messages: everything that a peer announces is bounded here.
#include "common/domain/rules.h"
#include "common/wire/codec_parts.h"
#include "common/wire/limits.h"
#include "common/wire/messages.h"
#include "common/wire/messages.pb.h"

namespace tally::wire {

using namespace domain;

namespace {

Status get_incident(IncidentReport& out, const pb::IncidentReport& in) {
    if (in.kind() < 1 || in.kind() > kIncidentKindMax) return fail(Code::kDamaged, "an incident of no kind");
    if (in.log_seq() > INT64_MAX || in.seen_seq() > INT64_MAX)
        return fail(Code::kDamaged, "an incident is out of range");
    out.kind = static_cast<IncidentKind>(in.kind());
    out.at_ms = in.at_ms();
    TALLY_OK(get(out.epoch, in.epoch()));
    out.log_seq = in.log_seq();
    TALLY_OK(get(out.seen_epoch, in.seen_epoch()));
    out.seen_seq = in.seen_seq();
    return get(out.begun, in.begun());
}

Status get_outcome(OpOutcome& out, const pb::OpOutcome& in) {
    TALLY_OK(get(out.epoch, in.epoch()));
    if (in.outcome() < 1 || in.outcome() > static_cast<std::uint32_t>(Outcome::kQuarantined))
        return fail(Code::kNewer, "unknown outcome");
    if (in.reason().size() > 1000) return fail(Code::kDamaged, "a reason is too long");
    out.seq = in.seq();
    out.outcome = static_cast<Outcome>(in.outcome());
    out.reason = in.reason();
    return {};
}

StoreDay get_store_day(const pb::StoreDay& in) {
    return {in.bills(),           in.amount_minor(),    in.points_earned(),
            in.points_reversed(), in.points_redeemed(), in.redeemed_minor()};
}

Error too_long(const char* what) { return fail(Code::kDamaged, std::string(what) + " is too long"); }

Result<Message> decode_hello(ByteView payload) {
    pb::Hello in;
    TALLY_OK(parse(in, payload, "hello"));
    if (in.versions_size() > 32 || in.software().size() > 200) return too_long("hello");
    Hello out;
    out.versions.assign(in.versions().begin(), in.versions().end());
    out.terminal = in.terminal();
    TALLY_OK(get(out.epoch, in.epoch()));
    out.next_seq = in.next_seq();
    TALLY_OK(get(out.head, in.head()));
    TALLY_OK(get(out.incarnation, in.incarnation()));
    out.cursor = in.cursor();
    out.wall_ms = in.wall_ms();
    out.software = in.software();
    if (in.incidents_size() > kIncidentReportsMax) return too_long("a list of incidents");
    for (const pb::IncidentReport& row : in.incidents())
        if (row.kind() <= kIncidentKindMax)
            TALLY_OK(get_incident(out.incidents.emplace_back(), row));  // else a newer terminal's
    return Message(std::move(out));
}

Result<Message> decode_welcome(ByteView payload) {
    pb::Welcome in;
    TALLY_OK(parse(in, payload, "welcome"));
    Welcome out;
    out.version = in.version();
    TALLY_OK(get(out.incarnation, in.incarnation()));
    out.next_seq = in.next_seq();
    TALLY_OK(get(out.head, in.head()));
    out.feed_head = in.feed_head();
    out.hq_ms = in.hq_ms();
    if (in.other_chains_size() > kOtherChainsMax) return too_long("a list of chains");
    for (const pb::ChainState& row : in.other_chains()) {
        ChainState& chain = out.other_chains.emplace_back();
        TALLY_OK(get(chain.epoch, row.epoch()));
        chain.next_seq = row.next_seq();
        TALLY_OK(get(chain.head, row.head()));
        if (chain.epoch.is_zero() || chain.next_seq == 0 || chain.next_seq > INT64_MAX)
            return fail(Code::kDamaged, "a chain's head is out of range");
    }
    return Message(std::move(out));
}

Result<Message> decode_refused(ByteView payload) {
    pb::Refused in;
    TALLY_OK(parse(in, payload, "refused"));
    if (in.text().size() > 2000) return too_long("a refusal");
    if (in.code() < 1 || in.code() > 255) return fail(Code::kDamaged, "a refusal without a reason");
    return Message(Refused{static_cast<Refusal>(in.code()), in.text(), in.seq()});
}

Status get_pushed(std::vector<PushedOp>& out, const google::protobuf::RepeatedPtrField<pb::PushedOp>& in) {
    out.reserve(static_cast<std::size_t>(in.size()));
    for (const pb::PushedOp& row : in) {
        if (row.wrapped_key().size() > 256) return too_long("a wrapped key");
        out.push_back({to_bytes(row.bytes()), to_bytes(row.sealed()), to_bytes(row.wrapped_key())});
    }
    return {};
}

Result<Message> decode_push(ByteView payload) {
    pb::Push in;
    TALLY_OK(parse(in, payload, "push"));
    if (in.ops_size() == 0) return fail(Code::kDamaged, "a push without operations");
    if (in.ops_size() > kPushOpsMax) return too_long("a push");
    Push out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.first_seq = in.first_seq();
    TALLY_OK(get_pushed(out.ops, in.ops()));
    TALLY_OK(get(out.signature, in.signature()));
    return Message(std::move(out));
}

Result<Message> decode_ack(ByteView payload) {
    pb::Ack in;
    TALLY_OK(parse(in, payload, "ack"));
    Ack out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.through_seq = in.through_seq();
    for (const pb::OpOutcome& row : in.not_simply_accepted())
        TALLY_OK(get_outcome(out.not_simply_accepted.emplace_back(), row));
    return Message(std::move(out));
}

Status get_changes(FeedPage& out, const pb::FeedPage& in) {
    for (const pb::MemberChange& row : in.members()) {
        if (row.wrapped_key().size() > 256) return too_long("a wrapped key");
        MemberChange& change = out.members.emplace_back();
        TALLY_OK(get(change.member, row.member()));
        change.member_seq = row.member_seq();
        change.account = to_bytes(row.account());
        change.sealed_profile = to_bytes(row.sealed_profile());
        change.wrapped_key = to_bytes(row.wrapped_key());
    }
    for (const pb::StoreChange& row : in.stores()) {
        if (row.store().size() > kStoreCodeBytesMax) return too_long("a store code");
        out.stores.push_back({row.store(), row.day(), get_store_day(row.totals())});
    }
    for (const pb::OpOutcome& row : in.notices()) TALLY_OK(get_outcome(out.notices.emplace_back(), row));
    for (const pb::CampaignChange& row : in.campaigns()) {
        if (row.id().empty() || row.id().size() > kRuleIdBytesMax) return too_long("a campaign's name");
        for (const std::int64_t total : {row.points(), row.uses(), row.minor()})
            if (total < 0 || total > kCampaignTotalMax)
                return fail(Code::kDamaged, "a campaign's totals are out of range");
        out.campaigns.push_back({row.id(), {row.points(), row.uses(), row.minor()}});
    }
    return {};
}

Status get_page(FeedPage& out, const pb::FeedPage& in) {
    TALLY_OK(get(out.incarnation, in.incarnation()));
    out.from = in.from();
    out.to = in.to();
    out.as_of = in.as_of();
    if (out.from > out.to || out.to > out.as_of)
        return fail(Code::kDamaged, "a feed page whose positions run backwards");
    TALLY_OK(get(out.covered_epoch, in.covered_epoch()));
    out.covered_seq = in.covered_seq();
    TALLY_OK(get_changes(out, in));
    if (in.has_programme()) {
        out.programme.emplace();
        out.programme->bytes = to_bytes(in.programme().bytes());
        TALLY_OK(get(out.programme->signature, in.programme().signature()));
    }
    out.hq_ms = in.hq_ms();
    if (in.covered_earlier_size() > kOtherChainsMax) return too_long("a list of covered epochs");
    for (const pb::Covered& row : in.covered_earlier()) {
        Covered& covered = out.covered_earlier.emplace_back();
        TALLY_OK(get(covered.epoch, row.epoch()));
        covered.seq = row.seq();
    }
    return {};
}

Result<Message> decode_feed_page(ByteView payload) {
    pb::FeedPage in;
    TALLY_OK(parse(in, payload, "feed page"));
    FeedPage out;
    TALLY_OK(get_page(out, in));
    return Message(std::move(out));
}

Result<Message> decode_lease_want(ByteView payload) {
    pb::LeaseWant in;
    TALLY_OK(parse(in, payload, "lease want"));
    LeaseWant out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.after_seq = in.after_seq();
    TALLY_OK(get(out.member, in.member()));
    out.points = in.points();
    if (out.epoch.is_zero() || out.member.is_zero() || out.after_seq == 0 || out.points < 0 || out.points > kPointsMax)
        return fail(Code::kDamaged, "a lease want is out of range");
    return Message(out);
}

Result<Message> decode_lease_state(ByteView payload) {
    pb::LeaseState in;
    TALLY_OK(parse(in, payload, "lease state"));
    LeaseState out;
    TALLY_OK(get_page(out.page, in.page()));
    out.give_back = in.give_back();
    if (out.page.as_of != 0 || out.page.members.size() > 1)
        return fail(Code::kDamaged, "a lease state is one member's, beside the feed");
    return Message(std::move(out));
}

Result<Message> decode_ops_want(ByteView payload) {
    pb::OpsWant in;
    TALLY_OK(parse(in, payload, "ops want"));
    OpsWant out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.first_seq = in.first_seq();
    if (out.epoch.is_zero() || out.first_seq == 0 || out.first_seq > INT64_MAX)
        return fail(Code::kDamaged, "operations wanted out of range");
    return Message(out);
}

Result<Message> decode_ops_return(ByteView payload) {
    pb::OpsReturn in;
    TALLY_OK(parse(in, payload, "ops return"));
    if (in.ops_size() > kOpsReturnMax) return too_long("a return of operations");
    OpsReturn out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.first_seq = in.first_seq();
    if (out.epoch.is_zero() || out.first_seq == 0 || out.first_seq > INT64_MAX - kOpsReturnMax)
        return fail(Code::kDamaged, "returned operations out of range");
    TALLY_OK(get_pushed(out.ops, in.ops()));
    return Message(std::move(out));
}

Result<Message> decode_enrol(ByteView payload) {
    pb::Enrol in;
    TALLY_OK(parse(in, payload, "enrol"));
    if (in.versions_size() > 32 || in.secret().size() > 64 || in.software().size() > 200) return too_long("enrol");
    Enrol out;
    out.versions.assign(in.versions().begin(), in.versions().end());
    out.secret = to_bytes(in.secret());
    out.software = in.software();
    return Message(std::move(out));
}

Result<Message> decode_enrolled(ByteView payload) {
    pb::Enrolled in;
    TALLY_OK(parse(in, payload, "enrolled"));
    if (in.store().size() > kStoreCodeBytesMax || in.store_name().size() > 200) return too_long("a store's name");
    Enrolled out;
    out.terminal = in.terminal();
    out.store = in.store();
    out.store_name = in.store_name();
    TALLY_OK(get(out.root_key, in.root_key()));
    TALLY_OK(get(out.recovery_key, in.recovery_key()));
    out.hq_ms = in.hq_ms();
    return Message(std::move(out));
}

}  // namespace

Result<Message> decode_message(std::uint8_t type, ByteView payload) {
    switch (static_cast<MessageType>(type)) {
        case MessageType::kHello: return decode_hello(payload);
        case MessageType::kWelcome: return decode_welcome(payload);
        case MessageType::kRefused: return decode_refused(payload);
        case MessageType::kPush: return decode_push(payload);
        case MessageType::kAck: return decode_ack(payload);
        case MessageType::kFeedWant: {
            pb::FeedWant in;
            TALLY_OK(parse(in, payload, "feed want"));
            return Message(FeedWant{in.pages()});
        }
        case MessageType::kFeedPage: return decode_feed_page(payload);
        case MessageType::kPing: {
            pb::Ping in;
            TALLY_OK(parse(in, payload, "ping"));
            return Message(Ping{in.token()});
        }
        case MessageType::kPong: {
            pb::Pong in;
            TALLY_OK(parse(in, payload, "pong"));
            return Message(Pong{in.token(), in.hq_ms()});
        }
        case MessageType::kEnrol: return decode_enrol(payload);
        case MessageType::kEnrolled: return decode_enrolled(payload);
        case MessageType::kOpsWant: return decode_ops_want(payload);
        case MessageType::kOpsReturn: return decode_ops_return(payload);
        case MessageType::kLeaseWant: return decode_lease_want(payload);
        case MessageType::kLeaseState: return decode_lease_state(payload);
    }
    return fail(Code::kNewer, "a message of an unknown type");
}

}  // namespace tally::wire
