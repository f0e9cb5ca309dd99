// The thread that owns the screen's database connection: opens the replica, runs the screen's effects in their order,
// and posts their answers. The only writer of this process but the sync agent, which has its own connection.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "common/crypto/secret.h"
#include "common/replica/till.h"
#include "common/store/keys.h"
#include "terminal/app/lease_desk.h"
#include "terminal/app/mailbox.h"
#include "terminal/model/effect.h"

namespace tally::terminal {

class StoreThread;

struct StoreOptions {
    std::string dir;
    store::Unlock unlock = store::KeyFile{};
    const Clock* clock = nullptr;      // outlives the thread
    const Clock* own_clock = nullptr;  // the machine's, by which incidents are dated; none: `clock`
    // On the store thread. `opened`: the replica is open; the key is for the agent's own connection.
    std::function<void(StoreThread& self, const crypto::Secret& data_key)> opened;
    std::function<void()> appended;  // an operation was stored
    std::function<void()> turned;    // after every turn of the thread: twice a second, or oftener
    LeaseDesk* leases = nullptr;     // outlives the thread; none: headquarters is never asked
    std::string language_file;       // where the chosen language is kept; empty: nowhere
};

class StoreThread {
  public:
    static constexpr std::size_t kQueueMax = 256;

    StoreThread(StoreOptions options, Mailbox& mailbox);
    ~StoreThread();  // finishes the effect under way, drops the rest

    // From the window's thread, at once. A full queue answers kBusy through the mailbox.
    void run(Effect effect);
    void look_for_changes();  // somebody else may have committed; any thread

  private:
    const Clock& own_clock() const { return options_.own_clock ? *options_.own_clock : *options_.clock; }
    void main();
    Status open();
    void perform(const Effect& effect);
    Event find(const FindMember& effect);
    Result<Outcome> money(const MoneyAct& effect);
    Result<Outcome> redeem(const MoneyAct& effect);
    void settle_leases();
    Result<Registered::Answer> register_member(const RegisterMember& effect);
    Result<StatusRead> status();
    void note_damage(const Error& error);
    void post_if_changed();

    StoreOptions options_;
    Mailbox& mailbox_;
    crypto::SystemRandom random_;
    std::optional<replica::Replica> replica_;
    std::optional<replica::Till> till_;
    std::int64_t seen_version_ = 0;
    std::int64_t leases_settled_ms_ = INT64_MIN / 2;  // of the steady clock
    bool leases_online_ = false;                      // then

    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<Effect> queue_;
    bool look_ = false;
    bool stop_ = false;
    std::thread thread_;  // last: everything above exists before it starts
};

}  // namespace tally::terminal
