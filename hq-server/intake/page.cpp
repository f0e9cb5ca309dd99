// One page of the compacted feed: the newest states that changed after a cursor, cut at a position, read in one
// snapshot.
#include <algorithm>

#include "common/wire/limits.h"
#include "hq-server/intake/intake_state.h"

namespace tally::intake {

namespace {

constexpr std::size_t kRowOverheadBytes = 96;  // ids, numbers and framing of one row of a page

// Rows in order of position until a limit; `complete_to`: every row up to it is there.
template <class Row>
struct Gathered {
    std::vector<std::pair<Position, Row>> rows;
    Position complete_to = 0;
    std::size_t bytes = 0;

    // Rows of one position stay together. False: the limit is reached, and `pos` begins what did not fit.
    bool fits(Position pos, std::size_t row_bytes, const PageLimits& limits) {
        const bool same_position = !rows.empty() && rows.back().first == pos;
        const bool full = rows.size() >= limits.changes_max || bytes + row_bytes > limits.bytes_max;
        if (!rows.empty() && full && !same_position) {
            complete_to = pos - 1;
            return false;
        }
        bytes += row_bytes;
        return true;
    }
    void cut(Position to) {
        while (!rows.empty() && rows.back().first > to) rows.pop_back();
    }
};

}  // namespace

std::vector<ChainRow> newest_others(const std::vector<ChainRow>& chains, const domain::Epoch& but) {
    std::vector<ChainRow> out;
    for (const ChainRow& chain : chains)
        if (chain.epoch != but) out.push_back(chain);
    if (out.size() > static_cast<std::size_t>(wire::kOtherChainsMax))
        out.erase(out.begin(), out.end() - wire::kOtherChainsMax);
    return out;
}

Status Intake::State::cover(wire::FeedPage& page, const Session& session) {
    page.covered_epoch = session.epoch;
    TALLY_TRY(const std::vector<ChainRow> chains, store.chains(session.terminal));
    for (const ChainRow& chain : chains)
        if (chain.epoch == session.epoch) page.covered_seq = chain.next_seq - 1;
    for (const ChainRow& other : newest_others(chains, session.epoch))
        page.covered_earlier.push_back({other.epoch, other.next_seq - 1});
    return {};
}

Result<wire::FeedPage> Intake::page(const Session& session, std::uint64_t cursor, const PageLimits& limits,
                                    std::int64_t now_ms) {
    State& state = *state_;
    TALLY_TRY(ReadScope scope, ReadScope::begin(state.store));
    TALLY_OK(state.refresh());
    TALLY_TRY(const DeviceRow* device, state.device(session.terminal));
    if (!device) return fail(Code::kRefused, "this device is not enrolled here");
    if (const auto why = refusal_of_status(*device)) return fail(Code::kRefused, why->text);
    TALLY_TRY(const crypto::KeyWrap* wrap, state.wrap_for(*device));
    TALLY_TRY(const HqRow* hq, state.hq_identity());
    TALLY_TRY(const Position head, state.store.head());
    if (cursor > head) return fail(Code::kInvalid, "the cursor lies beyond the log");

    wire::FeedPage page;
    page.incarnation = hq->incarnation;
    page.from = page.to = cursor;
    page.as_of = head;
    page.hq_ms = now_ms;
    TALLY_OK(state.cover(page, session));
    if (cursor == head) return page;

    Gathered<wire::MemberChange> members{{}, head, 0};
    TALLY_OK(state.store.changed_members(cursor, [&](const LedgerStore::MemberView& row) {
        if (!members.fits(row.changed_pos, kRowOverheadBytes + row.account.size() + row.sealed_profile.size(), limits))
            return false;
        wire::MemberChange change;
        change.member = row.member;
        change.member_seq = row.member_seq;
        change.account.assign(row.account.begin(), row.account.end());
        if (!row.sealed_profile.empty()) {
            change.sealed_profile.assign(row.sealed_profile.begin(), row.sealed_profile.end());
            change.wrapped_key = wrap->wrap(row.key);
        }
        members.rows.emplace_back(row.changed_pos, std::move(change));
        return true;
    }));
    Gathered<wire::StoreChange> stores{{}, head, 0};
    TALLY_OK(state.store.changed_store_days(cursor, [&](const StoreDayRow& row) {
        if (!stores.fits(row.changed_pos, kRowOverheadBytes, limits)) return false;
        stores.rows.emplace_back(row.changed_pos, wire::StoreChange{row.store, row.day, row.totals});
        return true;
    }));
    Gathered<wire::CampaignChange> campaigns{{}, head, 0};
    TALLY_OK(state.store.changed_campaigns(cursor, [&](const CampaignRow& row) {
        if (!campaigns.fits(row.changed_pos, kRowOverheadBytes, limits)) return false;
        campaigns.rows.emplace_back(row.changed_pos, wire::CampaignChange{row.id, row.totals});
        return true;
    }));
    Gathered<wire::OpOutcome> notices{{}, head, 0};
    TALLY_OK(state.store.notices(session.terminal, cursor, [&](const NoticeRow& row) {
        if (!notices.fits(row.pos, kRowOverheadBytes + row.reason.size(), limits)) return false;
        notices.rows.emplace_back(row.pos, wire::OpOutcome{row.op.epoch, row.op.seq, row.outcome, row.reason});
        return true;
    }));

    page.to = std::min({members.complete_to, stores.complete_to, campaigns.complete_to, notices.complete_to});
    TALLY_ASSERT(page.to > cursor, "a page that is not at the head moves the cursor");
    members.cut(page.to);
    stores.cut(page.to);
    campaigns.cut(page.to);
    notices.cut(page.to);
    for (auto& [pos, row] : members.rows) page.members.push_back(std::move(row));
    for (auto& [pos, row] : stores.rows) page.stores.push_back(std::move(row));
    for (auto& [pos, row] : campaigns.rows) page.campaigns.push_back(std::move(row));
    for (auto& [pos, row] : notices.rows) page.notices.push_back(std::move(row));
    TALLY_TRY(const ProgrammeRow* newest, state.newest_programme());
    // A new terminal gets it with its first page: without it nothing can be sold.
    if (newest && newest->changed_pos > cursor && (cursor == 0 || newest->changed_pos <= page.to))
        page.programme = newest->programme;
    return page;
}

}  // namespace tally::intake
