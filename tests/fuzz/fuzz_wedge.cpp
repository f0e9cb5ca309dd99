// The scanner's keyboard wedge: steps of three bytes (what, character or key, milliseconds since the last). The laws
// are W1 to W3 of wedge.h.
#include "terminal/model/wedge.h"
#include "tests/fuzz/target.h"

using namespace tally;
using namespace tally::terminal;

namespace {
constexpr char32_t kKeyMark = 0x110000;  // behind every character: a key, as this plus its number
void take(const std::vector<Input>& out, std::u32string& in) {
    std::size_t at = 0;
    const auto next = [&] { return at < in.size() ? in[at++] : char32_t{0xFFFFFFFF}; };
    for (const Input& one : out) {
        if (const auto* typed = std::get_if<Typed>(&one)) {
            TALLY_ASSERT(next() == typed->character, "W1: a character comes out once and in order");
        } else if (const auto* key = std::get_if<KeyPressed>(&one)) {
            TALLY_ASSERT(next() == kKeyMark + static_cast<char32_t>(key->key), "keys keep their place");
        } else {
            const std::string& code = std::get<Scanned>(one).code;
            TALLY_ASSERT(code.size() >= kScanCharactersMin, "a scan has six characters or more");
            for (const char c : code) TALLY_ASSERT(next() == static_cast<char32_t>(c), "W1: a scan's characters");
            const char32_t end = next();
            TALLY_ASSERT(end == kKeyMark + static_cast<char32_t>(Key::kEnter) ||
                             end == kKeyMark + static_cast<char32_t>(Key::kTab),
                         "W2: a scan ends by Enter or Tab");
        }
    }
    in.erase(0, at);
}

}  // namespace

TALLY_FUZZ(wedge) {
    const std::int64_t gap_ms = 1 + fuzz::take_choice(input) % 200;
    Wedge wedge(gap_ms);
    std::u32string waiting;
    std::int64_t at_ms = 1000;
    input = input.first(std::min(input.size(), 3 * kScanCharactersMax));
    for (; input.size() >= 3; input = input.subspan(3)) {
        at_ms += static_cast<std::int8_t>(input[2]);  // clocks step back too
        Stroke stroke{char32_t{input[1]}, (input[0] & 4) != 0};
        if ((input[0] & 1) != 0) stroke.what = static_cast<Key>(input[1] % (static_cast<int>(Key::kSelectAll) + 1));
        const auto* key = std::get_if<Key>(&stroke.what);
        waiting.push_back(key ? kKeyMark + static_cast<char32_t>(*key) : std::get<char32_t>(stroke.what));
        std::vector<Input> out;
        wedge.stroke(stroke, at_ms, out);
        if ((input[0] & 2) != 0 && wedge.due_ms()) wedge.tick(*wedge.due_ms(), out);
        take(out, waiting);
        const auto due_ms = wedge.due_ms();
        TALLY_ASSERT(due_ms.has_value() != waiting.empty(), "W3: what waits is due");
        TALLY_ASSERT(!due_ms || *due_ms <= at_ms + gap_ms + 1, "W3: nothing waits longer than the gap");
    }
    std::vector<Input> out;
    if (const auto due_ms = wedge.due_ms()) wedge.tick(*due_ms, out);
    take(out, waiting);
    TALLY_ASSERT(waiting.empty() && !wedge.due_ms(), "W3: a tick at its time lets go of everything");
}
