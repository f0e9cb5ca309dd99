#include "tests/fault/disk/headquarters.h"

namespace tally::fault {

Headquarters::Headquarters(std::unique_ptr<storage::SqliteLedgerStore> store)
    : store_(std::move(store)), intake_(std::make_unique<intake::Intake>(*store_, Shop::get().hq.device)) {}

Result<Headquarters> Headquarters::open(const std::string& dir) {
    TALLY_TRY(auto store, storage::SqliteLedgerStore::open(dir + "/hq.db", Shop::get().hq.key, 1024));
    return Headquarters(std::move(store));
}

// Where headquarters stands is asked first, as the Hello does: an acknowledgement may have been lost.
Result<std::optional<wire::Ack>> Headquarters::take(agent::AgentStore& till, const replica::OwnChain& own,
                                                    std::size_t ops_max) {
    const Shop& shop = Shop::get();
    TALLY_TRY(const auto chain, store_->chain(shop.enrolment.terminal, own.epoch));
    const std::uint64_t next = chain ? chain->next_seq : 1;
    if (next > own.next_seq) return fail(Code::kDamaged, "headquarters holds more than the till");
    TALLY_TRY(wire::Push push, till.batch(own.epoch, next, ops_max, 1 << 20));
    if (push.ops.empty()) {
        if (next - 1 == own.acked_through) return std::optional<wire::Ack>();
        return std::optional(wire::Ack{own.epoch, next - 1, {}});
    }
    auto prepared = intake::prepare_push(shop.enrolment.terminal, shop.device, std::move(push));
    if (const auto* refused = std::get_if<wire::Refused>(&prepared)) return fail(Code::kRefused, refused->text);
    TALLY_TRY(const auto answers, intake_->commit(std::span(&std::get<intake::PreparedPush>(prepared), 1), kNow_ms));
    if (const auto* refused = std::get_if<wire::Refused>(&answers.front().answer))
        return fail(Code::kRefused, refused->text);
    return std::optional(std::get<wire::Ack>(answers.front().answer));
}

Status Headquarters::sync(agent::AgentStore& till, std::size_t ops_max) {
    TALLY_TRY(const auto chains, till.chains());
    for (const replica::OwnChain& chain : chains) {
        TALLY_TRY(const auto ack, take(till, chain, ops_max));
        if (ack) TALLY_OK(till.record_ack(*ack));
        if (ack && ack->through_seq + 1 < chain.next_seq) break;  // a later epoch waits for all of this one
    }
    const Shop& shop = Shop::get();
    for (;;) {
        TALLY_TRY(const replica::FeedCursor cursor, till.cursor());
        const intake::Session session{shop.enrolment.terminal, shop.device, chains.back().epoch, cursor.position};
        TALLY_TRY(const wire::FeedPage page, intake_->page(session, cursor.position, {20, 1 << 20}, kNow_ms));
        if (page.to == cursor.position) return {};
        TALLY_OK(till.apply_page(page));
    }
}

Result<std::int64_t> Headquarters::count(const std::string& of) {
    return store_->db().query_int64("SELECT count(*) FROM " + of);
}

}  // namespace tally::fault
