// Headquarters' end of a line, as hqnet::Hub has it.
#include "tests/sim/line.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

constexpr std::int64_t kAsk_ms = 1;

}  // namespace

void Line::arm_server() {
    if (!server_) return;
    const std::int64_t due_ms = server_->deadline();
    if (due_ms == INT64_MAX || server_tick_ms_ > world_.now_ms()) return;  // looked at again then
    server_tick_ms_ = due_ms;
    world_.at(due_ms, [weak = weak_from_this()] {
        const auto line = weak.lock();
        if (!line || !line->server_) return;
        line->server_tick_ms_ = 0;
        line->server_->on_time(line->world_.now_ms());
        line->serve();
    });
}

void Line::serve() {
    while (server_) {
        auto effects = server_->take_effects();
        if (effects.empty()) break;
        for (hqnet::Effect& effect : effects)
            if (server_) serve_one(effect);
    }
    arm_server();
}

// Asked a moment later, if headquarters and this connection are still there.
void Line::ask_books(std::function<void()> question) {
    world_.at(world_.now_ms() + kAsk_ms, [weak = weak_from_this(), question = std::move(question)] {
        const auto line = weak.lock();
        if (!line || !line->server_ || !line->world_.hq().is_running()) return;
        World& world = line->world_;
        question();
        world.after_hq_use();
        if (line->server_) line->serve();
    });
}

void Line::serve_one(hqnet::Effect& effect) {
    const auto books = [this]() -> hqnet::Books& { return world_.hq().books(); };
    if (auto* sent = std::get_if<hqnet::SendBytes>(&effect)) {
        put(down_, std::move(sent->bytes), false, false);
    } else if (auto* hello = std::get_if<hqnet::AskHello>(&effect)) {
        ask_books([this, books, hello = hello->hello] {
            auto answer = books().hello(device_, hello, world_.now_ms());
            server_->on_hello_answer(std::move(answer), world_.now_ms(), world_.now_ms());
            if (server_->is_open()) world_.close_older_lines(*this);
        });
    } else if (auto* commit = std::get_if<hqnet::AskCommit>(&effect)) {
        world_.hq().push(std::move(commit->push), [weak = weak_from_this()](Result<intake::PushAnswer> answer) {
            const auto line = weak.lock();
            if (!line || !line->server_) return;
            line->server_->on_push_answer(std::move(answer), line->world_.now_ms(), line->world_.now_ms());
            line->serve();
        });
        world_.group_soon();
    } else if (auto* lease = std::get_if<hqnet::AskLease>(&effect)) {
        ask_books([this, want = lease->want] {
            const std::shared_ptr<Line> self = shared_from_this();
            auto answer = world_.hq().lease({server_->terminal(), want}, world_.now_ms());
            if (!server_) return;
            ++world_.counts.of[Counts::kWants];
            server_->on_lease_answer(std::move(answer), world_.now_ms(), world_.now_ms());
            world_.tell_holders();
            world_.feed_moved();
        });
    } else if (auto* page = std::get_if<hqnet::AskPage>(&effect)) {
        ask_books([this, books, cursor = page->cursor] {
            const intake::Session terminal = server_->terminal();
            auto answer = books().page(terminal, cursor, {}, world_.now_ms());
            if (!answer && answer.error().code == Code::kRefused) {
                auto refusal = books().refusal_of(terminal.device);
                if (refusal && *refusal) return server_->refuse(std::move(**refusal));
            }
            server_->on_page(std::move(answer));
        });
    } else if (auto* ops = std::get_if<hqnet::AskOps>(&effect)) {
        ask_books([this, books, want = ops->want] { server_->on_ops(books().give_back(server_->terminal(), want)); });
    } else if (std::holds_alternative<hqnet::PauseReading>(effect)) {
        is_paused_ = true;
    } else if (std::holds_alternative<hqnet::ResumeReading>(effect)) {
        is_paused_ = false;
        while (server_ && !is_paused_ && !unread_.empty()) {
            const Bytes bytes = std::move(unread_.front());
            unread_.pop_front();
            server_->on_bytes(bytes, world_.now_ms(), world_.now_ms());
        }
    } else if (std::holds_alternative<hqnet::EndLink>(effect)) {
        server_.reset();
        put(down_, {}, true, false);
    }
}

void Line::tell_feed_head(std::uint64_t head) {
    if (!server_ || !server_->is_open()) return;
    server_->on_feed_head(head);
    serve();
}

void Line::tell_holder(const intake::Recall& recall) {
    if (!server_ || !server_->is_open() || server_->terminal().terminal != recall.terminal) return;
    ++world_.counts.of[Counts::kRecalls];
    server_->on_recall(recall.state);
    serve();
}

void Line::refuse(wire::Refused refused) {
    if (!server_) return;
    server_->refuse(std::move(refused));
    serve();
}

}  // namespace tally::sim
