// A till's folder as enrolment leaves it (key file, key slots, encrypted replica, programme) and a mailbox that a test
// can wait at. Tests only.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>

#include "common/store/keys.h"
#include "sync/agent/lock.h"
#include "terminal/app/store_thread.h"
#include "tests/support/check.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/replica/small_hq.h"

namespace tally::test {

using namespace tally::terminal;

inline constexpr auto kPatience = std::chrono::seconds(60);  // a test that waits so long has failed

// The system's time, moved forward by hand.
class ShiftedClock final : public Clock {
  public:
    std::int64_t wall_ms() const override { return system_.wall_ms() + ahead_ms_; }
    std::int64_t steady_ms() const override { return system_.steady_ms() + ahead_ms_; }
    void advance_ms(std::int64_t by) { ahead_ms_ += by; }

  private:
    SystemClock system_;
    std::atomic<std::int64_t> ahead_ms_{0};
};

struct TillFolder {
    support::TempDir dir{support::fast_folder()};
    SmallHq hq;
    std::string key_file = dir / "till.key";
    ShiftedClock clock;

    explicit TillFolder(bool enrolled = true) {
        CHECK_DONE(store::make_key_file(key_file));
        const std::string database = replica::Replica::database_path(dir.path());
        CHECK_DONE(store::create_keys(database, store::KeyFile{key_file}));
        replica::Replica made = MUST(replica::Replica::create(dir.path(), key()));
        if (!enrolled) return;
        replica::Enrolment enrolment;
        enrolment.terminal = 2;
        enrolment.store = "S1";
        enrolment.store_name = "First";
        enrolment.hq_host = "127.0.0.1";
        enrolment.hq_port = 1;  // nobody listens there
        enrolment.hq_key = hq.hq.public_key();
        CHECK_DONE(made.save_enrolment(enrolment));
        domain::Programme programme;
        programme.version = 1;
        programme.chain_name = "Test";
        hq.publish(programme);
        hq.feed(made);
    }
    crypto::Secret key() {
        return MUST(store::unlock_keys(replica::Replica::database_path(dir.path()), store::KeyFile{key_file}));
    }
    replica::Replica open() { return MUST(replica::Replica::open(dir.path(), key(), store::Sync::kFull)); }
    StoreOptions options() {
        StoreOptions out;
        out.dir = dir.path();
        out.unlock = store::KeyFile{key_file};
        out.clock = &clock;
        return out;
    }
};

// The window's side of a mailbox: keeps what came, in order, and waits for what is to come.
class Desk {
  public:
    Mailbox mailbox{[this] { wake(); }};
    LeaseDesk leases;

    // The oldest event of this kind that was not taken yet.
    template <class T>
    T next() {
        for (;;) {
            for (auto at = events_.begin(); at != events_.end(); ++at) {
                if (!std::holds_alternative<T>(*at)) continue;
                T out = std::get<T>(std::move(*at));
                events_.erase(at);
                return out;
            }
            wait();
        }
    }
    template <class T>
    std::size_t count() {  // of those that came and were not taken
        collect();
        std::size_t out = 0;
        for (const Event& event : events_) out += std::holds_alternative<T>(event);
        return out;
    }

  private:
    void wake() {
        const std::lock_guard lock(mutex_);
        ++woken_;
        came_.notify_all();
    }
    void collect() {
        for (Event& event : mailbox.take()) events_.push_back(std::move(event));
    }
    void wait() {
        std::unique_lock lock(mutex_);
        const bool came = came_.wait_for(lock, kPatience, [&] { return woken_ != seen_; });
        seen_ = woken_;
        lock.unlock();
        REQUIRE_MESSAGE(came, "an event that never came");
        collect();
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::uint64_t woken_ = 0, seen_ = 0;
    std::deque<Event> events_;
};

// Closed until opened, once.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        REQUIRE(changed_.wait_for(lock, kPatience, [&] { return open_; }));
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

}  // namespace tally::test
