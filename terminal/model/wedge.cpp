#include "terminal/model/wedge.h"

namespace tally::terminal {

void Wedge::stroke(const Stroke& stroke, std::int64_t at_ms, std::vector<Input>& out) {
    tick(at_ms, out);
    if (const char32_t* typed = std::get_if<char32_t>(&stroke.what)) {
        // Inside a burst even a "repeated" key is the scanner's: GLFW takes "00" at scanner speed for a held key. A key
        // that is really held repeats after its first character was let go.
        const bool held = stroke.repeat && waiting_.empty();
        if (!held && *typed >= 0x20 && *typed < 0x7F) {
            if (waiting_.size() < kScanCharactersMax) waiting_.push_back(static_cast<char>(*typed));
            last_ms_ = at_ms;
            return;
        }
        flush(out);
        out.push_back(Typed{*typed});
        return;
    }
    const Key key = std::get<Key>(stroke.what);
    const bool ends = !stroke.repeat && (key == Key::kEnter || key == Key::kTab);
    if (ends && waiting_.size() >= kScanCharactersMin) {
        out.push_back(Scanned{std::move(waiting_)});
        waiting_.clear();
        return;
    }
    flush(out);
    out.push_back(KeyPressed{key});
}

void Wedge::tick(std::int64_t at_ms, std::vector<Input>& out) {
    // A clock that steps back counts as a gap: holding typed characters back for ever would be worse.
    if (!waiting_.empty() && (at_ms - last_ms_ > gap_ms_ || at_ms < last_ms_)) flush(out);
}

std::optional<std::int64_t> Wedge::due_ms() const {
    if (waiting_.empty()) return std::nullopt;
    return last_ms_ + gap_ms_ + 1;
}

void Wedge::flush(std::vector<Input>& out) {
    for (const char c : waiting_) out.push_back(Typed{static_cast<char32_t>(c)});
    waiting_.clear();
}

}  // namespace tally::terminal
