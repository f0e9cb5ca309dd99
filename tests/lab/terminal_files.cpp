#include "tests/lab/terminal_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/store/keys.h"
#include "sync/agent/enrol.h"

namespace tally::lab {

namespace {

template <class Value>
Status unless_exists(const Result<Value>& result) {
    if (!result && result.error().code != Code::kExists) return result.error();
    return {};
}

Result<wire::Ticket> read_ticket(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::kNotFound, "no ticket file " + path);
    std::ostringstream text;
    text << in.rdbuf();
    return wire::decode_ticket(text.str());
}

}  // namespace

std::string terminal_key_file(const std::string& dir) { return dir + "/till.key"; }

Result<crypto::Secret> open_terminal_key(const std::string& dir) {
    return store::unlock_keys(replica::Replica::database_path(dir), store::KeyFile{terminal_key_file(dir)});
}

Result<crypto::Secret> make_terminal_files(const std::string& dir) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    const std::string database = replica::Replica::database_path(dir);
    TALLY_OK(unless_exists(store::make_key_file(terminal_key_file(dir))));
    TALLY_OK(unless_exists(store::create_keys(database, store::KeyFile{terminal_key_file(dir)})));
    TALLY_TRY(crypto::Secret key, open_terminal_key(dir));
    TALLY_OK(unless_exists(replica::Replica::create(dir, key)));
    return key;
}

Status set_up_terminal(const std::string& dir, const std::string& ticket_file) {
    TALLY_TRY(const crypto::Secret key, make_terminal_files(dir));
    TALLY_TRY(auto replica, replica::Replica::open(dir, key, store::Sync::kFull));
    TALLY_TRY(const auto enrolled, replica.enrolment());
    if (enrolled) return {};
    TALLY_TRY(const wire::Ticket ticket, read_ticket(ticket_file));
    TALLY_TRY(const replica::Enrolment enrolment, agent::enrol(replica, ticket));
    return store::add_recovery_slot(replica::Replica::database_path(dir), store::KeyFile{terminal_key_file(dir)},
                                    enrolment.recovery_key);
}

}  // namespace tally::lab
