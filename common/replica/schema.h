// The tables of replica.db, as migrations that are only ever added to. Constants only.
//
// One append dirties few pages, because the WAL writes each dirtied page whole: the end of op_log, the one row of
// till_state, the member's row of member_own, and own_bill. So the pending operations of a member are a list in
// member_own, not a table; a member's own operations are linked through op_log.previous_pos, not indexed; and an
// acknowledgement is one number.
//
// `pos` counts this till's operations over all epochs, from 1, without holes. `no` numbers members inside this file
// only: it keeps secondary rows small and new members at the end of their table. Everything personal (member.profile,
// lookup, op_sealed) stands beside the log and can be deleted; op_log cannot.
#pragma once

#include <array>

#include "common/store/db.h"

namespace tally::replica {

inline constexpr const char* kMigration1 = R"sql(
CREATE TABLE device(id INTEGER PRIMARY KEY CHECK(id = 1), seed BLOB NOT NULL) STRICT;

CREATE TABLE enrolment(id INTEGER PRIMARY KEY CHECK(id = 1), terminal INTEGER NOT NULL, store TEXT NOT NULL,
  store_name TEXT NOT NULL, hq_host TEXT NOT NULL, hq_port INTEGER NOT NULL, hq_key BLOB NOT NULL,
  root_key BLOB NOT NULL, recovery_key BLOB NOT NULL) STRICT;

CREATE TABLE epoch(no INTEGER PRIMARY KEY, epoch BLOB NOT NULL UNIQUE, previous_epoch BLOB NOT NULL,
  first_pos INTEGER NOT NULL) STRICT;

-- pos, seq and hash are those of the last operation (the chain's head); seq and hash are written with it.
-- pending: operations not covered by a received state. floor_pos: all up to it are covered.
CREATE TABLE till_state(id INTEGER PRIMARY KEY CHECK(id = 1),
  epoch_no INTEGER NOT NULL, pos INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, hlc INTEGER NOT NULL,
  acked_pos INTEGER NOT NULL, floor_pos INTEGER NOT NULL, pending INTEGER NOT NULL,
  members INTEGER NOT NULL, next_member_no INTEGER NOT NULL,
  incarnation BLOB NOT NULL, generation INTEGER NOT NULL, refilling INTEGER NOT NULL, cursor INTEGER NOT NULL,
  confirmed_ms INTEGER NOT NULL) STRICT;

CREATE TABLE op_log(pos INTEGER PRIMARY KEY, epoch_no INTEGER NOT NULL, seq INTEGER NOT NULL, kind INTEGER NOT NULL,
  member_no INTEGER, previous_pos INTEGER NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TRIGGER op_log_grows_at_its_end BEFORE INSERT ON op_log
  WHEN NEW.pos IS NOT (SELECT coalesce(max(pos), 0) + 1 FROM op_log)
  BEGIN SELECT raise(ABORT, 'the operation log only grows at its end'); END;
CREATE TRIGGER op_log_never_changes BEFORE UPDATE ON op_log
  BEGIN SELECT raise(ABORT, 'the operation log is append-only'); END;
CREATE TRIGGER op_log_never_shrinks BEFORE DELETE ON op_log
  BEGIN SELECT raise(ABORT, 'the operation log is append-only'); END;

-- with_key: the member's first sealed operation here, which brings the key to headquarters.
CREATE TABLE op_sealed(pos INTEGER PRIMARY KEY, sealed BLOB NOT NULL, with_key INTEGER NOT NULL) STRICT;

-- The business key of this till's bills; kind: 1 sale, 2 refund, 3 redemption.
CREATE TABLE own_bill(day INTEGER, kind INTEGER, till TEXT, bill_no TEXT, part INTEGER, pos INTEGER NOT NULL,
  PRIMARY KEY(day, kind, till, bill_no, part)) STRICT, WITHOUT ROWID;

-- account: confirmed, null until headquarters knows the member. profile: as the feed sealed it.
CREATE TABLE member(no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, generation INTEGER NOT NULL,
  member_seq INTEGER NOT NULL, key BLOB, profile BLOB, account BLOB) STRICT;

-- Members that have operations of this till. pending: list of pos (pending_list.h); account: the overlay; both null when
-- everything is covered, the overlay alone while it is to be folded again. former_key: the key this till made, where
-- headquarters uses another.
CREATE TABLE member_own(no INTEGER PRIMARY KEY, last_pos INTEGER NOT NULL, key_sent INTEGER NOT NULL, former_key BLOB,
  pending BLOB, account BLOB) STRICT;

-- kind: domain::IdentityKind, or one of lookup.h's.
CREATE TABLE lookup(kind INTEGER, value TEXT, no INTEGER, PRIMARY KEY(kind, value, no)) STRICT, WITHOUT ROWID;

-- Confirmed totals; covered_pos: this till's operations that are in them.
CREATE TABLE store_day(store TEXT, day INTEGER, bills INTEGER NOT NULL, amount_minor INTEGER NOT NULL,
  points_earned INTEGER NOT NULL, points_reversed INTEGER NOT NULL, points_redeemed INTEGER NOT NULL,
  redeemed_minor INTEGER NOT NULL, covered_pos INTEGER NOT NULL, PRIMARY KEY(store, day)) STRICT, WITHOUT ROWID;

CREATE TABLE programme(version INTEGER PRIMARY KEY, bytes BLOB NOT NULL, signature BLOB NOT NULL) STRICT;

CREATE TABLE outcome(pos INTEGER PRIMARY KEY, outcome INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
)sql";

// Incidents and what follows from them: epochs after the first, operations that headquarters gave back.
inline constexpr const char* kMigration2 = R"sql(
-- acked_pos and floor_pos are the end of the range from 1 on; *_beyond are further ranges (coverage.h), null for none.
-- witnessed: a witness was made for this file, so that it must be there.
ALTER TABLE till_state ADD COLUMN acked_beyond BLOB;
ALTER TABLE till_state ADD COLUMN floor_beyond BLOB;
ALTER TABLE till_state ADD COLUMN witnessed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store_day ADD COLUMN covered_beyond BLOB;

-- branch_seq: from this one on the epoch's operations here are a branch, kept by headquarters beside the log; 0: none.
ALTER TABLE epoch ADD COLUMN branch_seq INTEGER NOT NULL DEFAULT 0;

-- kind: wire::IncidentKind. log_seq: the log's last of `epoch`; seen: where the witness or headquarters stood.
CREATE TABLE incident(number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, at_ms INTEGER NOT NULL, epoch BLOB NOT NULL,
  log_seq INTEGER NOT NULL, seen_epoch BLOB NOT NULL, seen_seq INTEGER NOT NULL, begun BLOB NOT NULL,
  detail TEXT NOT NULL) STRICT;

-- This till's own operations that its log lost and headquarters held. They are in headquarters' states, so they are
-- never pending; own_bill guards their bills, with pos = -no.
CREATE TABLE returned_op(no INTEGER PRIMARY KEY, epoch BLOB NOT NULL, seq INTEGER NOT NULL, member BLOB,
  at INTEGER NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL, sealed BLOB, UNIQUE(epoch, seq)) STRICT;
CREATE INDEX returned_op_of_member ON returned_op(member, at) WHERE member IS NOT NULL;
)sql";

// That headquarters refused this terminal for good, in its words; no row: it did not, or has accepted it again.
inline constexpr const char* kMigration3 = R"sql(
CREATE TABLE revocation(id INTEGER PRIMARY KEY CHECK(id = 1), at_ms INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
)sql";

// Adjustments (domain::OpKind::kAdjust) are rare, and their sums of a cashier's day are asked before each.
inline constexpr const char* kMigration4 = R"sql(
CREATE INDEX op_log_adjusts ON op_log(pos) WHERE kind = 8;
)sql";

// What all members together have of earn rules and coupon templates, as headquarters last told; without a row: nothing.
// covered_*: this till's operations that are in it (coverage.h). And the coupons that this till holds or has asked for.
// And overlays that an earlier program folded lack what the fold writes now (lines of history, a reservation's epoch):
// without one, the overlay is folded when it is asked.
inline constexpr const char* kMigration5 = R"sql(
CREATE TABLE campaign(id TEXT PRIMARY KEY, points INTEGER NOT NULL, uses INTEGER NOT NULL, minor INTEGER NOT NULL,
  covered_pos INTEGER NOT NULL, covered_beyond BLOB) STRICT, WITHOUT ROWID;

-- pos: the newest request for the coupon in the current epoch; there while it is pending, and then while headquarters
-- says that the coupon is reserved for this terminal.
CREATE TABLE own_reservation(member_no INTEGER, coupon BLOB, pos INTEGER NOT NULL, PRIMARY KEY(member_no, coupon))
  STRICT, WITHOUT ROWID;

UPDATE member_own SET account = NULL WHERE pending IS NOT NULL;
)sql";

// The slices that each epoch was leased (replica_leases.cpp). granted: the most that was seen; named: by this
// epoch's redemptions and returns; through: the lease's end, null: none.
inline constexpr const char* kMigration6 = R"sql(
CREATE TABLE lease(member_no INTEGER, epoch_no INTEGER, lot_terminal INTEGER, lot_epoch BLOB, lot_seq INTEGER,
  granted INTEGER NOT NULL, named INTEGER NOT NULL, through INTEGER,
  PRIMARY KEY(member_no, epoch_no, lot_terminal, lot_epoch, lot_seq))
  STRICT, WITHOUT ROWID;
)sql";

inline constexpr std::array kMigrations = {store::Migration{1, kMigration1}, store::Migration{2, kMigration2},
                                           store::Migration{3, kMigration3}, store::Migration{4, kMigration4},
                                           store::Migration{5, kMigration5}, store::Migration{6, kMigration6}};

}  // namespace tally::replica
