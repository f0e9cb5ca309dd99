#include "tests/sim/machine.h"

#include <filesystem>

#include "tests/scenario/runner/blank.h"

namespace tally::sim {

namespace {

namespace fs = std::filesystem;

constexpr int kCache_kib = 1024;  // many machines share one memory
constexpr std::int64_t kMillion = 1'000'000;

}  // namespace

Machine::Machine(std::string name, std::string folder, const crypto::Secret& data_key, std::int64_t now_ms,
                 Random& random)
    : name_(std::move(name)),
      folder_(std::move(folder)),
      data_key_(data_key.clone()),
      own_(now_ms),
      true_ms_(now_ms),
      random_(random) {
    disk_.begin(folder_);
}

Machine::~Machine() { close(); }

Status Machine::start() {
    if (is_running()) return {};
    TALLY_TRY(replica_, replica::Replica::open(folder_, data_key_, store::Sync::kFull, kCache_kib));
    const auto go_on = [&]() -> Status {
        TALLY_TRY(agent_, agent::open_agent_store(folder_, data_key_));
        TALLY_TRY(till_, replica::Till::start(*replica_, corrected_, random_));
        return {};
    };
    const Status started = go_on();
    if (!started) close();
    return started;
}

void Machine::close() {
    till_.reset();
    agent_.reset();
    replica_.reset();
}

void Machine::stop() { close(); }

void Machine::kill() {
    disk_.die();  // nothing that a destructor does reaches the disk
    close();
    disk_.lift();
}

void Machine::lose_power(const PowerCut& cut) {
    disk_.die();
    close();
    disk_.lift();
    disk_.power_cut(random_, cut.keep_percent, cut.torn);
    disk_.begin(folder_);
}

void Machine::arm(std::int64_t calls, fault::Fault fault, const PowerCut& cut) {
    cut_ = cut;
    disk_.arm(static_cast<std::int64_t>(disk_.calls().size()) + calls, fault);
}

Status Machine::copy_to(const std::string& folder) const { return scenario::copy_folder(folder_, folder); }

Status Machine::take_from(const std::string& folder, bool with_witness) {
    TALLY_ASSERT(!is_running(), "a folder is replaced while its machine does not run");
    disk_.end();
    const std::string witness = replica::Replica::witness_path(folder_);
    const std::string kept = folder_ + ".witness";
    std::error_code error;
    fs::copy_file(witness, kept, fs::copy_options::overwrite_existing, error);
    TALLY_OK(scenario::copy_folder(folder, folder_));
    if (!with_witness) fs::copy_file(kept, witness, fs::copy_options::overwrite_existing, error);
    disk_.begin(folder_);
    return {};
}

void Machine::move_to(std::int64_t now_ms) {
    const std::int64_t by_ms = now_ms - true_ms_;
    if (by_ms <= 0) return;
    true_ms_ = now_ms;
    own_.advance_ms(by_ms);
    if (drift_ppm_ != 0) own_.set_wall_ms(own_.wall_ms() + by_ms * drift_ppm_ / kMillion);
}

void Machine::jump_clock(std::int64_t by_ms) { own_.set_wall_ms(own_.wall_ms() + by_ms); }

void Machine::set_clock_right(std::int64_t now_ms) {
    move_to(now_ms);
    drift_ppm_ = 0;
    own_.set_wall_ms(now_ms);
}

}  // namespace tally::sim
