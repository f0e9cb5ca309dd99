#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "terminal/app/answers.h"
#include "terminal/app/dump.h"
#include "terminal/app/enrol_command.h"
#include "terminal/app/mouse_queue.h"
#include "terminal/app/screen_settings.h"
#include "tests/support/book.h"
#include "tests/support/files.h"
#include "tests/unit/app/fixture.h"

using namespace tally;
using namespace tally::test;
using support::content_of;

TEST_CASE("mailbox: events of many threads all arrive, each thread's in its order, and every post wakes") {
    constexpr int kThreads = 4, kEach = 2'000;
    std::atomic<int> woken = 0;
    Mailbox mailbox([&] { ++woken; });
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
        threads.emplace_back([&mailbox, t] {
            for (int i = 0; i < kEach; ++i) mailbox.post(Tick{t * kEach + i});
        });
    std::vector<std::int64_t> last(kThreads, -1);
    int got = 0;
    while (got < kThreads * kEach) {
        for (const Event& event : mailbox.take()) {
            const std::int64_t value = std::get<Tick>(event).now_ms;
            const auto thread = static_cast<std::size_t>(value / kEach);
            CHECK(value % kEach == last[thread] + 1);
            last[thread] = value % kEach;
            ++got;
        }
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(woken == kThreads * kEach);
    CHECK(mailbox.take().empty());
}

TEST_CASE("mouse queue: a press and its release before one frame come out in two, each where it happened") {
    MouseQueue queue;
    queue.button(true, 10, 20);
    queue.button(false, 300, 400);
    CHECK_FALSE(queue.down());
    CHECK(queue.next() == MouseQueue::Change{true, 10, 20});
    CHECK(queue.down());
    CHECK(queue.next() == MouseQueue::Change{false, 300, 400});
    CHECK_FALSE(queue.down());
    CHECK_FALSE(queue.next());
}

TEST_CASE("mouse queue: what repeats is dropped, and a flood ends with the button up") {
    MouseQueue queue;
    queue.button(false, 1, 1);
    CHECK_FALSE(queue.next());
    queue.button(true, 1, 1), queue.button(true, 2, 2), queue.button(false, 3, 3), queue.button(false, 4, 4);
    CHECK(queue.next()->x == 1);
    CHECK(queue.next()->x == 3);
    CHECK_FALSE(queue.next());
    for (int i = 0; i < 1'000; ++i) queue.button(i % 2 == 0, static_cast<float>(i), 0);
    std::size_t count = 0;
    bool down = false;
    while (const auto change = queue.next()) {
        CHECK(change->down != down);
        down = change->down;
        ++count;
    }
    CHECK(count == MouseQueue::kChangesMax);
    CHECK_FALSE(down);
}

TEST_CASE("member card: refunds that headquarters knows stand in the history as sales do, also those made elsewhere") {
    support::Book book;
    const domain::OpId sale = book.earn(10, 10'000, 100, {}, "B1");
    domain::Reverse refund;
    refund.target = sale;
    refund.bill.bill_no = "R1";
    refund.amount_minor = 2'500;
    book.add(11, refund);
    book.redeem(12, 20, 200);
    book.adjust(13, -5);
    replica::MemberCard card;
    card.view.account = book.account;
    const auto history = card_of(card, 14).history;
    REQUIRE(history.size() == 4);
    CHECK(history[0].kind == domain::OpKind::kAdjust);
    CHECK(history[0].points == -5);
    CHECK(history[1].kind == domain::OpKind::kRedeem);
    CHECK(history[2].kind == domain::OpKind::kReverse);
    CHECK(history[2].day == 11);
    CHECK(history[2].bill_no == "R1");
    CHECK(history[2].amount_minor == -2'500);
    CHECK(history[2].points == -25);
    CHECK(history[3].kind == domain::OpKind::kEarn);
}

TEST_CASE("dump: hostile words become whole JSON, and the facts of the state are in it") {
    AppState state;
    state.screen = Screen::kMember;
    state.waiting = 3;
    state.member.emplace();
    state.member->balance = -7;
    SeenFrame seen;
    seen.push_back({SeenKind::kText, "", std::string("a\"\n\0\xff\x1b", 6), {1, 2, 3, 4}, {}});
    seen.push_back({SeenKind::kButton, "earn", "Earn", {0, 0, 10, 10}, {}, false});
    const auto json = nlohmann::json::parse(dump_json(state, seen, 5), nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json["screen"] == "member");
    CHECK(json["waiting"] == 3);
    CHECK(json["balance"] == -7);
    CHECK(json["settled"] == true);
    CHECK(json["frame"] == 5);
    CHECK(json["items"].size() == 2);
    CHECK(json["items"][1]["enabled"] == false);
    for (Request AppState::*under_way : {&AppState::acting, &AppState::finding, &AppState::opening,
                                         &AppState::refreshing, &AppState::previewing, &AppState::listing}) {
        AppState busy;
        busy.*under_way = 1;
        CHECK(nlohmann::json::parse(dump_json(busy, {}, 1))["settled"] == false);
    }
}

TEST_CASE("dump: a file is replaced whole or not at all") {
    support::TempDir dir;
    CHECK_DONE(write_whole(dir / "frame.json", "one"));
    CHECK_DONE(write_whole(dir / "frame.json", "two"));
    CHECK(content_of(dir / "frame.json") == "two");
    CHECK_FALSE(std::filesystem::exists(dir / "frame.json.new"));
    CHECK_FAILS(write_whole(dir / "nowhere/frame.json", "x"), Code::kIo);
}

TEST_CASE("screen settings: the file's, the cashier's last language over it, and an error that names a bad entry") {
    CHECK(MUST(parse_screen_settings("", "")).scan_gap_ms == 35);
    const auto settings =
        MUST(parse_screen_settings("[screen]\nlang = \"zh\"\nwidth = 1024\nscan_gap_ms = 60\n", "lang = \"en\"\n"));
    CHECK(settings.lang == Lang::kEn);
    CHECK(settings.width == 1024);
    CHECK(settings.height == 800);
    CHECK(settings.scan_gap_ms == 60);
    for (const char* damaged : {"lang = 7", "lang = \"xx\"", "\x01\xff[", "lang"})
        CHECK(MUST(parse_screen_settings("[screen]\nlang = \"en\"\n", damaged)).lang == Lang::kEn);
    for (const char* bad : {"scan_gap_ms = 0", "scan_gap_ms = 201", "width = 10", "width = \"wide\"", "lang = \"fr\"",
                            "colour = 1", "height = 99999999999"}) {
        INFO(bad);
        CHECK_FAILS(parse_screen_settings(std::string("[screen]\n") + bad + "\n", ""), Code::kInvalid);
    }
    CHECK_FAILS(parse_screen_settings("[screen", ""), Code::kInvalid);
}
