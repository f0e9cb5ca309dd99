// The thread that owns headquarters' books: everything that waits is committed as one group (one transaction, one disk
// sync), and pages are read between groups. Not the decisions (intake) and not the sessions: answers go out by a
// callback in batches, and whoever receives them brings them to the thread where the sessions live.
//
// Public functions from any thread; Deliver is called on the storage thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "hq-server/net/books.h"

namespace tally::hqnet {

using SessionId = std::uint64_t;  // of a connection, never reused while the server runs

struct HelloJob {
    crypto::PublicKey device;
    wire::Hello hello;
};
struct EnrolJob {
    crypto::PublicKey device;
    wire::Enrol enrol;
};
struct CheckJob {  // may this device still speak? answered only when not
    crypto::PublicKey device;
};
struct OpsJob {
    intake::Session session;
    wire::OpsWant want;
};
struct ContactsJob {  // not answered
    std::vector<intake::ContactRow> contacts;
    bool at_once = false;
};
struct PageJob {
    intake::Session session;
    std::uint64_t cursor = 0;
};

struct HelloDone {
    Result<intake::HelloAnswer> answer;
};
struct EnrolDone {
    Result<EnrolAnswer> answer;
};
struct PushDone {
    Result<intake::PushAnswer> answer;
    std::size_t bytes = 0;  // as given to push()
};
struct PageDone {
    Result<wire::FeedPage> answer;
};
struct OpsDone {
    Result<wire::OpsReturn> answer;
};
struct LeaseDone {
    Result<intake::LeaseAnswer> answer;
};
struct RecallsDone {  // to whoever of them is connected; session 0
    std::vector<intake::Recall> recalls;
};
struct CheckDone {
    wire::Refused refused;
};
struct FeedMoved {  // to everybody; session 0
    std::uint64_t head = 0;
};
struct ChangedElsewhere {};  // another process wrote: check who may still speak; session 0
struct Answer {
    SessionId session = 0;
    std::variant<HelloDone, EnrolDone, PushDone, PageDone, OpsDone, LeaseDone, RecallsDone, CheckDone, FeedMoved,
                 ChangedElsewhere>
        what;
};

struct StorageFigures {
    std::uint64_t ops_committed = 0;
    std::uint64_t groups_committed = 0;
};

class StorageThread {
  public:
    using Deliver = std::function<void(std::vector<Answer>)>;

    // Opens the books on the new thread and waits for it.
    static Result<std::unique_ptr<StorageThread>> start(OpenBooks open, const Clock& clock, std::int64_t poll_ms,
                                                        Deliver deliver);
    ~StorageThread();  // stop() and wait()

    using Job = std::variant<HelloJob, EnrolJob, CheckJob, OpsJob, ContactsJob>;
    void ask(SessionId session, Job job);  // session 0: nobody's
    void push(SessionId session, intake::PreparedPush push, std::size_t bytes);
    void lease(SessionId session, intake::LeaseAsk ask);  // committed with the pushes that came before it
    void page(SessionId session, PageJob job);

    // Commits and answers what waits (no more pages), closes the books, ends the thread. `ended` is called last.
    void stop(std::function<void()> ended = {});
    void wait();
    StorageFigures figures() const;

  private:
    struct AskItem {
        SessionId session;
        Job job;
    };
    struct PushWork {
        intake::PreparedPush push;
        std::size_t bytes;
    };
    struct WriteItem {
        SessionId session;
        std::variant<PushWork, intake::LeaseAsk> what;
    };
    struct PageItem {
        SessionId session;
        PageJob job;
    };
    struct Group {
        std::vector<SessionId> sessions;
        std::vector<std::size_t> bytes;
        std::vector<intake::PreparedPush> pushes;
        std::vector<SessionId> want_sessions;
        std::vector<intake::LeaseAsk> wants;
        std::size_t ops = 0;  // a want counts as one
    };

    StorageThread(const Clock& clock, std::int64_t poll_ms, Deliver deliver);
    void run();
    bool wait_for_work();
    Group take_group();
    void serve_asks();
    void serve_writes();
    void commit(Group group);
    void commit_one_by_one(Group group, const Error& why);
    void serve_pages();
    void serve_page(PageItem& item, const intake::PageLimits& limits);
    void poll();
    void complain(const char* what, const Error& error);
    void tell_feed();
    void deliver(SessionId session, decltype(Answer::what) what);

    const Clock& clock_;
    const std::int64_t poll_ms_;
    const Deliver deliver_;
    std::thread thread_;

    mutable std::mutex mutex_;  // of what follows, up to the next blank line
    std::condition_variable work_;
    std::deque<AskItem> asks_;
    std::deque<WriteItem> writes_;
    std::deque<PageItem> pages_;
    StorageFigures figures_;
    std::function<void()> ended_;
    bool stopping_ = false;

    std::unique_ptr<Books> books_;  // this and the rest: storage thread only
    std::uint64_t told_head_ = 0;
    std::int64_t next_poll_ms_ = 0;
    std::int64_t quiet_until_ms_ = 0;  // no second line in the log about failing regular work before then
};

}  // namespace tally::hqnet
