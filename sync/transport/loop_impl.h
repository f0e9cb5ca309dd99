// The inside of Loop, for this folder's own files: it owns the io_context and knows the links and listeners that live
// on it, so that the end of a loop is the end of them all, in order.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <set>
#include <thread>

#include "sync/transport/transport.h"

namespace tally::transport {

// Something whose sockets live on the loop.
class Resident {
  public:
    virtual void evict() = 0;   // end what you do; callbacks may still be posted
    virtual void forget() = 0;  // the io_context goes away now: drop every object of Asio

  protected:
    ~Resident() = default;
};

struct Loop::Impl {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
    std::atomic<std::thread::id> thread{};
    std::set<Resident*> residents;  // loop's thread only

    bool on_this_thread() const {
        const std::thread::id running = thread.load();
        return running == std::thread::id{} || running == std::this_thread::get_id();
    }
};

}  // namespace tally::transport
