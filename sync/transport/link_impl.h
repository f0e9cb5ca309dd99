// One connection over Asio and TLS: states, write queue, deadlines. For this folder's own files.
//
//     connecting -> handshake -> open -> closing -> ended        (any state may end at once)
//
// Plain completion handlers, each holding a shared_ptr to the link; no coroutine, so GCC 12's fault with temporaries in
// co_await (CONTRIBUTING.md) cannot occur here. At most one TLS read and one TLS write are under way at a time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "sync/transport/dial.h"
#include "sync/transport/loop_impl.h"
#include "sync/transport/tls.h"

namespace tally::transport {

using boost::asio::ip::tcp;

// What the links of one listener share with it; holds no object of Asio.
struct ListenShared {
    ListenOptions options;
    Listener::Accept accept;
    std::shared_ptr<TlsContext> tls;
    ListenStats stats;
};

class LinkImpl final : public Link, public Resident, public std::enable_shared_from_this<LinkImpl> {
  public:
    LinkImpl(Loop::Impl& loop, std::shared_ptr<Handler> handler);
    ~LinkImpl();

    // Client: `tls` may be an error, which on_closed then tells.
    void start_client(Result<std::shared_ptr<TlsContext>> tls, const Endpoint& to, std::int64_t timeout_ms,
                      LookUp look_up);
    void start_server(std::shared_ptr<ListenShared> shared, tcp::socket socket);

    Status send(Bytes bytes) override;
    std::size_t queued_bytes() const override { return queue_.size() + writing_.size(); }
    void close() override;
    void abort() override;
    void pause_reading() override { paused_ = true; }
    void resume_reading() override;
    const crypto::PublicKey& peer() const override { return peer_; }
    const std::string& peer_address() const override { return peer_address_; }

    void evict() override { finish(Cause::kClosedHere, fail(Code::kIo, "the event loop ended")); }
    void forget() override;

  private:
    enum class State { kConnecting, kHandshake, kOpen, kClosing, kEnded };
    using ErrorCode = boost::system::error_code;

    void on_dialled(std::variant<tcp::socket, Dial::Failed> result);
    void on_connected();
    void on_handshake(const ErrorCode& error);
    void start_read();
    void on_read(const ErrorCode& error, std::size_t size);
    void start_write();
    void on_written(const ErrorCode& error);
    void start_shutdown();
    void drain_until_peer_closes();
    void set_deadline(std::int64_t delay_ms);
    void on_deadline();
    void finish(Cause cause, Error error);
    void finish_io(const ErrorCode& error, const char* doing);

    Loop::Impl* loop_;  // null once the loop is gone
    std::shared_ptr<Handler> handler_;
    std::shared_ptr<ListenShared> shared_;  // server side only
    std::shared_ptr<TlsContext> tls_;
    std::optional<boost::asio::ssl::stream<tcp::socket>> stream_;
    std::shared_ptr<Dial> dial_;  // while a client connects
    std::optional<boost::asio::steady_timer> deadline_;
    State state_ = State::kConnecting;
    std::string to_;  // "host:port", for words
    std::int64_t timeout_ms_ = 0;
    crypto::PublicKey peer_;
    std::string peer_address_;

    Bytes queue_;    // waits
    Bytes writing_;  // under way
    bool write_active_ = false;
    bool read_active_ = false;
    bool paused_ = false;
    Bytes read_buffer_;
    std::size_t held_bytes_ = 0;  // arrived in read_buffer_ while paused
};

}  // namespace tally::transport
