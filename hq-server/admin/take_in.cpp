#include "hq-server/admin/take_in.h"

#include <algorithm>

#include "common/base/counted.h"
#include "common/store/durable_file.h"
#include "common/wire/codec.h"
#include "common/wire/frame.h"

namespace tally::admin {

namespace {

constexpr std::size_t kFileBytesMax = 256 << 20;

struct SavedFile {
    domain::TerminalId terminal = 0;
    std::vector<wire::Push> pushes;
};

Result<SavedFile> read_saved(const std::string& path) {
    auto file = store::read_small(path, kFileBytesMax);
    if (!file) return fail(file.error().code, path + ": " + file.error().detail);
    wire::FrameReader reader;
    TALLY_OK(reader.feed(file->bytes));
    SavedFile out;
    while (const auto frame = reader.next()) {
        TALLY_TRY(wire::Message message, wire::decode_message(frame->type, frame->payload));
        if (const auto* hello = std::get_if<wire::Hello>(&message); hello && out.terminal == 0)
            out.terminal = hello->terminal;
        else if (auto* push = std::get_if<wire::Push>(&message); push && out.terminal != 0)
            out.pushes.push_back(std::move(*push));
        else
            return fail(Code::kDamaged, path + " is no file of saved operations");
    }
    if (out.terminal == 0 || reader.partial_bytes() > 0)
        return fail(Code::kDamaged, path + " is no whole file of saved operations");
    return out;
}

// For a person: what it was, where nobody else will enter it.
std::string line_of(const wire::PushedOp& pushed) {
    const auto op = wire::decode_op(pushed.bytes);
    if (!op) return "  an operation that cannot be read\n";
    return "  " + domain::op_text(op->id) + "  " + format_day(op->business_day) + "  " +
           std::string(domain::kind_name(domain::kind_of(op->body))) + "\n";
}

class TakeIn {
  public:
    TakeIn(Home& home, const intake::DeviceRow& device, std::int64_t now_ms)
        : home_(home), intake_(*home.store, home.device), device_(device), now_ms_(now_ms) {}

    Status take(wire::Push push) {
        TALLY_TRY(const auto chain, home_.store->chain(device_.terminal, push.epoch));
        const std::uint64_t next = chain ? chain->next_seq : 1;
        const std::uint64_t end = push.first_seq + push.ops.size();
        if (push.first_seq > next)
            return leave(push, "headquarters lacks operations " + std::to_string(next) + " to " +
                                   std::to_string(push.first_seq - 1) + " of this epoch before them");
        if (!chain) {
            TALLY_TRY(const std::string why, fault_of_epoch(push));
            if (!why.empty()) return leave(push, why);
        }
        const wire::Push copy = push;
        auto prepared = intake::prepare_push(device_.terminal, device_.key, std::move(push));
        if (const auto* refused = std::get_if<wire::Refused>(&prepared)) return leave(copy, refused->text);
        auto& ready = std::get<intake::PreparedPush>(prepared);
        TALLY_TRY(const auto answers, intake_.commit(std::span(&ready, 1), now_ms_));
        if (const auto* refused = std::get_if<wire::Refused>(&answers.front().answer))
            return leave(copy, refused->text);
        const std::uint64_t first_new = std::min(end, std::max(next, copy.first_seq));
        taken_ += end - first_new;
        known_ += first_new - copy.first_seq;
        return {};
    }

    Said said() const {
        Said out;
        out.text = "terminal " + std::to_string(device_.terminal) + ": " + counted(taken_, "operation") +
                   " taken in, " + std::to_string(known_) + " were here already, " + std::to_string(left_) +
                   " could not be taken\n" + listed_;
        out.well = left_ == 0;
        if (left_ > 0) out.warnings = "Enter what was left again, from the shop's receipts.\n";
        if (again_)
            out.warnings =
                "Let the repaired till connect once without selling and take the same file in once more; what is left "
                "even then does not come: enter it from the shop's receipts.\n";
        return out;
    }

  private:
    // Why the epoch that begins with `push` cannot be taken in; empty: it follows the newest one that headquarters
    // holds of this terminal. Behind a later one it would look like a second copy of the terminal (R15).
    Result<std::string> fault_of_epoch(const wire::Push& push) {
        TALLY_TRY(const auto chains, home_.store->chains(device_.terminal));
        const auto op =
            push.ops.empty() ? Result<domain::Op>(fail(Code::kInvalid, "")) : wire::decode_op(push.ops[0].bytes);
        if (!op || op->previous_epoch == (chains.empty() ? domain::Epoch{} : chains.back().epoch))
            return std::string();  // or refused for what it is
        const bool known = op->previous_epoch == domain::Epoch{} ||
                           std::any_of(chains.begin(), chains.end(),
                                       [&](const auto& chain) { return chain.epoch == op->previous_epoch; });
        if (known)
            return std::string(
                "headquarters has heard of a later epoch of this terminal already: the till was started before this "
                "file was taken in");
        again_ = true;
        return std::string(
            "headquarters has nothing yet of the epoch before this one: what the repaired till has of it comes with "
            "its next contact");
    }

    Status leave(const wire::Push& push, const std::string& why) {
        left_ += push.ops.size();
        listed_ += "not taken: " + why + "\n";
        for (const wire::PushedOp& op : push.ops) listed_ += line_of(op);
        return {};
    }

    Home& home_;
    intake::Intake intake_;
    const intake::DeviceRow& device_;
    std::int64_t now_ms_;
    std::uint64_t taken_ = 0, known_ = 0, left_ = 0;
    bool again_ = false;  // what was left may be taken later
    std::string listed_;
};

}  // namespace

Result<Said> take_in_command(const Place& place, const std::string& file, std::int64_t now_ms) {
    TALLY_TRY(SavedFile saved, read_saved(file));
    TALLY_TRY(Home home, open_home(place.dir, place.unlock));
    TALLY_TRY(const auto device, home.store->device(saved.terminal));
    if (!device || saved.terminal == domain::kHqTerminal)
        return fail(Code::kNotFound, "there is no terminal " + std::to_string(saved.terminal));
    if (device->status == intake::DeviceStatus::kRevoked)
        return fail(Code::kRefused, "terminal " + std::to_string(saved.terminal) + " is revoked: " + device->reason);
    if (device->status == intake::DeviceStatus::kQuarantined)  // or every operation would be listed as lost
        return fail(Code::kRefused, "terminal " + std::to_string(saved.terminal) + " is quarantined: " +
                                        device->reason + ". Release it first (tally-hq release --terminal " +
                                        std::to_string(saved.terminal) + "), then take the file in");
    TakeIn work(home, *device, now_ms);
    for (wire::Push& push : saved.pushes) TALLY_OK(work.take(std::move(push)));
    return work.said();
}

}  // namespace tally::admin
