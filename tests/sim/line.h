// One connection of a terminal to headquarters: both real sessions, and between them bytes that need their time, are
// cut, or vanish. Each end has its own fate: a machine that dies takes its end along, and the other hears of it late or
// never. Bytes of one connection keep their order and come once, as TCP and TLS see to; what comes twice or out of
// order does so over several connections. Effects are carried out as the agent's Worker and the server's Hub do.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "hq-server/net/session.h"
#include "sync/session/session.h"
#include "tests/sim/machine.h"

namespace tally::sim {

class World;

class Line : public std::enable_shared_from_this<Line> {
  public:
    Line(World& world, Machine& machine);
    Status dial();  // the terminal says Hello

    enum class Cut : std::uint8_t {
        kBoth,      // both ends hear of it; of what was under way a part has arrived
        kLate,      // the terminal hears of it at once; headquarters first gets what was under way, much later
        kMuteUp,    // nothing reaches headquarters any more, and nobody is told
        kMuteDown,  // nothing reaches the terminal
        kMute       // neither
    };
    void cut(Cut how);
    // The same as soon as `chunks` more have been sent from either end; `cut_off_until_ms` is the machine's from then
    // on.
    void cut_after(std::int64_t chunks, Cut how, std::int64_t cut_off_ms);
    void drop_terminal_end();  // its process is gone: headquarters hears of it
    void drop_hq_end();        // headquarters' process is gone: the terminal hears of it

    void look_at_log();  // the till wrote
    void tell_feed_head(std::uint64_t head);
    void tell_holder(const intake::Recall& recall);
    // A cashier wants so many points leased here.
    void want_lease(const domain::MemberId& member, domain::Points points);
    void refuse(wire::Refused refused);

    Machine& machine() { return machine_; }
    bool is_open() const { return session_ && session_->is_open(); }  // as the terminal sees it
    bool has_terminal_end() const { return session_.has_value(); }
    bool has_hq_end() const { return server_.has_value(); }
    bool is_over() const { return !session_ && !server_; }
    domain::TerminalId welcomed() const { return server_ && server_->is_open() ? server_->terminal().terminal : 0; }

  private:
    // What travels: bytes, or the news that the other end has closed.
    struct Chunk {
        std::int64_t at_ms = 0;
        Bytes bytes;
        bool is_end = false;
    };
    struct Way {
        std::deque<Chunk> chunks;
        std::int64_t last_ms = 0;
        bool is_mute = false;
    };
    void put(Way& way, Bytes bytes, bool is_end, bool to_hq);
    void deliver(bool to_hq);
    void take_at_hq(const Bytes& bytes);
    void hq_hears_the_end();
    void terminal_hears_the_end();
    void part_of_what_is_under_way(Way& way, bool to_hq);

    // --- headquarters' end, as the Hub (line_hq.cpp)
    void serve();
    void serve_one(hqnet::Effect& effect);
    void ask_books(std::function<void()> question);
    void arm_server();

    // --- the terminal's end, as the Worker (line_terminal.cpp)
    session::Moment now() const;
    void carry_out(session::Effects effects);
    Result<session::Effects> answer(session::Effect& effect);
    void on_close(const session::Close& close);
    void close_terminal_end();
    void arm_terminal();

    World& world_;
    Machine& machine_;
    const crypto::PublicKey device_;
    std::optional<session::TerminalSession> session_;
    std::optional<hqnet::Session> server_;
    Way up_, down_;
    bool is_paused_ = false;  // headquarters does not read
    std::deque<Bytes> unread_;
    std::int64_t chunks_until_cut_ = 0;  // 0: no cut is coming
    Cut coming_ = Cut::kBoth;
    std::int64_t coming_cut_off_ms_ = 0;
    std::int64_t retry_ms_ = 0;
    std::int64_t terminal_tick_ms_ = 0, server_tick_ms_ = 0;  // for which a tick is under way
    std::uint64_t told_seq_ = 0;
};

}  // namespace tally::sim
