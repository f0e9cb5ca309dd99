#include "tests/sim/headquarters.h"

#include <filesystem>

#include "common/crypto/hash.h"
#include "hq-server/net/ledger_books.h"
#include "tests/scenario/runner/blank.h"

namespace tally::sim {

namespace {

namespace fs = std::filesystem;

constexpr int kLedgerCache_kib = 2 * 1024;
constexpr std::int64_t kTicketFor_ms = 3'600'000;

}  // namespace

Result<std::unique_ptr<Headquarters>> Headquarters::make(const std::string& folder, Random& random) {
    TALLY_TRY(const scenario::Blank* blank, scenario::blank_hq());
    TALLY_OK(scenario::copy_folder(blank->folder, folder));
    TALLY_TRY(const auto ledger, storage::SqliteLedgerStore::open(folder + "/hq.db", blank->key, kLedgerCache_kib));
    TALLY_TRY(crypto::Device device, ledger->working_device());
    return std::unique_ptr<Headquarters>(new Headquarters(folder, blank->key, std::move(device), random));
}

Headquarters::Headquarters(std::string folder, const crypto::Secret& key, crypto::Device device, Random& random)
    : folder_(std::move(folder)), key_(key.clone()), device_(std::move(device)), random_(random) {
    disk_.begin(folder_);
}

Headquarters::~Headquarters() { close(); }

Status Headquarters::start() {
    if (is_running()) return {};
    const auto open = [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
        TALLY_TRY(auto ledger, storage::SqliteLedgerStore::open(path(), key_, kLedgerCache_kib));
        return std::unique_ptr<intake::LedgerStore>(std::move(ledger));
    };
    const auto go_on = [&]() -> Status {
        TALLY_TRY(desk_, storage::SqliteLedgerStore::open(path(), key_, kLedgerCache_kib));
        intake_ = std::make_unique<intake::Intake>(*desk_, device_);
        TALLY_TRY(books_, hqnet::books_of_ledger(open, device_)());
        return {};
    };
    const Status started = go_on();
    if (!started) close();
    return started;
}

void Headquarters::close() {
    waiting_.clear();
    books_.reset();
    intake_.reset();
    desk_.reset();
}

void Headquarters::stop() { close(); }

void Headquarters::kill() {
    disk_.die();
    close();
    disk_.lift();
}

void Headquarters::lose_power(const PowerCut& cut) {
    disk_.die();
    close();
    disk_.lift();
    disk_.power_cut(random_, cut.keep_percent, cut.torn);
    disk_.begin(folder_);
}

void Headquarters::arm(std::int64_t calls, fault::Fault fault, const PowerCut& cut) {
    cut_ = cut;
    disk_.arm(static_cast<std::int64_t>(disk_.calls().size()) + calls, fault);
}

Result<Bytes> Headquarters::add_ticket(const std::string& store, const std::string& name, std::int64_t now_ms) {
    const crypto::Secret secret = crypto::Secret::random(16);
    Bytes out(secret.view().begin(), secret.view().end());
    TALLY_TRY(auto scope, intake::WriteScope::begin(*desk_));
    TALLY_OK(desk_->add_ticket({crypto::hash_of(out), store, name, now_ms + kTicketFor_ms, 0}));
    TALLY_OK(scope.commit());
    return out;
}

Status Headquarters::set_status(domain::TerminalId terminal, intake::DeviceStatus status, std::int64_t now_ms) {
    TALLY_TRY(auto scope, intake::WriteScope::begin(*desk_));
    TALLY_OK(desk_->set_device_status(terminal, status, "a person at headquarters", now_ms));
    return scope.commit();
}

Status Headquarters::back_up(const std::string& path) {
    std::error_code error;
    fs::remove(path, error);
    return desk_->db().vacuum_into(path, key_);
}

Status Headquarters::restore(const std::string& path) {
    TALLY_ASSERT(!is_running(), "headquarters is restored while it does not run");
    disk_.end();
    std::error_code error;
    for (const char* suffix : {"-wal", "-shm", "-journal"}) fs::remove(this->path() + suffix, error);
    fs::copy_file(path, this->path(), fs::copy_options::overwrite_existing, error);
    if (error) return fail(Code::kIo, "the database cannot be put back: " + error.message());
    disk_.begin(folder_);
    TALLY_TRY(const auto ledger, storage::SqliteLedgerStore::open(this->path(), key_, kLedgerCache_kib));
    intake::Intake intake(*ledger, device_);
    wire::Incarnation incarnation;
    domain::Epoch epoch;
    random_.fill(incarnation.bytes);
    random_.fill(epoch.bytes);
    const auto renewed = intake.begin_again(incarnation, epoch);
    return renewed ? Status{} : Status(renewed.error());
}

Status Headquarters::run_day(std::int64_t now_ms) {
    for (;;) {
        TALLY_TRY(const bool more, books_->run_day(now_ms));
        if (!more) return {};
    }
}

void Headquarters::push(intake::PreparedPush push, Answered answered) {
    waiting_.push_back({std::move(push), std::move(answered)});
}

// As StorageThread: a disk that fails refuses everybody, any other error is found by trying each.
void Headquarters::commit_group(std::int64_t now_ms) {
    std::vector<Waiting> group = std::exchange(waiting_, {});
    if (group.empty() || !is_running()) return;
    std::vector<intake::PreparedPush> pushes;
    for (const Waiting& one : group) pushes.push_back(one.push);
    auto answers = books_->commit(pushes, {}, now_ms);
    if (is_dead()) return;  // and says nothing any more
    if (!answers) return commit_each(std::move(group), answers.error(), now_ms);
    recalls_.insert(recalls_.end(), answers->recalls.begin(), answers->recalls.end());
    for (std::size_t i = 0; i < group.size(); ++i) group[i].answered(std::move(answers->pushes[i]));
}

void Headquarters::commit_each(std::vector<Waiting> group, const Error& why, std::int64_t now_ms) {
    const bool everybody = group.size() == 1 || why.code == Code::kFull || why.code == Code::kIo ||
                           why.code == Code::kDamaged || why.code == Code::kBusy;
    for (Waiting& one : group) {
        if (everybody) {
            one.answered(why);
            continue;
        }
        auto answers = books_->commit(std::span(&one.push, 1), {}, now_ms);
        if (is_dead()) return;
        if (!answers) {
            one.answered(answers.error());
            continue;
        }
        recalls_.insert(recalls_.end(), answers->recalls.begin(), answers->recalls.end());
        one.answered(std::move(answers->pushes.front()));
    }
}

Result<intake::LeaseAnswer> Headquarters::lease(const intake::LeaseAsk& ask, std::int64_t now_ms) {
    commit_group(now_ms);
    if (is_dead()) return fail(Code::kIo, "headquarters has died");
    TALLY_TRY(intake::GroupAnswer answers, books_->commit({}, std::span(&ask, 1), now_ms));
    recalls_.insert(recalls_.end(), answers.recalls.begin(), answers.recalls.end());
    return std::move(answers.leases.front());
}

}  // namespace tally::sim
