#include "tests/sim/line.h"

#include "tests/sim/world.h"

namespace tally::sim {

namespace {

hqnet::SessionLimits server_limits() {
    hqnet::SessionLimits limits;
    limits.hello_ms = limits.silence_ms = kSilence_ms;
    return limits;
}

constexpr std::int64_t kLateMax_ms = 40 * kMinute_ms;

}  // namespace

Line::Line(World& world, Machine& machine)
    : world_(world), machine_(machine), device_(machine.agent().device().public_key()) {
    server_.emplace(device_, world.now_ms(), server_limits());
}

// --- bytes on their way

void Line::put(Way& way, Bytes bytes, bool is_end, bool to_hq) {
    const std::int64_t jitter_ms =
        static_cast<std::int64_t>(world_.random().below(static_cast<std::uint64_t>(machine_.latency_ms) / 2 + 1));
    way.last_ms = std::max(way.last_ms, world_.now_ms() + machine_.latency_ms + jitter_ms);
    way.chunks.push_back({way.last_ms, std::move(bytes), is_end});
    world_.at(way.last_ms, [self = weak_from_this(), to_hq] {
        if (const auto line = self.lock()) line->deliver(to_hq);
    });
    if (chunks_until_cut_ == 0 || --chunks_until_cut_ > 0) return;
    world_.at(world_.now_ms(), [self = weak_from_this()] {
        const auto line = self.lock();
        if (!line || line->is_over()) return;
        line->machine_.cut_off_until_ms = line->world_.now_ms() + line->coming_cut_off_ms_;
        line->cut(line->coming_);
    });
}

void Line::cut_after(std::int64_t chunks, Cut how, std::int64_t cut_off_ms) {
    chunks_until_cut_ = chunks;
    coming_ = how;
    coming_cut_off_ms_ = cut_off_ms;
}

void Line::deliver(bool to_hq) {
    Way& way = to_hq ? up_ : down_;
    while (!way.chunks.empty() && way.chunks.front().at_ms <= world_.now_ms()) {
        const Chunk chunk = std::move(way.chunks.front());
        way.chunks.pop_front();
        if (way.is_mute) continue;
        if (to_hq) {
            if (chunk.is_end)
                hq_hears_the_end();
            else
                take_at_hq(chunk.bytes);
        } else if (chunk.is_end) {
            terminal_hears_the_end();
        } else if (session_ && machine_.is_running()) {
            carry_out(session_->on_bytes(chunk.bytes, now()));
            arm_terminal();
        }
    }
}

void Line::take_at_hq(const Bytes& bytes) {
    if (!server_) return;
    if (is_paused_) {
        unread_.push_back(bytes);
        return;
    }
    server_->on_bytes(bytes, world_.now_ms(), world_.now_ms());
    serve();
}

void Line::hq_hears_the_end() {
    if (server_) server_->on_cut();
    server_.reset();
}

void Line::terminal_hears_the_end() {
    if (session_) close_terminal_end();
}

// --- how it ends

void Line::part_of_what_is_under_way(Way& way, bool to_hq) {
    std::deque<Chunk> chunks = std::exchange(way.chunks, {});
    if (way.is_mute || chunks.empty()) return;
    const std::uint64_t whole = world_.random().below(chunks.size() + 1);
    for (std::size_t i = 0; i < chunks.size() && i <= whole; ++i) {
        Chunk& chunk = chunks[i];
        if (chunk.is_end) break;
        if (i == whole) chunk.bytes.resize(world_.random().below(chunk.bytes.size() + 1));
        if (to_hq) {
            take_at_hq(chunk.bytes);
        } else if (session_ && machine_.is_running()) {
            carry_out(session_->on_bytes(chunk.bytes, now()));
        }
    }
}

void Line::cut(Cut how) {
    const auto self = shared_from_this();
    switch (how) {
        case Cut::kMuteUp: up_.is_mute = true; return;
        case Cut::kMuteDown: down_.is_mute = true; return;
        case Cut::kMute: up_.is_mute = down_.is_mute = true; return;
        case Cut::kLate: {
            for (Chunk& chunk : up_.chunks) {
                chunk.at_ms += static_cast<std::int64_t>(world_.random().below(kLateMax_ms));
                up_.last_ms = chunk.at_ms = std::max(chunk.at_ms, up_.last_ms);
                world_.at(chunk.at_ms, [weak = weak_from_this()] {
                    if (const auto line = weak.lock()) line->deliver(true);
                });
            }
            if (!up_.chunks.empty()) ++world_.counts.of[Counts::kLateArrivals];
            put(up_, {}, true, true);
            break;
        }
        case Cut::kBoth:
            part_of_what_is_under_way(up_, true);
            part_of_what_is_under_way(down_, false);
            hq_hears_the_end();
            break;
    }
    if (session_) close_terminal_end();
}

void Line::drop_terminal_end() {
    session_.reset();
    if (server_) put(up_, {}, true, true);
}

void Line::drop_hq_end() {
    server_.reset();
    if (session_) put(down_, {}, true, false);
}

}  // namespace tally::sim
