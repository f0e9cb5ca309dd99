// Drives reduce() the way a cashier does and remembers the effects. No thread, no window.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "terminal/model/project.h"
#include "terminal/model/reduce.h"
#include "terminal/model/utf8.h"

namespace tally::test {

using namespace tally::terminal;

struct FlowRig {
    AppState s;
    std::vector<Effect> effects;

    FlowRig() {
        Shop shop;
        shop.store = "S1", shop.till = 2;
        shop.programme.version = 1;
        happen(Opened{shop, TimeZone::load("Asia/Shanghai").value()});
        happen(Tick{1'795'315'320'000});
        effects.clear();
    }
    void happen(const Event& event) {
        Step step = reduce(std::move(s), event);
        s = std::move(step.state);
        for (Effect& effect : step.effects) effects.push_back(std::move(effect));
    }
    void type(std::string_view text) {
        for (std::size_t at = 0; at < text.size();) happen(Typed{next_character(text, at)});
    }
    void key(Key key) { happen(KeyPressed{key}); }
    void scan(std::string code) { happen(Scanned{std::move(code)}); }
    template <class T>
    const T& last() const {
        for (auto at = effects.rbegin(); at != effects.rend(); ++at)
            if (const T* found = std::get_if<T>(&*at)) return *found;
        FAIL("no such effect");
        static const T none{};
        return none;
    }
    template <class T>
    int count() const {
        int out = 0;
        for (const Effect& effect : effects) out += std::holds_alternative<T>(effect);
        return out;
    }
    int commits() const {
        int out = 0;
        for (const Effect& effect : effects)
            if (const auto* act = std::get_if<MoneyAct>(&effect)) out += act->commit;
        return out + count<RegisterMember>();
    }
    static domain::MemberId member(std::uint8_t last) {
        domain::MemberId id;
        id.bytes[15] = last;
        return id;
    }
    MemberCard card(std::uint8_t last = 7) const {
        MemberCard out;
        out.member = member(last), out.name = "王小明", out.phone = "+8613812348000";
        out.balance = out.redeemable = 1'200;
        return out;
    }
    void open_member(std::uint8_t last = 7) {
        scan("690000001");
        happen(Found{last_request<FindMember>(), std::vector<MemberBrief>{{member(last), "王小明", "", ""}}, {}, true});
        happen(MemberOpened{last_request<OpenMember>(), card(last)});
        REQUIRE(s.screen == Screen::kMember);
    }
    template <class T>
    Request last_request() const {
        return last<T>().request;
    }
    void answer_preview(domain::Points points) {
        happen(Previewed{last_request<MoneyAct>(), Outcome{.points = points, .balance = 1'200 + points}});
    }
    std::string said() const { return s.notice ? say(s.locale(), s.notice->head) : ""; }
};

}  // namespace tally::test
