// A terminal and a headquarters that are lost and restored from their backups, by the very functions behind the
// commands: what comes back, what is named as lost, and what two copies of one terminal lead to.
#include <atomic>
#include <fstream>
#include <thread>

#include "common/replica/damaged.h"
#include "hq-server/admin/backup.h"
#include "hq-server/admin/take_in.h"
#include "sync/agent/backup_commands.h"
#include "sync/agent/repair_command.h"
#include "tests/fault/shop.h"
#include "tests/support/files.h"

using namespace tally;
using namespace tally::fault;
using support::flip_byte;
using wire::IncidentKind;

namespace {

struct Restored : Shop {
    std::string dir = folder / "till", backup = folder / "backup";
    domain::MemberId member;
    std::unique_ptr<ShopTill> till;

    Restored() {
        enrol(dir);
        till = std::make_unique<ShopTill>(*this, dir);
        till->connect();
        REQUIRE(wait_until([&] { return must(till->replica->programme()).version == 1; }));
        member = till->sign_up("13800138000");
    }
    std::string back_up() { return must(agent::backup_terminal(place(), backup, {})); }
    agent::KeysPlace place() const { return {dir, {till_key, -1, "", false}}; }
    std::string restore(const std::string& to, const std::string& old_dir) {
        agent::RestoreRequest request;
        request.from = backup;
        request.dir = to;
        request.old_dir = old_dir;
        request.unlock = {till_key, -1, "", false};
        request.now_ms = test::kNoon_ms;
        return must(agent::restore_terminal(std::move(request)));
    }
    // Every operation once, and the same totals at both ends.
    void check_equal(ShopTill& at, std::int64_t bills) {
        CHECK(hq_number("SELECT count(*) FROM op_log WHERE terminal > 1 AND outcome <> 1") == 0);
        CHECK(hq_number("SELECT count(*) FROM op_log WHERE terminal > 1") == bills + 1);
        CHECK(hq_number("SELECT sum(bills) FROM store_day") == bills);
        CHECK(at.bills() == bills);
        CHECK(at.points(member) == hq_points());
        CHECK(must(admin::verify_command(hq)).well);
        must(at.replica->verify_log());
        must(at.replica->check_fold());
    }
    domain::Points hq_points() {
        const auto row = must(home->store->member(member));
        REQUIRE(row.has_value());
        return must(wire::decode_account(row->account)).balance_on(test::kToday);
    }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("restore: a lost till gets back what headquarters has, names what is lost, and doubles nothing") {
    Restored shop;
    shop.till->sell(shop.member, 5);
    shop.till->wait_until_settled();
    const std::string said = shop.back_up();
    INFO(said);
    CHECK(has(said, "opens with the same secrets"));
    CHECK(has(said, "6 operations"));
    shop.till->sell(shop.member, 4);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    shop.till->sell(shop.member, 3);  // these reach nobody
    const domain::Epoch before = must(shop.till->replica->head()).epoch;
    shop.till.reset();
    fs::rename(shop.dir, shop.folder / "lost");

    SUBCASE("with the lost folder's witness") {
        CHECK(has(shop.restore(shop.dir, shop.folder / "lost"), "saw 7 operations more"));
        ShopTill till(shop, shop.dir);
        CHECK(till.incident().missing == 7);
        CHECK(must(till.replica->head()).epoch != before);
        till.connect();
        REQUIRE(wait_until([&] { return till.incident().returned == 4; }));
        CHECK(till.incident().missing == 3);
        REQUIRE(wait_until([&] { return till.bills() == 9; }));
        shop.check_equal(till, 9);
    }
    SUBCASE("without") {
        CHECK(has(shop.restore(shop.dir, ""), "compare the till's list with paper receipts"));
        ShopTill till(shop, shop.dir);
        CHECK(must(till.replica->head()).epoch_no == 2);  // at restore, before anybody was asked
        till.connect();
        REQUIRE(wait_until([&] { return till.incident().returned == 4 && till.bills() == 9; }));
        shop.check_equal(till, 9);
    }
    ShopTill till(shop, shop.dir);
    till.connect();
    till.sell(shop.member, 2);
    till.wait_until_settled();
    shop.check_equal(till, 11);
    CHECK(till.incident().report.kind == IncidentKind::kRestored);
    CHECK(shop.hq_names(till.terminal(), IncidentKind::kRestored));
    CHECK(shop.status(till.terminal()) == intake::DeviceStatus::kActive);
    CHECK(must(till.replica->head()).epoch_no == 2);
}

TEST_CASE("restore: what the backup holds and headquarters has not heard of goes up from the restored till, once") {
    Restored shop;
    shop.till->sell(shop.member, 2);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    shop.till->sell(shop.member, 3);
    shop.back_up();
    SUBCASE("and never reached it from the lost one") { shop.till.reset(); }
    SUBCASE("or reached it from the lost one after the backup") {
        shop.till->connect();
        shop.till->wait_until_settled();
        shop.till.reset();
    }
    shop.restore(shop.folder / "new", shop.dir);
    ShopTill till(shop, shop.folder / "new");
    CHECK(till.incident().missing == 0);
    CHECK(till.points(shop.member) == 50);
    till.connect();
    till.wait_until_settled();
    shop.check_equal(till, 5);
}

TEST_CASE("backup: while the till sells, the copy is one moment of it, and selling goes on") {
    Restored shop;
    shop.till->sell(shop.member, 3);
    std::atomic<bool> done = false;
    std::string said;
    std::thread other([&] {
        for (int i = 0; i < 3; ++i) {
            const std::string to = shop.folder / ("copy" + std::to_string(i));
            auto answer = agent::backup_terminal(shop.place(), to, {});
            said += answer ? *answer : to_string(answer.error());
        }
        done = true;
    });
    int sold = 3;
    for (; !done; ++sold) shop.till->sell(shop.member, 1);
    other.join();
    INFO(said);
    for (int i = 0; i < 3; ++i) {
        shop.backup = shop.folder / ("copy" + std::to_string(i));
        const std::string to = shop.folder / ("again" + std::to_string(i));
        shop.restore(to, shop.dir);
        ShopTill till(shop, to);
        must(till.replica->check_fold());
        CHECK(till.bills() >= 3);
        CHECK(till.bills() + static_cast<std::int64_t>(till.incident().missing) <= sold);
    }
}

TEST_CASE("restore: when the lost till comes back and both run, the fork is named and a person decides") {
    Restored shop;
    shop.till->sell(shop.member, 3);
    shop.till->wait_until_settled();
    shop.back_up();
    shop.till->sell(shop.member, 2);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    shop.restore(shop.folder / "new", "");
    ShopTill fresh(shop, shop.folder / "new");
    fresh.connect();
    fresh.sell(shop.member, 4);
    fresh.wait_until_settled();
    REQUIRE(wait_until([&] { return fresh.bills() == 9; }));
    const domain::TerminalId terminal = fresh.terminal();
    CHECK(shop.status(terminal) == intake::DeviceStatus::kActive);

    shop.till->sell(shop.member, 1);  // the old one, still under its old epoch
    shop.till->connect();
    REQUIRE(wait_until([&] { return shop.status(terminal) == intake::DeviceStatus::kQuarantined; }));
    REQUIRE(wait_until([&] { return shop.till->names(IncidentKind::kFork); }));
    CHECK(shop.hq_names(terminal, IncidentKind::kFork));
    CHECK(must(shop.till->replica->head()).epoch_no == 2);
    shop.till->sell(shop.member, 1);  // both sell on
    fresh.sell(shop.member, 1);
    fresh.disconnect();  // the person keeps the old one
    shop.release(terminal);
    shop.till->wait_until_settled();
    CHECK(shop.status(terminal) == intake::DeviceStatus::kActive);
    REQUIRE(wait_until([&] { return shop.till->bills() == 11; }));
    shop.check_equal(*shop.till, 11);

    fresh.connect();  // and the other one comes all the same
    REQUIRE(wait_until([&] { return shop.status(terminal) == intake::DeviceStatus::kQuarantined; }));
    REQUIRE(wait_until([&] { return fresh.names(IncidentKind::kFork); }));
    shop.till->disconnect();
    shop.release(terminal);
    fresh.wait_until_settled();
    REQUIRE(wait_until([&] { return fresh.bills() == 12; }));
    shop.check_equal(fresh, 12);
}

TEST_CASE("restore: the same backup twice is no fork while only one of them runs") {
    Restored shop;
    shop.till->sell(shop.member, 3);
    shop.till->wait_until_settled();
    shop.back_up();
    shop.till->sell(shop.member, 1);
    shop.till->wait_until_settled();
    shop.till.reset();
    shop.restore(shop.folder / "first", "");
    {
        ShopTill first(shop, shop.folder / "first");
        first.connect();
        first.sell(shop.member, 2);
        first.wait_until_settled();
    }
    shop.restore(shop.folder / "second", "");
    ShopTill second(shop, shop.folder / "second");
    second.sell(shop.member, 2);
    second.connect();
    second.wait_until_settled();
    REQUIRE(wait_until([&] { return second.incident().returned == 3 && second.bills() == 8; }));
    shop.check_equal(second, 8);
    CHECK(shop.status(second.terminal()) == intake::DeviceStatus::kActive);
    CHECK(must(second.replica->head()).epoch_no == 2);
}

TEST_CASE("restore: headquarters from an older backup knows it by itself, and the till pushes what it lacks") {
    Restored shop;
    shop.till->sell(shop.member, 3);
    shop.till->wait_until_settled();
    const auto backup = must(admin::backup_command(shop.hq, shop.folder / "hq-backup", {}));  // while it serves
    INFO(backup.text);
    CHECK(has(backup.text, "opens with the same secrets"));
    const auto incarnation = must(shop.home->store->hq()).incarnation;
    shop.till->sell(shop.member, 4);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    shop.stop_serving();

    admin::Place place{shop.folder / "hq2", shop.hq.unlock};
    const auto said = must(admin::restore_command(place, {shop.folder / "hq-backup", "", {}, {}}));
    INFO(said.text);
    CHECK(has(said.text, "begins a new history"));
    shop.hq = place;
    shop.serve();
    CHECK(must(shop.home->store->hq()).incarnation != incarnation);
    CHECK(shop.hq_number("SELECT count(*) FROM op_log WHERE terminal > 1") == 4);
    shop.till->sell(shop.member, 1);
    shop.till->connect();
    shop.till->wait_until_settled();
    shop.check_equal(*shop.till, 8);
}

// A page of the till's file whose damage costs operations below `acknowledged` only, and not the till's identity.
static std::int64_t page_of_old_operations(Restored& shop, std::int64_t acknowledged) {
    const std::string& copy = shop.dir;
    const crypto::Secret key = must(store::unlock_keys(copy + "/replica.db", shop.till_unlock()));
    const auto whole = must(replica::read_damaged(copy, key)).log.size();
    const auto pages = static_cast<std::int64_t>(fs::file_size(copy + "/replica.db")) / 4096;
    for (std::int64_t page = 1; page < pages; ++page) {
        flip_byte(copy + "/replica.db", page * 4096 + 50);
        const auto saved = must(replica::read_damaged(copy, key));
        flip_byte(copy + "/replica.db", page * 4096 + 50);
        if (saved.log.size() == whole || !saved.device_seed || !saved.enrolment || saved.log.empty()) continue;
        std::int64_t lost = 1;  // the last position that is missing
        for (std::int64_t pos = 1, i = 0; pos <= static_cast<std::int64_t>(whole); ++pos) {
            const bool there =
                i < static_cast<std::int64_t>(saved.log.size()) && saved.log[static_cast<std::size_t>(i)].pos == pos;
            i += there;
            if (!there) lost = pos;
        }
        if (lost < acknowledged) return page;
    }
    FAIL("no such page");
    return 0;
}

// The till is closed and damaged there; how to repair it.
static agent::RepairRequest damage_old_operations(Restored& shop, std::int64_t acknowledged) {
    must(shop.till->replica->db().checkpoint(true));
    shop.till.reset();
    flip_byte(shop.dir + "/replica.db", page_of_old_operations(shop, acknowledged) * 4096 + 50);
    agent::RepairRequest request;
    request.from = shop.dir;
    request.dir = shop.folder / "new";
    request.unlock = {shop.till_key, -1, "", false};
    request.now_ms = test::kNoon_ms;
    return request;
}

TEST_CASE("repair: operations behind a gap reach headquarters by take-in, those before it by themselves, each once") {
    Restored shop;
    shop.till->sell(shop.member, 60);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    shop.till->sell(shop.member, 40);  // only here
    const agent::RepairRequest request = damage_old_operations(shop, 60);
    const std::string said = must(agent::repair_terminal(request));
    INFO(said);
    REQUIRE(fs::exists(agent::saved_operations_path(request.dir)));
    ShopTill till(shop, request.dir);
    till.connect();
    till.wait_until_settled();
    till.sell(shop.member, 5);
    till.wait_until_settled();
    CHECK(shop.hq_number("SELECT sum(bills) FROM store_day") == 65);
    const admin::Said taken =
        must(admin::take_in_command(shop.hq, agent::saved_operations_path(request.dir), test::kNoon_ms));
    INFO(taken.text);
    CHECK(taken.well);
    CHECK(has(taken.text, ": 40 operations taken in"));
    till.disconnect();
    till.connect();
    REQUIRE(wait_until([&] { return till.bills() == 105; }));
    till.wait_until_settled();
    shop.check_equal(till, 105);
    CHECK(has(must(admin::take_in_command(shop.hq, agent::saved_operations_path(request.dir), test::kNoon_ms)).text,
              ": 0 operations taken in"));
    {  // a shorter one, which ends before what headquarters has by then
        const std::string file = agent::saved_operations_path(request.dir), whole = support::content_of(file);
        const auto hello = std::size_t{4} + static_cast<std::uint8_t>(whole[2]) * 256u +
                           static_cast<std::uint8_t>(whole[3]);  // big-endian length, and what it counts
        auto saved = must(
            replica::read_damaged(shop.dir, must(store::unlock_keys(shop.dir + "/replica.db", shop.till_unlock()))));
        saved.log.erase(saved.log.end() - 10, saved.log.end());
        const Bytes shorter = wire::encode_message(must(replica::pushes_behind_gap(saved)).at(0));
        std::ofstream(file, std::ios::binary) << whole.substr(0, hello) << std::string(shorter.begin(), shorter.end());
        const std::string again = must(admin::take_in_command(shop.hq, file, test::kNoon_ms)).text;
        CHECK_MESSAGE(has(again, ": 0 operations taken in, "), again);
        CHECK_MESSAGE(has(again, " were here already, 0 could not be taken"), again);
        CHECK_MESSAGE(again.size() < 120, again);  // no number below zero
    }
    CHECK(shop.status(till.terminal()) == intake::DeviceStatus::kActive);
}

TEST_CASE(
    "repair: a file that comes too late, or to a terminal that waits for a person, is refused with nothing lost") {
    Restored shop;
    shop.till->sell(shop.member, 60);
    shop.till->wait_until_settled();
    shop.till->disconnect();
    must(shop.till->replica->begin_restored(test::kNoon_ms, std::nullopt, "another epoch, which nobody hears of"));
    shop.till->sell(shop.member, 5);  // only here
    const agent::RepairRequest request = damage_old_operations(shop, 60);
    must(agent::repair_terminal(request));
    const std::string file = agent::saved_operations_path(request.dir);
    ShopTill till(shop, request.dir);
    const auto take = [&] { return admin::take_in_command(shop.hq, file, test::kNoon_ms); };

    SUBCASE("in time") {
        CHECK(must(take()).well);
        till.connect();
        REQUIRE(wait_until([&] { return till.bills() == 65; }));
        till.wait_until_settled();
    }
    SUBCASE("after the till has begun an epoch of its own") {
        till.connect();
        till.wait_until_settled();
        till.sell(shop.member, 1);
        till.wait_until_settled();
        till.disconnect();
        const admin::Said said = must(take());
        INFO(said.text);
        CHECK_FALSE(said.well);
        CHECK(has(said.text, "a later epoch"));
        till.connect();
        till.sell(shop.member, 1);
        till.wait_until_settled();
        CHECK(shop.hq_number("SELECT sum(bills) FROM store_day") == 62);
    }
    SUBCASE("while it is quarantined") {
        {
            auto scope = must(intake::WriteScope::begin(*shop.home->store));
            must(shop.home->store->set_device_status(till.terminal(), intake::DeviceStatus::kQuarantined, "a fork",
                                                     test::kNoon_ms));
            must(scope.commit());
        }
        const auto refused = take();
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == Code::kRefused);
        CHECK(has(refused.error().detail, "release --terminal"));
        shop.release(till.terminal());
        CHECK(must(take()).well);
    }
    CHECK(shop.status(till.terminal()) == intake::DeviceStatus::kActive);
}
