#include "hq-server/net/session.h"

#include <algorithm>

namespace tally::hqnet {

namespace {

constexpr std::size_t kPeerTextBytesMax = 200;

template <class... Ts>
struct Overload : Ts... {
    using Ts::operator()...;
};
template <class... Ts>
Overload(Ts...) -> Overload<Ts...>;

// A stranger's words, fit for one line of the log.
std::string printable(std::string_view text) {
    std::string out(text.substr(0, kPeerTextBytesMax));
    for (char& c : out)
        if (c < 0x20 || c > 0x7e) c = '?';
    return out;
}

bool speaks_ours(const std::vector<std::uint32_t>& versions) { return wire::common_version(versions) != 0; }

std::string version_text(const std::vector<std::uint32_t>& versions) {
    std::string offered;
    for (std::size_t i = 0; i < std::min<std::size_t>(versions.size(), 8); ++i)
        offered += (i ? ", " : "") + std::to_string(versions[i]);
    return "headquarters speaks protocol version " + std::to_string(wire::kProtocolVersion) +
           ", the terminal offered " + (offered.empty() ? "none" : offered);
}

std::size_t bytes_of(const wire::Push& push) {
    std::size_t sum = 0;
    for (const wire::PushedOp& op : push.ops) sum += op.bytes.size() + op.sealed.size() + op.wrapped_key.size();
    return sum;
}

}  // namespace

Session::Session(const crypto::PublicKey& device, std::int64_t steady_ms, const SessionLimits& limits)
    : device_(device),
      limits_(limits),
      reader_(wire::kFirstFrameBytesMax),
      opened_ms_(steady_ms),
      heard_ms_(steady_ms) {}

std::vector<Effect> Session::take_effects() { return std::exchange(effects_, {}); }

// --- bytes and time
// -----------------------------------------------------------------------------------------------------

void Session::on_bytes(ByteView bytes, std::int64_t steady_ms, std::int64_t wall_ms) {
    if (is_ended()) return;
    heard_ms_ = steady_ms;
    const Status fed = reader_.feed(bytes);
    take_frames(wall_ms);
    if (!fed) refuse(wire::Refusal::kBadFrame, fed.error().detail);
    update_reading(steady_ms);
}

std::string Session::on_cut() {
    const bool inside = !is_ended() && reader_.partial_bytes() > 0;
    phase_ = Phase::kEnded;
    effects_.clear();
    if (!inside) return {};
    return "the connection was cut inside a frame: " + std::to_string(reader_.partial_bytes()) + " bytes were dropped";
}

std::int64_t Session::deadline() const {
    switch (phase_) {
        case Phase::kFirst: return opened_ms_ + limits_.hello_ms;
        case Phase::kAsked: return INT64_MAX;  // the delay is ours
        case Phase::kOpen: return paused_ && !congested_ ? INT64_MAX : heard_ms_ + limits_.silence_ms;
        case Phase::kEnded: return INT64_MAX;
    }
    return INT64_MAX;
}

void Session::on_time(std::int64_t steady_ms) {
    if (steady_ms < deadline()) return;
    const std::string partial = std::to_string(reader_.partial_bytes());
    if (phase_ == Phase::kFirst && reader_.partial_bytes() == 0)
        return refuse(wire::Refusal::kBadMessage, "no Hello within " + std::to_string(limits_.hello_ms) + " ms");
    if (congested_) return end("the terminal has not read for " + std::to_string(limits_.silence_ms) + " ms");
    if (reader_.partial_bytes() > 0)
        return refuse(wire::Refusal::kBadFrame, "a frame was not finished, " + partial + " bytes of it came");
    end("the terminal was silent for " + std::to_string(limits_.silence_ms) + " ms");
}

bool Session::must_wait() const {
    return phase_ == Phase::kAsked || congested_ || lease_wants_ >= limits_.lease_wants_max ||
           push_bytes_total_ >= limits_.push_bytes_max ||
           push_bytes_.size() >= (storage_busy_ ? 1 : limits_.pushes_max);
}

// Back-pressure is TCP's: what is not taken here is not read from the socket.
void Session::update_reading(std::int64_t steady_ms) {
    if (is_ended() || paused_ == must_wait()) return;
    paused_ = must_wait();
    if (!paused_) heard_ms_ = steady_ms;  // while we did not listen, silence was ours
    effects_.push_back(paused_ ? Effect(PauseReading{}) : Effect(ResumeReading{}));
}

void Session::set_congested(bool congested, std::int64_t steady_ms, std::int64_t wall_ms) {
    if (is_ended() || congested_ == congested) return;
    congested_ = congested;
    if (congested) heard_ms_ = steady_ms;
    take_frames(wall_ms);
    ask_page();
    update_reading(steady_ms);
}

// --- messages in
// --------------------------------------------------------------------------------------------------------

void Session::take_frames(std::int64_t wall_ms) {
    while (!is_ended() && !must_wait()) {
        const std::optional<wire::Frame> frame = reader_.next();
        if (!frame) return;
        take(*frame, wall_ms);
    }
}

void Session::take(const wire::Frame& frame, std::int64_t wall_ms) {
    Result<wire::Message> message = wire::decode_message(frame.type, frame.payload);
    if (!message) return refuse(wire::Refusal::kBadMessage, message.error().detail);
    if (phase_ == Phase::kFirst) return take_first(std::move(message).value());
    const auto out_of_place = [&](const char* name) {
        refuse(wire::Refusal::kBadMessage, std::string(name) + " is out of place here");
    };
    std::visit(Overload{
                   [&](wire::Push& push) { take_push(std::move(push)); },
                   [&](wire::FeedWant& want) {
                       credit_ =
                           std::min(limits_.feed_credit_max, credit_ + std::min(want.pages, limits_.feed_credit_max));
                       ask_page();
                   },
                   [&](wire::OpsWant& want) {
                       // One at a time: the terminal keeps what it got before it asks again.
                       if (std::exchange(ops_asked_, true)) return out_of_place("a second OpsWant");
                       effects_.push_back(AskOps{want});
                   },
                   [&](wire::LeaseWant& want) { take_want(want); },
                   [&](wire::Ping& ping) {
                       send(wire::Pong{ping.token, wall_ms});
                   },
                   [&](wire::Refused& refused) { end("the terminal refused: " + printable(refused.text)); },
                   [&](wire::Hello&) { out_of_place("a second Hello"); },
                   [&](wire::Enrol&) { out_of_place("Enrol after Hello"); },
                   [&](auto&) { out_of_place("a message of headquarters"); },
               },
               *message);
}

void Session::take_first(wire::Message message) {
    if (auto* hello = std::get_if<wire::Hello>(&message)) {
        if (!speaks_ours(hello->versions)) return refuse(wire::Refusal::kVersion, version_text(hello->versions));
        phase_ = Phase::kAsked;
        effects_.push_back(AskHello{std::move(*hello)});
    } else if (auto* enrol = std::get_if<wire::Enrol>(&message)) {
        if (!speaks_ours(enrol->versions)) return refuse(wire::Refusal::kVersion, version_text(enrol->versions));
        phase_ = Phase::kAsked;
        effects_.push_back(AskEnrol{std::move(*enrol)});
    } else {
        refuse(wire::Refusal::kBadMessage, "the first message must be Hello or Enrol");
    }
}

void Session::take_push(wire::Push push) {
    if (push.ops.empty()) return refuse(wire::Refusal::kBadMessage, "a push without operations");
    const std::size_t bytes = bytes_of(push);
    auto prepared = intake::prepare_push(terminal_.terminal, device_, std::move(push));
    if (auto* refused = std::get_if<wire::Refused>(&prepared)) return refuse(std::move(*refused));
    push_bytes_.push_back(bytes);
    push_bytes_total_ += bytes;
    effects_.push_back(AskCommit{std::move(std::get<intake::PreparedPush>(prepared)), bytes});
}

void Session::take_want(const wire::LeaseWant& want) {
    if (version_ < wire::kProtocolVersionLeases)
        return refuse(wire::Refusal::kBadMessage,
                      "a LeaseWant where protocol version " + std::to_string(version_) + " is spoken");
    lease_paid_ms_ = std::max(lease_paid_ms_, heard_ms_) + limits_.lease_want_every_ms;
    if (lease_paid_ms_ - heard_ms_ > limits_.lease_want_burst_ms)
        return refuse(wire::Refusal::kBusy, "leases are wanted faster than any cashier works");
    ++lease_wants_;
    effects_.push_back(AskLease{want});
}

// --- answers of storage
// -------------------------------------------------------------------------------------------------

void Session::on_hello_answer(Result<intake::HelloAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms) {
    if (phase_ != Phase::kAsked) return;
    if (!answer) return fail_storage(answer.error());
    if (auto* refused = std::get_if<wire::Refused>(&answer->answer)) return refuse(std::move(*refused));
    const wire::Welcome& welcome = std::get<wire::Welcome>(answer->answer);
    phase_ = Phase::kOpen;
    terminal_ = answer->session;
    version_ = welcome.version;
    cursor_ = terminal_.cursor;
    feed_head_ = welcome.feed_head;
    send(welcome);
    if (const Status raised = reader_.set_frame_bytes_max(wire::kFrameBytesMax); !raised)
        return refuse(wire::Refusal::kBadFrame, raised.error().detail);
    take_frames(wall_ms);
    update_reading(steady_ms);
}

void Session::on_enrol_answer(Result<EnrolAnswer> answer) {
    if (phase_ != Phase::kAsked) return;
    if (!answer) return fail_storage(answer.error());
    if (auto* refused = std::get_if<wire::Refused>(&*answer)) return refuse(std::move(*refused));
    const wire::Enrolled& enrolled = std::get<wire::Enrolled>(*answer);
    send(enrolled);
    end("enrolled as terminal " + std::to_string(enrolled.terminal));
}

void Session::on_push_answer(Result<intake::PushAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms) {
    if (phase_ != Phase::kOpen) return;
    TALLY_ASSERT(!push_bytes_.empty(), "storage answered a push that nobody asked about");
    push_bytes_total_ -= push_bytes_.front();
    push_bytes_.pop_front();
    if (!answer) return fail_storage(answer.error());
    if (auto* refused = std::get_if<wire::Refused>(&answer->answer)) return refuse(std::move(*refused));
    send(std::get<wire::Ack>(answer->answer));
    take_frames(wall_ms);
    update_reading(steady_ms);
}

void Session::on_lease_answer(Result<intake::LeaseAnswer> answer, std::int64_t steady_ms, std::int64_t wall_ms) {
    if (phase_ != Phase::kOpen) return;
    TALLY_ASSERT(lease_wants_ > 0, "storage answered a want that nobody asked about");
    --lease_wants_;
    if (!answer) return fail_storage(answer.error());
    if (auto* refused = std::get_if<wire::Refused>(&answer->answer)) return refuse(std::move(*refused));
    send(std::get<wire::LeaseState>(answer->answer));
    take_frames(wall_ms);
    update_reading(steady_ms);
}

void Session::on_recall(const wire::LeaseState& state) {
    const bool knows = version_ >= wire::kProtocolVersionLeases && state.page.covered_epoch == terminal_.epoch;
    if (phase_ == Phase::kOpen && knows && !congested_) send(state);
}

void Session::on_ops(Result<wire::OpsReturn> ops) {
    ops_asked_ = false;
    if (phase_ != Phase::kOpen) return;
    if (!ops) return fail_storage(ops.error());
    send(std::move(*ops));
}

void Session::on_page(Result<wire::FeedPage> page) {
    page_asked_ = false;
    if (phase_ != Phase::kOpen) return;
    if (!page) return fail_storage(page.error());
    if (page->from != cursor_ || page->to < cursor_)
        return fail_storage(fail(Code::kBug, "a feed page does not begin at the session's cursor"));
    if (page->to == cursor_) {  // nothing for this terminal; until the feed moves again
        feed_head_ = cursor_;
        return;
    }
    cursor_ = page->to;
    feed_head_ = std::max(feed_head_, page->as_of);
    --credit_;
    send(*page);
    ask_page();
}

// --- the feed, refusals, messages out
// -----------------------------------------------------------------------------------

void Session::on_feed_head(std::uint64_t head) {
    feed_head_ = std::max(feed_head_, head);
    ask_page();
}

void Session::ask_page() {
    if (!wants_feed() || cursor_ >= feed_head_) return;
    page_asked_ = true;
    effects_.push_back(AskPage{cursor_});
}

void Session::send(const wire::Message& message) { effects_.push_back(SendBytes{wire::encode_message(message)}); }

void Session::refuse(wire::Refusal code, std::string text) { refuse(wire::Refused{code, std::move(text)}); }

void Session::refuse(wire::Refused refused) {
    if (is_ended()) return;
    refusal_ = refused.code;
    send(refused);
    end("refused, " + std::string(wire::refusal_name(refused.code)) + ": " + refused.text);
}

void Session::fail_storage(const Error& error) {
    // The terminal learns the kind; the detail is for our own log.
    refusal_ = wire::Refusal::kStorage;
    send(wire::Refused{wire::Refusal::kStorage, "headquarters could not use its ledger (" +
                                                    std::string(code_name(error.code)) + "); nothing was lost"});
    end("storage failed, " + to_string(error));
}

void Session::end(const std::string& why) {
    if (is_ended()) return;
    phase_ = Phase::kEnded;
    effects_.push_back(EndLink{why});
}

}  // namespace tally::hqnet
