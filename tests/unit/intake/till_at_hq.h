// A till as it is (replica and Till) beside headquarters as it is (intake over SQLite), without a network between them.
// Tests only.
#pragma once

#include "common/replica/till.h"
#include "common/wire/limits.h"
#include "tests/unit/intake/fixture.h"

namespace tally::test {

struct TestClock final : Clock {
    Hq* hq = nullptr;
    std::int64_t wall_ms() const override { return hq->now_ms; }
    std::int64_t steady_ms() const override { return hq->now_ms; }
};

struct TillAtHq {
    Hq& hq;
    TemporaryFolder folder;
    crypto::Secret key = crypto::Secret::random(32);
    TestClock clock;
    crypto::SystemRandom random;
    std::unique_ptr<replica::Replica> replica;
    std::unique_ptr<replica::Till> till;
    std::uint64_t pushed = 0;

    TillAtHq(Hq& hq_in, const std::string& store) : hq(hq_in) {
        clock.hq = &hq;
        replica = std::make_unique<replica::Replica>(must(replica::Replica::create(folder.path(), key)));
        const crypto::Device device = must(replica->device());
        wire::Enrol enrol{{wire::kProtocolVersion}, hq.add_ticket(store, "Store " + store), "test"};
        const auto answer = must(hq.intake->enrol(device.public_key(), enrol, hq.now_ms));
        REQUIRE(std::holds_alternative<wire::Enrolled>(answer));
        replica::Enrolment enrolment;
        enrolment.terminal = std::get<wire::Enrolled>(answer).terminal;
        enrolment.store = store;
        enrolment.hq_key = hq.device.public_key();
        must(replica->save_enrolment(enrolment));
        fetch();
        start();
    }
    void start() { till = std::make_unique<replica::Till>(must(replica::Till::start(*replica, clock, random))); }
    TerminalId id() const { return till->enrolment().terminal; }

    // Pushes what headquarters does not hold yet.
    void push() {
        const crypto::Device device = must(replica->device());
        const auto wrap = must(crypto::KeyWrap::between(device, hq.device.public_key()));
        const Epoch epoch = must(replica->head()).epoch;
        wire::Push out;
        out.epoch = epoch;
        out.first_seq = pushed + 1;
        out.ops = must(replica->operations_from(epoch, out.first_seq, 1000, 1 << 20, wrap));
        if (out.ops.empty()) return;
        const std::uint64_t last = pushed + out.ops.size();
        const Hash head = must(replica->hash_of_operation(epoch, last));
        const OpId end{must(replica->enrolment())->terminal, epoch, last};
        out.signature = device.sign(wire::kChainHeadContext, wire::chain_head_text(end, head));
        auto prepared = intake::prepare_push(end.terminal, device.public_key(), std::move(out));
        if (auto* refused = std::get_if<wire::Refused>(&prepared)) FAIL(refused->text);
        const auto answer = hq.commit(std::get<intake::PreparedPush>(std::move(prepared))).answer;
        if (const auto* refused = std::get_if<wire::Refused>(&answer)) FAIL(refused->text);
        must(replica->record_ack(std::get<wire::Ack>(answer)));
        pushed = last;
    }
    // Takes pages until it has caught up, as they come over the line.
    void fetch() {
        const crypto::Device device = must(replica->device());
        const auto wrap = must(crypto::KeyWrap::between(device, hq.device.public_key()));
        const intake::Session session{must(replica->enrolment())->terminal, device.public_key(),
                                      must(replica->head()).epoch, 0};
        for (;;) {
            const std::uint64_t cursor = must(replica->cursor()).position;
            const wire::FeedPage page = must(hq.intake->page(session, cursor, {}, hq.now_ms));
            const Bytes frame = wire::encode_message(page);
            const ByteView payload = ByteView(frame).subspan(wire::kFrameHeaderBytes);
            const auto read =
                must(wire::decode_message(static_cast<std::uint8_t>(wire::MessageType::kFeedPage), payload));
            must(replica->apply_page(std::get<wire::FeedPage>(read), wrap, hq.device.public_key()));
            if (page.to == page.as_of) return;
        }
    }
    void sync() {
        push();
        fetch();
    }
};

}  // namespace tally::test
