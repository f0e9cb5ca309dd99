#include "hq-server/admin/recover.h"

#include <filesystem>

#include "common/base/counted.h"
#include "common/replica/replica.h"

namespace tally::admin {

namespace {

Result<crypto::Device> read_device(const std::string& path) {
    TALLY_TRY(const crypto::Secret seed, store::read_key_file(store::KeyFile{path}));
    return crypto::Device::from_seed(seed.view());
}

// What headquarters holds of the terminal's newest epoch, in words.
Result<std::string> compare(const Place& place, replica::Replica& replica, const replica::Enrolment& enrolment,
                            const replica::ChainHead& head) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const auto chain, home.store->chain(enrolment.terminal, head.epoch));
    const std::uint64_t held = chain ? chain->next_seq - 1 : 0;
    const std::uint64_t there = head.next_seq - 1;
    std::string out = "headquarters holds " + counted(held, "operation") + " of this epoch";
    if (held > there)
        return out + ", " + std::to_string(held - there) +
               " MORE than this folder: it is an older copy, or its tail was lost\n";
    if (held > 0) {
        TALLY_TRY(const Hash hash, replica.hash_of_operation(head.epoch, held));
        if (hash != chain->head)
            return out + ", and operation " + std::to_string(held) +
                   " is ANOTHER one there: two copies of this terminal were in use\n";
    }
    return out + ", and lacks " + std::to_string(there - held) + " of this folder\n";
}

Result<std::string> operations_text(replica::Replica& replica, std::size_t count) {
    TALLY_TRY(const TimeZone zone, TimeZone::load("UTC"));
    TALLY_TRY(const std::vector<replica::LoggedOp> operations, replica.last_operations(count));
    std::string out = "last operations (UTC)\n";
    for (const replica::LoggedOp& logged : operations)
        out += "  " + zone.format_time(logged.op.at.ms(), "%Y-%m-%d %H:%M:%S") + "  " + domain::op_text(logged.op.id) +
               "  " + std::string(domain::kind_name(domain::kind_of(logged.op.body))) +
               (logged.acknowledged ? "" : "  NOT acknowledged by headquarters") + "\n";
    return out;
}

Result<std::string> describe(const Place& place, const RecoverRequest& request, replica::Replica& replica) {
    TALLY_TRY(const std::optional<replica::Enrolment> enrolment, replica.enrolment());
    TALLY_TRY(const replica::ChainHead head, replica.head());
    TALLY_TRY(const std::uint64_t waiting, replica.unacknowledged_count());
    std::string out;
    if (enrolment)
        out += "terminal     " + std::to_string(enrolment->terminal) + " of store " + enrolment->store + " (" +
               enrolment->store_name + ")\n";
    else
        out += "terminal     not enrolled\n";
    out += "epoch        no. " + std::to_string(head.epoch_no) + ", " + head.epoch.hex().substr(0, 8) + ", " +
           counted(head.next_seq - 1, "operation") + "\n";
    out += "waiting      " + counted(waiting, "operation") + " that headquarters has not acknowledged\n";
    if (enrolment && !place.dir.empty()) {
        TALLY_TRY(const std::string compared, compare(place, replica, *enrolment, head));
        out += compared;
    }
    TALLY_TRY(const std::string operations, operations_text(replica, request.operations));
    return out + operations;
}

Result<std::string> add_secrets(const RecoverRequest& request, const std::string& path, const crypto::Device& device) {
    std::string out;
    if (request.add_passphrase || request.new_passphrase_fd >= 0) {
        Result<crypto::Secret> text = request.new_passphrase_fd >= 0 ? store::read_passphrase(request.new_passphrase_fd)
                                                                     : store::ask_passphrase("New passphrase: ", true);
        if (!text) return text.error();
        TALLY_OK(store::add_slot(path, store::RecoveryKey{&device}, store::Passphrase{std::move(text).value()},
                                 request.cost));
        out += "the new passphrase opens it from now on\n";
    }
    if (!request.new_key_file.empty()) {
        std::error_code failed;
        if (!std::filesystem::exists(request.new_key_file, failed))
            TALLY_OK(store::make_key_file(request.new_key_file));
        TALLY_OK(store::add_slot(path, store::RecoveryKey{&device}, store::KeyFile{request.new_key_file}));
        out += "key file " + request.new_key_file + " opens it from now on\n";
    }
    return out;
}

}  // namespace

Result<Said> recover_command(const Place& place, const RecoverRequest& request) {
    const std::string path = replica::Replica::database_path(request.terminal_dir);
    TALLY_TRY(const crypto::Device device, read_device(request.recovery_key_file));
    Result<crypto::Secret> data_key = store::unlock_keys(path, store::RecoveryKey{&device});
    if (!data_key && data_key.error().code == Code::kWrongKey)
        return fail(Code::kWrongKey, request.terminal_dir + " was not sealed to this recovery key");
    if (!data_key && data_key.error().code == Code::kNotFound)
        return fail(Code::kNotFound, request.terminal_dir + " holds no replica with key slots");
    if (!data_key) return data_key.error();
    // The secrets first: a replica that does not open any more may still be saved with them.
    TALLY_TRY(const std::string added, add_secrets(request, path, device));
    Result<replica::Replica> replica = replica::Replica::open(request.terminal_dir, *data_key, store::Sync::kFull);
    if (!replica) return Said{added, "the replica does not open: " + to_string(replica.error()) + "\n", false};
    TALLY_TRY(const std::string described, describe(place, request, *replica));
    return Said{described + added, {}, true};
}

}  // namespace tally::admin
