// A replica whose file is damaged: what can still be proven of it, and a new replica made from that. An operation is
// believed when its bytes have its hash; nothing else is guessed. Blocks; nobody else has the replica open.
#pragma once

#include <map>
#include <optional>

#include "common/replica/replica.h"
#include "common/store/salvage.h"

namespace tally::replica {

struct SavedOp {
    std::int64_t pos = 0;  // in the log
    domain::Op op;
    Hash hash;
    Bytes bytes;   // what was hashed
    Bytes sealed;  // the personal fields that it commits to; empty: none, or not readable
};

struct SavedReplica {
    std::optional<crypto::Secret> device_seed;
    std::optional<Enrolment> enrolment;
    std::optional<Revocation> revocation;
    std::vector<SavedOp> log;             // by position, without those that are not readable
    std::vector<std::int64_t> contested;  // positions where two operations stand: neither is in `log`
    std::map<domain::MemberId, Bytes> keys;
    std::map<std::uint64_t, wire::SignedProgramme> programmes;  // by version
    std::vector<domain::Epoch> epochs;                          // in order, as far as they are known
    std::int64_t last_pos = 0;                                  // the log's end as far as anything says it
    std::int64_t acked_pos = 0;                                 // all up to it were durable at headquarters
    store::SalvageReport pages;
};
// kNotFound: no file.
Result<SavedReplica> read_damaged(const std::string& dir, const crypto::Secret& data_key);

// How many operations from the first on follow each other without a gap: these can stand in a new log. Behind a gap
// none can, for a log is a chain.
std::size_t unbroken(const std::vector<SavedOp>& log);

// Makes <dir>/replica.db with the saved device, enrolment and the unbroken part of the log, all of it pending, and no
// confirmed states: they come again from headquarters. Not yet under a new epoch (begin_restored). kDamaged: the device
// or the enrolment is lost.
Result<Replica> rebuild_replica(const std::string& dir, const crypto::Secret& data_key, const SavedReplica& saved);

// The operations behind the first gap, as they would have been pushed: runs of one epoch without gaps, signed.
Result<std::vector<wire::Push>> pushes_behind_gap(const SavedReplica& saved);

}  // namespace tally::replica
