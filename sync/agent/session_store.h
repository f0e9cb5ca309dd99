// What a session asks of the replica, carried out: the same for the agent's thread and for a scenario. Not the line,
// not the status, not when to try again (worker.h). The thread of `store`.
#pragma once

#include "sync/agent/agent_store.h"
#include "sync/session/session.h"

namespace tally::agent {

// What the replica says of itself at the start of a connection. The store's errors.
Result<session::Opening> opening_of(AgentStore& store, std::string software);

// Carries out an effect that concerns the replica alone (NeedHash, NeedBatch, RecordAck, ApplyPage, KeepReturned,
// Branched, BranchKept) and tells the session; for any other kind it does nothing. Returns what follows. The store's
// errors: the caller tells the session (on_store_error).
Result<session::Effects> answer_of_store(AgentStore& store, session::TerminalSession& session, session::Effect& effect,
                                         session::Moment now);

// After CloseReason::kReplicaOld: a new epoch begins, on record.
Status begin_epoch_after_close(AgentStore& store, const session::TerminalSession& session, const session::Close& close,
                               session::Moment now);

}  // namespace tally::agent
