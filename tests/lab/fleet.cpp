#include "tests/lab/fleet.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <nlohmann/json.hpp>

namespace tally::lab {

using nlohmann::json;

struct Fleet::Terminal {
    TerminalPlace place;
    std::int64_t clock_ms = 0;
    bool line_up = true;  // as far as it was answered
    Process process;
    std::deque<json> asked;  // not answered
    std::string outbox;      // not written yet
    std::string inbox;       // an incomplete line
    bool ended = false;      // in order, after stop()
    std::string log_path() const { return place.dir + "/worker.log"; }
};

Fleet::Fleet(OnAnswer on_answer) : on_answer_(std::move(on_answer)) { std::signal(SIGPIPE, SIG_IGN); }
Fleet::~Fleet() = default;

const TerminalPlace& Fleet::place(std::size_t index) const { return terminals_[index]->place; }

Result<std::size_t> Fleet::start(const TerminalPlace& place, std::int64_t clock_ms) {
    auto terminal = std::make_unique<Terminal>();
    terminal->place = place;
    terminal->clock_ms = clock_ms;
    TALLY_OK(spawn(*terminal));
    terminals_.push_back(std::move(terminal));
    return terminals_.size() - 1;
}

Status Fleet::spawn(Terminal& terminal) {
    Process::Options options;
    options.command = {own_program(),      "till-worker", "--dir",
                       terminal.place.dir, "--clock-ms",  std::to_string(terminal.clock_ms)};
    if (!terminal.place.ticket_file.empty())
        options.command.insert(options.command.end(), {"--ticket-file", terminal.place.ticket_file});
    if (!terminal.line_up) options.command.push_back("--line-down");
    options.pipes = true;
    options.log_path = terminal.log_path();
    TALLY_TRY(terminal.process, Process::start(options));
    terminal.inbox.clear();
    terminal.outbox.clear();
    for (const json& request : terminal.asked) terminal.outbox += request.dump() + "\n";
    return {};
}

void Fleet::post(std::size_t index, json request) {
    Terminal& terminal = *terminals_[index];
    request["id"] = next_id_++;
    terminal.outbox += request.dump() + "\n";
    terminal.asked.push_back(std::move(request));
    flush(terminal);
}

void Fleet::flush(Terminal& terminal) {
    while (!terminal.outbox.empty() && terminal.process.input() >= 0) {
        const ssize_t put = ::write(terminal.process.input(), terminal.outbox.data(), terminal.outbox.size());
        if (put <= 0) return;  // full, or the process is gone: reading will tell
        terminal.outbox.erase(0, static_cast<std::size_t>(put));
    }
}

Status Fleet::take(std::size_t index) {
    Terminal& terminal = *terminals_[index];
    char buffer[65536];
    const ssize_t got = ::read(terminal.process.output(), buffer, sizeof buffer);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Status() : fail(Code::kIo, "a worker's pipe broke");
    if (got == 0 && stopping_ && terminal.asked.empty()) {
        terminal.ended = true;
        return {};
    }
    if (got == 0) {
        const int code = terminal.process.wait_ms(1000);
        return fail(Code::kBug, "terminal " + terminal.place.name() + " ended by itself with code " +
                                    std::to_string(code) + "; its words are in " + terminal.log_path());
    }
    terminal.inbox.append(buffer, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = terminal.inbox.find('\n', begin)) != std::string::npos; begin = end + 1) {
        const json answer = json::parse(terminal.inbox.substr(begin, end - begin), nullptr, false);
        if (answer.is_discarded() || terminal.asked.empty() ||
            answer.value("id", json()) != terminal.asked.front().at("id"))
            return fail(Code::kBug, "terminal " + terminal.place.name() + " answered what was not asked");
        const json request = std::move(terminal.asked.front());
        terminal.asked.pop_front();
        if (request.at("do") == "line") terminal.line_up = request.at("up").get<bool>();
        if (request.at("do") == "sale") terminal.clock_ms = request.at("at").get<std::int64_t>();
        on_answer_(index, request, answer);
    }
    terminal.inbox.erase(0, begin);
    return {};
}

Status Fleet::pump(std::int64_t timeout_ms) {
    std::vector<pollfd> files;
    for (const auto& terminal : terminals_) {
        flush(*terminal);
        files.push_back({terminal->ended ? -1 : terminal->process.output(), POLLIN, 0});
        files.push_back({terminal->outbox.empty() ? -1 : terminal->process.input(), POLLOUT, 0});
    }
    if (::poll(files.data(), files.size(), static_cast<int>(timeout_ms)) <= 0) return {};
    for (std::size_t i = 0; i < terminals_.size(); ++i)
        if (files[2 * i].revents != 0) TALLY_OK(take(i));
    return {};
}

std::size_t Fleet::unanswered() const {
    std::size_t count = 0;
    for (const auto& terminal : terminals_) count += terminal->asked.size();
    return count;
}

Result<std::vector<json>> Fleet::ask_all(const json& request, const std::function<Status()>& between) {
    std::vector<json> answers(terminals_.size());
    const OnAnswer before = std::exchange(on_answer_, [&](std::size_t index, const json& asked, const json& answer) {
        if (asked.at("do") == request.at("do")) answers[index] = answer;
    });
    Status done;
    for (std::size_t i = 0; i < terminals_.size(); ++i) post(i, request);
    while (done && unanswered() > 0) {
        done = pump(50);
        if (done && between) done = between();
    }
    on_answer_ = before;
    TALLY_OK(done);
    return answers;
}

Status Fleet::kill(std::size_t index) {
    terminals_[index]->process.kill();
    ++kills_;
    return spawn(*terminals_[index]);
}

Status Fleet::stop() {
    stopping_ = true;
    TALLY_TRY(const auto answers, ask_all({{"do", "stop"}}));
    for (const auto& terminal : terminals_) {
        const int code = terminal->process.wait_ms(20'000);
        if (code != 0)
            return fail(Code::kBug, "terminal " + terminal->place.name() + " ended with code " + std::to_string(code) +
                                        "; its words are in " + terminal->log_path());
    }
    return {};
}

}  // namespace tally::lab
