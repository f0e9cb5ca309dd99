// `tally-hq lease`: who holds what, what a write-off risks, what it cost; and `why` of it.
#include "hq-server/admin/lease_command.h"

#include "hq-server/admin/verify.h"
#include "hq-server/admin/why.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

struct Till {
    TerminalId terminal = 0;
    crypto::Device device = crypto::Device::create();
    Epoch epoch{{1, 2, 3, 4, 5}};
};

// Anna with 300 points, 200 of which terminal 2 holds.
struct LeaseDesk : Office {
    MemberId anna = member_number(1);
    OpId lot;
    Till till;

    LeaseDesk() {
        (void)must(init());
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        auto scope = must(intake::WriteScope::begin(*home.store));
        intake::DeviceRow row;
        row.terminal = till.terminal = must(home.store->next_terminal());
        row.key = till.device.public_key();
        row.store = "S1";
        row.last_contact_ms = kNoon_ms - 86'400'000;
        must(home.store->add_device(row));
        must(scope.commit());
        intake::Intake intake(*home.store, home.device);
        Programme programme = must(intake.programme());
        programme.floor_limit_points = 0;
        (void)must(intake.publish(programme, kNoon_ms));
        Earn earn;
        earn.amount_minor = earn.eligible_minor = 30'000;
        earn.points = 300;
        std::vector<intake::Intake::OwnOp> ops = {
            intake::Intake::OwnOp::of(anna, kToday, Register{.channel = "import"}),
            intake::Intake::OwnOp::of(anna, kToday, earn)};
        ops[0].fields = {{Field::kName, "Anna"}, {Field::kCard, "6200000001"}};
        ops[1].op.store = "S1";
        (void)must(intake.append_own(ops, kNoon_ms));
        lot = {kHqTerminal, must(home.store->hq()).own_epoch, 2};
        const intake::LeaseAsk ask{{till.terminal, till.device.public_key(), till.epoch, 0},
                                   {till.epoch, 1, anna, 200}};
        (void)must(intake.commit({}, std::span(&ask, 1), kNoon_ms));
    }
    admin::WriteOffRequest write_off(bool yes) const {
        return {till.terminal, "6200000001", "", 12, "the till burned", yes};
    }
    // What the till redeemed while it was away, by its own chain.
    void redeem(Points points) {
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        intake::Intake intake(*home.store, home.device);
        Op op;
        op.id = {till.terminal, till.epoch, 1};
        op.at = Hlc::of(kNoon_ms, 0);
        op.business_day = kToday;
        op.store = "S1";
        op.member = anna;
        op.programme_version = 2;
        Redeem body;
        body.points = body.value_minor = points;
        body.takes = {{lot, points}};
        body.leased = true;
        op.body = body;
        wire::Push push;
        push.epoch = till.epoch;
        push.ops = {{wire::encode_op(op), {}, {}}};
        push.signature =
            till.device.sign(wire::kChainHeadContext, wire::chain_head_text(op.id, crypto::hash_of(push.ops[0].bytes)));
        auto prepared = intake::prepare_push(till.terminal, till.device.public_key(), std::move(push));
        REQUIRE(std::holds_alternative<intake::PreparedPush>(prepared));
        const auto answers = must(intake.commit(std::span(&std::get<intake::PreparedPush>(prepared), 1), kNoon_ms));
        REQUIRE(std::holds_alternative<wire::Ack>(answers.front().answer));
    }
    std::string list(admin::LeaseListRequest request = {}) {
        return must(admin::list_leases_command(place, request, kNoon_ms)).text;
    }
};

bool names(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("lease command: list and show say who holds what, until when, and when it was heard of last") {
    LeaseDesk desk;
    const std::string all = desk.list();
    CHECK(names(all, uuid_text(desk.anna)));
    CHECK(names(all, "200     2023-11-15  held   2023-11-14 06:13:20"));
    CHECK(desk.list({"6200000001", 0, false}) == all);
    CHECK(desk.list({"", desk.till.terminal, false}) == all);
    CHECK(desk.list({"", 99, false}) == "no points are leased\n");
    CHECK(desk.list({"", 0, true}) == "no points are leased\n");
    const std::string shown = must(admin::show_leases_command(desk.place, "6200000001", kNoon_ms)).text;
    CHECK(names(shown, "balance on 2023-11-15: 300\n  free, to be leased or redeemed: 100\n  leased: 200\n"));
    CHECK(names(shown, "01020304"));
    const std::string later = must(admin::show_leases_command(desk.place, "6200000001", kNoon_ms + 86'400'000)).text;
    CHECK(names(later, "ended"));
    CHECK(admin::show_leases_command(desk.place, "6209999999", kNoon_ms).error().code == Code::kNotFound);
}

TEST_CASE("lease command: a write-off says what it risks before, and does it with --yes alone") {
    LeaseDesk desk;
    const auto asked = must(admin::write_off_command(desk.place, desk.write_off(false), kNoon_ms));
    CHECK_FALSE(asked.well);
    CHECK(names(asked.text, "200 points of epoch 01020304, held, last contact: 2023-11-14"));
    CHECK(names(asked.text, "200 points at most"));
    CHECK(names(asked.warnings, "--yes"));
    CHECK(names(desk.list(), "200"));
    const auto done = must(admin::write_off_command(desk.place, desk.write_off(true), kNoon_ms));
    CHECK(done.well);
    CHECK(names(done.text, "wrote off 200 points"));
    CHECK(desk.list() == "no points are leased\n");
    CHECK(admin::write_off_command(desk.place, desk.write_off(true), kNoon_ms).error().code == Code::kNotFound);
    auto wrong = desk.write_off(true);
    wrong.by = 0;
    CHECK(admin::write_off_command(desk.place, wrong, kNoon_ms).error().code == Code::kInvalid);
    wrong = desk.write_off(true);
    wrong.reason.clear();
    CHECK(admin::write_off_command(desk.place, wrong, kNoon_ms).error().code == Code::kInvalid);
    wrong = desk.write_off(true);
    wrong.epoch = "ff";
    CHECK(admin::write_off_command(desk.place, wrong, kNoon_ms).error().code == Code::kNotFound);
}

TEST_CASE("lease command: loss has its sum and its operations, and why adds up with what is leased and lost") {
    LeaseDesk desk;
    CHECK(must(admin::loss_command(desk.place)).text == "lost to write-offs: 0 points; still at risk: 0\n");
    const auto why = [&] {
        return must(admin::why_command(desk.place, {"6200000001", {}, Language::kEnglish, false}, kNoon_ms)).text;
    };
    CHECK(names(why(), "of these 200 points for terminal " + std::to_string(desk.till.terminal) +
                           " alone, leased through 2023-11-15"));
    (void)must(admin::write_off_command(desk.place, desk.write_off(true), kNoon_ms));
    CHECK(names(must(admin::loss_command(desk.place)).text, "still at risk: 200\n"));
    {
        const admin::Home home = must(admin::open_home(desk.place.dir, desk.place.unlock));
        intake::Intake intake(*home.store, home.device);
        auto take = intake::Intake::OwnOp::of(desk.anna, kToday, Adjust{-250, AdjustReason::kCorrection, {}, ""});
        (void)must(intake.append_own(std::span(&take, 1), kNoon_ms));
    }
    desk.redeem(200);
    const std::string loss = must(admin::loss_command(desk.place)).text;
    CHECK(names(loss, "lost to write-offs: 150 points; still at risk: 0\n"));
    CHECK(names(loss, "written off 200"));
    CHECK(names(loss, "lost 150"));
    const std::string told = why();
    CHECK(names(told, "balance on 2023-11-15: 0\n"));
    CHECK(names(told, "150 points spent after a write-off, borne by the chain"));
    CHECK(must(admin::verify_command(desk.place)).well);
}
