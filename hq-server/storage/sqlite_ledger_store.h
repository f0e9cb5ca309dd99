// LedgerStore over one encrypted SQLite database (schema.h, SCHEMA.md). Rows in, rows out; statements are prepared
// once. One object is one connection and belongs to one thread at a time.
#pragma once

#include "common/store/db.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::storage {

class SqliteLedgerStore final : public intake::LedgerStore {
  public:
    // Makes the database and its one row of `hq`; `device_seed` is the working device's. kExists when there is a file.
    static Result<std::unique_ptr<SqliteLedgerStore>> create(const std::string& path, const crypto::Secret& data_key,
                                                             const intake::HqRow& hq, const crypto::Device& device);
    static Result<std::unique_ptr<SqliteLedgerStore>> open(const std::string& path, const crypto::Secret& data_key,
                                                           int cache_kib = 64 * 1024);
    Result<crypto::Device> working_device();
    store::Db& db() { return db_; }  // for backups, and for checks by tests; never for writing

    Status begin_write() override;
    Status commit() override;
    void rollback() override;
    Status begin_read() override;
    void end_read() override;
    Result<std::int64_t> foreign_version() override;

    Result<intake::HqRow> hq() override;
    Status set_tiers_version(std::uint64_t version) override;
    Status set_coupons_day(Day day) override;
    Status begin_again(const wire::Incarnation& incarnation, const domain::Epoch& own_epoch) override;

    Result<std::optional<intake::DeviceRow>> device(domain::TerminalId terminal) override;
    Result<std::optional<intake::DeviceRow>> device_of_key(const crypto::PublicKey& key) override;
    Result<std::vector<intake::DeviceRow>> devices() override;
    Result<domain::TerminalId> next_terminal() override;
    Status add_device(const intake::DeviceRow& device) override;
    Status set_device_status(domain::TerminalId terminal, intake::DeviceStatus status, const std::string& reason,
                             std::int64_t now_ms) override;
    Status set_contact(const intake::ContactRow& contact) override;
    Status forget_connections() override;
    Status add_incident(const intake::IncidentRow& incident) override;
    Result<std::vector<intake::IncidentRow>> incidents(domain::TerminalId terminal) override;
    Status add_ticket(const intake::TicketRow& ticket) override;
    Result<std::optional<intake::TicketRow>> ticket(const Hash& secret_hash) override;
    Status use_ticket(const Hash& secret_hash, domain::TerminalId terminal) override;

    Result<intake::Position> head() override;
    Result<intake::Position> take_positions(std::uint64_t count) override;
    Result<std::optional<intake::ChainRow>> chain(domain::TerminalId terminal, const domain::Epoch& epoch) override;
    Result<std::vector<intake::ChainRow>> chains(domain::TerminalId terminal) override;
    Status put_chain(const intake::ChainRow& chain) override;
    Status add_op(const intake::OpRow& op) override;
    Status add_batch(const intake::BatchRow& batch) override;
    Status add_decision(const intake::DecisionRow& decision) override;
    Status add_branch(const intake::BranchRow& branch) override;
    Status add_conflict(const intake::ConflictRow& conflict) override;
    Result<std::optional<intake::ConflictRow>> conflict(std::uint64_t number) override;
    Result<bool> is_in_conflict(const domain::OpId& other) override;
    Status add_verdict(const intake::VerdictRow& verdict) override;
    Result<std::optional<intake::VerdictRow>> verdict(const Hash& hash) override;
    Status add_seen(const intake::SeenRow& seen) override;
    Result<std::optional<intake::SeenRow>> seen(std::uint64_t conflict) override;
    Status add_notice(const intake::NoticeRow& notice) override;
    Status each_op_of_chain(domain::TerminalId terminal, const domain::Epoch& epoch, std::uint64_t first_seq,
                            std::uint64_t count, const std::function<Status(const intake::OpRow&)>& each) override;
    Result<std::optional<intake::DecisionRow>> decision(intake::Position pos) override;
    Result<std::optional<Bytes>> op_bytes(intake::Position pos) override;
    Result<std::optional<intake::Position>> bill(const domain::BusinessKey& key) override;
    Status add_bill(const intake::BillRow& bill) override;
    Status bills_of_day(std::string_view store, Day day,
                        const std::function<Status(const intake::BillRow&)>& each) override;

    Result<std::optional<intake::MemberRow>> member(const domain::MemberId& member) override;
    Result<std::uint64_t> put_member(const intake::MemberRow& member) override;
    Result<std::optional<intake::ProfileRow>> profile(const domain::MemberId& member) override;
    Status put_profile(const domain::MemberId& member, const intake::ProfileRow& profile) override;
    Status set_next_due(std::uint64_t number, std::optional<Day> next_due) override;
    Result<std::vector<domain::MemberId>> members_of_identity(domain::IdentityKind kind,
                                                              std::string_view value) override;
    Status add_identity(domain::IdentityKind kind, std::string_view value, const domain::MemberId& member) override;
    Status remove_identity(domain::IdentityKind kind, std::string_view value, const domain::MemberId& member) override;
    Result<std::optional<intake::StoreDayRow>> store_day(std::string_view store, Day day) override;
    Status put_store_day(const intake::StoreDayRow& row) override;
    Result<std::optional<intake::CampaignRow>> campaign(std::string_view id) override;
    Status put_campaign(const intake::CampaignRow& row) override;
    Result<std::vector<std::string>> store_codes() override;
    Result<std::optional<intake::ProgrammeRow>> programme(std::uint64_t version) override;
    Result<std::optional<intake::ProgrammeRow>> newest_programme() override;
    Status add_programme(const intake::ProgrammeRow& programme) override;
    Result<std::uint64_t> each_due_member(std::uint64_t after, std::size_t scan_max, std::optional<Day> before,
                                          const std::function<Status(const domain::MemberId&)>& each) override;

    Hash imported_tag(const Hash& plain) const override;
    Result<std::optional<intake::ImportedRow>> imported(const Hash& key) override;
    Status add_imported(const Hash& key, const Hash& content, const domain::MemberId& member) override;

    Status each_op(intake::Position after, const std::function<Status(const intake::OpRow&)>& each) override;
    Status each_batch(const std::function<Status(const intake::BatchRow&)>& each) override;
    Status each_member(const std::function<Status(const intake::MemberRow&)>& each) override;
    Status each_profile(const std::function<Status(const domain::MemberId&, const intake::ProfileRow&)>& each) override;
    Status each_store_day(const std::function<Status(const intake::StoreDayRow&)>& each) override;
    Status each_campaign(const std::function<Status(const intake::CampaignRow&)>& each) override;
    Status each_programme(const std::function<Status(const intake::ProgrammeRow&)>& each) override;
    Status each_conflict(const std::function<Status(const intake::ConflictRow&)>& each) override;
    Status each_verdict(const std::function<Status(const intake::VerdictRow&)>& each) override;
    Status each_decision(const std::function<Status(const intake::DecisionRow&)>& each) override;
    Status each_notice(const std::function<Status(const intake::NoticeRow&)>& each) override;
    Status each_bill(const std::function<Status(const intake::BillRow&)>& each) override;
    Status each_identity(
        const std::function<Status(domain::IdentityKind, std::string_view, const domain::MemberId&)>& each) override;
    Status each_imported(const std::function<Status(const intake::ImportedRow&)>& each) override;
    Status each_branch(const std::function<Status(const intake::BranchRow&)>& each) override;
    Status check_pages() override;

    Status changed_members(intake::Position after, const std::function<bool(const MemberView&)>& each) override;
    Status changed_store_days(intake::Position after,
                              const std::function<bool(const intake::StoreDayRow&)>& each) override;
    Status changed_campaigns(intake::Position after,
                             const std::function<bool(const intake::CampaignRow&)>& each) override;
    Status notices(domain::TerminalId terminal, intake::Position after,
                   const std::function<bool(const intake::NoticeRow&)>& each) override;

  private:
    SqliteLedgerStore(store::Db db, crypto::Secret imported_key)
        : db_(std::move(db)), imported_key_(std::move(imported_key)) {}
    // The prepared statement of `sql`, which is a constant: it is known again by its address. Whoever stops reading
    // early resets it.
    Result<store::Statement*> use(const char* sql);

    store::Db db_;
    crypto::Secret imported_key_;
    std::vector<std::pair<const char*, std::unique_ptr<store::Statement>>> statements_;
};

}  // namespace tally::storage
