// A real headquarters as the lab runs it: `tally-hq` beside this program, its real commands, one `serve` process that
// may be killed and started again on the same files. One thread.
#pragma once

#include <map>
#include <memory>

#include "tests/lab/figures.h"
#include "tests/lab/process.h"

namespace tally::lab {

// The clock of a replay: eight bytes in a file that headquarters maps (FileClock).
class ClockFile {
  public:
    static Result<std::unique_ptr<ClockFile>> create(const std::string& path, std::int64_t wall_ms);
    ~ClockFile();
    void set(std::int64_t wall_ms);
    const std::string& path() const { return path_; }

  private:
    ClockFile(std::string path, int file) : path_(std::move(path)), file_(file) {}
    std::string path_;
    int file_;
};

class Headquarters {
  public:
    // Without a clock file the system's time holds.
    explicit Headquarters(std::string dir, std::string clock_path = "")
        : dir_(std::move(dir)), clock_path_(std::move(clock_path)) {}

    Status init(const std::string& time_zone, const std::string& chain);
    // Returns what the command said: rows taken and rows rejected.
    Result<std::string> import_members(const std::string& members_csv);
    // Starts to serve on 127.0.0.1; returns when it listens. After kill(): again, on the same files and port.
    Status serve();
    void kill() { process_.kill(); }  // without a warning
    // A one-time ticket, written to `ticket_file`.
    Status enrol(const std::string& store, const std::string& name, const std::string& ticket_file);
    Result<Figures> report();
    // What `verify` says; an error when it finds something wrong.
    Result<std::string> verify();
    Status stop();
    bool runs() const { return process_.runs(); }
    std::uint16_t port() const { return port_; }
    const std::string& dir() const { return dir_; }
    std::string log_path() const { return dir_ + "/serve.log"; }

    // `tally-hq ARGS... --dir DIR`: its standard output; an error with its words unless it ends with 0.
    Result<std::string> command(const std::vector<std::string>& words);

  private:
    std::string dir_;
    std::string clock_path_;
    std::uint16_t port_ = 0;
    Process process_;
};

}  // namespace tally::lab
