// Makes what a terminal pushes, without a replica: chained operations and batches signed by the device, as in
// sync/PROTOCOL.md. For tests and benches of headquarters. One thread.
#pragma once

#include "common/crypto/hash.h"
#include "common/domain/programme.h"
#include "common/wire/codec.h"
#include "common/wire/messages.h"
#include "common/wire/sealed.h"

namespace tally::support {

struct PushMaker {
    crypto::Device device = crypto::Device::create();
    domain::TerminalId terminal = 0;
    std::string store = "S1";
    domain::Epoch epoch{{1}};
    domain::Programme programme{.version = 1};
    std::uint64_t next_seq = 1;
    Hash head;
    std::int64_t wall_ms = 1'790'000'000'000;
    Day day = 20'717;

    // The bytes of one operation, made the chain's new head. `op` needs no more than member and body.
    Bytes append(domain::Op op) {
        op.id = {terminal, epoch, next_seq};
        op.previous_hash = head;
        op.at = domain::Hlc::of(wall_ms, static_cast<std::uint16_t>(next_seq));
        op.business_day = day;
        op.store = store;
        op.programme_version = programme.version;
        Bytes bytes = wire::encode_op(op);
        head = crypto::hash_of(bytes);
        ++next_seq;
        return bytes;
    }

    Bytes earn(const domain::MemberId& member, domain::Minor amount_minor) {
        domain::Earn body;
        body.bill.bill_no = std::to_string(terminal) + "-" + std::to_string(next_seq);
        body.amount_minor = body.eligible_minor = amount_minor;
        body.points = *domain::points_for(programme, amount_minor);
        body.expires = domain::expiry_of(programme, day);
        domain::Op op;
        op.member = member;
        op.body = body;
        return append(std::move(op));
    }

    // Signs the chain as it is now: `ops` are the last ones appended.
    wire::Push sign(std::vector<Bytes> ops) const {
        wire::Push push;
        push.epoch = epoch;
        push.first_seq = next_seq - ops.size();
        for (Bytes& bytes : ops) push.ops.push_back({std::move(bytes), {}, {}});
        push.signature =
            device.sign(wire::kChainHeadContext, wire::chain_head_text({terminal, epoch, next_seq - 1}, head));
        return push;
    }

    wire::Push earns(std::size_t count, const domain::MemberId& member, domain::Minor amount_minor = 1200) {
        std::vector<Bytes> ops;
        for (std::size_t i = 0; i < count; ++i) ops.push_back(earn(member, amount_minor));
        return sign(std::move(ops));
    }

    wire::Hello hello() const {
        wire::Hello out;
        out.versions = {wire::kProtocolVersion};
        out.terminal = terminal;
        out.epoch = epoch;
        out.next_seq = next_seq;
        out.head = head;
        out.wall_ms = wall_ms;
        out.software = "test";
        return out;
    }
};

}  // namespace tally::support
