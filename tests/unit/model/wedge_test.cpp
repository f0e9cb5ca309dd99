#include "terminal/model/wedge.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "common/base/random.h"

using namespace tally;
using namespace tally::terminal;

namespace {

struct Rig {
    Wedge wedge;
    std::vector<Input> out;
    std::int64_t now = 1000;
    void type(std::string_view text, std::int64_t gap_ms) {
        for (const char c : text) now += gap_ms, wedge.stroke({static_cast<char32_t>(c)}, now, out);
    }
    void press(Key key, std::int64_t gap_ms) { now += gap_ms, wedge.stroke({key}, now, out); }
    void rest() { now += 1000, wedge.tick(now, out); }
    std::string typed() const {
        std::string text;
        for (const Input& input : out)
            if (const auto* one = std::get_if<Typed>(&input)) text.push_back(static_cast<char>(one->character));
        return text;
    }
};

}  // namespace

TEST_CASE("wedge: six fast characters and Enter are one scan, and the Enter is swallowed") {
    for (const std::int64_t gap : {0, 1, 20, 35}) {
        Rig rig;
        rig.type("690123", gap), rig.press(Key::kEnter, gap);
        REQUIRE(rig.out.size() == 1);
        CHECK(std::get<Scanned>(rig.out[0]).code == "690123");
        rig.rest();
        CHECK(rig.out.size() == 1);
    }
}

TEST_CASE("wedge: Tab ends a scan as Enter does") {
    Rig rig;
    rig.type("TALLY-ABC-1", 2), rig.press(Key::kTab, 2);
    REQUIRE(rig.out.size() == 1);
    CHECK(std::get<Scanned>(rig.out[0]).code == "TALLY-ABC-1");
}

TEST_CASE("wedge: five characters, or a gap of 36 ms, are a hand's typing in its order") {
    Rig five;
    five.type("12345", 1), five.press(Key::kEnter, 1);
    CHECK(five.typed() == "12345");
    REQUIRE(five.out.size() == 6);
    CHECK(std::get<KeyPressed>(five.out.back()).key == Key::kEnter);
    Rig slow;
    slow.type("1234567890", 36), slow.press(Key::kEnter, 36);
    CHECK(slow.typed() == "1234567890");
    CHECK(std::get<KeyPressed>(slow.out.back()).key == Key::kEnter);
}

TEST_CASE("wedge: what was typed by hand before a scan stays typed, and the scan is whole") {
    Rig rig;
    rig.type("12", 120);
    rig.now += 100;
    rig.type("6901234567", 3), rig.press(Key::kEnter, 3);
    CHECK(rig.typed() == "12");
    REQUIRE(rig.out.size() == 3);
    CHECK(std::get<Scanned>(rig.out[2]).code == "6901234567");
}

TEST_CASE("wedge: a held key, characters beyond ASCII and other keys let go at once") {
    Rig rig;
    rig.type("d", 1);
    for (int i = 0; i < 8; ++i) rig.now += i == 0 ? 500 : 33, rig.wedge.stroke({U'd', true}, rig.now, rig.out);
    CHECK(rig.typed() == "ddddddddd");
    rig.type("ef", 1);
    rig.wedge.stroke({U'王'}, rig.now, rig.out);
    CHECK(rig.out.size() == 12);
    rig.type("g", 1), rig.press(Key::kBackspace, 1);
    CHECK(rig.out.size() == 14);
    CHECK_FALSE(rig.wedge.due_ms());
}

TEST_CASE("wedge: a doubled character inside a burst is the scanner's, also when it is called a repetition") {
    Rig rig;
    rig.type("690", 2);
    for (int i = 0; i < 4; ++i) rig.now += 2, rig.wedge.stroke({U'0', true}, rig.now, rig.out);
    rig.press(Key::kEnter, 2);
    REQUIRE(rig.out.size() == 1);
    CHECK(std::get<Scanned>(rig.out[0]).code == "6900000");
}

TEST_CASE("wedge: tick at due_ms lets go of what waits") {
    Rig rig;
    rig.type("7", 1);
    REQUIRE(rig.wedge.due_ms());
    rig.wedge.tick(*rig.wedge.due_ms() - 1, rig.out);
    CHECK(rig.out.empty());
    rig.wedge.tick(*rig.wedge.due_ms(), rig.out);
    CHECK(rig.typed() == "7");
}

TEST_CASE("wedge: 1,000 scans at 20, 200 and 2,000 characters a second between typing: all whole, nothing leaks") {
    const char* given = std::getenv("TALLY_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 20261122;
    INFO("TALLY_SEED=", seed);
    SeededRandom random(seed);
    Rig rig;
    std::string hand;
    std::vector<std::string> codes;
    double exact = 1000;
    for (int i = 0; i < 1000; ++i) {
        const double gap = i % 3 == 0   ? 0.5
                           : i % 3 == 1 ? 5
                                        : 34;  // 50 ms a character is a hand: 20 a second is its edge
        for (std::uint64_t n = random.below(4); n > 0; --n) {
            exact += 80 + static_cast<double>(random.below(200));
            const char c = static_cast<char>('a' + random.below(26));
            hand.push_back(c);
            rig.wedge.stroke({static_cast<char32_t>(c)}, static_cast<std::int64_t>(exact), rig.out);
        }
        exact += 60;
        std::string code;
        for (std::uint64_t n = 6 + random.below(30); n > 0; --n) {
            code.push_back(static_cast<char>('!' + random.below(94)));
            rig.wedge.stroke({static_cast<char32_t>(code.back())}, static_cast<std::int64_t>(exact), rig.out);
            exact += gap;
        }
        rig.wedge.stroke({Key::kEnter}, static_cast<std::int64_t>(exact), rig.out);
        codes.push_back(code);
    }
    rig.now = static_cast<std::int64_t>(exact), rig.rest();
    std::vector<std::string> seen;
    for (const Input& input : rig.out) {
        if (const auto* scan = std::get_if<Scanned>(&input)) seen.push_back(scan->code);
        CHECK_FALSE(std::holds_alternative<KeyPressed>(input));
    }
    CHECK(seen == codes);
    CHECK(rig.typed() == hand);
}
