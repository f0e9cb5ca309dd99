// `tally-hq conflicts` and `tally-hq quarantine`: listed, shown and decided; and what verify says of decisions.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "common/wire/codec.h"
#include "hq-server/admin/conflicts_command.h"
#include "hq-server/admin/verify.h"
#include "tests/support/seed.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

bool mentions(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

// A chain whose database the commands open: one bill in two stores, one held, a branched till.
struct Story {
    Hq hq;
    Terminal a{hq, "S1"}, b{hq, "S2"};
    MemberId anna = member_number(1), bob = member_number(2);

    Story() {
        a.earn(anna, 1000, "first");
        a.over_limit = "bills_hour";
        a.earn(anna, 2000, "held");
        a.over_limit.clear();
        a.push_all();
        b.redeem(anna, 50, 50);
        b.push_all();
    }
    // A copy of the till, from after its first operation, has gone on by itself and comes along.
    void branch() {
        a.next_seq = 2;
        a.head = a.hashes.front();
        a.log.resize(1);
        a.hashes.resize(1);
        a.earn(bob, 700, "of the copy");
        CHECK(std::holds_alternative<wire::Refused>(a.push(2, 1).answer));
    }
    admin::VerifyReport verify() { return must(admin::verify_ledger(*hq.store, hq.device.public_key())); }
    bool well() {
        const auto report = verify();
        INFO(admin::verify_text(report));
        CHECK(report.fault_count == 0);
        return report.fault_count == 0;
    }
    bool says(const std::string& words) {
        for (const std::string& fault : verify().faults)
            if (mentions(fault, words)) return true;
        return false;
    }
    void plant(const std::string& sql) {
        hq.exec("DROP TRIGGER IF EXISTS verdict_no_update; DROP TRIGGER IF EXISTS verdict_no_delete;");
        hq.exec(sql);
        hq.reopen();
    }
    std::uint64_t number_of(intake::ConflictKind kind) {
        return static_cast<std::uint64_t>(must(hq.store->db().query_int64(
            "SELECT max(number) FROM conflict WHERE kind = " + std::to_string(static_cast<int>(kind)))));
    }
    void decide(intake::ConflictKind kind, intake::Intake::Choice choice) {
        (void)must(hq.intake->decide(number_of(kind), {choice, 7, "why"}, hq.now_ms));
    }
};

using enum intake::Intake::Choice;
using intake::ConflictKind;

// The same on a headquarters' folder, for the commands.
struct Counter : Office {
    Counter() {
        (void)must(init());
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        intake::Intake intake(*home.store, home.device);
        std::vector<intake::Intake::OwnOp> ops;
        const auto adjust = [&](Points points, const char* code, const char* over_limit) {
            ops.push_back(
                intake::Intake::OwnOp::of(member_number(1), kToday, Adjust{points, AdjustReason::kEvent, {}, code}));
            ops.back().op.store = "S1";
            ops.back().op.over_limit = over_limit;
        };
        adjust(10, "fair", "");
        adjust(20,
               "c\x1b"
               "2",
               "second_person");
        (void)must(intake.append_own(ops, kNoon_ms));
    }
    std::string list(const admin::ConflictFilter& filter = {}) {
        return must(admin::list_conflicts_command(place, filter)).text;
    }
    Points points() {
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        return must(wire::decode_account(must(home.store->member(member_number(1)))->account)).balance_on(kToday);
    }
    Result<admin::Said> decide(const std::string& what, const std::string& choice, std::uint32_t by = 7,
                               const std::string& reason = "the receipt is there") {
        return admin::decide_quarantine_command(place, {what, choice, by, reason}, kNoon_ms + 1000);
    }
};

std::string refusal(const Result<admin::Said>& said) {
    return said ? "it was done: " + said->text : said.error().detail;
}

}  // namespace

TEST_CASE("conflicts: one is listed, shown with what may be decided, decided, and listed as decided") {
    Counter counter;
    CHECK(mentions(counter.list(), "held-for-review"));
    CHECK_FALSE(mentions(counter.list(), "\x1b"));
    const std::string page = must(admin::show_conflict_command(counter.place, 1)).text;
    CHECK(mentions(page, "conflict 1, held for review: open"));
    CHECK(mentions(page, "done: it is held"));
    CHECK(mentions(page, "reason code    c?2"));
    CHECK(mentions(page, "tally-hq conflicts decide 1 release --by STAFF --reason TEXT"));
    CHECK(mentions(must(admin::list_quarantine_command(counter.place, false)).text,
                   "adjust, points 20, reason code c?2"));

    CHECK(must(counter.decide("1", "release")).text == "conflict 1 is released: its operation counts from now on\n");
    CHECK(mentions(must(admin::show_conflict_command(counter.place, 1)).text, "by 7: the receipt is there"));
    CHECK(counter.list({.open = true}) == "no conflict is open\n");
    CHECK(mentions(counter.list(), "released"));
    CHECK(must(admin::list_quarantine_command(counter.place, false)).text == "nothing is held\n");
    CHECK(mentions(must(admin::list_quarantine_command(counter.place, true)).text, "released"));
    CHECK(mentions(refusal(counter.decide("1", "reject")), "conflict 1: it was released before, by 7"));
    CHECK(mentions(must(admin::report_command(counter.place, admin::ReportBy::kStore, true, kNoon_ms)).text, "S1"));
    CHECK(must(admin::verify_command(counter.place)).well);
}

TEST_CASE("conflicts: the list is filtered by kind, member, store and date") {
    Counter counter;
    const auto rows = [&](const admin::ConflictFilter& filter) {
        const std::string text = counter.list(filter);
        return std::count(text.begin(), text.end(), '\n') - 1;
    };
    CHECK(rows({}) == 1);
    CHECK(rows({.kind = "held-for-review"}) == 1);
    CHECK(rows({.kind = "overdrawn"}) == 0);
    CHECK(rows({.member = uuid_text(member_number(1))}) == 1);
    CHECK(rows({.store = "S1"}) == 1);
    CHECK(rows({.store = "S2"}) == 0);
    CHECK(rows({.since = kToday}) == 1);
    CHECK(rows({.since = kToday + 1}) == 0);
    const auto wrong = admin::list_conflicts_command(counter.place, {.kind = "nonsense"});
    CHECK(mentions(refusal(wrong), "one of earn-differs, price-too-low"));
    CHECK(admin::list_conflicts_command(counter.place, {.member = "13800138000"}).error().code == Code::kNotFound);
}

TEST_CASE("conflicts: what is no number, name, choice, person or reason is refused in words, and nothing is done") {
    Counter counter;
    CHECK(mentions(refusal(counter.decide("1", "seen")), "release or reject it"));
    CHECK(mentions(refusal(counter.decide("1", "maybe")), "release, reject or seen"));
    CHECK(mentions(refusal(counter.decide("1", "release", 0)), "--by"));
    CHECK(mentions(refusal(counter.decide("1", "release", 7, "")), "--reason"));
    CHECK(mentions(refusal(counter.decide("1", "release", 7, std::string(501, 'x'))), "--reason"));
    CHECK(mentions(refusal(counter.decide("9", "release")), "no conflict 9"));
    CHECK(mentions(refusal(counter.decide("x", "release")), "tally-hq quarantine list"));
    CHECK(mentions(refusal(counter.decide("b123456", "release")), "tally-hq quarantine list"));
    CHECK(mentions(refusal(counter.decide("b", "release")), "tally-hq quarantine list"));
    CHECK(mentions(refusal(counter.decide("t1", "readmit")), "tally-hq quarantine list"));
    CHECK(mentions(refusal(counter.decide("t99", "readmit")), "tally-hq quarantine list"));
    CHECK(mentions(refusal(counter.decide("t3", "release")), "readmit or revoke"));
    CHECK(mentions(refusal(admin::show_conflict_command(counter.place, 44)), "no conflict 44"));
    CHECK(mentions(refusal(admin::show_quarantine_command(counter.place, "t44")), "nothing in quarantine"));
    CHECK(mentions(refusal(admin::decide_conflict_command(counter.place, {"t3", "seen", 7, "x"}, kNoon_ms)),
                   "no number"));
    CHECK(mentions(must(admin::list_quarantine_command(counter.place, false)).text, "open"));
}

TEST_CASE("quarantine: an empty headquarters says so") {
    Office office;
    (void)must(office.init());
    CHECK(must(admin::list_conflicts_command(office.place, {})).text == "no conflict\n");
    CHECK(must(admin::list_conflicts_command(office.place, {.open = true})).text == "no conflict is open\n");
    CHECK(must(admin::list_quarantine_command(office.place, false)).text == "nothing is held\n");
    CHECK(must(admin::list_quarantine_command(office.place, true)).text == "nothing was ever held\n");
}

TEST_CASE("quarantine: a branched terminal is shown with both operations, readmitted, and goes on under a new epoch") {
    Counter counter;
    // Terminals of a folder, through the store that the commands open.
    const admin::Home home = must(admin::open_home(counter.place.dir, counter.place.unlock));
    intake::DeviceRow device;
    device.terminal = 2;
    device.key = crypto::Device::create().public_key();
    device.store = "S2";
    device.status = intake::DeviceStatus::kQuarantined;
    device.reason = "the log has branched";
    device.status_ms = kNoon_ms;
    Op op;
    op.id = {kHqTerminal, {}, 2};
    must(home.store->each_op(0, [&](const intake::OpRow& row) -> Status {
        op = must(wire::decode_op(row.bytes));
        return {};
    }));
    // Under the id of the held operation another one, as a copy would have it.
    Op copy = op;
    copy.over_limit.clear();
    std::get<Adjust>(copy.body).code = "copy";
    const Bytes bytes = wire::encode_op(copy);
    must(home.store->begin_write());
    must(home.store->add_device(device));
    must(home.store->add_branch({copy.id, crypto::hash_of(bytes), kNoon_ms, bytes, {}, {}, {}}));
    must(home.store->commit());
    const std::string code = "b" + to_hex(crypto::hash_of(bytes).view()).substr(0, 12);

    const std::string list = must(admin::list_quarantine_command(counter.place, false)).text;
    CHECK(mentions(list, "t2"));
    CHECK(mentions(list, "the terminal: the log has branched"));
    CHECK(mentions(list, code));
    const std::string page = must(admin::show_quarantine_command(counter.place, code)).text;
    CHECK(mentions(page, "the log holds another operation under its id"));
    CHECK(mentions(page, "*  reason code    copy"));
    CHECK(mentions(page, "c?2"));
    CHECK(mentions(must(admin::show_quarantine_command(counter.place, "t2")).text, "decide t2 readmit"));

    CHECK(must(counter.decide(code.substr(0, 8), "release")).text ==
          code + " is released: its operation counts from now on\n");
    CHECK(mentions(refusal(counter.decide(code, "reject")), "released before"));
    CHECK(mentions(refusal(counter.decide(code, "readmit")), "release or reject"));
    CHECK(mentions(must(counter.decide("t2", "readmit")).text, "continues under a new epoch"));
    CHECK(must(home.store->device(2))->status == intake::DeviceStatus::kActive);
    CHECK(must(home.store->device(2))->reason ==
          "readmitted by 7: the receipt is there; it was quarantined: the log has branched");
    CHECK(mentions(refusal(counter.decide("t2", "revoke")), "not in quarantine"));
    CHECK(must(admin::verify_command(counter.place)).well);
}

TEST_CASE("quarantine: a branched terminal may be revoked") {
    Counter counter;
    {
        const admin::Home home = must(admin::open_home(counter.place.dir, counter.place.unlock));
        intake::DeviceRow device;
        device.terminal = 2;
        device.key = crypto::Device::create().public_key();
        device.store = "S2";
        device.status = intake::DeviceStatus::kQuarantined;
        must(home.store->begin_write());
        must(home.store->add_device(device));
        must(home.store->commit());
    }
    CHECK(mentions(must(counter.decide("t2", "revoke")).text, "revoked"));
    CHECK(mentions(must(admin::terminals_command(counter.place, kNoon_ms)).text, "revoked by 7: the receipt is there"));
}

TEST_CASE("verify: releases, rejections, branches and notices to other stores follow from the log") {
    Story story;
    CHECK(story.well());
    SUBCASE("a release") { story.decide(ConflictKind::kHeldForReview, kRelease); }
    SUBCASE("a rejection, and what comes after it") {
        story.decide(ConflictKind::kHeldForReview, kReject);
        CHECK(story.well());
        story.a.earn(story.anna, 400);
        story.a.push_all();
    }
    SUBCASE("a branch") {
        story.branch();
        CHECK(story.well());
        (void)must(story.hq.intake->decide_branch(story.a.hashes[1], {kRelease, 7, "why"}, story.hq.now_ms));
        CHECK(story.hq.account(story.bob).balance_on(kToday) == 7);
    }
    SUBCASE("a registration that was on a branch") {
        story.a.next_seq = 2;
        story.a.head = story.a.hashes.front();
        story.a.log.resize(1);
        story.a.hashes.resize(1);
        story.a.write(story.bob, Register{.channel = "store"}, {{Field::kName, "Bob"}});
        CHECK(std::holds_alternative<wire::Refused>(story.a.push(2, 1).answer));
        (void)must(story.hq.intake->decide_branch(story.a.hashes[1], {kRelease, 7, "why"}, story.hq.now_ms));
        CHECK(story.hq.count("profile WHERE length(sealed_profile) > 0") == 1);
    }
    SUBCASE("a coupon and a bill of two stores") {
        story.b.over_limit = "redemptions_day";
        story.b.redeem(story.anna, 5, 5);
        story.b.push_all();
        story.decide(ConflictKind::kHeldForReview, kRelease);
        story.decide(ConflictKind::kOverdrawn, kSeen);
    }
    CHECK(story.well());
}

TEST_CASE("verify: a decision that does not follow from the log is named") {
    Story story;
    const auto hash = [&](std::size_t i) { return "x'" + story.a.hashes[i].hex() + "'"; };
    SUBCASE("a release nobody made") {
        story.plant("INSERT INTO verdict VALUES (" + hash(1) + ", 1, 3, 7, 1, 'x')");
        CHECK(story.says("is a release, but the log has none"));
    }
    SUBCASE("a rejection of what was not held") {
        story.plant("INSERT INTO verdict VALUES (" + hash(0) + ", 2, 3, 7, 1, 'x')");
        CHECK(story.says("neither held nor kept as a branch"));
        CHECK(story.says("is that of a rejection and of"));
    }
    SUBCASE("a rejection without its place") {
        story.decide(ConflictKind::kHeldForReview, kReject);
        story.plant("DELETE FROM verdict");
        CHECK(story.says("the stream's head says position"));
        CHECK(story.says("but the log gives none"));
    }
    SUBCASE("a release without its verdict") {
        story.decide(ConflictKind::kHeldForReview, kRelease);
        story.plant("DELETE FROM verdict");
        CHECK(story.says("but nobody is on record for it"));
    }
    SUBCASE("a release by somebody else") {
        story.decide(ConflictKind::kHeldForReview, kRelease);
        story.plant("UPDATE verdict SET decided_by = 8");
        CHECK(story.says("is on record for position"));
    }
    SUBCASE("a release of what was rejected") {
        story.decide(ConflictKind::kHeldForReview, kRelease);
        story.plant("UPDATE verdict SET decision = 2");
        CHECK(story.says("which was rejected"));
    }
    SUBCASE("a release of a branch that is not there") {
        story.branch();
        (void)must(story.hq.intake->decide_branch(story.a.hashes[1], {kRelease, 7, "why"}, story.hq.now_ms));
        story.plant("DELETE FROM branch");
        CHECK(story.says("which was not kept as a branch"));
    }
    SUBCASE("another store that was not told") {
        story.b.earn(story.anna, 100, "x");
        Earn same{.bill = {"x", "K", 0}, .amount_minor = 100, .eligible_minor = 100, .points = 1};
        story.b.write(story.anna, same);
        story.b.push_all();
        Terminal third(story.hq, "S2");
        same.amount_minor = 90;
        same.eligible_minor = 90;
        third.write(story.anna, same);
        third.push_all();
        CHECK(story.well());
        story.hq.exec("DELETE FROM notice WHERE reason LIKE 'its bill came again%'");
        CHECK(story.says("is missing: its terminal would not be told"));
    }
}

TEST_CASE("verdict: a decision killed at any moment was made whole or not at all") {
    SeededRandom random(support::seed());
    Counter counter;
    for (int round = 0; round < 8; ++round) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) ::_exit(counter.decide("1", "release") ? 0 : 1);
        ::usleep(static_cast<useconds_t>(random.below(40'000)));
        REQUIRE(::kill(child, SIGKILL) == 0);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        const bool released = mentions(counter.list(), "released");
        CHECK(counter.points() == (released ? 30 : 10));
    }
    (void)counter.decide("1", "release").has_value();
    CHECK(counter.points() == 30);
    CHECK(must(admin::verify_command(counter.place)).well);
}

TEST_CASE("verdict: a decision that meets a full disk says so, and is made when there is space") {
    Counter counter;
    for (const char* choice : {"release", "reject"}) {
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{4'096, 4'096};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::_exit(counter.decide("1", choice) ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
        CHECK(mentions(counter.list(), "open"));
        CHECK(counter.points() == 10);
        CHECK(must(admin::verify_command(counter.place)).well);
    }
    REQUIRE(counter.decide("1", "release").has_value());
    CHECK(counter.points() == 30);
}
