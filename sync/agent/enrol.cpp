#include "sync/agent/enrol.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "common/wire/frame.h"
#include "sync/transport/transport.h"

namespace tally::agent {

namespace {

class Enrolling final : public transport::Handler {
  public:
    Enrolling(transport::Loop& loop, const wire::Ticket& ticket, const EnrolOptions& options)
        : loop_(loop), ticket_(ticket), options_(options), reader_(wire::kFirstFrameBytesMax) {}

    void on_open(const std::shared_ptr<transport::Link>& link) override {
        link_ = link;
        wire::Enrol enrol;
        enrol.versions = {wire::kProtocolVersion};
        enrol.secret.assign(ticket_.secret.bytes.begin(), ticket_.secret.bytes.end());
        enrol.software = options_.software;
        if (const Status sent = link_->send(wire::encode_message(enrol)); !sent) return end(sent.error());
        loop_.after(options_.answer_ms, [this] {
            end(fail(Code::kIo, "headquarters did not answer within " + std::to_string(options_.answer_ms) + " ms"));
        });
    }

    void on_bytes(ByteView bytes) override {
        const Status fed = reader_.feed(bytes);
        if (const auto frame = reader_.next()) return on_frame(*frame);
        if (!fed) end(fed.error());
    }

    void on_closed(transport::Cause, const Error& error) override {
        link_.reset();
        end(error);
        loop_.stop();
    }

    Result<wire::Enrolled> answer = fail(Code::kIo, "nothing was asked");

  private:
    void on_frame(const wire::Frame& frame) {
        Result<wire::Message> message = wire::decode_message(frame.type, frame.payload);
        if (!message) return end(message.error());
        if (const auto* enrolled = std::get_if<wire::Enrolled>(&*message)) return end(*enrolled);
        if (const auto* refused = std::get_if<wire::Refused>(&*message)) {
            const Code code = refused->code == wire::Refusal::kVersion ? Code::kNewer : Code::kRefused;
            return end(fail(code, "headquarters refused (" + std::string(wire::refusal_name(refused->code)) +
                                      "): " + refused->text));
        }
        end(fail(Code::kDamaged, "headquarters answered Enrol with something else"));
    }

    // The first end counts; what follows is the connection going away.
    void end(Result<wire::Enrolled> result) {
        if (ended_) return;
        ended_ = true;
        answer = std::move(result);
        if (link_) link_->close();
    }

    transport::Loop& loop_;
    const wire::Ticket& ticket_;
    const EnrolOptions& options_;
    wire::FrameReader reader_;
    std::shared_ptr<transport::Link> link_;
    bool ended_ = false;
};

}  // namespace

namespace {

// A path is worth saying; what may be a part of a ticket after all (long, without a slash or a dot) is not.
std::string named(const std::string& where) {
    constexpr std::size_t kNameBytesMax = 16;
    const bool is_path = where.size() <= kNameBytesMax || where.find_first_of("/.") != std::string::npos;
    return is_path ? where : "the file that was named for it";
}

}  // namespace

Result<wire::Ticket> read_ticket(const std::string& where) {
    const std::size_t begin = std::min(where.find_first_not_of(" \t\r\n\"'"), where.size());  // as it was pasted
    if (std::string_view(where).substr(begin).starts_with(wire::kTicketPrefix))
        return fail(Code::kInvalid,
                    "this is a ticket itself, which others could read in the list of processes: put it into a file and "
                    "name that, or give - and the ticket on standard input");
    std::ifstream file;
    errno = 0;
    if (where != "-") file.open(where, std::ios::binary);
    const int why = errno;
    std::istream& in = where == "-" ? std::cin : file;
    std::string text(wire::kTicketTextBytesMax + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    const bool unreadable = in.bad() || (where != "-" && !file.is_open());
    text.resize(static_cast<std::size_t>(in.gcount()));
    const std::string name = where == "-" ? "standard input" : named(where);
    Result<wire::Ticket> ticket = wire::decode_ticket(text);
    if (unreadable)
        ticket = fail(Code::kNotFound, "the ticket cannot be read from " + name + ": " +
                                           (why != 0 ? std::strerror(why) : "it is no plain file"));
    else if (!ticket)
        ticket = fail(ticket.error().code, name + ": " + ticket.error().detail);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    return ticket;
}

Result<replica::Enrolment> ask_enrolment(const wire::Ticket& ticket, const crypto::Device& device,
                                         const EnrolOptions& options) {
    std::shared_ptr<Enrolling> asking;  // outlives the loop, whose end runs what is still due: the answer's timer too
    transport::Loop loop;
    asking = std::make_shared<Enrolling>(loop, ticket, options);
    transport::connect(loop, {ticket.host, ticket.port}, device, ticket.hq_key, options.connect_ms, asking);
    loop.run();
    if (!asking->answer && asking->answer.error().code == Code::kIo)
        return fail(Code::kIo, asking->answer.error().detail + "; is tally-hq serve running at " + ticket.host + ":" +
                                   std::to_string(ticket.port) + "?");
    TALLY_TRY(const wire::Enrolled enrolled, std::move(asking->answer));
    if (enrolled.terminal <= domain::kHqTerminal || enrolled.store.empty())
        return fail(Code::kDamaged, "headquarters gave no usable terminal number or store");
    replica::Enrolment out;
    out.terminal = enrolled.terminal;
    out.store = enrolled.store;
    out.store_name = enrolled.store_name;
    out.hq_host = ticket.host;
    out.hq_port = ticket.port;
    out.hq_key = ticket.hq_key;
    out.root_key = enrolled.root_key;
    out.recovery_key = enrolled.recovery_key;
    return out;
}

Result<replica::Enrolment> enrol(replica::Replica& replica, const wire::Ticket& ticket, const EnrolOptions& options) {
    TALLY_TRY(const std::optional<replica::Enrolment> before, replica.enrolment());
    TALLY_TRY(const std::optional<replica::Revocation> revoked, replica.revocation());
    if (before && !revoked)
        return fail(Code::kExists, "this terminal is enrolled already, as terminal " +
                                       std::to_string(before->terminal) + " of store " + before->store +
                                       "; if headquarters has revoked it meanwhile, let it connect once (tally-sync "
                                       "run) and hear of it first");
    if (before && ticket.hq_key != before->hq_key)
        return fail(Code::kRefused,
                    "the ticket is of another headquarters than the one that this terminal's data "
                    "belongs to: name a new folder");
    TALLY_TRY(const crypto::Device device, replica.device());
    TALLY_TRY(replica::Enrolment enrolment, ask_enrolment(ticket, device, options));
    TALLY_OK(before ? replica.renew_enrolment(enrolment) : replica.save_enrolment(enrolment));
    return enrolment;
}

Result<replica::Replica> open_or_create(const std::string& dir, const store::Unlock& unlock) {
    const std::string path = replica::Replica::database_path(dir);
    std::error_code failed;
    if (std::filesystem::exists(path, failed)) {
        TALLY_TRY(const crypto::Secret key, store::unlock_keys(path, unlock));
        Result<replica::Replica> there = replica::Replica::open(dir, key, store::Sync::kFull);
        // A crash while it was made: there is a database, but nothing of the terminal in it yet.
        if (!there && there.error().code == Code::kNotFound) return replica::Replica::create(dir, key);
        return there;
    }
    const auto* file = std::get_if<store::KeyFile>(&unlock);
    const bool has_slots = std::filesystem::exists(path + ".keys", failed);  // then a new key file would open nothing
    if (file && !has_slots && !std::filesystem::exists(file->path, failed)) TALLY_OK(store::make_key_file(file->path));
    Result<crypto::Secret> key = store::create_keys(path, unlock);
    // A crash between the two left key slots without a database: they are good.
    if (!key && key.error().code == Code::kExists) key = store::unlock_keys(path, unlock);
    if (!key) return key.error();
    return replica::Replica::create(dir, *key);
}

Result<crypto::Secret> unlock_terminal(const std::string& dir, const store::Unlock& unlock) {
    const std::string path = replica::Replica::database_path(dir);
    std::error_code failed;
    if (!std::filesystem::exists(path, failed))
        return fail(Code::kNotFound, dir + " holds no terminal (tally-terminal enrol, or tally-sync enrol, makes one)");
    auto key = store::unlock_keys(path, unlock);
    if (key) return key;
    const auto* file = std::get_if<store::KeyFile>(&unlock);
    if (file && !std::filesystem::exists(file->path, failed))
        return fail(Code::kWrongKey, "the key file " + file->path + ": there is no such file");
    return fail(key.error().code, path + ": " + key.error().detail + (file ? " (key file " + file->path + ")" : ""));
}

Status ensure_recovery_slot(const std::string& dir, const store::Unlock& unlock, const replica::Enrolment& enrolment) {
    if (enrolment.recovery_key.is_zero()) return {};
    const std::string path = replica::Replica::database_path(dir);
    TALLY_TRY(const std::vector<store::SlotInfo> slots, store::list_slots(path));
    for (const store::SlotInfo& slot : slots)
        if (slot.kind == store::SlotKind::kRecovery) return {};
    return store::add_recovery_slot(path, unlock, enrolment.recovery_key);
}

}  // namespace tally::agent
