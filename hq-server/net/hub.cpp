#include "hq-server/net/hub.h"

#include "common/base/log.h"

namespace tally::hqnet {

namespace {

constexpr std::int64_t kSweep_ms = 100;
// Lines about ended connections that go into the log in one second; a crowd of strangers must not fill the disk.
constexpr std::uint32_t kLogLinesMax = 50;
constexpr std::int64_t kAlarm_ms = 1000;  // between two alarms

SessionLimits limits_of(const ServerOptions& options) {
    SessionLimits limits;
    limits.hello_ms = options.hello_ms;
    limits.silence_ms = options.silence_ms;
    return limits;
}

}  // namespace

// One link and its session. Held by its link until on_closed, and by the hub.
class Hub::Connection final : public transport::Handler {
  public:
    Connection(Hub& hub, SessionId own_id, const std::shared_ptr<transport::Link>& link)
        : id(own_id),
          session(link->peer(), hub.clock_.steady_ms(), limits_of(hub.options_)),
          hub_(hub),
          link_(link),
          name_(link->peer_address()) {}

    void on_open(const std::shared_ptr<transport::Link>&) override { run_effects(); }

    void on_bytes(ByteView bytes) override {
        session.on_bytes(bytes, hub_.clock_.steady_ms(), hub_.clock_.wall_ms());
        run_effects();
    }

    void on_drained() override {
        session.set_congested(false, hub_.clock_.steady_ms(), hub_.clock_.wall_ms());
        run_effects();
    }

    void on_closed(transport::Cause, const Error& error) override {
        const std::string cut = session.on_cut();
        if (!ended_) log_end(cut.empty() ? error.detail : cut, false);
        link_.reset();
        hub_.forget(id);  // may destroy this
    }

    void run_effects() {
        for (std::vector<Effect> effects = session.take_effects(); !effects.empty(); effects = session.take_effects())
            for (Effect& effect : effects) std::visit([this](auto& what) { run(what); }, effect);
        settle();
    }

    void pause() {
        if (link_) link_->pause_reading();
    }
    void name_after(domain::TerminalId terminal) { name_ += " terminal " + std::to_string(terminal); }

    const SessionId id;
    Session session;
    bool counted_as_stranger = true;

  private:
    void run(SendBytes& send) {
        if (!link_) return;
        const Status sent = link_->send(std::move(send.bytes));
        if (!sent) {
            session.end("the terminal reads too slowly: " + sent.error().detail);
            return link_->abort();
        }
        if (link_->queued_bytes() > tuning::kSendQueueBytesHigh)
            session.set_congested(true, hub_.clock_.steady_ms(), hub_.clock_.wall_ms());
    }
    void run(AskHello& ask) { hub_.storage_->ask(id, HelloJob{link_->peer(), std::move(ask.hello)}); }
    void run(AskEnrol& ask) { hub_.storage_->ask(id, EnrolJob{link_->peer(), std::move(ask.enrol)}); }
    void run(AskCommit& ask) {
        hub_.storage_bytes_ += ask.bytes;
        session.set_storage_busy(hub_.storage_bytes_ > tuning::kStorageQueueBytesHigh);
        hub_.storage_->push(id, std::move(ask.push), ask.bytes);
    }
    void run(AskPage& ask) { hub_.storage_->page(id, PageJob{session.terminal(), ask.cursor}); }
    void run(AskOps& ask) { hub_.storage_->ask(id, OpsJob{session.terminal(), ask.want}); }
    void run(AskLease& ask) { hub_.storage_->lease(id, {session.terminal(), ask.want}); }
    void run(PauseReading&) { link_->pause_reading(); }
    void run(ResumeReading&) {
        if (!hub_.stopping_) link_->resume_reading();
    }
    void run(EndLink& end) {
        ended_ = true;
        log_end(end.why, session.refusal().has_value());
        if (session.refusal()) ++hub_.refused_;
        if (link_) link_->close();
    }

    // What the hub counts about this session, after anything happened to it.
    void settle() {
        if (!counted_as_stranger || session.is_stranger()) return;
        counted_as_stranger = false;
        --hub_.strangers_;
    }

    void log_end(const std::string& why, bool refused) {
        if (!hub_.may_log(hub_.clock_.steady_ms())) return;
        if (refused)
            spdlog::warn("{}: {}", name_, why);
        else
            spdlog::info("{}: {}", name_, why);
    }

    Hub& hub_;
    std::shared_ptr<transport::Link> link_;
    std::string name_;  // for the log
    bool ended_ = false;
};

Hub::Hub(const ServerOptions& options, transport::Loop& loop, const Clock& clock)
    : options_(options), loop_(loop), clock_(clock) {}

Hub::~Hub() = default;

ServerFigures Hub::figures() const {
    ServerFigures out;
    out.sessions_opened = sessions_opened_;
    out.sessions_now = sessions_now_;
    out.refused = refused_;
    out.pages_sent = pages_sent_;
    return out;
}

bool Hub::may_log(std::int64_t steady_ms) {
    if (steady_ms / 1000 != log_second_) {
        if (log_lines_ > kLogLinesMax)
            spdlog::warn("{} more connections ended in the same second", log_lines_ - kLogLinesMax);
        log_second_ = steady_ms / 1000;
        log_lines_ = 0;
    }
    return ++log_lines_ <= kLogLinesMax;
}

// --- connections
// --------------------------------------------------------------------------------------------------------

std::shared_ptr<transport::Handler> Hub::accept(const std::shared_ptr<transport::Link>& link) {
    if (stopping_) return nullptr;
    auto connection = std::make_shared<Connection>(*this, ++last_id_, link);
    connections_.emplace(connection->id, connection);
    if (++strangers_ > tuning::kStrangersMax)
        connection->session.refuse({wire::Refusal::kBusy, "too many connections are saying hello; try again later"});
    return connection;
}

void Hub::forget(SessionId id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const std::shared_ptr<Connection> connection = found->second;
    connections_.erase(found);
    if (connection->counted_as_stranger) --strangers_;
    const auto terminal = terminals_.find(connection->session.terminal().terminal);
    if (terminal != terminals_.end() && terminal->second == id) {
        terminals_.erase(terminal);
        --sessions_now_;
        if (!stopping_) storage_->ask(0, ContactsJob{{contact_of(*connection, false)}});
    }
    if (closed_ && connections_.empty()) std::exchange(closed_, nullptr)();
}

// A line that broke without a word leaves a session that nobody speaks to; its terminal's next Hello replaces it.
void Hub::welcomed(Connection& connection) {
    const intake::Session& terminal = connection.session.terminal();
    ++sessions_opened_;
    connection.name_after(terminal.terminal);
    const auto [place, is_new] = terminals_.try_emplace(terminal.terminal, connection.id);
    if (is_new) {
        ++sessions_now_;
        return;
    }
    const auto older = connections_.find(std::exchange(place->second, connection.id));
    if (older == connections_.end()) return;
    older->second->session.refuse({wire::Refusal::kBusy, "this terminal has connected again"});
    older->second->run_effects();
}

void Hub::start_sweeping() {
    sweep_timer_ = loop_.after(kSweep_ms, [this] {
        sweep();
        start_sweeping();
    });
}

void Hub::sweep() {
    const std::int64_t now_ms = clock_.steady_ms();
    std::vector<std::shared_ptr<Connection>> due;
    for (const auto& [id, connection] : connections_)
        if (connection->session.deadline() <= now_ms) due.push_back(connection);
    for (const auto& connection : due) {
        connection->session.on_time(now_ms);
        connection->run_effects();
    }
    if (now_ms < next_contacts_ms_) return;
    next_contacts_ms_ = now_ms + options_.contacts_ms;
    tell_contacts(true, false);
}

intake::ContactRow Hub::contact_of(const Connection& connection, bool connected) const {
    const std::int64_t silent_ms = clock_.steady_ms() - connection.session.heard_ms();
    return {connection.session.terminal().terminal, clock_.wall_ms() - silent_ms, connected, {}};
}

void Hub::tell_contacts(bool connected, bool at_once) {
    if (terminals_.empty()) return;
    ContactsJob job{{}, at_once};
    for (const auto& [terminal, id] : terminals_) job.contacts.push_back(contact_of(*connections_.at(id), connected));
    storage_->ask(0, std::move(job));
}

void Hub::say_goodbye() { tell_contacts(false, true); }

void Hub::stop_reading() {
    stopping_ = true;
    for (const auto& [id, connection] : connections_) connection->pause();
}

void Hub::close_all(std::function<void()> closed) {
    sweep_timer_.cancel();
    feed_timer_.cancel();
    if (connections_.empty()) return closed();
    closed_ = std::move(closed);
    for (const auto& [id, connection] : connections_) {
        connection->session.end("headquarters ends");
        connection->run_effects();
    }
}

// --- answers of storage
// -------------------------------------------------------------------------------------------------

void Hub::take_answers(std::vector<Answer> answers) {
    for (Answer& answer : answers) take_answer(answer);
}

void Hub::take_answer(Answer& answer) {
    if (const auto* push = std::get_if<PushDone>(&answer.what)) storage_bytes_ -= push->bytes;
    if (const auto* moved = std::get_if<FeedMoved>(&answer.what)) return feed_moved(moved->head);
    if (std::holds_alternative<ChangedElsewhere>(answer.what)) return check_everybody();
    if (const auto* recalls = std::get_if<RecallsDone>(&answer.what)) return tell_holders(recalls->recalls);
    const auto found = connections_.find(answer.session);
    if (found == connections_.end()) return;  // gone meanwhile: the terminal asks or pushes again
    const std::shared_ptr<Connection> connection = found->second;
    take_answer_of(*connection, answer);
    connection->run_effects();
}

void Hub::take_answer_of(Connection& connection, Answer& answer) {
    Session& session = connection.session;
    const std::int64_t steady_ms = clock_.steady_ms(), wall_ms = clock_.wall_ms();
    if (auto* hello = std::get_if<HelloDone>(&answer.what)) {
        const bool was_open = session.is_open();
        if (hello->answer && !hello->answer->alarm.empty()) alarm(hello->answer->alarm, steady_ms);
        session.on_hello_answer(std::move(hello->answer), steady_ms, wall_ms);
        if (!was_open && session.is_open()) welcomed(connection);
    } else if (auto* enrol = std::get_if<EnrolDone>(&answer.what)) {
        session.on_enrol_answer(std::move(enrol->answer));
    } else if (auto* push = std::get_if<PushDone>(&answer.what)) {
        session.on_push_answer(std::move(push->answer), steady_ms, wall_ms);
    } else if (auto* page = std::get_if<PageDone>(&answer.what)) {
        if (page->answer && page->answer->to > page->answer->from) ++pages_sent_;
        session.on_page(std::move(page->answer));
    } else if (auto* ops = std::get_if<OpsDone>(&answer.what)) {
        session.on_ops(std::move(ops->answer));
    } else if (auto* lease = std::get_if<LeaseDone>(&answer.what)) {
        session.on_lease_answer(std::move(lease->answer), steady_ms, wall_ms);
    } else if (auto* check = std::get_if<CheckDone>(&answer.what)) {
        session.refuse(std::move(check->refused));
    }
}

// Who is not connected is not waited for: the wanting terminal asks again.
void Hub::tell_holders(const std::vector<intake::Recall>& recalls) {
    for (const intake::Recall& recall : recalls) {
        const auto found = terminals_.find(recall.terminal);
        if (found == terminals_.end()) continue;
        const std::shared_ptr<Connection> connection = connections_.at(found->second);
        connection->session.on_recall(recall.state);
        connection->run_effects();
    }
}

// Beside the line about the connection's end, which a crowd can push out of the log.
void Hub::alarm(const std::string& what, std::int64_t steady_ms) {
    if (steady_ms < next_alarm_ms_) return;
    next_alarm_ms_ = steady_ms + kAlarm_ms;
    spdlog::error("{}", what);
}

void Hub::check_everybody() {
    for (const auto& [terminal, id] : terminals_)
        storage_->ask(id, CheckJob{connections_.at(id)->session.terminal().device});
}

// --- live feed
// ----------------------------------------------------------------------------------------------------------

// The first change goes out at once; those that follow within kLiveCoalesce_ms go together.
void Hub::feed_moved(std::uint64_t head) {
    feed_head_ = std::max(feed_head_, head);
    const std::int64_t wait_ms = fed_ms_ + tuning::kLiveCoalesce_ms - clock_.steady_ms();
    if (wait_ms <= 0) return tell_feed();
    if (feed_timer_) return;
    feed_timer_ = loop_.after(wait_ms, [this] { tell_feed(); });
}

void Hub::tell_feed() {
    feed_timer_ = {};
    fed_ms_ = clock_.steady_ms();
    std::vector<std::shared_ptr<Connection>> open;
    open.reserve(terminals_.size());
    for (const auto& [terminal, id] : terminals_) open.push_back(connections_.at(id));
    for (const auto& connection : open) {
        connection->session.on_feed_head(feed_head_);
        connection->run_effects();
    }
}

}  // namespace tally::hqnet
