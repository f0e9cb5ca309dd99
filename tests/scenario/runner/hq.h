// Headquarters of one scenario: the ledger of production on an encrypted database in a folder, behind the books that
// the server uses, and a second connection for what a person at headquarters does with tally-hq meanwhile. One thread.
#pragma once

#include <memory>
#include <string>

#include "hq-server/net/books.h"
#include "hq-server/storage/sqlite_ledger_store.h"

namespace tally::scenario {

class Hq {
  public:
    // In a folder that is made here.
    static Result<std::unique_ptr<Hq>> make(const std::string& folder);

    // The server stops, and starts again on the same database.
    void stop();
    Status start();
    bool is_up() const { return books_ != nullptr; }

    hqnet::Books& books() { return *books_; }                // while up
    storage::SqliteLedgerStore& ledger() { return *desk_; }  // reads and a person's writes
    intake::Intake& desk() { return *intake_; }
    const crypto::Device& device() const { return device_; }

    // A ticket of `store`, as `tally-hq ticket` writes it: its secret.
    Result<Bytes> add_ticket(const std::string& store, const std::string& name, std::int64_t now_ms);
    // As `tally-hq revoke` and `release` do it.
    Status set_status(domain::TerminalId terminal, intake::DeviceStatus status, const std::string& why,
                      std::int64_t now_ms);
    // The database as it is now, and back again: as a restored backup under a new incarnation and epoch. While down.
    Status copy_to(const std::string& path);
    Status restore_from(const std::string& path, Random& random);
    // What is due at the change of the day; true when something was written.
    Result<bool> run_day(std::int64_t now_ms);

    // What became of an operation so far, with later outcomes; empty where headquarters has it not.
    struct Fate {
        domain::Outcome outcome = domain::Outcome::kAccepted;
        std::string reason;
    };
    Result<std::optional<Fate>> fate_of(const domain::OpId& op);
    Result<std::optional<domain::Account>> account(const domain::MemberId& member);
    Result<domain::Profile> profile(const domain::MemberId& member);

  private:
    Hq(std::string path, crypto::Secret key, std::unique_ptr<storage::SqliteLedgerStore> desk, crypto::Device device)
        : path_(std::move(path)), key_(std::move(key)), device_(std::move(device)), desk_(std::move(desk)) {
        intake_ = std::make_unique<intake::Intake>(*desk_, device_);
    }
    std::string path_;
    crypto::Secret key_;
    crypto::Device device_;
    std::unique_ptr<storage::SqliteLedgerStore> desk_;
    std::unique_ptr<intake::Intake> intake_;  // at the desk
    std::unique_ptr<hqnet::Books> books_;
};

}  // namespace tally::scenario
