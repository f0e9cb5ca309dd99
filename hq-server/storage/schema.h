// The schema of headquarters' SQLite database, step by step. What each table is for: SCHEMA.md. Steps are never edited
// once released: changes are new steps.
#pragma once

#include <array>

#include "common/store/db.h"

namespace tally::storage {

inline constexpr std::string_view kSchema1 = R"sql(
CREATE TABLE hq (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  incarnation BLOB NOT NULL,
  device_seed BLOB NOT NULL,
  root_key BLOB NOT NULL,
  recovery_key BLOB NOT NULL,
  certificate BLOB NOT NULL,
  own_epoch BLOB NOT NULL
) STRICT;

CREATE TABLE device (
  terminal INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  store TEXT NOT NULL,
  name TEXT NOT NULL,
  status INTEGER NOT NULL,
  reason TEXT NOT NULL,
  enrolled_ms INTEGER NOT NULL,
  last_contact_ms INTEGER NOT NULL,
  software TEXT NOT NULL
) STRICT;

CREATE TABLE ticket (
  secret_hash BLOB PRIMARY KEY,
  store TEXT NOT NULL,
  name TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_by INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_head (
  stream INTEGER PRIMARY KEY,
  pos INTEGER NOT NULL
) STRICT;
INSERT INTO stream_head VALUES (0, 0);

CREATE TABLE terminal_head (
  number INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL DEFAULT 0,
  terminal INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  next_seq INTEGER NOT NULL,
  head BLOB NOT NULL,
  UNIQUE (stream, terminal, epoch)
) STRICT;

CREATE TABLE op_log (
  pos INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL DEFAULT 0 CHECK (stream = 0),
  terminal INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  member BLOB,
  member_seq INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  effective_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  sealed BLOB
) STRICT;
CREATE TRIGGER op_log_no_update BEFORE UPDATE ON op_log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER op_log_no_delete BEFORE DELETE ON op_log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;

CREATE TABLE batch (
  stream INTEGER NOT NULL DEFAULT 0,
  terminal INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first_pos INTEGER NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (stream, terminal, epoch, first_seq)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER batch_no_update BEFORE UPDATE ON batch BEGIN SELECT RAISE(ABORT, 'signatures are append-only'); END;
CREATE TRIGGER batch_no_delete BEFORE DELETE ON batch BEGIN SELECT RAISE(ABORT, 'signatures are append-only'); END;

CREATE TABLE decision (
  pos INTEGER PRIMARY KEY,
  quarantined INTEGER NOT NULL,
  corrected_points INTEGER,
  reason TEXT NOT NULL
) STRICT;
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TABLE branch (
  terminal INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  received_ms INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  sealed BLOB,
  wrapped_key BLOB,
  signature BLOB NOT NULL,
  PRIMARY KEY (terminal, epoch, seq, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict (
  number INTEGER PRIMARY KEY,
  pos INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  member BLOB,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE notice (
  terminal INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  seq INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (terminal, pos, epoch, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
  number INTEGER PRIMARY KEY,
  member BLOB NOT NULL UNIQUE,
  member_seq INTEGER NOT NULL,
  changed_pos INTEGER NOT NULL,
  next_expiry INTEGER,
  account BLOB NOT NULL
) STRICT;
CREATE INDEX member_changed ON member (changed_pos);

CREATE TABLE profile (
  member BLOB PRIMARY KEY,
  keys BLOB NOT NULL,
  sealed_profile BLOB NOT NULL
) STRICT;

CREATE TABLE identity (
  kind INTEGER NOT NULL,
  value TEXT NOT NULL,
  member BLOB NOT NULL,
  PRIMARY KEY (kind, value, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE store_day (
  number INTEGER PRIMARY KEY,
  store TEXT NOT NULL,
  day INTEGER NOT NULL,
  bills INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  points_earned INTEGER NOT NULL,
  points_reversed INTEGER NOT NULL,
  points_redeemed INTEGER NOT NULL,
  redeemed_minor INTEGER NOT NULL,
  changed_pos INTEGER NOT NULL,
  UNIQUE (store, day)
) STRICT;
CREATE INDEX store_day_changed ON store_day (changed_pos);

CREATE TABLE programme (
  version INTEGER PRIMARY KEY,
  changed_pos INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE imported (
  key BLOB PRIMARY KEY,
  content BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// `upgrade`: what upgrade.h has yet to do, which SQL cannot.
inline constexpr std::string_view kSchema2 = R"sql(
ALTER TABLE hq ADD COLUMN guarded_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE hq ADD COLUMN upgrade INTEGER NOT NULL DEFAULT 0;
UPDATE hq SET guarded_after = (SELECT pos FROM stream_head WHERE stream = 0), upgrade = 1;

ALTER TABLE decision ADD COLUMN duplicate_terminal INTEGER;
ALTER TABLE decision ADD COLUMN duplicate_epoch BLOB;
ALTER TABLE decision ADD COLUMN duplicate_seq INTEGER;

CREATE TABLE bill (
  store TEXT NOT NULL,
  day INTEGER NOT NULL,
  till TEXT NOT NULL,
  terminal INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  bill_no TEXT NOT NULL,
  part INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  PRIMARY KEY (store, day, till, terminal, kind, bill_no, part)
) STRICT, WITHOUT ROWID;

ALTER TABLE imported RENAME TO imported_plain;
CREATE TABLE imported (
  key BLOB PRIMARY KEY,
  content BLOB NOT NULL,
  member BLOB
) STRICT, WITHOUT ROWID;
)sql";

inline constexpr std::string_view kSchema3 = R"sql(
CREATE TABLE incident (
  terminal INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  epoch BLOB NOT NULL,
  log_seq INTEGER NOT NULL,
  seen_epoch BLOB NOT NULL,
  seen_seq INTEGER NOT NULL,
  begun BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (terminal, kind, epoch, log_seq, seen_epoch, seen_seq)
) STRICT, WITHOUT ROWID;
)sql";

inline constexpr std::string_view kSchema4 = R"sql(
ALTER TABLE device ADD COLUMN status_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN connected INTEGER NOT NULL DEFAULT 0;
UPDATE hq SET upgrade = upgrade + 2;
)sql";

inline constexpr std::string_view kSchema5 = R"sql(
ALTER TABLE hq ADD COLUMN tiers_version INTEGER NOT NULL DEFAULT 0;
UPDATE hq SET upgrade = upgrade | 2;
)sql";

inline constexpr std::string_view kSchema6 = R"sql(
CREATE TABLE campaign (
  id TEXT PRIMARY KEY,
  points INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  minor INTEGER NOT NULL,
  changed_pos INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_changed ON campaign (changed_pos);
ALTER TABLE hq ADD COLUMN coupons_day INTEGER NOT NULL DEFAULT 0;
UPDATE hq SET upgrade = upgrade | 6;
)sql";

inline constexpr std::string_view kSchema7 = R"sql(
ALTER TABLE conflict ADD COLUMN other_terminal INTEGER;
ALTER TABLE conflict ADD COLUMN other_epoch BLOB;
ALTER TABLE conflict ADD COLUMN other_seq INTEGER;
CREATE INDEX conflict_other ON conflict (other_terminal, other_epoch, other_seq) WHERE other_terminal IS NOT NULL;

CREATE TABLE verdict (
  hash BLOB PRIMARY KEY,
  decision INTEGER NOT NULL,
  pos INTEGER NOT NULL,
  decided_by INTEGER NOT NULL,
  decided_ms INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER verdict_no_update BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER verdict_no_delete BEFORE DELETE ON verdict BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;

CREATE TABLE seen (
  conflict INTEGER PRIMARY KEY,
  decided_by INTEGER NOT NULL,
  decided_ms INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE TRIGGER seen_no_update BEFORE UPDATE ON seen BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
CREATE TRIGGER seen_no_delete BEFORE DELETE ON seen BEGIN SELECT RAISE(ABORT, 'verdicts are append-only'); END;
)sql";

inline constexpr std::array kMigrations = {store::Migration{1, kSchema1}, store::Migration{2, kSchema2},
                                           store::Migration{3, kSchema3}, store::Migration{4, kSchema4},
                                           store::Migration{5, kSchema5}, store::Migration{6, kSchema6},
                                           store::Migration{7, kSchema7}};

}  // namespace tally::storage
