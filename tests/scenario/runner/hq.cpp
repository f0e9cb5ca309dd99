#include "tests/scenario/runner/hq.h"

#include <filesystem>

#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/net/ledger_books.h"
#include "tests/scenario/runner/blank.h"

namespace tally::scenario {

namespace {

constexpr int kCache_kib = 2 * 1024;
constexpr std::int64_t kTicketFor_ms = 3'600'000;

}  // namespace

Result<std::unique_ptr<Hq>> Hq::make(const std::string& folder) {
    TALLY_TRY(const Blank* blank, blank_hq());
    TALLY_OK(copy_folder(blank->folder, folder));
    const std::string path = folder + "/hq.db";
    TALLY_TRY(auto desk, storage::SqliteLedgerStore::open(path, blank->key, kCache_kib));
    TALLY_TRY(crypto::Device device, desk->working_device());
    return std::unique_ptr<Hq>(new Hq(path, blank->key.clone(), std::move(desk), std::move(device)));
}

void Hq::stop() { books_.reset(); }

Status Hq::start() {
    if (books_) return {};
    const auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
        TALLY_TRY(auto store, storage::SqliteLedgerStore::open(path_, key_, kCache_kib));
        return std::unique_ptr<intake::LedgerStore>(std::move(store));
    };
    TALLY_TRY(books_, hqnet::books_of_ledger(open, device_)());
    return {};
}

Result<Bytes> Hq::add_ticket(const std::string& store, const std::string& name, std::int64_t now_ms) {
    const crypto::Secret secret = crypto::Secret::random(16);
    Bytes out(secret.view().begin(), secret.view().end());
    TALLY_TRY(auto scope, intake::WriteScope::begin(*desk_));
    TALLY_OK(desk_->add_ticket({crypto::hash_of(out), store, name, now_ms + kTicketFor_ms, 0}));
    TALLY_OK(scope.commit());
    return out;
}

Status Hq::set_status(domain::TerminalId terminal, intake::DeviceStatus status, const std::string& why,
                      std::int64_t now_ms) {
    TALLY_TRY(auto scope, intake::WriteScope::begin(*desk_));
    TALLY_TRY(const auto row, desk_->device(terminal));
    if (!row) return fail(Code::kNotFound, "no such terminal");
    if (row->status == status) return fail(Code::kRefused, "it is so already");
    if (row->status == intake::DeviceStatus::kRevoked)
        return fail(Code::kRefused, "it is revoked and stays so until it is enrolled anew");
    TALLY_OK(desk_->set_device_status(terminal, status, why, now_ms));
    return scope.commit();
}

Status Hq::copy_to(const std::string& path) { return desk_->db().vacuum_into(path, key_); }

Status Hq::restore_from(const std::string& path, Random& random) {
    stop();
    intake_.reset();
    desk_.reset();
    std::error_code error;
    for (const char* suffix : {"-wal", "-shm", "-journal"}) std::filesystem::remove(path_ + suffix, error);
    std::filesystem::copy_file(path, path_, std::filesystem::copy_options::overwrite_existing, error);
    if (error) return fail(Code::kIo, "the database cannot be put back: " + error.message());
    TALLY_TRY(desk_, storage::SqliteLedgerStore::open(path_, key_, kCache_kib));
    intake_ = std::make_unique<intake::Intake>(*desk_, device_);
    wire::Incarnation incarnation;
    domain::Epoch epoch;
    random.fill(incarnation.bytes);
    random.fill(epoch.bytes);
    const auto renewed = intake_->begin_again(incarnation, epoch);
    if (!renewed) return renewed.error();
    return start();
}

Result<bool> Hq::run_day(std::int64_t now_ms) {
    bool wrote = false;
    for (;;) {
        TALLY_TRY(const bool more, books_->run_day(now_ms));
        if (!more) return wrote;
        wrote = true;
    }
}

Result<std::optional<Hq::Fate>> Hq::fate_of(const domain::OpId& op) {
    std::optional<Fate> fate;
    intake::Position pos = 0;
    TALLY_OK(desk_->each_op(0, [&](const intake::OpRow& row) -> Status {
        if (row.id != op) return {};
        fate = Fate{row.outcome, ""};
        pos = row.pos;
        return {};
    }));
    if (!fate) return fate;
    TALLY_TRY(const auto decision, desk_->decision(pos));
    if (decision) fate->reason = decision->reason;
    TALLY_OK(desk_->each_notice([&](const intake::NoticeRow& row) -> Status {
        if (row.op == op) fate = Fate{row.outcome, row.reason};
        return {};
    }));
    return fate;
}

Result<std::optional<domain::Account>> Hq::account(const domain::MemberId& member) {
    TALLY_TRY(const auto row, desk_->member(member));
    if (!row) return std::optional<domain::Account>();
    TALLY_TRY(domain::Account account, wire::decode_account(row->account));
    return std::optional(std::move(account));
}

Result<domain::Profile> Hq::profile(const domain::MemberId& member) {
    TALLY_TRY(const auto row, desk_->profile(member));
    if (!row || row->sealed_profile.empty()) return domain::Profile{};
    return wire::open_profile(row->keys.front(), member, row->sealed_profile);
}

}  // namespace tally::scenario
