// Connects to the first address that answers. A name may have several, of both families, and one of them may be dead
// without saying so: they are tried in the resolver's order, each a moment after the one before, and the first that
// connects wins. TCP only, not TLS. For this folder's own files; loop's thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <variant>

#include "sync/transport/lookup.h"
#include "sync/transport/loop_impl.h"

namespace tally::transport {

class Dial final : public std::enable_shared_from_this<Dial> {
  public:
    using tcp = boost::asio::ip::tcp;
    struct Failed {
        Cause cause;
        Error error;
    };
    using Done = std::function<void(std::variant<tcp::socket, Failed>)>;

    Dial(boost::asio::io_context& io, const Endpoint& to, Done done);
    // `done` is called once, never from inside start(), unless cancel() comes first. Has no deadline of its own.
    void start(LookUp look_up);
    // Closes what is open and drops what `done` holds. Must have been called, or `done` must have been, before the
    // io_context goes.
    void cancel();

  private:
    using ErrorCode = boost::system::error_code;

    void on_found(const Result<std::vector<std::string>>& addresses);
    void try_next();
    void on_connected(std::size_t attempt, const ErrorCode& error);
    void finish(std::variant<tcp::socket, Failed> result);

    boost::asio::io_context* io_;  // null once it is over
    const Endpoint to_;
    Done done_;
    std::shared_ptr<Lookup> lookup_;
    std::vector<tcp::endpoint> endpoints_;
    std::vector<tcp::socket> sockets_;  // one an endpoint that was tried, in their order; reserved, never moved
    std::size_t failed_ = 0;
    std::optional<Failed> why_;  // of the attempts that failed, what says most
    std::optional<boost::asio::steady_timer> stagger_;
};

}  // namespace tally::transport
