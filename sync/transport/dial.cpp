#include "sync/transport/dial.h"

#include <boost/asio/post.hpp>

#include "sync/tuning.h"

namespace tally::transport {

namespace asio = boost::asio;

namespace {

Cause cause_of_connect(const boost::system::error_code& error) {
    if (error == asio::error::connection_refused) return Cause::kRefused;
    if (error == asio::error::timed_out) return Cause::kTimeout;
    return Cause::kUnreachable;
}

}  // namespace

Dial::Dial(asio::io_context& io, const Endpoint& to, Done done) : io_(&io), to_(to), done_(std::move(done)) {}

void Dial::start(LookUp look_up) {
    stagger_.emplace(*io_);
    ErrorCode not_numeric;
    asio::ip::make_address(to_.host, not_numeric);
    if (not_numeric) {
        lookup_ = Lookup::start(*io_, std::move(look_up), to_.host,
                                [self = shared_from_this()](const auto& found) { self->on_found(found); });
        return;
    }
    asio::post(*io_, [self = shared_from_this()] { self->on_found(std::vector{self->to_.host}); });
}

void Dial::on_found(const Result<std::vector<std::string>>& addresses) {
    if (!io_) return;
    lookup_.reset();
    const std::string name = to_.host + ":" + std::to_string(to_.port);
    if (!addresses)
        return finish(
            Failed{Cause::kUnreachable, fail(Code::kIo, "no address for " + name + ": " + addresses.error().detail)});
    for (const std::string& text : *addresses) {
        ErrorCode no_address;
        const auto address = asio::ip::make_address(text, no_address);
        if (!no_address && endpoints_.size() < tuning::kAddressesMax) endpoints_.emplace_back(address, to_.port);
    }
    if (endpoints_.empty()) return finish(Failed{Cause::kUnreachable, fail(Code::kIo, "no address for " + name)});
    sockets_.reserve(endpoints_.size());
    try_next();
}

// The attempts before this one go on: a slow address may still be the first to answer.
void Dial::try_next() {
    stagger_->cancel();
    const std::size_t attempt = sockets_.size();
    if (!io_ || attempt == endpoints_.size()) return;
    tcp::socket& socket = sockets_.emplace_back(*io_);
    socket.async_connect(endpoints_[attempt], [self = shared_from_this(), attempt](const ErrorCode& error) {
        self->on_connected(attempt, error);
    });
    stagger_->expires_after(std::chrono::milliseconds(tuning::kConnectStagger_ms));
    stagger_->async_wait([self = shared_from_this()](const ErrorCode& error) {
        if (!error && self->io_) self->try_next();
    });
}

void Dial::on_connected(std::size_t attempt, const ErrorCode& error) {
    if (!io_) return;
    if (!error) return finish(std::move(sockets_[attempt]));
    // "Refused" says that the machine is there; of the others the last one is as good as any.
    if (!why_ || why_->cause != Cause::kRefused)
        why_ = Failed{cause_of_connect(error), fail(Code::kIo, "no connection to " + to_.host + ":" +
                                                                   std::to_string(to_.port) + ": " + error.message())};
    if (++failed_ == endpoints_.size()) return finish(*why_);
    if (attempt + 1 == sockets_.size()) try_next();  // else a later one is under way already
}

void Dial::finish(std::variant<tcp::socket, Failed> result) {
    const Done done = std::exchange(done_, nullptr);
    cancel();
    done(std::move(result));
}

void Dial::cancel() {
    io_ = nullptr;
    done_ = nullptr;
    if (const auto lookup = std::exchange(lookup_, nullptr)) lookup->abandon();
    stagger_.reset();
    sockets_.clear();
}

}  // namespace tally::transport
