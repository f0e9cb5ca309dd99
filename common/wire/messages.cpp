// Messages to frames and back.
#include "common/wire/messages.h"

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

namespace {

void put_outcome(pb::OpOutcome* out, const OpOutcome& in) {
    put(out->mutable_epoch(), in.epoch);
    out->set_seq(in.seq);
    out->set_outcome(static_cast<std::uint32_t>(in.outcome));
    out->set_reason(in.reason);
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

void put_store_day(pb::StoreDay* out, const StoreDay& in) {
    out->set_bills(in.bills);
    out->set_amount_minor(in.amount_minor);
    out->set_points_earned(in.points_earned);
    out->set_points_reversed(in.points_reversed);
    out->set_points_redeemed(in.points_redeemed);
    out->set_redeemed_minor(in.redeemed_minor);
}

StoreDay get_store_day(const pb::StoreDay& in) {
    return {in.bills(),           in.amount_minor(),    in.points_earned(),
            in.points_reversed(), in.points_redeemed(), in.redeemed_minor()};
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
        frame(MessageType::kWelcome, message);
    }
    void operator()(const Refused& in) {
        pb::Refused message;
        message.set_code(static_cast<std::uint32_t>(in.code));
        message.set_text(in.text);
        frame(MessageType::kRefused, message);
    }
    void operator()(const Push& in) {
        pb::Push message;
        put(message.mutable_epoch(), in.epoch);
        message.set_first_seq(in.first_seq);
        for (const PushedOp& op : in.ops) {
            auto* row = message.add_ops();
            row->set_bytes(op.bytes.data(), op.bytes.size());
            row->set_sealed(op.sealed.data(), op.sealed.size());
            row->set_wrapped_key(op.wrapped_key.data(), op.wrapped_key.size());
        }
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
        put(message.mutable_incarnation(), in.incarnation);
        message.set_from(in.from);
        message.set_to(in.to);
        message.set_as_of(in.as_of);
        put(message.mutable_covered_epoch(), in.covered_epoch);
        message.set_covered_seq(in.covered_seq);
        for (const MemberChange& change : in.members) {
            auto* row = message.add_members();
            put(row->mutable_member(), change.member);
            row->set_member_seq(change.member_seq);
            row->set_account(change.account.data(), change.account.size());
            row->set_sealed_profile(change.sealed_profile.data(), change.sealed_profile.size());
            row->set_wrapped_key(change.wrapped_key.data(), change.wrapped_key.size());
        }
        for (const StoreChange& change : in.stores) {
            auto* row = message.add_stores();
            row->set_store(change.store);
            row->set_day(change.day);
            put_store_day(row->mutable_totals(), change.totals);
        }
        if (in.programme) {
            auto* row = message.mutable_programme();
            row->set_bytes(in.programme->bytes.data(), in.programme->bytes.size());
            put(row->mutable_signature(), in.programme->signature);
        }
        for (const OpOutcome& notice : in.notices) put_outcome(message.add_notices(), notice);
        message.set_hq_ms(in.hq_ms);
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
};

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
    return Message(out);
}

Result<Message> decode_refused(ByteView payload) {
    pb::Refused in;
    TALLY_OK(parse(in, payload, "refused"));
    if (in.text().size() > 2000) return too_long("a refusal");
    if (in.code() < 1 || in.code() > 255) return fail(Code::kDamaged, "a refusal without a reason");
    return Message(Refused{static_cast<Refusal>(in.code()), in.text()});
}

Result<Message> decode_push(ByteView payload) {
    pb::Push in;
    TALLY_OK(parse(in, payload, "push"));
    if (in.ops_size() == 0) return fail(Code::kDamaged, "a push without operations");
    if (in.ops_size() > kPushOpsMax) return too_long("a push");
    Push out;
    TALLY_OK(get(out.epoch, in.epoch()));
    out.first_seq = in.first_seq();
    out.ops.reserve(static_cast<std::size_t>(in.ops_size()));
    for (const pb::PushedOp& row : in.ops()) {
        if (row.wrapped_key().size() > 256) return too_long("a wrapped key");
        out.ops.push_back({to_bytes(row.bytes()), to_bytes(row.sealed()), to_bytes(row.wrapped_key())});
    }
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
    return {};
}

Result<Message> decode_feed_page(ByteView payload) {
    pb::FeedPage in;
    TALLY_OK(parse(in, payload, "feed page"));
    FeedPage out;
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

Bytes encode_message(const Message& message) {
    Encode encode;
    std::visit(encode, message);
    return std::move(encode.out);
}

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
    }
    return fail(Code::kNewer, "a message of an unknown type");
}

}  // namespace tally::wire
