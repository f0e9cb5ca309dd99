// A replica made of numbers and a headquarters made of the session tests' model behind a real listener: the agent
// between them is real, and so are its threads, its TLS and its lock.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "sync/agent/agent.h"
#include "sync/transport/transport.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/session/pair.h"

namespace tally::agent::test {

using Folder = support::TempDir;

// Waits until `done` holds; a test that waits a minute has failed.
inline bool wait_until(const std::function<bool()>& done) {
    for (int i = 0; i < 60'000; ++i) {
        if (done()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

// Outlives agents, as a replica's file does; the till's thread and the agent's share it.
struct FakeReplica {
    std::mutex mutex;
    session::test::ModelReplica model;
    std::int64_t version = 1;
    std::optional<Error> apply_error;  // what apply_page says, when set
    std::vector<wire::LeaseState> leases;
    std::optional<Error> batch_error;
    std::vector<wire::IncidentReport> incidents;
    std::optional<replica::Revocation> revocation;
    std::optional<Error> revocation_error;  // what set_revocation says, when set
    replica::Enrolment enrolment;
    crypto::Device device = crypto::Device::create();

    void append(std::uint64_t count) {
        const std::lock_guard lock(mutex);
        model.made += count;
        ++version;
    }
    std::string revoked_because() {  // empty: it was not
        const std::lock_guard lock(mutex);
        return revocation ? revocation->reason : "";
    }
    session::test::ModelReplica copy() {
        const std::lock_guard lock(mutex);
        return model;
    }
};

class FakeStore final : public AgentStore {
  public:
    explicit FakeStore(FakeReplica& replica) : replica_(replica) {}
    const replica::Enrolment& enrolment() const override { return replica_.enrolment; }
    Status reread_enrolment() override { return {}; }
    const crypto::Device& device() const override { return replica_.device; }
    Result<replica::ChainHead> head() override {
        const auto model = replica_.copy();
        return replica::ChainHead{model.epoch, model.made + 1, session::test::op_hash(model.made)};
    }
    Result<replica::FeedCursor> cursor() override {
        const auto model = replica_.copy();
        return replica::FeedCursor{model.incarnation, model.cursor, 0};
    }
    Result<std::vector<replica::OwnChain>> chains() override {
        const auto model = replica_.copy();
        const std::uint64_t next = model.made + 1;
        return std::vector<replica::OwnChain>{
            {model.epoch, next, session::test::op_hash(model.made), model.acknowledged, next, 0}};
    }
    Result<Hash> hash_of_operation(const domain::Epoch&, std::uint64_t seq) override {
        return session::test::op_hash(seq);
    }
    Result<std::vector<wire::IncidentReport>> incidents(std::size_t) override {
        const std::lock_guard lock(replica_.mutex);
        return replica_.incidents;
    }
    Status begin_epoch_after(const domain::Epoch&, const wire::IncidentReport& incident) override {
        const std::lock_guard lock(replica_.mutex);
        replica_.incidents.push_back(incident);
        replica_.model.epoch = session::test::epoch_of(static_cast<std::uint8_t>(8 + replica_.incidents.size()));
        replica_.model.made = replica_.model.acknowledged = replica_.model.covered = 0;
        return {};
    }
    Result<replica::ReturnedKept> keep_returned(const wire::OpsReturn& returned) override {
        return replica::ReturnedKept{returned.first_seq + returned.ops.size(), false};
    }
    Status mark_branch(const domain::Epoch&, std::uint64_t, std::uint64_t) override { return {}; }
    Status note_incident(const wire::IncidentReport& incident, const std::string&) override {
        const std::lock_guard lock(replica_.mutex);
        replica_.incidents.push_back(incident);
        return {};
    }
    Result<std::optional<replica::Revocation>> revocation() override {
        const std::lock_guard lock(replica_.mutex);
        return replica_.revocation;
    }
    Status set_revocation(const std::optional<replica::Revocation>& revocation) override {
        const std::lock_guard lock(replica_.mutex);
        if (replica_.revocation_error) return *replica_.revocation_error;
        replica_.revocation = revocation;
        return {};
    }
    Result<wire::Push> batch(const domain::Epoch&, std::uint64_t first_seq, std::size_t ops_max, std::size_t) override {
        const std::lock_guard lock(replica_.mutex);
        if (replica_.batch_error) return *replica_.batch_error;
        return replica_.model.batch(first_seq, ops_max);
    }
    Status record_ack(const wire::Ack& ack) override {
        const std::lock_guard lock(replica_.mutex);
        replica_.model.acknowledged = std::max(replica_.model.acknowledged, ack.through_seq);
        return {};
    }
    Status apply_page(const wire::FeedPage& page) override {
        const std::lock_guard lock(replica_.mutex);
        if (replica_.apply_error) return *replica_.apply_error;
        replica_.model.apply(page);
        return {};
    }
    Status take_leases(const wire::LeaseState& told) override {
        const std::lock_guard lock(replica_.mutex);
        if (replica_.apply_error) return *replica_.apply_error;
        replica_.leases.push_back(told);
        return {};
    }
    Result<StoreCounts> counts() override {
        const auto model = replica_.copy();
        return StoreCounts{model.made - model.acknowledged, model.pending()};
    }
    Result<std::int64_t> data_version() override {
        const std::lock_guard lock(replica_.mutex);
        return replica_.version;
    }

  private:
    FakeReplica& replica_;
};

// Answers by the model, or refuses everybody, or says nothing; one thread of its own.
class FakeHq {
  public:
    explicit FakeHq(session::test::ModelHq& hq, const crypto::Device& device, std::uint16_t port = 0) {
        transport::ListenOptions options;
        options.port = port;
        auto listening = transport::Listener::open(loop_, options, device,
                                                   [this, &hq](const std::shared_ptr<transport::Link>& link) {
                                                       return std::make_shared<Peer>(*this, hq, link);
                                                   });
        REQUIRE(listening.has_value());
        listener_ = std::move(listening).value();
        port_ = listener_->port();
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~FakeHq() {  // at once, like kill -9
        loop_.stop();
        thread_.join();
        listener_.reset();
    }
    std::uint16_t port() const { return port_; }

    std::atomic<int> opened{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<int> refusal{0};  // a wire::Refusal, 0: none
    std::atomic<bool> silent{false};
    std::optional<wire::Message> enrol_answer;  // set before anybody connects

  private:
    struct Peer final : transport::Handler {
        Peer(FakeHq& of, session::test::ModelHq& hq, std::shared_ptr<transport::Link> to)
            : owner(of), link(std::move(to)), server{hq} {}
        void on_open(const std::shared_ptr<transport::Link>&) override { ++owner.opened; }
        void on_bytes(ByteView view) override {
            owner.bytes += view.size();
            if (owner.silent) return;
            if (owner.refusal != 0)
                return say_and_close(wire::Refused{static_cast<wire::Refusal>(owner.refusal.load()), "as told"});
            if (owner.enrol_answer) return say_and_close(*owner.enrol_answer);
            server.receive(view);
            CHECK(link->send(std::exchange(server.out, {})));
        }
        void say_and_close(const wire::Message& message) {
            CHECK(link->send(wire::encode_message(message)));
            link->close();
        }
        void on_closed(transport::Cause, const Error&) override { link.reset(); }
        FakeHq& owner;
        std::shared_ptr<transport::Link> link;
        session::test::ModelServer server;
    };

    transport::Loop loop_;
    std::unique_ptr<transport::Listener> listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

struct World {
    Folder folder;
    SystemClock clock;
    crypto::Device hq_device = crypto::Device::create();
    session::test::ModelHq hq;  // read only while no FakeHq runs, or by counts that cannot tear
    FakeReplica replica;

    World() {
        crypto::start();
        replica.enrolment.terminal = 5;
        replica.enrolment.hq_host = "127.0.0.1";
        replica.enrolment.hq_key = hq_device.public_key();
    }
    AgentOptions options() {
        AgentOptions out;
        out.dir = folder.path();
        out.open = [this]() -> Result<std::unique_ptr<AgentStore>> {
            return std::unique_ptr<AgentStore>(std::make_unique<FakeStore>(replica));
        };
        out.clock = &clock;
        out.poll_ms = 2;
        out.backoff = {1, 4, 3'600'000, 4};
        return out;
    }
    std::unique_ptr<Agent> start(AgentOptions given) {
        auto started = Agent::start(std::move(given));
        REQUIRE(started.has_value());
        return std::move(started).value();
    }
    bool settled() {
        const auto model = replica.copy();
        return model.pending() == 0 && model.acknowledged == model.made;
    }
};

}  // namespace tally::agent::test
