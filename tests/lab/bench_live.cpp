// A change made at one till until it can be read in another till's replica, through a real headquarters process.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/log.h"
#include "common/replica/till.h"
#include "sync/agent/agent.h"
#include "tests/lab/bench.h"
#include "tests/lab/headquarters.h"
#include "tests/lab/terminal_files.h"

namespace tally::lab {

using nlohmann::json;

namespace {

constexpr std::size_t kMembers = 200;
constexpr std::size_t kChangesOfRound = 50;
constexpr std::int64_t kWait_ms = 20'000;

void sleep_us(std::int64_t us) { std::this_thread::sleep_for(std::chrono::microseconds(us)); }

struct Terminal {
    SystemClock clock;
    crypto::SystemRandom random;
    std::unique_ptr<replica::Replica> replica;
    std::unique_ptr<replica::Till> till;
    std::unique_ptr<agent::Agent> agent;

    Status open(Headquarters& hq, const std::string& dir, const std::string& store) {
        std::filesystem::create_directories(dir);
        TALLY_OK(hq.enrol(store, store, dir + "/ticket"));
        TALLY_OK(set_up_terminal(dir, dir + "/ticket"));
        TALLY_TRY(const crypto::Secret key, open_terminal_key(dir));
        TALLY_TRY(auto opened, replica::Replica::open(dir, key, store::Sync::kFull));
        replica = std::make_unique<replica::Replica>(std::move(opened));
        agent::AgentOptions options;
        options.dir = dir;
        options.open = [dir, shared = std::make_shared<crypto::Secret>(key.clone())] {
            return agent::open_agent_store(dir, *shared);
        };
        options.clock = &clock;
        TALLY_TRY(agent, agent::Agent::start(std::move(options)));
        for (std::int64_t waited_ms = 0; waited_ms < kWait_ms; waited_ms += 5) {
            TALLY_TRY(const std::uint64_t count, replica->member_count());
            if (count == kMembers && agent->status().caught_up) {
                TALLY_TRY(auto started, replica::Till::start(*replica, clock, random));
                till = std::make_unique<replica::Till>(std::move(started));
                return {};
            }
            sleep_us(5000);
        }
        return fail(Code::kBusy, "a terminal does not catch up");
    }
    Result<std::optional<domain::MemberId>> find(std::size_t index) {
        return replica->find(domain::IdentityKind::kExternalRef, "m" + std::to_string(index));
    }
    Result<std::int64_t> bills_of(const domain::MemberId& member) {
        TALLY_TRY(const auto view, replica->member(member));
        return view ? view->account.bills : 0;
    }
};

// One sale at `from`; microseconds from its durable end until `to` reads it.
Result<double> one_change(Terminal& from, Terminal& to, std::size_t index) {
    TALLY_TRY(const auto member, from.find(index));
    if (!member) return fail(Code::kBug, "a member is missing");
    TALLY_TRY(const std::int64_t before, to.bills_of(*member));
    TALLY_TRY(std::int64_t version, to.replica->data_version());
    replica::SaleRequest sale;
    sale.member = *member;
    sale.amount_minor = 1000;
    TALLY_TRY(const auto receipt, from.till->sale(sale));
    const double begin = now_us();
    from.agent->notify();
    while (now_us() - begin < kWait_ms * 1000.0) {
        TALLY_TRY(const std::int64_t now, to.replica->data_version());
        if (now != version) {
            version = now;
            TALLY_TRY(const std::int64_t bills, to.bills_of(*member));
            if (bills > before) return now_us() - begin;
        }
        sleep_us(100);
    }
    return fail(Code::kBusy, "a change does not arrive");
}

// The floor: the same way with nothing on it. A plain TCP relay that appends each record to a file and syncs it, and a
// receiver that writes it to a file.
class PlainRelay {
  public:
    Status open(const std::string& dir) {
        TALLY_OK(pair(sender_, relay_in_));
        TALLY_OK(pair(relay_out_, receiver_));
        const int log = ::open((dir + "/relay").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const int copy = ::open((dir + "/copy").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (log < 0 || copy < 0) return fail(Code::kIo, "the floor's files");
        relay_ = std::thread([this, log] { pass(relay_in_, log, true, relay_out_); });
        last_ = std::thread([this, copy] { pass(receiver_, copy, false, -1); });
        return {};
    }
    ~PlainRelay() {
        for (const int socket : {sender_, relay_in_, relay_out_, receiver_})
            if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
        if (relay_.joinable()) relay_.join();
        if (last_.joinable()) last_.join();
        for (const int socket : {sender_, relay_in_, relay_out_, receiver_})
            if (socket >= 0) ::close(socket);
    }
    Result<double> one() {
        const std::uint64_t before = arrived_.load();
        const double begin = now_us();
        if (::send(sender_, record_, sizeof record_, MSG_NOSIGNAL) != sizeof record_)
            return fail(Code::kIo, "the floor's socket");
        while (arrived_.load() == before) {
            if (now_us() - begin > kWait_ms * 1000.0) return fail(Code::kBusy, "the floor stands still");
            sleep_us(100);
        }
        return now_us() - begin;
    }

  private:
    static Status pair(int& a, int& b) {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* plain = reinterpret_cast<sockaddr*>(&address);
        a = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool good = ::bind(listener, plain, size) == 0 && ::listen(listener, 1) == 0 &&
                          ::getsockname(listener, plain, &size) == 0 && ::connect(a, plain, size) == 0;
        b = good ? ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC) : -1;
        ::close(listener);
        const int on = 1;
        if (b < 0) return fail(Code::kIo, "the floor's sockets");
        for (const int socket : {a, b}) ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        return {};
    }
    void pass(int from, int file, bool sync, int to) {
        char bytes[sizeof record_];
        while (::recv(from, bytes, sizeof bytes, MSG_WAITALL) == sizeof bytes) {
            if (::write(file, bytes, sizeof bytes) != sizeof bytes || (sync && ::fdatasync(file) != 0)) break;
            if (to < 0)
                ++arrived_;
            else if (::send(to, bytes, sizeof bytes, MSG_NOSIGNAL) != sizeof bytes)
                break;
        }
        ::close(file);
    }
    char record_[400] = {};
    int sender_ = -1, relay_in_ = -1, relay_out_ = -1, receiver_ = -1;
    std::thread relay_, last_;
    std::atomic<std::uint64_t> arrived_{0};
};

Status write_members(const std::string& path) {
    std::ofstream out(path);
    out << "member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel\n";
    for (std::size_t i = 0; i < kMembers; ++i) out << "m" << i << ",Member " << i << ",,,,,,,\n";
    out.close();
    if (!out) return fail(Code::kIo, "cannot write " + path);
    return {};
}

}  // namespace

Status bench_live(const std::string& dir, const BenchOptions& options, const Print& print) {
    start_log("bench", "warn");
    std::filesystem::create_directories(dir);
    Headquarters hq(dir + "/hq");
    TALLY_OK(hq.init("Asia/Shanghai", "Bench"));
    TALLY_OK(write_members(dir + "/members.csv"));
    TALLY_TRY(const std::string imported, hq.import_members(dir + "/members.csv"));
    TALLY_OK(hq.serve());
    Terminal a, b;
    TALLY_OK(a.open(hq, dir + "/a", "A"));
    TALLY_OK(b.open(hq, dir + "/b", "B"));
    PlainRelay relay;
    TALLY_OK(relay.open(dir));
    std::vector<double> changes, floors;
    for (std::size_t round = 0; round < options.rounds + 1; ++round) {
        for (std::size_t i = 0; i < kChangesOfRound; ++i) {
            TALLY_TRY(const double us, one_change(a, b, (round * kChangesOfRound + i) % kMembers));
            TALLY_TRY(const double floor_us, relay.one());
            if (round == 0) continue;  // warms up
            changes.push_back(us);
            floors.push_back(floor_us);
        }
    }
    print({{"bench", "live"},
           {"p50_us", percentile(changes, 0.5)},
           {"p99_us", percentile(changes, 0.99)},
           {"p50_max_us", 5000},
           {"p99_max_us", 50000},
           {"floor_p50_us", percentile(floors, 0.5)},
           {"floor_p99_us", percentile(floors, 0.99)},
           {"floor", "plain TCP through a relay that appends and syncs each record"},
           {"ratio_p50", percentile(changes, 0.5) / percentile(floors, 0.5)},
           {"changes", changes.size()}});
    a.agent->stop();
    b.agent->stop();
    return hq.stop();
}

}  // namespace tally::lab
