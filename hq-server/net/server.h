// Headquarters' server for terminals: listens, keeps a session for every connection, commits what they push in groups,
// and gives every session what changed. Not the protocol (session.h), not the decisions (intake), not the console.
//
// Threads of its own: one for the network and one for storage, which alone touches the ledger. The disk never holds up
// the network thread. Killing the process at any moment loses nothing that was acknowledged.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/crypto/device.h"
#include "hq-server/net/books.h"
#include "sync/tuning.h"

namespace tally::hqnet {

struct ServerOptions {
    std::string host = "127.0.0.1";  // "::" or "0.0.0.0" for every interface
    std::uint16_t port = 0;          // 0: the system chooses, port() tells
    std::size_t links_max = 4096;    // connections at a time
    std::int64_t hello_ms = 10'000;  // from an open connection to an accepted Hello
    std::int64_t silence_ms = 45'000;
    std::int64_t contacts_ms = tuning::kContactWrite_ms;
    std::int64_t poll_ms = 200;  // how often other processes' writes (import, revoke) are looked for
};

struct ServerFigures {  // since the start
    std::uint64_t sessions_opened = 0;
    std::uint64_t sessions_now = 0;
    std::uint64_t refused = 0;
    std::uint64_t ops_committed = 0;     // acknowledged, duplicates included
    std::uint64_t groups_committed = 0;  // transactions, one disk sync each
    std::uint64_t pages_sent = 0;
};

class Server {
  public:
    // Called on the storage thread; the ledger is closed there too.
    using OpenLedger = std::function<Result<std::unique_ptr<intake::LedgerStore>>()>;

    // Listening when this returns. `hq` (HQ's working device) and `clock` outlive the server. kInvalid: the host is no
    // address; kBusy: the port is taken; or the error of `open`.
    static Result<std::unique_ptr<Server>> start(const ServerOptions& options, OpenLedger open,
                                                 const crypto::Device& hq, const Clock& clock);
    static Result<std::unique_ptr<Server>> start_with(const ServerOptions& options, OpenBooks open,
                                                      const crypto::Device& hq, const Clock& clock);

    ~Server();  // stop() and wait()
    std::uint16_t port() const;
    ServerFigures figures() const;  // any thread

    // Ends in order: no new connections, what was received is committed and answered, then every connection is closed.
    // Returns at once; any thread, but not from a signal handler.
    void stop();
    // Returns when the server has ended and the ledger is closed.
    void wait();

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::hqnet
