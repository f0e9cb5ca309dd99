// One connection of a terminal to headquarters, in memory: the two real sessions, the bytes between them, and what is
// under way. Effects are carried out as the agent's Worker and the server's Hub do. Gates hold back what headquarters
// answers, as a slow disk or a slow line would. One thread; nothing waits.
#pragma once

#include <deque>
#include <functional>

#include "hq-server/net/session.h"
#include "sync/session/session.h"
#include "tests/scenario/runner/terminal.h"

namespace tally::scenario {

using Trace = std::function<void(const std::string&)>;

class Line {
  public:
    struct Gates {
        bool sends = true;  // batches leave the terminal
        bool acks = true;   // headquarters answers pushes
        bool feed = true;   // and gives pages
    };

    Line(Terminal& terminal, Hq& hq, const Clock& clock, Trace trace);
    Status connect();  // the terminal says Hello
    // Carries on until nothing moves; true when anything did.
    Result<bool> pump(const Gates& gates);
    // The cashier wants so many points leased here.
    Status want_lease(const domain::MemberId& member, domain::Points points);
    // Lets at most `bytes` of what the terminal wants to send reach headquarters.
    Status send_bytes(std::size_t bytes);
    void on_feed_head(std::uint64_t head) { server_.on_feed_head(head); }
    // Of those that wanted what `state` says another terminal holds; only that one's line tells it.
    void on_recall(const intake::Recall& recall) {
        if (server_.is_open() && server_.terminal().terminal == recall.terminal) server_.on_recall(recall.state);
    }
    std::vector<intake::Recall> take_recalls() { return std::exchange(recalls_, {}); }
    void refuse(wire::Refused refused) { server_.refuse(std::move(refused)); }

    bool is_open() const { return session_->is_open(); }
    bool is_ended() const { return ended_; }
    const std::optional<session::Close>& closed() const { return closed_; }
    bool committed() { return std::exchange(committed_, false); }  // since it was asked last

  private:
    session::Moment now() const;
    Status open_batches(bool may_send);
    Status note_head();
    Status carry_out(session::Effects effects);
    Result<session::Effects> answer(session::Effect& effect);
    Status close(const session::Close& closing);
    Status take_up(std::size_t bytes_max);
    Status serve();
    Status serve_one(hqnet::Effect& effect);
    void tell(const char* arrow, ByteView bytes, wire::FrameReader& reader);

    Terminal& terminal_;
    Hq& hq_;
    const Clock& clock_;
    Trace trace_;
    std::optional<session::TerminalSession> session_;
    hqnet::Session server_;
    Bytes up_, down_;
    std::deque<std::variant<intake::PushAnswer, intake::LeaseAnswer>> held_acks_;
    std::vector<intake::Recall> recalls_;
    std::deque<hqnet::AskPage> held_pages_;
    std::optional<session::NeedBatch> held_need_;
    bool may_send_ = false;
    std::uint64_t told_seq_ = 0;
    bool committed_ = false;
    bool ended_ = false;         // nothing comes any more
    bool server_ended_ = false;  // after down_
    std::optional<session::Close> closed_;
    wire::FrameReader up_reader_, down_reader_;  // for the trace
};

}  // namespace tally::scenario
