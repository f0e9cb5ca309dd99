// Finds the addresses of a name on a thread of its own that nobody ever waits for: getaddrinfo may block for half a
// minute and cannot be cut short, and the resolver of Asio joins its thread when the loop ends, so a dead name server
// would hold up the closing of a till's screen. Here the thread is detached and shares one small state with who asked;
// whoever gives up first leaves the rest to the other. For this folder's own files.
#pragma once

#include <boost/asio/io_context.hpp>
#include <mutex>

#include "sync/transport/transport.h"

namespace tally::transport {

class Lookup final : public std::enable_shared_from_this<Lookup> {
  public:
    using Found = std::function<void(Result<std::vector<std::string>>)>;

    // `found` is called once on the loop's thread, never from inside start(), and not after abandon(). kBusy:
    // tuning::kLookupsMax of this process have not come back yet; kIo: no such name, or no thread.
    static std::shared_ptr<Lookup> start(boost::asio::io_context& io, LookUp look_up, std::string host, Found found);

    // Must have been called, or `found` must have been, before the io_context goes. Drops what `found` holds.
    void abandon();

  private:
    void deliver(Result<std::vector<std::string>> addresses);
    Found take();

    std::mutex mutex_;
    boost::asio::io_context* io_ = nullptr;  // null once abandoned or answered
    Found found_;
};

}  // namespace tally::transport
