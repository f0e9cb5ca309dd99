#include "tests/model/tokens.h"

#include <algorithm>
#include <array>
#include <map>
#include <queue>

namespace tally::lease_model {
namespace {

constexpr int kNone = 0, kContactsMost = 3, kFreshMost = 12;

struct Device {
    int old = 1, fresh = kNone;                // fresh: proposed and durable (kTerminalChooses)
    int late_old = kNone, late_fresh = kNone;  // a question that still lies unread in a session the device has given up
    int contacts = 0;                          // whole ones since the copy
    auto operator<=>(const Device&) const = default;
};

struct Tokens {
    int last = 1, last_but_one = kNone, next_fresh = 2;
    bool copied = false, alarm = false;
    std::array<Device, 2> devices{};
    auto operator<=>(const Tokens&) const = default;
};

// What HQ answers to a question; kNone with s.alarm set, when it is too old.
int ask(Tokens& s, TokenRule rule, int old, int fresh) {
    if (rule == TokenRule::kTerminalChooses) {
        if (old == s.last) s.last = fresh;
        if (fresh != s.last) s.alarm = true;
        return s.last;
    }
    if (old == s.last) {
        s.last_but_one = s.last;
        s.last = s.next_fresh++;
    } else if (old == s.last_but_one) {
        if (rule == TokenRule::kHqRenews) s.last = s.next_fresh++;
    } else {
        s.alarm = true;
    }
    return s.last;
}

struct Next {
    Tokens state;
    std::string words;
};

std::vector<Next> steps(const Tokens& s, TokenRule rule, bool may_copy, bool late) {
    std::vector<Next> out;
    if (s.next_fresh >= kFreshMost) return out;
    for (int d = 0; d < (s.copied ? 2 : 1); ++d) {
        const std::string who = d == 0 ? "A" : "A's copy";
        Tokens asked = s;
        Device& me = asked.devices[d];
        if (rule == TokenRule::kTerminalChooses && me.fresh == kNone) me.fresh = asked.next_fresh++;
        const Device before = me;
        Tokens lost = asked;
        const int answer = ask(asked, rule, before.old, before.fresh);
        lost = asked;
        if (s.copied) ++me.contacts;
        me.old = answer;
        me.fresh = kNone;
        if (me.contacts <= kContactsMost)
            out.push_back({asked, who + " asks with " + std::to_string(before.old) + " and is answered"});
        out.push_back({lost, who + " asks with " + std::to_string(before.old) + ", the answer is lost"});
        if (late && s.devices[d].late_old == kNone) {
            Tokens unread = s;
            Device& mine = unread.devices[d];
            if (rule == TokenRule::kTerminalChooses && mine.fresh == kNone) mine.fresh = unread.next_fresh++;
            mine.late_old = mine.old;
            mine.late_fresh = mine.fresh;
            out.push_back(
                {unread, who + " asks with " + std::to_string(mine.old) + " and gives the session up unread"});
        }
        if (s.devices[d].late_old != kNone) {
            Tokens read = s;
            ask(read, rule, s.devices[d].late_old, s.devices[d].late_fresh);
            read.devices[d].late_old = read.devices[d].late_fresh = kNone;
            out.push_back({read, "HQ reads " + who + "'s old question with " + std::to_string(s.devices[d].late_old)});
        }
    }
    if (may_copy && !s.copied) {
        Tokens copy = s;
        copy.copied = true;
        copy.devices[1] = copy.devices[0];
        copy.devices[1].late_old = copy.devices[1].late_fresh = kNone;
        out.push_back({copy, "A's disk is copied"});
    }
    return out;
}

}  // namespace

TokenVerdict explore_tokens(TokenRule rule, bool copied, bool late) {
    TokenVerdict verdict;
    std::map<Tokens, std::pair<Tokens, std::string>> from;
    std::queue<Tokens> open;
    const Tokens first;
    from.emplace(first, std::pair(first, std::string()));
    open.push(first);
    for (; !open.empty() && verdict.broken == nullptr; open.pop()) {
        const Tokens s = open.front();
        const bool both = std::ranges::all_of(s.devices, [](const Device& d) { return d.contacts >= kContactsMost; });
        if (s.alarm && !s.copied) verdict.broken = "an alarm although nothing was copied";
        if (!s.alarm && s.copied && both) verdict.broken = "no alarm although both copies had three whole contacts";
        if (verdict.broken != nullptr) {
            for (Tokens at = s; at != first; at = from.at(at).first)
                verdict.trace.insert(verdict.trace.begin(), from.at(at).second);
            break;
        }
        if (s.alarm) continue;
        for (Next& next : steps(s, rule, copied, late)) {
            if (from.emplace(next.state, std::pair(s, next.words)).second) open.push(next.state);
        }
    }
    verdict.states = static_cast<int>(from.size());
    return verdict;
}

}  // namespace tally::lease_model
