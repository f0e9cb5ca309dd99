#include "hq-server/storage/upgrade.h"

#include "common/crypto/hash.h"
#include "common/wire/codec.h"
#include "hq-server/intake/import_key.h"
#include "hq-server/intake/judge.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

namespace {

class Upgrade {
  public:
    Upgrade(store::Db& db, ByteView key) : db_(db), key_(key) {}

    Status run() {
        TALLY_OK(tag_imported());
        TALLY_OK(name_registered());
        TALLY_OK(walk_log());
        return db_.exec("DROP TABLE imported_plain; UPDATE hq SET upgrade = 0");
    }

  private:
    Bytes tag(ByteView plain) const { return crypto::keyed_hash(key_, plain, Hash::kSize); }

    Status tag_imported() {
        TALLY_TRY(store::Statement from, db_.prepare("SELECT key, content FROM imported_plain"));
        TALLY_TRY(store::Statement to, db_.prepare("INSERT INTO imported (key, content) VALUES (?, ?)"));
        for (;;) {
            TALLY_TRY(const bool there, from.step());
            if (!there) return {};
            const Bytes key = tag(from.blob(0)), content = tag(from.blob(1));
            TALLY_OK(to.bind(1, ByteView(key)).bind(2, ByteView(content)).run());
        }
    }

    Status name(const Hash& plain, const domain::MemberId& member) {
        if (!name_.has_value()) {
            TALLY_TRY(name_, db_.prepare("UPDATE imported SET member = ? WHERE key = ?"));
        }
        const Bytes key = tag(plain.view());
        return name_->bind(1, member.view()).bind(2, ByteView(key)).run();
    }

    Status name_registered() {
        TALLY_TRY(store::Statement row, db_.prepare("SELECT value, member FROM identity WHERE kind = ?"));
        row.bind(1, static_cast<std::int64_t>(domain::IdentityKind::kExternalRef));
        for (;;) {
            TALLY_TRY(const bool there, row.step());
            if (!there) return {};
            TALLY_TRY(const domain::MemberId member, fixed_column<domain::MemberId>(row, 1));
            TALLY_OK(name(intake::import_key_of_member(row.text(0)), member));
        }
    }

    Status walk_log() {
        TALLY_TRY(store::Statement row, db_.prepare("SELECT pos, op_log.terminal, bytes, store FROM op_log LEFT JOIN "
                                                    "device ON device.terminal = op_log.terminal ORDER BY pos"));
        TALLY_TRY(store::Statement bill, db_.prepare("INSERT INTO bill (" TALLY_BILL_COLUMNS
                                                     ") VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"));
        for (;;) {
            TALLY_TRY(const bool there, row.step());
            if (!there) return {};
            const auto op = wire::decode_op(row.blob(2));
            if (!op) continue;  // verify names it
            const bool own = row.int64(1) == domain::kHqTerminal;
            if (const auto key = intake::guard_key(*op, own ? std::string() : std::string(row.text(3)))) {
                bind_key(bill, *key);
                TALLY_OK(bill.bind(8, row.int64(0)).run());
            }
            if (!own || op->member.is_zero()) continue;
            if (const auto key = intake::import_key_of_bill(*op)) TALLY_OK(name(*key, op->member));
        }
    }

    store::Db& db_;
    ByteView key_;
    std::optional<store::Statement> name_;
};

}  // namespace

Status finish_upgrade(store::Db& db, ByteView imported_key) {
    const auto wanted = db.query_int64("SELECT upgrade FROM hq");
    if (!wanted) return wanted.error().code == Code::kNotFound ? Status() : Status(wanted.error());
    if (*wanted == 0) return {};
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(db));
    TALLY_TRY(const std::int64_t still, db.query_int64("SELECT upgrade FROM hq"));  // another process may have done it
    if (still == 0) return {};
    TALLY_OK(Upgrade(db, imported_key).run());
    return transaction.commit();
}

}  // namespace tally::storage
