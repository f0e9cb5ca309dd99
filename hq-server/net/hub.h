// All connections of headquarters on its network thread: carries bytes between links and sessions, questions between
// sessions and storage, and the news of the feed to every session. Not the protocol (session.h), not the listening
// socket and the threads (server.cpp).
//
// Network thread only, except figures().
#pragma once

#include <atomic>
#include <unordered_map>

#include "hq-server/net/server.h"
#include "hq-server/net/session.h"
#include "hq-server/net/storage_thread.h"
#include "sync/transport/transport.h"

namespace tally::hqnet {

class Hub {
  public:
    Hub(const ServerOptions& options, transport::Loop& loop, const Clock& clock);
    ~Hub();

    void use_storage(StorageThread& storage) { storage_ = &storage; }  // before the first connection
    std::shared_ptr<transport::Handler> accept(const std::shared_ptr<transport::Link>& link);
    void take_answers(std::vector<Answer> answers);

    void start_sweeping();  // deadlines, from now on
    void stop_reading();    // the beginning of the end: what came is still answered
    void say_goodbye();     // before storage stops: nobody is on the line any more
    // Closes every connection, then calls `closed`.
    void close_all(std::function<void()> closed);

    ServerFigures figures() const;

  private:
    class Connection;
    friend class Connection;

    void take_answer(Answer& answer);
    void take_answer_of(Connection& connection, Answer& answer);
    void tell_holders(const std::vector<intake::Recall>& recalls);
    void welcomed(Connection& connection);
    void feed_moved(std::uint64_t head);
    void tell_feed();
    void check_everybody();
    void alarm(const std::string& what, std::int64_t steady_ms);
    void sweep();
    intake::ContactRow contact_of(const Connection& connection, bool connected) const;
    void tell_contacts(bool connected, bool at_once);
    void forget(SessionId id);
    bool may_log(std::int64_t steady_ms);

    const ServerOptions options_;
    transport::Loop& loop_;
    const Clock& clock_;
    StorageThread* storage_ = nullptr;

    std::unordered_map<SessionId, std::shared_ptr<Connection>> connections_;
    std::unordered_map<domain::TerminalId, SessionId> terminals_;  // the open session of each
    SessionId last_id_ = 0;
    std::size_t strangers_ = 0;
    std::size_t storage_bytes_ = 0;  // of pushes that storage has not answered

    std::uint64_t feed_head_ = 0;
    std::int64_t fed_ms_ = 0;  // when the sessions were last told
    transport::Timer feed_timer_;
    transport::Timer sweep_timer_;
    std::function<void()> closed_;
    bool stopping_ = false;

    std::int64_t log_second_ = 0;
    std::int64_t next_alarm_ms_ = 0;
    std::int64_t next_contacts_ms_ = 0;
    std::uint32_t log_lines_ = 0;
    std::atomic<std::uint64_t> sessions_opened_{0}, sessions_now_{0}, refused_{0}, pages_sent_{0};
};

}  // namespace tally::hqnet
