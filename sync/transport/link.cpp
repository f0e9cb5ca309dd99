#include <netinet/tcp.h>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "sync/transport/link_impl.h"
#include "sync/tuning.h"

namespace tally::transport {

namespace asio = boost::asio;

namespace {

std::string text_of_endpoint(const tcp::endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

void set_options(tcp::socket& socket) {
    boost::system::error_code ignored;  // a socket that refuses an option still works
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const int user_timeout_ms = static_cast<int>(tuning::kSilence_ms);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
}

}  // namespace

LinkImpl::LinkImpl(Loop::Impl& loop, std::shared_ptr<Handler> handler) : loop_(&loop), handler_(std::move(handler)) {
    loop_->residents.insert(this);
    deadline_.emplace(loop_->io);
}

LinkImpl::~LinkImpl() {
    if (loop_) loop_->residents.erase(this);
}

void LinkImpl::forget() {
    loop_ = nullptr;
    state_ = State::kEnded;
    handler_.reset();
    deadline_.reset();
    if (dial_) dial_->cancel();
    dial_.reset();
    stream_.reset();
}

// --- opening ---

void LinkImpl::start_client(Result<std::shared_ptr<TlsContext>> tls, const Endpoint& to, std::int64_t timeout_ms,
                            LookUp look_up) {
    to_ = to.host + ":" + std::to_string(to.port);
    if (!tls) return finish(Cause::kTls, tls.error());
    tls_ = std::move(tls).value();
    timeout_ms_ = timeout_ms;
    set_deadline(timeout_ms);
    dial_ = std::make_shared<Dial>(loop_->io, to,
                                   [self = shared_from_this()](auto result) { self->on_dialled(std::move(result)); });
    dial_->start(std::move(look_up));
}

void LinkImpl::start_server(std::shared_ptr<ListenShared> shared, tcp::socket socket) {
    shared_ = std::move(shared);
    tls_ = shared_->tls;
    ++shared_->stats.links;
    timeout_ms_ = shared_->options.handshake_ms;
    stream_.emplace(std::move(socket), tls_->context);
    set_deadline(timeout_ms_);
    on_connected();
}

void LinkImpl::on_dialled(std::variant<tcp::socket, Dial::Failed> result) {
    dial_.reset();
    if (state_ == State::kEnded) return;
    if (auto* failed = std::get_if<Dial::Failed>(&result)) return finish(failed->cause, std::move(failed->error));
    stream_.emplace(std::move(std::get<tcp::socket>(result)), tls_->context);
    on_connected();
}

void LinkImpl::on_connected() {
    ErrorCode gone;
    const tcp::endpoint remote = stream_->next_layer().remote_endpoint(gone);
    if (gone) return finish(Cause::kCut, fail(Code::kIo, "the connection ended before it began: " + gone.message()));
    peer_address_ = text_of_endpoint(remote);
    if (to_.empty()) to_ = peer_address_;
    set_options(stream_->next_layer());
    state_ = State::kHandshake;
    using Stream = asio::ssl::stream_base;
    stream_->async_handshake(tls_->role == Role::kClient ? Stream::client : Stream::server,
                             [self = shared_from_this()](const ErrorCode& result) { self->on_handshake(result); });
}

void LinkImpl::on_handshake(const ErrorCode& error) {
    if (state_ != State::kHandshake) return;
    if (tls_->role == Role::kClient && tls_->seen)
        return finish(
            Cause::kWrongPin,
            fail(Code::kRefused, "the server at " + to_ + " holds the key " + tls_->seen->hex().substr(0, 16) +
                                     "..., not the expected " + tls_->expected->hex().substr(0, 16) + "..."));
    if (error == asio::error::eof || error == asio::error::connection_reset ||
        error == asio::ssl::error::stream_truncated)
        return finish(Cause::kCut, fail(Code::kIo, to_ + " ended the connection during the TLS handshake"));
    if (error) return finish(Cause::kTls, fail(Code::kIo, "TLS handshake with " + to_ + " failed: " + error.message()));
    // Once more on the finished session, so that no way around the callback can exist.
    const Result<crypto::PublicKey> key = peer_key(stream_->native_handle());
    if (!key) return finish(Cause::kTls, key.error());
    if (tls_->expected && *tls_->expected != *key)
        return finish(Cause::kWrongPin,
                      fail(Code::kRefused, "the server at " + to_ + " holds another key than expected"));
    peer_ = *key;
    state_ = State::kOpen;
    deadline_->cancel();
    if (shared_) {
        ++shared_->stats.opened;
        if (shared_->accept) handler_ = shared_->accept(shared_from_this());
        if (!handler_) return finish(Cause::kClosedHere, fail(Code::kRefused, "nobody handles this connection"));
    }
    read_buffer_.resize(tuning::kReadBytes);
    const std::shared_ptr<Handler> handler = handler_;
    handler->on_open(shared_from_this());
    start_read();
    if (!queue_.empty()) start_write();
}

// --- reading ---

void LinkImpl::start_read() {
    if (state_ != State::kOpen || read_active_ || paused_ || held_bytes_ > 0) return;
    read_active_ = true;
    stream_->async_read_some(
        asio::buffer(read_buffer_),
        [self = shared_from_this()](const ErrorCode& error, std::size_t size) { self->on_read(error, size); });
}

void LinkImpl::on_read(const ErrorCode& error, std::size_t size) {
    read_active_ = false;
    // While we close, the other side's end is all there is to wait for (unless our last words are still on their way).
    if (state_ == State::kClosing && error && !write_active_ && queue_.empty()) return finish_io(error, "reading");
    if (state_ != State::kOpen) return;
    if (error) return finish_io(error, "reading");
    if (paused_) {
        held_bytes_ = size;
        return;
    }
    const std::shared_ptr<Handler> handler = handler_;
    handler->on_bytes(ByteView(read_buffer_).first(size));
    start_read();
}

void LinkImpl::resume_reading() {
    if (!paused_) return;
    paused_ = false;
    if (held_bytes_ == 0) return start_read();
    asio::post(loop_->io, [self = shared_from_this()] {
        if (self->paused_ || self->held_bytes_ == 0) return;
        self->on_read({}, std::exchange(self->held_bytes_, 0));
    });
}

// --- writing ---

Status LinkImpl::send(Bytes bytes) {
    TALLY_ASSERT(!loop_ || loop_->on_this_thread(), "Link::send from another thread");
    if (state_ == State::kEnded || state_ == State::kClosing || bytes.empty()) return {};
    if (queued_bytes() + bytes.size() > tuning::kSendQueueBytesMax)
        return fail(Code::kBusy, "the queue to " + to_ + " is full: " + std::to_string(queued_bytes()) + " bytes wait");
    if (queue_.empty())
        queue_ = std::move(bytes);
    else
        queue_.insert(queue_.end(), bytes.begin(), bytes.end());
    if (state_ == State::kOpen) start_write();
    return {};
}

void LinkImpl::start_write() {
    if (write_active_ || queue_.empty()) return;
    write_active_ = true;
    std::swap(queue_, writing_);
    asio::async_write(*stream_, asio::buffer(writing_),
                      [self = shared_from_this()](const ErrorCode& error, std::size_t) { self->on_written(error); });
}

void LinkImpl::on_written(const ErrorCode& error) {
    write_active_ = false;
    writing_.clear();
    if (writing_.capacity() > tuning::kSendQueueBytesHigh) writing_.shrink_to_fit();
    if (state_ == State::kEnded) return;
    if (error) return finish_io(error, "writing");
    if (!queue_.empty()) return start_write();
    if (state_ == State::kClosing) return start_shutdown();
    const std::shared_ptr<Handler> handler = handler_;
    handler->on_drained();
}

// --- ending ---

void LinkImpl::close() {
    TALLY_ASSERT(!loop_ || loop_->on_this_thread(), "Link::close from another thread");
    if (state_ == State::kConnecting || state_ == State::kHandshake)
        return finish(Cause::kClosedHere, fail(Code::kIo, "closed here"));
    if (state_ != State::kOpen) return;
    state_ = State::kClosing;
    set_deadline(tuning::kCloseLinger_ms);
    if (!write_active_) start_shutdown();
}

void LinkImpl::abort() {
    TALLY_ASSERT(!loop_ || loop_->on_this_thread(), "Link::abort from another thread");
    finish(Cause::kClosedHere, fail(Code::kIo, "aborted here"));
}

void LinkImpl::start_shutdown() {
    stream_->async_shutdown([self = shared_from_this()](const ErrorCode&) {
        if (self->state_ == State::kEnded) return;
        ErrorCode ignored;
        self->stream_->next_layer().shutdown(tcp::socket::shutdown_send, ignored);
        self->drain_until_peer_closes();
    });
}

// Closing a socket that holds unread bytes makes the kernel send a reset, which can destroy our last words on their
// way.
void LinkImpl::drain_until_peer_closes() {
    stream_->next_layer().async_read_some(
        asio::buffer(read_buffer_), [self = shared_from_this()](const ErrorCode& error, std::size_t) {
            if (self->state_ == State::kEnded) return;
            if (error) return self->finish(Cause::kClosedHere, fail(Code::kIo, "closed here"));
            self->drain_until_peer_closes();
        });
}

void LinkImpl::set_deadline(std::int64_t delay_ms) {
    deadline_->expires_after(std::chrono::milliseconds(delay_ms));
    deadline_->async_wait([self = shared_from_this()](const ErrorCode& error) {
        if (!error) self->on_deadline();
    });
}

void LinkImpl::on_deadline() {
    switch (state_) {
        case State::kConnecting:
        case State::kHandshake: {
            const char* during = state_ == State::kConnecting ? "connecting" : "the TLS handshake";
            return finish(Cause::kTimeout, fail(Code::kIo, "no answer from " + to_ + " within " +
                                                               std::to_string(timeout_ms_) + " ms during " + during));
        }
        case State::kClosing:
            return finish(Cause::kClosedHere, fail(Code::kIo, "closed here, the other side did not answer"));
        case State::kOpen:
        case State::kEnded: return;
    }
}

void LinkImpl::finish_io(const ErrorCode& error, const char* doing) {
    if (state_ == State::kClosing) return finish(Cause::kClosedHere, fail(Code::kIo, "closed here"));
    if (error == asio::error::eof) return finish(Cause::kClosedByPeer, fail(Code::kIo, to_ + " closed the connection"));
    const bool tls = error.category() == asio::error::get_ssl_category();
    finish(tls ? Cause::kTls : Cause::kCut,
           fail(Code::kIo, "the connection to " + to_ + " broke while " + doing + ": " + error.message()));
}

void LinkImpl::finish(Cause cause, Error error) {
    if (state_ == State::kEnded) return;
    const bool was_open = state_ == State::kOpen || state_ == State::kClosing;
    state_ = State::kEnded;
    deadline_->cancel();
    if (dial_) dial_->cancel();
    dial_.reset();
    if (stream_) {
        ErrorCode ignored;
        stream_->next_layer().close(ignored);
    }
    queue_ = {};
    held_bytes_ = 0;
    if (shared_) {
        --shared_->stats.links;
        if (!was_open) ++shared_->stats.handshakes_failed;
    }
    asio::post(loop_->io, [self = shared_from_this(), cause, error = std::move(error)] {
        const std::shared_ptr<Handler> handler = std::exchange(self->handler_, nullptr);
        if (handler) handler->on_closed(cause, error);
    });
}

std::shared_ptr<Link> connect(Loop& loop, const Endpoint& to, const crypto::Device& own,
                              const crypto::PublicKey& expected, std::int64_t timeout_ms,
                              std::shared_ptr<Handler> handler, LookUp look_up) {
    TALLY_ASSERT(loop.on_this_thread(), "connect from another thread than the loop's");
    auto link = std::make_shared<LinkImpl>(loop.impl(), std::move(handler));
    link->start_client(make_tls_context(Role::kClient, own, expected), to, timeout_ms, std::move(look_up));
    return link;
}

}  // namespace tally::transport
