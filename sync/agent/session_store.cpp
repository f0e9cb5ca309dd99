#include "sync/agent/session_store.h"

#include "common/wire/limits.h"

namespace tally::agent {

Result<session::Opening> opening_of(AgentStore& store, std::string software) {
    TALLY_TRY(const replica::ChainHead head, store.head());
    TALLY_TRY(const replica::FeedCursor cursor, store.cursor());
    session::Opening opening;
    opening.terminal = store.enrolment().terminal;
    opening.epoch = head.epoch;
    opening.next_seq = head.next_seq;
    opening.head = head.hash;
    opening.incarnation = cursor.incarnation;
    opening.cursor = cursor.position;
    opening.software = std::move(software);
    TALLY_TRY(opening.incidents, store.incidents(wire::kIncidentReportsMax));
    TALLY_TRY(const std::vector<replica::OwnChain> chains, store.chains());
    for (const replica::OwnChain& chain : chains) {
        if (chain.epoch == head.epoch)
            opening.acked_through = chain.acked_through;
        else
            opening.earlier.push_back({chain.epoch, chain.next_seq, chain.head, chain.acked_through,
                                       chain.returned_next, chain.branch_seq != 0});
    }
    return opening;
}

static Status note_branch(AgentStore& store, const session::TerminalSession& session, const session::Branched& branched,
                          session::Moment now) {
    wire::IncidentReport fork;
    fork.kind = wire::IncidentKind::kFork;
    fork.at_ms = now.wall_ms;
    fork.epoch = fork.seen_epoch = branched.epoch;
    fork.log_seq = branched.log_seq;
    fork.seen_seq = branched.hq_seq;
    if (branched.epoch == session.epoch()) return store.begin_epoch_after(session.epoch(), fork);
    // Of an earlier epoch it is only put on record: the current one is not touched by it.
    return store.note_incident(fork, "headquarters holds another operation of an earlier epoch");
}

Result<session::Effects> answer_of_store(AgentStore& store, session::TerminalSession& session, session::Effect& effect,
                                         session::Moment now) {
    if (auto* hash = std::get_if<session::NeedHash>(&effect)) {
        TALLY_TRY(const Hash found, store.hash_of_operation(hash->epoch, hash->seq));
        return session.on_hash(found, now);
    }
    if (auto* need = std::get_if<session::NeedBatch>(&effect)) {
        TALLY_TRY(wire::Push batch, store.batch(need->epoch, need->first_seq, need->ops_max, need->bytes_max));
        return session.on_batch(std::move(batch), now);
    }
    if (auto* page = std::get_if<session::ApplyPage>(&effect)) {
        TALLY_OK(store.apply_page(page->page));
        return session.on_applied(now);
    }
    if (auto* returned = std::get_if<session::KeepReturned>(&effect)) {
        TALLY_TRY(const replica::ReturnedKept kept, store.keep_returned(returned->ops));
        return session.on_kept(kept.next_seq, kept.branches, now);
    }
    if (auto* leases = std::get_if<session::TakeLeases>(&effect)) {
        TALLY_OK(store.take_leases(leases->told));
    } else if (auto* ack = std::get_if<session::RecordAck>(&effect)) {
        TALLY_OK(store.record_ack(ack->ack));
    } else if (auto* branched = std::get_if<session::Branched>(&effect)) {
        TALLY_OK(note_branch(store, session, *branched, now));
    } else if (auto* kept = std::get_if<session::BranchKept>(&effect)) {
        TALLY_OK(store.mark_branch(kept->epoch, kept->first_seq, kept->through_seq));
    }
    return session::Effects{};
}

Status begin_epoch_after_close(AgentStore& store, const session::TerminalSession& session, const session::Close& close,
                               session::Moment now) {
    wire::IncidentReport incident;
    incident.kind = close.hq_epoch == session.epoch() ? wire::IncidentKind::kOlderCopy : wire::IncidentKind::kFork;
    incident.at_ms = now.wall_ms;
    incident.seen_epoch = close.hq_epoch;
    incident.seen_seq = close.hq_seq;
    return store.begin_epoch_after(session.epoch(), incident);
}

}  // namespace tally::agent
