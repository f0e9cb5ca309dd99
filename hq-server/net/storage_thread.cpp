#include "hq-server/net/storage_thread.h"

#include <algorithm>
#include <future>

#include "common/base/counted.h"
#include "common/base/log.h"
#include "sync/tuning.h"

namespace tally::hqnet {

namespace {

constexpr std::int64_t kPollComplaint_ms = 60'000;

}  // namespace

StorageThread::StorageThread(const Clock& clock, std::int64_t poll_ms, Deliver deliver)
    : clock_(clock), poll_ms_(poll_ms), deliver_(std::move(deliver)) {}

Result<std::unique_ptr<StorageThread>> StorageThread::start(OpenBooks open, const Clock& clock, std::int64_t poll_ms,
                                                            Deliver deliver) {
    std::unique_ptr<StorageThread> storage(new StorageThread(clock, poll_ms, std::move(deliver)));
    const auto opened = std::make_shared<std::promise<Status>>();
    storage->thread_ = std::thread([opened, open = std::move(open), self = storage.get()] {
        auto books = open();
        if (!books) return opened->set_value(books.error());
        self->books_ = std::move(books).value();
        opened->set_value({});
        self->run();
    });
    if (const Status status = opened->get_future().get(); !status) {
        storage->thread_.join();
        return status.error();
    }
    return storage;
}

StorageThread::~StorageThread() {
    stop();
    wait();
}

void StorageThread::wait() {
    if (thread_.joinable()) thread_.join();
}

StorageFigures StorageThread::figures() const {
    const std::lock_guard lock(mutex_);
    return figures_;
}

// --- what others ask
// ----------------------------------------------------------------------------------------------------

void StorageThread::ask(SessionId session, Job job) {
    const std::lock_guard lock(mutex_);
    asks_.push_back({session, std::move(job)});
    work_.notify_one();
}

void StorageThread::push(SessionId session, intake::PreparedPush push, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    writes_.push_back({session, PushWork{std::move(push), bytes}});
    work_.notify_one();
}

void StorageThread::lease(SessionId session, intake::LeaseAsk ask) {
    const std::lock_guard lock(mutex_);
    writes_.push_back({session, std::move(ask)});
    work_.notify_one();
}

void StorageThread::page(SessionId session, PageJob job) {
    const std::lock_guard lock(mutex_);
    pages_.push_back({session, std::move(job)});
    work_.notify_one();
}

void StorageThread::stop(std::function<void()> ended) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    ended_ = std::move(ended);
    work_.notify_one();
}

// --- the thread
// ---------------------------------------------------------------------------------------------------------

void StorageThread::run() {
    next_poll_ms_ = clock_.steady_ms();
    while (wait_for_work()) {
        serve_asks();
        serve_writes();
        serve_pages();
        if (clock_.steady_ms() >= next_poll_ms_) poll();
    }
    books_.reset();
    std::function<void()> ended;
    {
        const std::lock_guard lock(mutex_);
        ended = std::move(ended_);
    }
    if (ended) ended();
}

// False when the thread is to end: stopped, and nothing is left to commit.
bool StorageThread::wait_for_work() {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return stopping_ || !asks_.empty() || !writes_.empty() || !pages_.empty(); };
    const std::int64_t delay_ms = std::max<std::int64_t>(next_poll_ms_ - clock_.steady_ms(), 0);
    work_.wait_for(lock, std::chrono::milliseconds(std::min(delay_ms, poll_ms_)), has_work);
    if (!stopping_) return true;
    pages_.clear();
    return !asks_.empty() || !writes_.empty();
}

void StorageThread::deliver(SessionId session, decltype(Answer::what) what) {
    std::vector<Answer> answers;
    answers.push_back({session, std::move(what)});
    deliver_(std::move(answers));
}

void StorageThread::serve_asks() {
    std::deque<AskItem> asks;
    {
        const std::lock_guard lock(mutex_);
        asks.swap(asks_);
    }
    for (AskItem& item : asks) {
        const std::int64_t now_ms = clock_.wall_ms();
        if (auto* hello = std::get_if<HelloJob>(&item.job)) {
            deliver(item.session, HelloDone{books_->hello(hello->device, hello->hello, now_ms)});
        } else if (auto* enrol = std::get_if<EnrolJob>(&item.job)) {
            deliver(item.session, EnrolDone{books_->enrol(enrol->device, enrol->enrol, now_ms)});
        } else if (auto* ops = std::get_if<OpsJob>(&item.job)) {
            deliver(item.session, OpsDone{books_->give_back(ops->session, ops->want)});
        } else if (auto* contacts = std::get_if<ContactsJob>(&item.job)) {
            const Status noted = books_->note_contacts(contacts->contacts, now_ms, contacts->at_once);
            if (!noted) complain("it cannot be written who is connected", noted.error());
        } else {
            auto refusal = books_->refusal_of(std::get<CheckJob>(item.job).device);
            if (!refusal)
                spdlog::error("cannot look a device up: {}", to_string(refusal.error()));
            else if (*refusal)
                deliver(item.session, CheckDone{std::move(**refusal)});
        }
    }
}

// --- pushes and wants
// -------------------------------------------------------------------------------------------------------------

// A session's answers go out in the order in which it asked: within a group wants come after pushes, so a push behind a
// want of its own session waits for the next one.
StorageThread::Group StorageThread::take_group() {
    Group group;
    const std::lock_guard lock(mutex_);
    while (!writes_.empty()) {
        WriteItem& item = writes_.front();
        if (auto* push = std::get_if<PushWork>(&item.what)) {
            const std::size_t ops = push->push.ops.size();
            if (group.ops > 0 && group.ops + ops > tuning::kGroupOpsMax) break;
            const auto& asked = group.want_sessions;
            if (std::find(asked.begin(), asked.end(), item.session) != asked.end()) break;
            group.ops += ops;
            group.sessions.push_back(item.session);
            group.bytes.push_back(push->bytes);
            group.pushes.push_back(std::move(push->push));
        } else {
            if (group.ops + 1 > tuning::kGroupOpsMax) break;
            group.ops += 1;
            group.want_sessions.push_back(item.session);
            group.wants.push_back(std::move(std::get<intake::LeaseAsk>(item.what)));
        }
        writes_.pop_front();
    }
    return group;
}

void StorageThread::serve_writes() {
    Group group = take_group();
    if (group.ops == 0) return;
    commit(std::move(group));
    tell_feed();
}

void StorageThread::commit(Group group) {
    auto answers = books_->commit(group.pushes, group.wants, clock_.wall_ms());
    if (!answers) {
        spdlog::error("a group of {} was not committed: {}", counted(group.ops, "operation"),
                      to_string(answers.error()));
        return commit_one_by_one(std::move(group), answers.error());
    }
    TALLY_ASSERT(answers->pushes.size() == group.pushes.size() && answers->leases.size() == group.wants.size(),
                 "intake answers every push and every want");
    {
        const std::lock_guard lock(mutex_);
        ++figures_.groups_committed;
        for (std::size_t i = 0; i < group.pushes.size(); ++i)
            if (std::holds_alternative<wire::Ack>(answers->pushes[i].answer))
                figures_.ops_committed += group.pushes[i].ops.size();
    }
    std::vector<Answer> out;
    out.reserve(group.pushes.size() + group.wants.size() + 1);
    for (std::size_t i = 0; i < group.pushes.size(); ++i)
        out.push_back({group.sessions[i], PushDone{std::move(answers->pushes[i]), group.bytes[i]}});
    for (std::size_t i = 0; i < group.wants.size(); ++i)
        out.push_back({group.want_sessions[i], LeaseDone{std::move(answers->leases[i])}});
    if (!answers->recalls.empty()) out.push_back({0, RecallsDone{std::move(answers->recalls)}});
    deliver_(std::move(out));
}

// One push or want that storage cannot take must not stand in the way of all others for ever. A disk that is full or
// broken refuses everybody, so trying each would only repeat the failure.
void StorageThread::commit_one_by_one(Group group, const Error& why) {
    const bool everybody = group.pushes.size() + group.wants.size() == 1 || why.code == Code::kFull ||
                           why.code == Code::kIo || why.code == Code::kDamaged || why.code == Code::kBusy;
    for (std::size_t i = 0; i < group.pushes.size(); ++i) {
        if (everybody) {
            deliver(group.sessions[i], PushDone{why, group.bytes[i]});
            continue;
        }
        Group single;
        single.ops = group.pushes[i].ops.size();
        single.sessions.push_back(group.sessions[i]);
        single.bytes.push_back(group.bytes[i]);
        single.pushes.push_back(std::move(group.pushes[i]));
        commit(std::move(single));
    }
    for (std::size_t i = 0; i < group.wants.size(); ++i) {
        if (everybody) {
            deliver(group.want_sessions[i], LeaseDone{why});
            continue;
        }
        Group single;
        single.ops = 1;
        single.want_sessions.push_back(group.want_sessions[i]);
        single.wants.push_back(std::move(group.wants[i]));
        commit(std::move(single));
    }
}

// --- the feed
// -----------------------------------------------------------------------------------------------------------

void StorageThread::serve_pages() {
    const std::int64_t until_ms = clock_.steady_ms() + tuning::kPageSlice_ms;
    intake::PageLimits limits;
    limits.changes_max = tuning::kPageMembersMax;
    limits.bytes_max = tuning::kPageBytesMax;
    do {
        std::optional<PageItem> item;
        {
            const std::lock_guard lock(mutex_);
            if (pages_.empty()) return;
            item = std::move(pages_.front());
            pages_.pop_front();
        }
        serve_page(*item, limits);
    } while (clock_.steady_ms() < until_ms);
}

void StorageThread::serve_page(PageItem& item, const intake::PageLimits& limits) {
    auto page = books_->page(item.job.session, item.job.cursor, limits, clock_.wall_ms());
    if (!page && page.error().code == Code::kRefused) {  // revoked meanwhile: say so in the words of the refusal
        auto refusal = books_->refusal_of(item.job.session.device);
        if (refusal && *refusal) return deliver(item.session, CheckDone{std::move(**refusal)});
    }
    deliver(item.session, PageDone{std::move(page)});
}

void StorageThread::tell_feed() {
    const Result<std::uint64_t> head = books_->feed_head();
    if (!head) return spdlog::error("cannot read the feed's head: {}", to_string(head.error()));
    if (*head == told_head_) return;
    told_head_ = *head;
    deliver(0, FeedMoved{*head});
}

void StorageThread::poll() {
    next_poll_ms_ = clock_.steady_ms() + poll_ms_;
    const Result<bool> changed = books_->changed_elsewhere();
    const Result<bool> wrote = books_->run_day(clock_.wall_ms());
    if (const Status noted = books_->note_contacts({}, clock_.wall_ms(), false); !noted)
        complain("it cannot be written who is connected", noted.error());
    if (changed && *changed) deliver(0, ChangedElsewhere{});
    if ((changed && *changed) || (wrote && *wrote)) tell_feed();
    if (!changed || !wrote) complain("the ledger's regular work failed", changed ? wrote.error() : changed.error());
}

void StorageThread::complain(const char* what, const Error& error) {
    if (clock_.steady_ms() < quiet_until_ms_) return;
    quiet_until_ms_ = clock_.steady_ms() + kPollComplaint_ms;
    spdlog::error("{}: {}", what, to_string(error));
}

}  // namespace tally::hqnet
