#include "tests/lab/headquarters.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace tally::lab {

namespace {

constexpr std::int64_t kListen_ms = 20'000;

std::string last_line(const std::string& text) {
    std::size_t end = text.find_last_not_of("\n");
    if (end == std::string::npos) return "";
    const std::size_t begin = text.rfind('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

bool listens(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool yes = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(socket);
    return yes;
}

Status write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) return fail(Code::kIo, "cannot write " + path);
    return {};
}

}  // namespace

Result<std::unique_ptr<ClockFile>> ClockFile::create(const std::string& path, std::int64_t wall_ms) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return fail(Code::kIo, "cannot make the clock file " + path);
    std::unique_ptr<ClockFile> clock(new ClockFile(path, file));
    clock->set(wall_ms);
    return clock;
}

ClockFile::~ClockFile() { ::close(file_); }

void ClockFile::set(std::int64_t wall_ms) {
    std::uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(wall_ms) >> (8 * i));
    TALLY_ASSERT(::pwrite(file_, bytes, sizeof bytes, 0) == sizeof bytes, "the clock file can be written");
}

Result<std::string> Headquarters::command(const std::vector<std::string>& words) {
    std::vector<std::string> command{program_beside("tally-hq")};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"--dir", dir_});
    if (!clock_path_.empty()) command.insert(command.end(), {"--clock-file", clock_path_});
    TALLY_TRY(const Answer answer, run_command(command, 600'000));
    if (answer.exit_code != 0)
        return fail(Code::kInvalid, "tally-hq " + words.front() + " ended with " + std::to_string(answer.exit_code) +
                                        ": " + last_line(answer.errors.empty() ? answer.output : answer.errors));
    return answer.output;
}

Status Headquarters::init(const std::string& time_zone, const std::string& chain) {
    TALLY_TRY(port_, free_port());
    TALLY_TRY(const std::string said, command({"init", "--time-zone", time_zone, "--chain", chain}));
    return {};
}

Result<std::string> Headquarters::import_members(const std::string& members_csv) {
    TALLY_TRY(const std::string said, command({"import", members_csv}));
    return last_line(said);
}

Status Headquarters::serve() {
    Process::Options options;
    options.command = {program_beside("tally-hq"), "serve", "--dir", dir_, "--host", "127.0.0.1", "--port",
                       std::to_string(port_)};
    if (!clock_path_.empty()) options.command.insert(options.command.end(), {"--clock-file", clock_path_});
    options.log_path = log_path();
    TALLY_TRY(process_, Process::start(options));
    for (std::int64_t waited_ms = 0; waited_ms < kListen_ms; waited_ms += 10) {
        if (listens(port_)) return {};
        if (process_.wait_ms(10) >= 0) return fail(Code::kBug, "tally-hq serve ended; its words are in " + log_path());
    }
    return fail(Code::kBusy, "tally-hq serve does not listen; its words are in " + log_path());
}

Status Headquarters::enrol(const std::string& store, const std::string& name, const std::string& ticket_file) {
    TALLY_TRY(const std::string said, command({"enrol", "--store", store, "--name", name, "--host", "127.0.0.1",
                                               "--port", std::to_string(port_), "--ticket-file", ticket_file}));
    return {};
}

Result<Figures> Headquarters::report() {
    Figures figures;
    TALLY_TRY(const std::string members, command({"report", "--by", "member", "--csv"}));
    TALLY_OK(write_file(dir_ + "/members.csv", members));
    TALLY_OK(read_members(dir_ + "/members.csv", figures));
    TALLY_TRY(const std::string days, command({"report", "--by", "day", "--csv"}));
    TALLY_OK(write_file(dir_ + "/days.csv", days));
    TALLY_OK(read_store_days(dir_ + "/days.csv", figures));
    return figures;
}

Result<std::string> Headquarters::verify() {
    TALLY_TRY(const std::string said, command({"verify"}));
    return last_line(said);
}

Status Headquarters::stop() {
    process_.signal(SIGTERM);
    const int code = process_.wait_ms(20'000);
    if (code != 0) return fail(Code::kBug, "tally-hq serve ended with " + std::to_string(code) + "; see " + log_path());
    return {};
}

}  // namespace tally::lab
