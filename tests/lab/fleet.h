// The terminals of a replay, each a process of its own (worker_protocol.h), seen from the driver: requests go out ahead
// of their answers, a process that was killed is started again on the same files and given again what it had not
// answered. One thread; nothing blocks but pump().
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/lab/process.h"

namespace tally::lab {

struct TerminalPlace {
    std::string store;
    std::string terminal;  // empty: the store's only one
    std::string dir;
    std::string ticket_file;
    std::string name() const { return terminal.empty() ? store : store + "/" + terminal; }
};

class Fleet {
  public:
    // Called for every answer: which terminal, the request, the answer.
    using OnAnswer = std::function<void(std::size_t, const nlohmann::json&, const nlohmann::json&)>;

    explicit Fleet(OnAnswer on_answer);
    ~Fleet();

    Result<std::size_t> start(const TerminalPlace& place, std::int64_t clock_ms);
    std::size_t size() const { return terminals_.size(); }
    const TerminalPlace& place(std::size_t index) const;

    void post(std::size_t index, nlohmann::json request);  // the id is added here
    // Moves bytes until something happened or the time is over. A process that ended without being killed is an error.
    Status pump(std::int64_t timeout_ms);
    std::size_t unanswered() const;
    // Posts to every terminal and pumps until all have answered, calling `between` now and then.
    Result<std::vector<nlohmann::json>> ask_all(const nlohmann::json& request,
                                                const std::function<Status()>& between = {});

    Status kill(std::size_t index);  // and starts it again on the same files
    std::uint64_t kills() const { return kills_; }
    Status stop();  // all in order

  private:
    struct Terminal;
    Status spawn(Terminal& terminal);
    Status take(std::size_t index);
    void flush(Terminal& terminal);
    OnAnswer on_answer_;
    std::vector<std::unique_ptr<Terminal>> terminals_;
    std::uint64_t next_id_ = 1;
    std::uint64_t kills_ = 0;
    bool stopping_ = false;
};

}  // namespace tally::lab
