// What runs on the agent's thread: one store, at most one link with its session, one backoff. For agent.cpp only.
#pragma once

#include "sync/agent/agent.h"
#include "sync/transport/transport.h"

namespace tally::agent {

class Worker {
  public:
    using Publish = std::function<void(const AgentStatus&)>;

    Worker(transport::Loop& loop, AgentOptions options, std::unique_ptr<AgentStore> store, Publish publish);
    ~Worker();  // the link must not call back any more

    void start();
    void look();  // the log may have grown
    void want_lease(const domain::MemberId& member, domain::Points points);
    void retry_now();
    void set_held(bool held);
    void shut_down(std::function<void()> done);

  private:
    enum class Retry { kSoon, kBusy, kLate };  // late: a refusal that haste does not cure
    class Line;                                // the handler of one link; knows whether it is still the current one

    void dial();
    void on_open(const std::shared_ptr<transport::Link>& link);
    void on_bytes(ByteView bytes);
    void on_closed(transport::Cause cause, const Error& error);
    void carry_out(session::Effects effects);
    Result<session::Effects> answer(session::Effect& effect);
    Result<session::Effects> answer_of_replica(session::Effect& effect);
    static Retry retry_after(const session::Close& close);
    void on_close_effect(const session::Close& close);
    Status open_session();
    void note_damage(const Error& error);
    void note_revoked(const std::string& reason);
    void note_accepted();
    void look_for_new_enrolment();
    void tell_revoked(const replica::Revocation& revocation);
    void tell_leases(const LeaseTold& told);
    void poll();
    void drop_line();
    std::int64_t next_delay_ms();
    void wait_and_dial(std::int64_t delay_ms);
    void set_phase(Phase phase);
    void set_trouble(Trouble trouble, const Error& error);
    void touch();  // the status changed: publish soon
    void publish_now();
    session::Moment now() const;

    transport::Loop& loop_;
    const AgentOptions options_;
    const std::unique_ptr<AgentStore> store_;
    const Publish publish_;
    const std::unique_ptr<Random> random_;
    Backoff backoff_;
    AgentStatus status_;

    std::shared_ptr<Line> line_;
    std::shared_ptr<transport::Link> link_;
    std::optional<session::TerminalSession> session_;
    bool line_trouble_told_ = false;  // the session said why this line ends; what the socket says then is only its echo
    Retry retry_ = Retry::kSoon;      // and when the next attempt makes sense
    std::int64_t online_since_steady_ms_ = 0;

    std::int64_t seen_version_ = -1;
    transport::Timer poll_timer_;
    transport::Timer dial_timer_;
    transport::Timer publish_timer_;
    bool counts_stale_ = true;
    bool held_;
    bool stopping_ = false;
    std::function<void()> stopped_;
};

}  // namespace tally::agent
