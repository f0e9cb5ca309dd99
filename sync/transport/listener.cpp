#include "common/base/log.h"
#include "sync/transport/link_impl.h"

namespace tally::transport {

namespace {

namespace asio = boost::asio;

// Out of descriptors or memory: accepting again at once would spin.
constexpr std::int64_t kAcceptPause_ms = 100;

// The accepting end, alive while an accept is under way.
class Acceptor final : public Resident, public std::enable_shared_from_this<Acceptor> {
  public:
    Acceptor(Loop::Impl& loop, std::shared_ptr<ListenShared> listen)
        : shared(std::move(listen)), loop_(&loop), acceptor_(loop.io), pause_(loop.io) {
        loop_->residents.insert(this);
    }
    ~Acceptor() {
        if (loop_) loop_->residents.erase(this);
    }

    Status listen() {
        boost::system::error_code error;
        const auto address = asio::ip::make_address(shared->options.host, error);
        if (error) return fail(Code::kInvalid, "'" + shared->options.host + "' is no address to listen at");
        const tcp::endpoint endpoint(address, shared->options.port);
        const std::string where = shared->options.host + ":" + std::to_string(shared->options.port);
        acceptor_->open(endpoint.protocol(), error);
        if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_->bind(endpoint, error);
        if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
        if (error == asio::error::address_in_use) return fail(Code::kBusy, where + " is taken by another program");
        if (error) return fail(Code::kIo, "cannot listen at " + where + ": " + error.message());
        port = acceptor_->local_endpoint(error).port();
        accept();
        return {};
    }

    void evict() override {
        boost::system::error_code ignored;
        stopped_ = true;
        if (acceptor_) acceptor_->close(ignored);
        if (pause_) pause_->cancel();
    }
    void forget() override {
        loop_ = nullptr;
        acceptor_.reset();
        pause_.reset();
    }

    const std::shared_ptr<ListenShared> shared;
    std::uint16_t port = 0;

  private:
    void accept() {
        acceptor_->async_accept(
            [self = shared_from_this()](const boost::system::error_code& error, tcp::socket socket) {
                if (self->stopped_) return;
                if (error) return self->pause(error);
                self->admit(std::move(socket));
                self->accept();
            });
    }

    void admit(tcp::socket socket) {
        if (shared->stats.links >= shared->options.links_max) {
            ++shared->stats.over_limit;
            return;  // the socket closes: the other side learns at once, instead of waiting
        }
        std::make_shared<LinkImpl>(*loop_, nullptr)->start_server(shared, std::move(socket));
    }

    void pause(const boost::system::error_code& error) {
        spdlog::warn("accepting a connection failed: {}", error.message());
        pause_->expires_after(std::chrono::milliseconds(kAcceptPause_ms));
        pause_->async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
            if (!cancelled && !self->stopped_) self->accept();
        });
    }

    Loop::Impl* loop_;
    std::optional<tcp::acceptor> acceptor_;
    std::optional<asio::steady_timer> pause_;
    bool stopped_ = false;
};

class ListenerImpl final : public Listener {
  public:
    explicit ListenerImpl(std::shared_ptr<Acceptor> acceptor) : acceptor_(std::move(acceptor)) {}
    ~ListenerImpl() override { acceptor_->evict(); }
    std::uint16_t port() const override { return acceptor_->port; }
    ListenStats stats() const override { return acceptor_->shared->stats; }

  private:
    std::shared_ptr<Acceptor> acceptor_;
};

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const ListenOptions& options, const crypto::Device& own,
                                                 Accept accept) {
    TALLY_ASSERT(loop.on_this_thread(), "Listener::open from another thread than the loop's");
    auto shared = std::make_shared<ListenShared>();
    shared->options = options;
    shared->accept = std::move(accept);
    TALLY_TRY(shared->tls, make_tls_context(Role::kServer, own, std::nullopt));
    auto acceptor = std::make_shared<Acceptor>(loop.impl(), std::move(shared));
    TALLY_OK(acceptor->listen());
    return std::unique_ptr<Listener>(std::make_unique<ListenerImpl>(std::move(acceptor)));
}

}  // namespace tally::transport
