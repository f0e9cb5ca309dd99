#include "tests/scenario/runner/terminal.h"

#include <filesystem>

namespace tally::scenario {

namespace fs = std::filesystem;

Result<std::unique_ptr<Terminal>> Terminal::enrol(const std::string& name, const std::string& store,
                                                  const std::string& folder, const Blank& blank, Hq& hq,
                                                  const Clock& clock, Random& random) {
    TALLY_OK(copy_folder(blank.folder, folder));
    std::unique_ptr<Terminal> out(new Terminal(name, store, folder, blank.key.clone(), clock.wall_ms(), random));
    TALLY_TRY(auto opened, replica::Replica::open(folder, out->key_, store::Sync::kFull));
    out->replica_ = std::make_unique<replica::Replica>(std::move(opened));
    TALLY_TRY(const replica::Enrolment enrolment, out->ask_enrolment(*out->replica_, hq, clock.wall_ms()));
    out->id_ = enrolment.terminal;
    TALLY_OK(out->replica_->save_enrolment(enrolment));
    TALLY_OK(out->open());
    return out;
}

Result<replica::Enrolment> Terminal::ask_enrolment(replica::Replica& replica, Hq& hq, std::int64_t now_ms) {
    TALLY_TRY(const crypto::Device device, replica.device());
    TALLY_TRY(Bytes secret, hq.add_ticket(store_, name_, now_ms));
    const wire::Enrol enrol{{wire::kProtocolVersion}, std::move(secret), "scenario"};
    TALLY_TRY(const auto answer, hq.books().enrol(device.public_key(), enrol, now_ms));
    const auto* enrolled = std::get_if<wire::Enrolled>(&answer);
    if (!enrolled) return fail(Code::kRefused, "headquarters refused to enrol " + name_);
    replica::Enrolment out;
    out.terminal = enrolled->terminal;
    out.store = enrolled->store;
    out.store_name = enrolled->store_name;
    out.hq_key = hq.device().public_key();
    out.root_key = enrolled->root_key;
    out.recovery_key = enrolled->recovery_key;
    return out;
}

Status Terminal::enrol_again(Hq& hq, std::int64_t now_ms) {
    TALLY_TRY(const replica::Enrolment enrolment, ask_enrolment(*replica_, hq, now_ms));
    TALLY_OK(replica_->renew_enrolment(enrolment));
    return agent_->reread_enrolment();
}

void Terminal::close() {
    till_.reset();
    agent_.reset();
    replica_.reset();
}

Status Terminal::open() {
    if (!replica_) {
        TALLY_TRY(auto opened, replica::Replica::open(folder_, key_, store::Sync::kFull));
        replica_ = std::make_unique<replica::Replica>(std::move(opened));
    }
    TALLY_TRY(auto till, replica::Till::start(*replica_, corrected_, random_));
    till_ = std::make_unique<replica::Till>(std::move(till));
    TALLY_TRY(agent_, agent::open_agent_store(folder_, key_));
    return {};
}

Status Terminal::restart() {
    close();
    return open();
}

Status Terminal::kill() {
    const std::string left = folder_ + ".left";
    TALLY_OK(copy_to(left));
    close();
    std::error_code error;
    fs::remove_all(folder_, error);
    fs::rename(left, folder_, error);
    if (error) return fail(Code::kIo, "a folder cannot be renamed: " + error.message());
    return open();
}

Status Terminal::copy_to(const std::string& folder) const { return copy_folder(folder_, folder); }

Status Terminal::take_from(const std::string& folder, bool with_witness) {
    close();
    const std::string witness = replica::Replica::witness_path(folder_);
    const std::string kept = folder_ + ".witness";
    std::error_code error;
    fs::copy_file(witness, kept, fs::copy_options::overwrite_existing, error);
    TALLY_OK(copy_folder(folder, folder_));
    if (!with_witness) fs::copy_file(kept, witness, fs::copy_options::overwrite_existing, error);
    return open();
}

}  // namespace tally::scenario
