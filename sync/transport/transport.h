// Moves bytes between two devices: one event loop a thread, TLS 1.3 with both ends known by their Ed25519 keys. Not
// frames, not messages, not a protocol: those are common/wire and sync/session. No type of Asio or OpenSSL is named
// here.
//
// Threads: Loop::post, Loop::stop, Loop::after and Timer::cancel from any thread; everything else, and every callback,
// on the thread that runs the loop (or before it runs). Callbacks are never called from inside the call that causes
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/crypto/device.h"

namespace tally::transport {

// Why a connection ended: for decisions and for the words on the screen. The Error beside it is for the log.
enum class Cause {
    kClosedHere,    // close() or abort() on this end, or the loop ended
    kClosedByPeer,  // an orderly end by the other side
    kCut,           // the connection broke
    kRefused,       // nobody listens at that address
    kUnreachable,   // no route, or the name does not resolve
    kTimeout,       // no answer in time
    kWrongPin,      // the server holds another key than the one expected; nothing was sent to it (Code::kRefused)
    kTls,           // the other side does not speak our TLS, or ended it with an alert
};

class Timer {
  public:
    Timer() = default;
    void cancel();  // no call begins after cancel() on the loop's thread; does nothing when the timer has run
    explicit operator bool() const { return static_cast<bool>(state_); }

  private:
    friend class Loop;
    struct State;
    std::shared_ptr<State> state_;
};

class Loop {
  public:
    Loop();
    ~Loop();  // ends every link (on_closed is called) and every listener; run() must have returned
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void run();   // until stop()
    void stop();  // run() returns soon, also a run() that has not begun
    void post(std::function<void()> work);
    // Runs `work` once, `delay_ms` (0 or more) from now. Dropping the Timer does not cancel it.
    Timer after(std::int64_t delay_ms, std::function<void()> work);
    bool on_this_thread() const;  // true on the thread inside run(), and everywhere while nobody runs it

    struct Impl;
    Impl& impl() { return *impl_; }  // for this layer's own files

  private:
    std::unique_ptr<Impl> impl_;
};

class Link;

// What a connection tells its owner. The link holds its handler until on_closed has returned, which is called exactly
// once.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual void on_open(const std::shared_ptr<Link>& link) = 0;  // TLS is up and the peer's key is known
    virtual void on_bytes(ByteView bytes) = 0;                    // at most kReadBytes, valid during the call
    virtual void on_drained() {}                                  // the queue became empty after a send
    virtual void on_closed(Cause cause, const Error& error) = 0;  // also when it never opened
};

class Link {
  public:
    virtual ~Link() = default;
    // Queues bytes in order; small ones travel together. kBusy: the queue would pass kSendQueueBytesMax, nothing was
    // queued. After the end of the link bytes are dropped and the answer is success: on_closed tells.
    virtual Status send(Bytes bytes) = 0;
    virtual std::size_t queued_bytes() const = 0;
    // Sends what is queued, then ends in order, within kCloseLinger_ms. No on_bytes follows.
    virtual void close() = 0;
    virtual void abort() = 0;  // at once, what is queued is lost
    virtual void
    pause_reading() = 0;  // at most one on_bytes may still come before it takes hold: none after the current one
    virtual void resume_reading() = 0;
    virtual const crypto::PublicKey& peer() const = 0;    // valid from on_open
    virtual const std::string& peer_address() const = 0;  // "192.0.2.7:41234", for the log
};

struct Endpoint {
    std::string host;  // an IPv4 or IPv6 address or a name
    std::uint16_t port = 0;
};

// A name's addresses as text ("192.0.2.7", "2001:db8::7"), best first. Called on a thread of its own and may block as
// long as it likes: nobody waits for it, neither a link that ends nor the loop. Throws nothing. kIo says why none.
using LookUp = std::function<Result<std::vector<std::string>>(const std::string& host)>;
Result<std::vector<std::string>> look_up_by_system(const std::string& host);  // getaddrinfo

// Opens a connection to the holder of `expected`. Never fails here: on_open or on_closed tells. `timeout_ms` is for
// name, TCP and TLS together; of several addresses the first that answers is taken, so that a dead one costs
// kConnectStagger_ms. With a wrong pin no byte of the application leaves this machine.
std::shared_ptr<Link> connect(Loop& loop, const Endpoint& to, const crypto::Device& own,
                              const crypto::PublicKey& expected, std::int64_t timeout_ms,
                              std::shared_ptr<Handler> handler, LookUp look_up = look_up_by_system);

struct ListenOptions {
    std::string host = "127.0.0.1";  // "::" or "0.0.0.0" for every interface
    std::uint16_t port = 0;          // 0: the system chooses, port() tells
    std::size_t links_max =
        4096;  // connections at a time, those in their handshake included; one more is dropped at once
    std::int64_t handshake_ms = 10'000;
};

struct ListenStats {
    std::uint64_t opened = 0;
    std::uint64_t handshakes_failed = 0;  // no TLS 1.3, no Ed25519 certificate, too slow, or gone
    std::uint64_t over_limit = 0;
    std::size_t links = 0;  // now
};

class Listener {
  public:
    // Given the link after TLS succeeded (its peer() is proved to hold that key, and is otherwise a stranger); returns
    // who handles it, or null to drop it.
    using Accept = std::function<std::shared_ptr<Handler>(const std::shared_ptr<Link>&)>;

    // kInvalid: the host is no address; kBusy: the port is taken; kIo.
    static Result<std::unique_ptr<Listener>> open(Loop& loop, const ListenOptions& options, const crypto::Device& own,
                                                  Accept accept);
    virtual ~Listener() = default;  // stops listening; links that are open stay
    virtual std::uint16_t port() const = 0;
    virtual ListenStats stats() const = 0;
};

}  // namespace tally::transport
