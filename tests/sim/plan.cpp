#include "tests/sim/plan.h"

#include <algorithm>
#include <functional>

#include "common/base/random.h"

namespace tally::sim {

namespace {

using Arguments = std::vector<std::int64_t>;

constexpr std::int64_t kMinuteOfPlan_ms = 60'000;
constexpr std::int64_t kOpen_ms = 12 * 60 * kMinuteOfPlan_ms;  // the shops' hours, from the start of each day
constexpr std::int64_t kWholeDay_ms = 2 * kOpen_ms;
constexpr int kActsPerDay = 12;

class Planner {
  public:
    Planner(std::uint64_t seed, int terminals, int days) : random_(seed), out_{seed, terminals, days, {}} {
        people_ = one_in(4) ? 3 + below(6) : 16 + below(40);
    }
    Plan make() {
        lines();
        for (int day = 0; day < out_.days; ++day)
            for (int till = 1; till <= out_.terminals; ++till)
                for (int act = 0; act < kActsPerDay; ++act) add_act(till, moment(day));
        for (int day = 0; day < out_.days; ++day) headquarters(day);
        faults();
        std::stable_sort(out_.events.begin(), out_.events.end(),
                         [](const Event& a, const Event& b) { return a.at_ms < b.at_ms; });
        return std::move(out_);
    }

  private:
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound)));
    }
    bool one_in(std::int64_t bound) { return below(bound) == 0; }
    std::int64_t moment(int day) { return day * kWholeDay_ms + below(kOpen_ms); }
    std::int64_t any_moment() { return moment(static_cast<int>(below(out_.days))); }
    std::int64_t person() { return 1 + below(people_); }
    std::int64_t till() { return 1 + below(out_.terminals); }
    void add(std::int64_t at_ms, const char* verb, Arguments arguments) {
        out_.events.push_back({at_ms, ++number_, verb, std::move(arguments)});
    }
    // Small and large, so that limits, campaigns and thresholds are met.
    std::int64_t minor() { return one_in(4) ? 5'000 + below(20'000) : 100 + below(5'000); }
    std::int64_t calls() { return one_in(3) ? below(400) : below(60); }
    std::int64_t keep() {
        constexpr std::int64_t kKeeps[] = {0, 0, 50, 100, 101, 102, 102};
        return kKeeps[below(std::size(kKeeps))];
    }

    void lines() {
        // Most of what a week costs is states on their way to everybody.
        add(0, "coalesce", {one_in(6) ? 5 : (10 + below(110)) * kMinuteOfPlan_ms});
        for (int till = 1; till <= out_.terminals; ++till)
            if (one_in(3)) add(0, "latency", {till, one_in(3) ? 60'000 + below(300'000) : below(3'000)});
    }

    void add_act(std::int64_t at, std::int64_t at_ms) {
        const std::int64_t what = below(100);
        if (what < 42) {
            const std::int64_t bill = one_in(12) ? 1 + below(30) : 0;  // the same number at two tills, now and then
            sales_.push_back(number_ + 1);
            return add(at_ms, "sale", {at, person(), minor(), one_in(5) ? below(80) : 0, bill});
        }
        if (what < 52) {
            strangers_.push_back(number_ + 1);
            sales_.push_back(number_ + 1);
            return add(at_ms, "stranger", {at, minor(), one_in(12) ? 1 + below(30) : 0});
        }
        if (what < 62 && !sales_.empty())
            return add(at_ms, "refund", {at, pick(sales_), one_in(2) ? 1000 : 1 + below(1000)});
        if (what < 71) {
            redeems_.push_back(number_ + 1);
            return add(at_ms, "redeem", {at, person(), 1 + below(one_in(4) ? 200 : 40)});
        }
        if (what < 75 && !redeems_.empty()) return add(at_ms, "undo", {at, pick(redeems_)});
        if (what < 79) return add(at_ms, "adjust", {at, person(), one_in(2) ? 1 + below(50) : -1 - below(50)});
        if (what < 82) return add(at_ms, "review", {at, person(), below(4)});
        if (what < 84) return add(at_ms, "edit", {at, person()});
        if (what < 86) return add(at_ms, "consent", {at, person(), below(2)});
        if (what < 89 && !strangers_.empty()) return add(at_ms, "late", {at, person(), pick(strangers_)});
        const std::int64_t who = person(), which = below(3), order_minor = minor();
        add(at_ms, "reserve", {at, who, which, order_minor});
        if (one_in(4)) return add(at_ms + below(kOpen_ms / 4), "unreserve", {at, who, which});
        add(at_ms + 1 + below(kOpen_ms / 4), "use", {at, who, which, order_minor});
    }
    std::int64_t pick(const std::vector<std::uint64_t>& from) {
        return static_cast<std::int64_t>(from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))]);
    }

    void headquarters(int day) {
        for (std::int64_t i = 0; i < 5; ++i) add(moment(day), "issue", {person(), below(3)});
        if (one_in(6)) add(moment(day), "publish", {below(12)});
    }

    // Each kind is chosen by the seed, and then comes a few times.
    void some(std::int64_t times_max, const std::function<void(std::int64_t at_ms)>& one) {
        if (!one_in(2)) return;
        for (std::int64_t times = 1 + below(times_max * out_.days); times > 0; --times) one(any_moment());
    }

    void faults() {
        const auto minutes = [this] { return one_in(4) ? below(2'000) : below(200); };
        some(6, [&](std::int64_t at) { add(at, "cut", {till(), minutes(), below(2), one_in(3) ? 0 : 1 + below(8)}); });
        some(1, [&](std::int64_t at) { add(at, "cut-hq", {minutes()}); });
        some(2, [&](std::int64_t at) { add(at, "mute", {till(), below(3)}); });
        some(3, [&](std::int64_t at) { add(at, "crash", {till(), calls(), below(2), keep(), below(120)}); });
        some(2, [&](std::int64_t at) { add(at, "crash-hq", {calls(), below(2), keep(), below(120)}); });
        some(2, [&](std::int64_t at) { add(at, "power", {till(), keep(), below(120)}); });
        some(1, [&](std::int64_t at) { add(at, "power-hq", {keep(), below(120)}); });
        some(2, [&](std::int64_t at) { add(at, "ail", {till(), calls(), below(4), below(120)}); });
        some(1, [&](std::int64_t at) { add(at, "ail-hq", {calls(), below(4), below(60)}); });
        some(2, [&](std::int64_t at) { add(at, "jump", {till(), below(5'000) - 2'500}); });
        some(1, [&](std::int64_t at) { add(at, "drift", {till(), below(20'000) - 10'000}); });
        some(1, [&](std::int64_t at) {
            const std::int64_t who = till(), slot = below(2);
            add(at, "keep", {who, slot});
            add(at + below(kWholeDay_ms), "put-back", {who, slot, below(3)});
        });
        if (one_in(6)) add(any_moment(), "copy", {till()});
        if (one_in(4)) {
            const std::int64_t who = till(), at = any_moment();
            add(at, "revoke", {who});
            add(at + below(kOpen_ms), "let-in", {who});
        }
        if (one_in(4)) {
            const std::int64_t slot = below(2), at = any_moment();
            add(at, "hq-backup", {slot});
            add(at + below(kWholeDay_ms), "hq-restore", {slot});
        }
        if (one_in(2))
            for (int i = 0; i < out_.days; ++i) add(any_moment(), "let-in", {till()});
    }

    SeededRandom random_;
    Plan out_;
    std::int64_t people_ = 0;
    std::uint64_t number_ = 0;
    std::vector<std::uint64_t> sales_, strangers_, redeems_;
};

}  // namespace

Plan make_plan(std::uint64_t seed, int terminals, int days) { return Planner(seed, terminals, days).make(); }

}  // namespace tally::sim
