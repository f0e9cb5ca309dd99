// Real processes for the lab: started with posix_spawn, spoken to over pipes, killed without a warning. Every child
// dies with the lab, however the lab ends. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/base/result.h"

namespace tally::lab {

// The folder of this program and of the programs beside it ("tally-hq" is found there).
std::string own_program();
std::string program_beside(const std::string& name);

class Process {
  public:
    struct Options {
        std::vector<std::string> command;      // program, arguments
        bool pipes = false;                    // its standard input and output; else /dev/null and the log
        std::string log_path;                  // standard error, and output without pipes; appended
        std::vector<std::string> environment;  // NAME=value, added
    };
    static Result<Process> start(const Options& options);
    Process() = default;
    Process(Process&& other) noexcept { swap(other); }
    Process& operator=(Process&& other) noexcept {
        swap(other);
        return *this;
    }
    ~Process();  // kills

    bool runs() const { return pid_ > 0; }
    pid_t pid() const { return pid_; }
    int input() const { return input_; }    // write to it; non-blocking
    int output() const { return output_; }  // read from it; non-blocking
    void close_input();
    void signal(int number);
    void kill();  // SIGKILL, and waits for the end
    // Waits for the end at most so long: its exit code, 128 + signal number, or -1 when it still runs.
    int wait_ms(std::int64_t timeout_ms);

  private:
    void swap(Process& other);
    pid_t pid_ = 0;
    int input_ = -1;
    int output_ = -1;
};

struct Answer {
    int exit_code = 0;
    std::string output;  // standard output
    std::string errors;  // standard error
};
// Runs a command to its end. kIo: it could not be started; kBusy: not ended after `timeout_ms`, it was killed.
Result<Answer> run_command(const std::vector<std::string>& command, std::int64_t timeout_ms = 120'000);

// A TCP port of 127.0.0.1 that was free a moment ago.
Result<std::uint16_t> free_port();

// Hidden sub-command `with-me PARENT PROGRAM ARGS...`: the process that is to become a child. Dies with its parent.
int become_child(int argc, char** argv);

}  // namespace tally::lab
