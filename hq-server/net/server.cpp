#include "hq-server/net/server.h"

#include <future>

#include "hq-server/net/hub.h"
#include "hq-server/net/ledger_books.h"

namespace tally::hqnet {

namespace {

// After close() a link lingers for kCloseLinger_ms; then the loop ends whatever is left.
constexpr std::int64_t kEnd_ms = tuning::kCloseLinger_ms + 500;

}  // namespace

// Destroyed in reverse: storage first (it posts to the loop), then the loop (it tells the hub's connections of their
// end), then the hub.
struct Server::Impl {
    // On the network thread, or before it runs.
    void begin_end() {
        if (ending) return;
        ending = true;
        listener.reset();
        hub->stop_reading();
        hub->say_goodbye();
        storage->stop([this] { loop->post([this] { close_all(); }); });
    }

    void close_all() {
        hub->close_all([this] { loop->stop(); });
        loop->after(kEnd_ms, [this] { loop->stop(); });
    }

    // Called on the storage thread.
    void deliver(std::vector<Answer> answers) {
        auto shared = std::make_shared<std::vector<Answer>>(std::move(answers));
        loop->post([this, shared] { hub->take_answers(std::move(*shared)); });
    }

    std::unique_ptr<Hub> hub;
    std::unique_ptr<transport::Loop> loop;
    std::unique_ptr<transport::Listener> listener;
    std::unique_ptr<StorageThread> storage;
    std::thread network;
    std::mutex wait_mutex;
    std::uint16_t port = 0;
    bool ending = false;  // network thread
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    stop();
    wait();
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, OpenLedger open, const crypto::Device& hq,
                                              const Clock& clock) {
    return start_with(options, books_of_ledger(std::move(open), hq), hq, clock);
}

Result<std::unique_ptr<Server>> Server::start_with(const ServerOptions& options, OpenBooks open,
                                                   const crypto::Device& hq, const Clock& clock) {
    auto impl = std::make_unique<Impl>();
    Impl* const self = impl.get();
    impl->loop = std::make_unique<transport::Loop>();
    impl->hub = std::make_unique<Hub>(options, *impl->loop, clock);
    TALLY_TRY(impl->storage,
              StorageThread::start(std::move(open), clock, options.poll_ms,
                                   [self](std::vector<Answer> answers) { self->deliver(std::move(answers)); }));
    impl->hub->use_storage(*impl->storage);
    transport::ListenOptions listen;
    listen.host = options.host;
    listen.port = options.port;
    listen.links_max = options.links_max;
    listen.handshake_ms = tuning::kHandshake_ms;
    TALLY_TRY(impl->listener,
              transport::Listener::open(*impl->loop, listen, hq, [self](const std::shared_ptr<transport::Link>& link) {
                  return self->hub->accept(link);
              }));
    impl->port = impl->listener->port();
    impl->hub->start_sweeping();
    impl->network = std::thread([self] { self->loop->run(); });
    return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port; }

ServerFigures Server::figures() const {
    ServerFigures out = impl_->hub->figures();
    const StorageFigures storage = impl_->storage->figures();
    out.ops_committed = storage.ops_committed;
    out.groups_committed = storage.groups_committed;
    return out;
}

void Server::stop() {
    impl_->loop->post([impl = impl_.get()] { impl->begin_end(); });
}

void Server::wait() {
    const std::lock_guard lock(impl_->wait_mutex);
    if (impl_->network.joinable()) impl_->network.join();
    impl_->storage->wait();
}

}  // namespace tally::hqnet
