#include "tests/lab/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

extern char** environ;

namespace tally::lab {

namespace {

Error system_error(const std::string& what) { return fail(Code::kIo, what + ": " + std::strerror(errno)); }

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

struct Pipe {
    int read_end = -1, write_end = -1;
    Status open() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe");
        read_end = ends[0];
        write_end = ends[1];
        return {};
    }
    ~Pipe() {
        if (read_end >= 0) ::close(read_end);
        if (write_end >= 0) ::close(write_end);
    }
};

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// Starts `command` through become_child with these files as 0, 1 and 2.
Result<pid_t> spawn(const std::vector<std::string>& command, const std::vector<std::string>& added, int in, int out,
                    int err) {
    const std::string self = own_program();
    const std::string parent = std::to_string(::getpid());
    std::vector<char*> arguments;
    for (const std::string& word : {self, std::string("with-me"), parent}) arguments.push_back(::strdup(word.c_str()));
    for (const std::string& word : command) arguments.push_back(::strdup(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (const std::string& entry : added) environment.push_back(const_cast<char*>(entry.c_str()));
    for (char** entry = environ; *entry; ++entry) environment.push_back(*entry);
    environment.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, self.c_str(), &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    for (char* word : arguments) ::free(word);
    if (error != 0) return fail(Code::kIo, "cannot start " + command.front() + ": " + std::strerror(error));
    return pid;
}

}  // namespace

std::string own_program() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

std::string program_beside(const std::string& name) {
    return (std::filesystem::path(own_program()).parent_path() / name).string();
}

int become_child(int argc, char** argv) {
    if (argc < 4) return 2;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::to_string(::getppid()) != argv[2]) return 2;  // the parent ended before that took hold
    ::execv(argv[3], argv + 3);
    std::fprintf(stderr, "cannot run %s: %s\n", argv[3], std::strerror(errno));
    return 127;
}

Result<Process> Process::start(const Options& options) {
    Pipe in, out;
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const int log = options.log_path.empty()
                        ? ::open("/dev/null", O_WRONLY | O_CLOEXEC)
                        : ::open(options.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    Status piped;
    if (options.pipes && null >= 0 && log >= 0) {
        piped = in.open();
        if (piped) piped = out.open();
    }
    Result<pid_t> pid = fail(Code::kIo, "cannot open the log " + options.log_path);
    if (!piped)
        pid = piped.error();
    else if (null >= 0 && log >= 0)
        pid = spawn(options.command, options.environment, options.pipes ? in.read_end : null,
                    options.pipes ? out.write_end : log, log);
    if (null >= 0) ::close(null);
    if (log >= 0) ::close(log);
    if (!pid) return pid.error();
    Process process;
    process.pid_ = *pid;
    if (options.pipes) {
        process.input_ = std::exchange(in.write_end, -1);
        process.output_ = std::exchange(out.read_end, -1);
        ::fcntl(process.input_, F_SETFL, O_NONBLOCK);
        ::fcntl(process.output_, F_SETFL, O_NONBLOCK);
    }
    return process;
}

Process::~Process() {
    kill();
    close_input();
    if (output_ >= 0) ::close(output_);
}

void Process::swap(Process& other) {
    std::swap(pid_, other.pid_);
    std::swap(input_, other.input_);
    std::swap(output_, other.output_);
}

void Process::close_input() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
}

void Process::signal(int number) {
    if (pid_ > 0) ::kill(pid_, number);
}

void Process::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
}

int Process::wait_ms(std::int64_t timeout_ms) {
    if (pid_ <= 0) return 0;
    const std::int64_t end = now_ms() + timeout_ms;
    for (;;) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            pid_ = 0;
            return code_of(status);
        }
        if (now_ms() >= end) return -1;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

Result<Answer> run_command(const std::vector<std::string>& command, std::int64_t timeout_ms) {
    Pipe out, err;
    TALLY_OK(out.open());
    TALLY_OK(err.open());
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const auto pid = spawn(command, {}, null, out.write_end, err.write_end);
    ::close(null);
    ::close(std::exchange(out.write_end, -1));
    ::close(std::exchange(err.write_end, -1));
    if (!pid) return pid.error();
    Answer answer;
    const std::int64_t end = now_ms() + timeout_ms;
    pollfd files[2] = {{out.read_end, POLLIN, 0}, {err.read_end, POLLIN, 0}};
    std::string* texts[2] = {&answer.output, &answer.errors};
    int open = 2;
    while (open > 0 && now_ms() < end) {
        if (::poll(files, 2, 100) <= 0) continue;
        for (int i = 0; i < 2; ++i) {
            if (files[i].fd < 0 || files[i].revents == 0) continue;
            char buffer[65536];
            const ssize_t got = ::read(files[i].fd, buffer, sizeof buffer);
            if (got > 0) {
                texts[i]->append(buffer, static_cast<std::size_t>(got));
            } else if (got == 0 || errno != EINTR) {
                files[i].fd = -1;
                --open;
            }
        }
    }
    if (open > 0) ::kill(*pid, SIGKILL);
    int status = 0;
    while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (open > 0) return fail(Code::kBusy, command.front() + " did not end in time");
    answer.exit_code = code_of(status);
    return answer;
}

Result<std::uint16_t> free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return system_error("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!bound) return system_error("bind");
    return ntohs(address.sin_port);
}

}  // namespace tally::lab
