#include "hq-server/storage/upgrade.h"

#include <unordered_map>

#include "common/crypto/hash.h"
#include "common/domain/fold.h"
#include "common/wire/codec.h"
#include "hq-server/intake/import_key.h"
#include "hq-server/intake/judge.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

namespace {

// The marks in `hq.upgrade`, added up: what is still to be done. Stored: never renumber.
constexpr std::int64_t kBillsAndTags = 1, kAccounts = 2, kCampaigns = 4;

class Upgrade {
  public:
    Upgrade(store::Db& db, ByteView key) : db_(db), key_(key) {}

    Status run() {
        TALLY_OK(tag_imported());
        TALLY_OK(name_registered());
        TALLY_OK(walk_log());
        return db_.exec("DROP TABLE imported_plain");
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

// An account as builds before programmes had rules stored it: without where a lot or a redemption came from, without
// the history of reversals, without who exactly reserved a coupon and what gave it.
domain::Account as_before(domain::Account account) {
    account.reversals.clear();
    for (domain::Lot& lot : account.lots) lot.source = domain::LotSource::kSale, lot.minute = 0;
    for (domain::Coupon& coupon : account.coupons) coupon.reserved_epoch = {}, coupon.from = {};
    for (domain::Redemption& redemption : account.redemptions) redemption.store.clear(), redemption.bill_no.clear();
    return account;
}

// Folds the log once more of every member to whose account that may add something, and stores what it adds. An account
// that differs otherwise stays as it is: verify names it.
class FillAccounts {
  public:
    explicit FillAccounts(store::Db& db) : db_(db) {}

    Status run() {
        TALLY_OK(each_op([this](const domain::Op& op, const domain::Ruling&) -> Status {
            if (std::holds_alternative<domain::Reverse>(op.body) || std::holds_alternative<domain::Adjust>(op.body) ||
                std::holds_alternative<domain::Redeem>(op.body) || std::holds_alternative<domain::CouponIssue>(op.body))
                accounts_[op.member];
            return {};
        }));
        if (accounts_.empty()) return {};
        TALLY_OK(each_op([this](const domain::Op& op, const domain::Ruling& ruling) -> Status {
            const auto found = accounts_.find(op.member);
            if (found != accounts_.end() && !domain::fold(found->second, op, ruling)) accounts_.erase(found);
            return {};
        }));
        TALLY_TRY(store::Statement from, db_.prepare("SELECT account FROM member WHERE member = ?"));
        TALLY_TRY(store::Statement to, db_.prepare("UPDATE member SET account = ? WHERE member = ?"));
        for (const auto& [member, account] : accounts_) TALLY_OK(fill(from, to, member, account));
        return {};
    }

  private:
    Status each_op(const std::function<Status(const domain::Op&, const domain::Ruling&)>& each) {
        TALLY_TRY(store::Statement row,
                  db_.prepare("SELECT op_log.pos, quarantined, corrected_points, '', duplicate_terminal, "
                              "duplicate_epoch, duplicate_seq, bytes FROM op_log LEFT JOIN decision ON decision.pos = "
                              "op_log.pos ORDER BY op_log.pos"));
        for (;;) {
            TALLY_TRY(const bool there, row.step());
            if (!there) return {};
            const auto op = wire::decode_op(row.blob(7));
            if (!op) continue;  // verify names it
            TALLY_TRY(const intake::DecisionRow decision, decision_of(row));
            TALLY_OK(each(*op, decision.ruling));
        }
    }

    static Status fill(store::Statement& from, store::Statement& to, const domain::MemberId& member,
                       const domain::Account& account) {
        const Reading row(&from.bind(1, member.view()));
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        const auto stored = wire::decode_account(row->blob(0));
        if (!stored || as_before(*stored) != as_before(account)) return {};
        const Bytes bytes = wire::encode_account(account);
        return to.bind(1, ByteView(bytes)).bind(2, member.view()).run();
    }

    store::Db& db_;
    std::unordered_map<domain::MemberId, domain::Account> accounts_;
};

}  // namespace

Status finish_upgrade(store::Db& db, ByteView imported_key) {
    const auto wanted = db.query_int64("SELECT upgrade FROM hq");
    if (!wanted) return wanted.error().code == Code::kNotFound ? Status() : Status(wanted.error());
    if (*wanted == 0) return {};
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(db));
    TALLY_TRY(const std::int64_t still, db.query_int64("SELECT upgrade FROM hq"));  // another process may have done it
    if ((still & kBillsAndTags) != 0) TALLY_OK(Upgrade(db, imported_key).run());
    if ((still & kAccounts) != 0) TALLY_OK(FillAccounts(db).run());
    if ((still & kCampaigns) != 0) TALLY_OK(fill_campaigns(db));
    TALLY_OK(db.exec("UPDATE hq SET upgrade = 0"));
    return transaction.commit();
}

}  // namespace tally::storage
