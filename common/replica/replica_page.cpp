// Taking a page of the change feed: one transaction, in which the overlay is folded again and what is covered leaves
// it.
#include <algorithm>
#include <map>
#include <set>

#include "common/base/utf8.h"
#include "common/replica/account_check.h"
#include "common/replica/replica_state.h"
#include "common/replica/store_days.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"

namespace tally::replica {
namespace {

class PageApplier {
  public:
    PageApplier(ReplicaState& replica, const wire::FeedPage& page, const crypto::KeyWrap& from_hq,
                const crypto::PublicKey& hq_key)
        : replica_(replica), page_(page), from_hq_(from_hq), hq_key_(hq_key) {}

    Status apply() {
        TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica_.db));
        TALLY_TRY(state_, replica_.load_state());
        TALLY_OK(enter());
        for (const wire::MemberChange& change : page_.members) TALLY_OK(take_member(change));
        for (const wire::StoreChange& change : page_.stores) TALLY_OK(take_store(change));
        for (const wire::CampaignChange& change : page_.campaigns) TALLY_OK(save_campaign(replica_, change, covered_));
        if (page_.programme) TALLY_OK(take_programme(*page_.programme));
        for (const wire::OpOutcome& notice : page_.notices) TALLY_OK(take_notice(notice));
        if (page_.to == page_.as_of) TALLY_OK(catch_up());
        state_.cursor = page_.to;
        TALLY_OK(replica_.save_state(state_));
        return transaction.commit();
    }

  private:
    // Decides whether the page follows what is here, and which of our operations it covers.
    Status enter() {
        if (page_.to < page_.from || page_.as_of < page_.to || page_.as_of > INT64_MAX)
            return fail(Code::kInvalid, "a feed page's positions do not rise");
        if (page_.incarnation.is_zero()) return fail(Code::kInvalid, "a feed page names no incarnation");
        if (page_.incarnation != state_.incarnation) {
            if (page_.from != 0)
                return fail(Code::kInvalid, "a feed page of another incarnation does not start from zero");
            TALLY_OK(restart());
        } else if (page_.from != state_.cursor) {
            return fail(Code::kInvalid, "a feed page starts at " + std::to_string(page_.from) + ", the cursor is " +
                                            std::to_string(state_.cursor));
        }
        return find_covered();
    }

    // Which positions of this log the page's states hold: of each epoch that the page names, those up to its seq.
    Status find_covered() {
        std::map<domain::Epoch, std::uint64_t> through;
        for (const wire::Covered& earlier : page_.covered_earlier) through[earlier.epoch] = earlier.seq;
        through[page_.covered_epoch] = page_.covered_seq;
        TALLY_TRY(const std::vector<EpochRow> epochs, replica_.epochs());
        for (std::size_t i = 0; i < epochs.size(); ++i) {
            const auto found = through.find(epochs[i].epoch);
            if (found == through.end()) continue;  // and one that this file never had covers nothing that is here
            const EpochRow* next = i + 1 < epochs.size() ? &epochs[i + 1] : nullptr;
            std::uint64_t seq = found->second;
            const std::uint64_t made = ReplicaState::count_of(state_, epochs[i], next);
            // Of an earlier epoch this file may have lost some; the current one is begun anew before that is met.
            if (seq > made && !next)
                return fail(Code::kDamaged, "a feed page covers operations that this terminal never made");
            seq = std::min(seq, made);
            if (epochs[i].branch_seq != 0) seq = std::min(seq, epochs[i].branch_seq - 1);
            covered_.add(epochs[i].first_pos, epochs[i].first_pos + static_cast<std::int64_t>(seq) - 1);
        }
        state_.acked.add(covered_);  // what is folded there waits for nothing, also after a new incarnation
        return {};
    }

    // HQ was restored: its states come again from zero. Until a member's has come the old one is shown; then all of
    // this till's operations that the new one does not cover are pending again. The log stays.
    Status restart() {
        const bool first = state_.incarnation.is_zero();
        state_.incarnation = page_.incarnation;
        state_.cursor = 0;
        if (first) return {};
        {
            TALLY_TRY(Query sales, replica_.use("SELECT pos FROM op_log WHERE member_no IS NULL AND pos <= ?1"));
            sales->bind(1, state_.floor.last());
            for (;;) {
                TALLY_TRY(const bool row, sales->step());
                if (!row) break;
                if (state_.floor.covers(sales->int64(0))) state_.pending += 1;
            }
        }
        TALLY_TRY(Query days, replica_.use("DELETE FROM store_day"));
        TALLY_OK(days->run());
        TALLY_TRY(Query campaigns, replica_.use("DELETE FROM campaign"));
        TALLY_OK(campaigns->run());
        // A restored headquarters gives version numbers out again. Until its own programme is here the last one stays
        // in force, under a number that none has.
        TALLY_TRY(Query older,
                  replica_.use("DELETE FROM programme WHERE version < (SELECT max(version) FROM programme)"));
        TALLY_OK(older->run());
        TALLY_TRY(Query last, replica_.use("UPDATE programme SET version = 0"));
        TALLY_OK(last->run());
        state_.generation += 1;
        state_.refilling = true;
        state_.floor = {};
        state_.acked = {};
        state_.confirmed_ms = 0;
        return {};
    }

    Status take_member(const wire::MemberChange& change) {
        if (change.member.is_zero()) return fail(Code::kDamaged, "a feed page changes a member without an id");
        TALLY_TRY(MemberRow member, replica_.member_by_id(change.member));
        OwnRow own;
        if (member.no == 0) {
            member.no = state_.next_member_no++;
            state_.members += 1;
        } else {
            TALLY_TRY(own, replica_.own_of(member.no));
        }
        // Decoded even if nothing is folded on it: what does not decode never enters.
        const auto account = wire::decode_account(change.account);
        const Status sound = account ? check_received(*account) : Status(account.error());
        if (!sound)
            return fail(Code::kDamaged, "member " + domain::uuid_text(change.member) + ": " + sound.error().detail);
        const bool restarted = member.generation != state_.generation;
        const std::vector<std::int64_t> pending_before = own.pending;
        TALLY_TRY(std::vector<std::int64_t> pending_after,
                  still_pending(own, restarted && own.exists && member.generation != 0));

        TALLY_OK(keep_days(member, own, pending_after));
        TALLY_OK(take_profile(change, member, own, pending_after));
        member.generation = state_.generation;
        member.member_seq = change.member_seq;
        member.confirmed = true;
        member.account = change.account;
        TALLY_OK(replica_.save_member(member));
        TALLY_OK(take_leases(replica_, state_, member.no, *account));
        if (!own.exists) return {};
        own.pending = std::move(pending_after);
        return save_overlay(member, own, pending_before);
    }

    // The operations of this till that the received state does not hold. After a restart from zero all of the member's
    // operations count again, so they are gathered along the log's links.
    Result<std::vector<std::int64_t>> still_pending(const OwnRow& own, bool all_again) {
        std::vector<std::int64_t> out;
        if (!all_again) {
            for (const std::int64_t pos : own.pending)
                if (!covered_.covers(pos)) out.push_back(pos);
            return out;
        }
        for (std::int64_t pos = own.last_pos; pos > covered_.prefix();) {
            if (!covered_.covers(pos)) out.push_back(pos);
            TALLY_TRY(Query q, replica_.use("SELECT previous_pos FROM op_log WHERE pos = ?1"));
            q->bind(1, pos);
            TALLY_TRY(const bool row, q->step());
            const std::int64_t previous = row ? q->int64(0) : 0;
            if (previous >= pos) return fail(Code::kDamaged, "the log's links do not fall");
            pos = previous;
        }
        std::reverse(out.begin(), out.end());
        return out;
    }

    // What leaves the overlay leaves the totals of its day too, whose own row may come with a later page only. Until
    // then it is counted in the row that is here.
    Status keep_days(const MemberRow& member, const OwnRow& own, const std::vector<std::int64_t>& pending_after) {
        if (page_.to == page_.as_of || own.pending == pending_after) return {};
        std::vector<std::pair<std::int64_t, domain::StoreMove>> moves;
        const auto gather = [&](const StoredOp& stored, const domain::Folded& folded) {
            if (!covered_.covers(stored.pos)) return;
            for (const domain::StoreMove& move : folded.moves) moves.emplace_back(stored.pos, move);
        };
        TALLY_TRY(const domain::Account ignored, replica_.refold(member, own, gather));
        for (const auto& [pos, move] : moves) TALLY_OK(add_to_day(replica_, move, pos));
        return {};
    }

    // Opens and indexes the profile where it is not the one that is here already.
    Status take_profile(const wire::MemberChange& change, MemberRow& member, OwnRow& own,
                        const std::vector<std::int64_t>& pending_after) {
        const bool same = change.sealed_profile == member.profile && !member.key.empty();
        if (change.sealed_profile.empty() && member.profile.empty() && own.pending.empty() && pending_after.empty())
            return {};
        if (same && own.pending.empty() && pending_after.empty()) return {};
        if (same && own.pending == pending_after) return {};
        TALLY_TRY(const domain::Profile before, replica_.overlay_profile(member, own));
        if (!same) {
            if (!change.sealed_profile.empty()) TALLY_OK(settle_key(change, member, own));
            member.profile = change.sealed_profile;
        }
        OwnRow later = own;
        later.pending = pending_after;
        auto after = replica_.overlay_profile(member, later);
        if (!after)
            return fail(Code::kDamaged,
                        "profile of member " + domain::uuid_text(change.member) + ": " + after.error().detail);
        return replica_.replace_lookup(member.no, before, *after);
    }

    // The key that opens the profile: the one that is here, else the one that came. A key of our own that headquarters
    // does not use stays, for the operations sealed with it.
    Status settle_key(const wire::MemberChange& change, MemberRow& member, OwnRow& own) {
        if (!member.key.empty() && wire::open_profile(member.key, member.id, change.sealed_profile)) return {};
        auto key = from_hq_.open(change.wrapped_key);
        if (!key || key->size() != crypto::kMemberKeyBytes)
            return fail(Code::kDamaged, "the key of member " + domain::uuid_text(change.member) + " does not open");
        if (!member.key.empty() && own.exists && own.former_key.empty()) own.former_key = member.key;
        member.key = std::move(*key);
        return {};
    }

    Status save_overlay(const MemberRow& member, OwnRow& own, const std::vector<std::int64_t>& pending_before) {
        own.account.clear();
        if (!own.pending.empty()) {
            TALLY_TRY(const domain::Account account, replica_.refold(member, own));
            own.account = wire::encode_account(account);
        }
        std::vector<std::int64_t> again;
        std::set_difference(own.pending.begin(), own.pending.end(), pending_before.begin(), pending_before.end(),
                            std::back_inserter(again));
        TALLY_OK(renew_reservations(replica_, state_, member.no, again));
        if (state_.refilling) TALLY_OK(recall_reservations(replica_, state_, member));
        TALLY_OK(settle_reservations(replica_, member, own));
        state_.pending +=
            static_cast<std::int64_t>(own.pending.size()) - static_cast<std::int64_t>(pending_before.size());
        return replica_.save_own(member.no, own);
    }

    Status take_store(const wire::StoreChange& change) {
        const domain::StoreDay& by = change.totals;
        if (change.store.empty() || change.store.size() > domain::kStoreCodeBytesMax || !is_valid_utf8(change.store))
            return fail(Code::kDamaged, "a feed page's store code is out of range");
        for (const std::int64_t total :
             {by.bills, by.amount_minor, by.points_earned, by.points_reversed, by.points_redeemed, by.redeemed_minor})
            if (total > domain::kStoreDayTotalMax || total < -domain::kStoreDayTotalMax)
                return fail(Code::kDamaged, "a store's totals are out of range");
        return save_day(replica_, change.store, change.day, {by, covered_});
    }

    Status take_programme(const wire::SignedProgramme& programme) {
        if (!crypto::verify(hq_key_, wire::kProgrammeContext, programme.bytes, programme.signature))
            return fail(Code::kDamaged, "the programme is not signed by headquarters");
        auto decoded = wire::decode_programme(programme.bytes);
        if (!decoded) return fail(Code::kDamaged, "programme: " + decoded.error().detail);
        const auto version = static_cast<std::int64_t>(decoded->version);
        if (version <= 0) return fail(Code::kDamaged, "programme: version out of range");
        TALLY_TRY(Query there, replica_.use("SELECT bytes FROM programme WHERE version = ?1"));
        there->bind(1, version);
        TALLY_TRY(const bool row, there->step());
        if (row) {
            const ByteView bytes = there->blob(0);
            if (!std::equal(bytes.begin(), bytes.end(), programme.bytes.begin(), programme.bytes.end()))
                return fail(Code::kDamaged,
                            "programme version " + std::to_string(version) + " is here with other content");
            return {};
        }
        TALLY_TRY(Query q, replica_.use("INSERT INTO programme(version, bytes, signature) VALUES(?1, ?2, ?3)"));
        q->bind(1, version).bind(2, ByteView(programme.bytes)).bind(3, programme.signature.view());
        return q->run();
    }

    Status take_notice(const wire::OpOutcome& notice) {
        TALLY_TRY(const std::int64_t pos, replica_.pos_of(state_, notice.epoch, notice.seq));
        if (pos == 0) return {};  // of an epoch that is not in this file
        return write_outcome(replica_, pos, notice);
    }

    // Every change up to the moment of reading is here: what was covered and changed nothing leaves now, too.
    Status catch_up() {
        state_.confirmed_ms = page_.hq_ms;
        TALLY_OK(sweep_covered());
        if (state_.refilling) TALLY_OK(sweep_forgotten());
        state_.refilling = false;
        return {};
    }

    Status sweep_covered() {
        if (covered_.last() <= state_.floor.prefix()) return {};
        std::set<std::int64_t> members;
        {
            TALLY_TRY(Query q, replica_.use("SELECT member_no, pos FROM op_log WHERE pos > ?1 AND pos <= ?2"));
            q->bind(1, state_.floor.prefix()).bind(2, covered_.last());
            for (;;) {
                TALLY_TRY(const bool row, q->step());
                if (!row) break;
                if (!covered_.covers(q->int64(1)) || state_.floor.covers(q->int64(1))) continue;
                if (q->is_null(0)) {
                    state_.pending -= 1;
                } else {
                    members.insert(q->int64(0));
                }
            }
        }
        state_.floor.add(covered_);
        for (const std::int64_t no : members) TALLY_OK(settle_untouched(no));
        return {};
    }

    // A member whose state did not change at headquarters although its operations were folded.
    Status settle_untouched(std::int64_t no) {
        TALLY_TRY(OwnRow own, replica_.own_of(no));
        const auto is_covered = [&](std::int64_t pos) { return covered_.covers(pos); };
        if (std::none_of(own.pending.begin(), own.pending.end(), is_covered)) return {};
        TALLY_TRY(const MemberRow member, replica_.member_by_no(no));
        const OwnRow before = own;
        std::erase_if(own.pending, is_covered);
        TALLY_TRY(const domain::Profile profile_before, replica_.overlay_profile(member, before));
        TALLY_TRY(const domain::Profile profile_after, replica_.overlay_profile(member, own));
        if (profile_before != profile_after) TALLY_OK(replica_.replace_lookup(no, profile_before, profile_after));
        return save_overlay(member, own, before.pending);
    }

    // After a restart: members that headquarters no longer knows. With operations of this till they stay, unconfirmed;
    // without they go.
    Status sweep_forgotten() {
        std::vector<std::int64_t> forgotten;
        {
            TALLY_TRY(Query q, replica_.use("SELECT no FROM member WHERE generation <> ?1"));
            q->bind(1, state_.generation);
            for (;;) {
                TALLY_TRY(const bool row, q->step());
                if (!row) break;
                forgotten.push_back(q->int64(0));
            }
        }
        for (const std::int64_t no : forgotten) TALLY_OK(forget(no));
        return {};
    }

    Status forget(std::int64_t no) {
        TALLY_TRY(MemberRow member, replica_.member_by_no(no));
        TALLY_TRY(OwnRow own, replica_.own_of(no));
        TALLY_TRY(const domain::Profile before, replica_.overlay_profile(member, own));
        const std::vector<std::int64_t> pending_before = own.pending;
        if (own.exists) {
            TALLY_TRY(own.pending, still_pending(own, true));
        }
        member.generation = state_.generation;
        member.member_seq = 0;
        member.confirmed = false;
        member.profile.clear();
        member.account.clear();
        TALLY_TRY(const domain::Profile after, replica_.overlay_profile(member, own));
        TALLY_OK(replica_.replace_lookup(no, before, after));
        if (own.exists) {
            TALLY_OK(replica_.save_member(member));
            return save_overlay(member, own, pending_before);
        }
        state_.members -= 1;
        TALLY_TRY(Query q, replica_.use("DELETE FROM member WHERE no = ?1"));
        q->bind(1, no);
        return q->run();
    }

    ReplicaState& replica_;
    const wire::FeedPage& page_;
    const crypto::KeyWrap& from_hq_;
    const crypto::PublicKey& hq_key_;
    TillState state_;
    Coverage covered_;  // this till's operations that are in the page's states
};

}  // namespace

Status write_outcome(ReplicaState& replica, std::int64_t pos, const wire::OpOutcome& outcome) {
    if (outcome.reason.size() > kReasonBytesMax || !is_valid_utf8(outcome.reason))
        return fail(Code::kDamaged, "an outcome's reason is no short text");
    TALLY_TRY(Query q, replica.use("INSERT OR REPLACE INTO outcome(pos, outcome, reason) VALUES(?1, ?2, ?3)"));
    q->bind(1, pos).bind(2, static_cast<std::int64_t>(outcome.outcome)).bind(3, std::string_view(outcome.reason));
    return q->run();
}

Status Replica::apply_page(const wire::FeedPage& page, const crypto::KeyWrap& from_hq,
                           const crypto::PublicKey& hq_key) {
    return PageApplier(*state_, page, from_hq, hq_key).apply();
}

}  // namespace tally::replica
