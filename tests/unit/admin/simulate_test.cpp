// What a draft would have done: worked by hand, over a long log, and as the command prints it.
#include <doctest/doctest.h>

#include <chrono>
#include <fstream>

#include "hq-server/admin/simulate_command.h"
#include "hq-server/admin/simulate_report.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

constexpr Day kBegin = 20'000;
constexpr admin::Span kSpan{kBegin, kBegin + 30};

MemberId member_of(std::uint8_t number) {
    MemberId out;
    out.bytes[15] = number;
    return out;
}
const MemberId kAnna = member_of(0xa1), kBert = member_of(0xb2);

// The log of a chain, as terminals wrote it.
struct Chain {
    std::vector<Op> log;
    OpId add(Day day, const MemberId& member, Body body) {
        Op op;
        op.id.terminal = 2;
        op.id.epoch.bytes[0] = 1;
        op.id.seq = log.size() + 1;
        op.business_day = day;
        op.store = "S1";
        op.member = member;
        op.programme_version = 1;
        op.body = std::move(body);
        log.push_back(op);
        return op.id;
    }
    OpId sale(Day day, const MemberId& member, Minor amount, Points points, std::vector<BillLine> lines = {}) {
        Earn earn;
        earn.bill.bill_no = "B" + std::to_string(log.size());
        earn.amount_minor = earn.eligible_minor = amount;
        earn.points = points;
        earn.lines = std::move(lines);
        return add(day, member, earn);
    }
    void redeem(Day day, const MemberId& member, Points points, Minor value) {
        Redeem redeem;
        redeem.points = points;
        redeem.value_minor = value;
        add(day, member, redeem);
    }
    admin::Simulated simulate(const Programme& now, const Programme& draft, const admin::Span& span = kSpan) const {
        auto simulation = must(admin::Simulation::begin(now, draft, span));
        for (const Op& op : log) {
            const auto done = simulation.add(op, {});
            CHECK_MESSAGE(done.has_value(), (done ? "" : done.error().detail));
        }
        return simulation.end();
    }
};

Programme now_programme() {  // a point a unit, worth the hundredth part of it
    Programme out;
    out.version = 3;
    out.chain_name = "Chain";
    out.redeem_step_points = out.redeem_step_minor = 1;
    return out;
}

Programme draft_programme() {  // twice the points, each worth half; more for dairy and for signing up; tiers
    Programme out = now_programme();
    out.earn_points = 2;
    out.redeem_step_points = 2;
    EarnRule dairy;
    dairy.id = "dairy";
    dairy.kind = EarnKind::kPerUnit;
    dairy.points = 1;
    dairy.per_minor = 100;
    dairy.when.categories = {"dairy"};
    out.earn_rules = {dairy};
    out.bonuses = {{"hello", {}, BonusSource::kSignUp, {}, 30}};
    out.tiers.levels = {{"base", {}, 0}, {"silver", {}, 4'000}, {"gold", {}, 12'000}};
    return out;
}

Chain worked() {
    Chain chain;
    chain.sale(kBegin - 10, kAnna, 10'000, 100);
    const OpId sale = chain.sale(kBegin, kAnna, 5'000, 50);
    chain.add(kBegin + 1, kBert, Register{"store", kBegin + 1, "", {}});
    chain.sale(kBegin + 2, kBert, 3'000, 30,
               {{"m", "dairy", 1000, 1'000, false, 0}, {"b", "bread", 1000, 2'000, false, 0}});
    chain.redeem(kBegin + 3, kAnna, 100, 100);
    Reverse refund;
    refund.target = sale;
    refund.amount_minor = 2'500;
    chain.add(kBegin + 4, kAnna, refund);
    chain.redeem(kBegin + 5, kBert, 30, 30);
    chain.redeem(kBegin + 6, kAnna, 25, 25);
    chain.add(kBegin + 7, {}, Sale{{}, 700, {}});
    chain.sale(kBegin + 31, kAnna, 90'000, 900);  // after the period
    return chain;
}

}  // namespace

TEST_CASE("simulate: a small chain comes to what was worked out by hand") {
    const Programme now = now_programme(), draft = draft_programme();
    const admin::Simulated out = worked().simulate(now, draft);
    CHECK(out.operations == 7);
    CHECK(out.members == 2);
    CHECK(out.now.sales_minor == 5'500);
    CHECK(out.draft.sales_minor == 5'500);
    CHECK(out.now.issued == 50 + 30);
    CHECK(out.draft.issued == 100 + 60 + 10);
    CHECK(out.now.bonuses == 0);
    CHECK(out.draft.bonuses == 30);
    CHECK(out.now_worth_minor == 80);
    CHECK(out.draft_worth_minor == (170 + 30) / 2);
    CHECK(out.now.taken_back == 25);
    CHECK(out.draft.taken_back == 50);
    CHECK(out.now.redeemed == 100 + 30 + 25);
    CHECK(out.draft.redeemed == 200 + 60 + 50);
    CHECK(out.now.redeemed_minor == 155);
    CHECK(out.draft.redeemed_minor == 155);
    CHECK(out.now.outstanding == 0);
    // Anna had 100 and 100, paid 200, owes 50 for the refund and 50 for what she could not pay; Bert 100 - 60.
    CHECK(out.draft.outstanding == -100 + 40);
    CHECK(out.now.short_redemptions == 0);
    CHECK(out.draft.short_redemptions == 1);
    CHECK(out.draft.short_points == 50);
    REQUIRE(out.gain.size() == 2);
    CHECK(out.gain[0].member == kBert);
    CHECK(out.gain[0].now == 30);
    CHECK(out.gain[0].draft == 100);
    CHECK(out.gain[1].member == kAnna);
    CHECK(out.gain[1].more() == (100 - 50) - (50 - 25));
    CHECK(out.lose.empty());
    REQUIRE(out.levels.size() == 2);  // Anna spent 12,500 in twelve months, Bert 3,000
    CHECK(out.levels[0].draft == "base");
    CHECK(out.levels[1].draft == "gold");
    CHECK(out.levels[1].members == 1);
}

TEST_CASE("simulate: a draft that says the same changes nothing, and the other way round is the mirror image") {
    const Programme now = now_programme(), draft = draft_programme();
    const auto same = worked().simulate(draft, draft);
    CHECK(same.now.issued == same.draft.issued);
    CHECK(same.now.outstanding == same.draft.outstanding);
    CHECK(same.gain.empty());
    CHECK(same.lose.empty());
    const auto there = worked().simulate(now, draft), back = worked().simulate(draft, now);
    CHECK(there.draft.issued == back.now.issued);
    CHECK(there.draft.short_points == back.now.short_points);
    REQUIRE(back.lose.size() == 2);
    CHECK(back.lose[0].member == kBert);
    CHECK(back.lose[0].more() == -70);
}

TEST_CASE("simulate: points expire and levels change on each side by its own rules") {
    Programme now = draft_programme(), draft = now;
    draft.expiry_rule = ExpiryRule::kDays;
    draft.expiry_count = 5;
    draft.tiers.levels[2].threshold = 20'000;
    const auto out = worked().simulate(now, draft);
    CHECK(out.now.expired == 0);
    // Bert's 70 of day 2 are usable through day 7 and his 30 of day 1 through day 6; 60 of them were paid with on
    // day 5.
    CHECK(out.draft.expired == 40);
    bool moved = false;
    for (const auto& move : out.levels) moved = moved || (move.now == "gold" && move.draft == "silver");
    CHECK(moved);
}

TEST_CASE("simulate: late points are of the day of their sale and without campaigns, as a till gives them") {
    const Programme now = now_programme();
    Programme draft = now;
    draft.unlock_days = 5;
    draft.expiry_rule = ExpiryRule::kDays;
    draft.expiry_count = 5;
    EarnRule twice;
    twice.id = "twice";
    twice.kind = EarnKind::kFactor;
    twice.factor_milli = 2000;
    twice.caps.campaign = 1'000;
    draft.earn_rules = {twice};
    Chain chain;
    Earn late;
    late.bill.bill_no = "L";
    late.amount_minor = late.eligible_minor = 5'000;
    late.points = 50;
    late.late_for = kBegin;
    chain.add(kBegin + 5, kAnna, late);
    chain.redeem(kBegin + 6, kAnna, 20, 20);
    const auto out = chain.simulate(now, draft, {kBegin, kBegin + 12});
    CHECK(out.draft.issued == 50);
    CHECK(out.draft.short_redemptions == 0);  // usable from day 5
    CHECK(out.draft.expired == 30);           // through day 10
    CHECK(out.draft.outstanding == 0);
    CHECK(out.now.outstanding == 30);
}

TEST_CASE("simulate: a bonus's cap of a day is that of its own day, also where a till's came in after a later day") {
    Programme programme = now_programme();
    programme.bonuses = {{"review", {}, BonusSource::kReview, {}, 20, Once::kKey, {}, 30}};
    Chain chain;
    chain.add(kBegin + 5, kAnna, Bonus{"review", "1", 20});
    chain.add(kBegin + 4, kAnna, Bonus{"review", "2", 20});
    chain.add(kBegin + 4, kAnna, Bonus{"review", "3", 20});  // 10 are left of 30
    const auto out = chain.simulate(programme, programme);
    CHECK(out.now.bonuses == 20 + 20 + 10);
    CHECK(out.draft.bonuses == 20 + 20 + 10);
}

TEST_CASE("simulate: what a till marked as beyond a limit is left out and said, as what headquarters held is") {
    const Programme now = now_programme();
    Chain chain = worked();
    chain.sale(kBegin + 8, kAnna, 4'000, 40);
    chain.log.back().over_limit = "bills_hour";
    const auto out = chain.simulate(now, now);
    CHECK(out.operations == 7);
    CHECK(out.now.issued == 80);
    bool said = false;
    for (const std::string& line : out.not_simulated)
        said = said || line == "1 operation held back for a person: left out on both sides";
    CHECK(said);
}

TEST_CASE("simulate: what cannot be simulated is said, with how much of it there is") {
    Programme now = now_programme(), draft = draft_programme();
    draft.earn_rules[0].caps.campaign = 1'000;
    draft.bonuses.push_back({"review", {}, BonusSource::kReview, {}, 5, Once::kKey});
    EarnRule party;
    party.id = "party";
    party.kind = EarnKind::kFactor;
    party.factor_milli = 2000;
    party.when.occasion = Occasion::kBirthdayDay;
    draft.earn_rules.push_back(party);
    now.bonuses = {{"old", {}, BonusSource::kEvent, {}, 7}};
    Chain chain = worked();
    chain.add(kBegin + 8, kBert, Bonus{"old", "", 7});
    const auto out = chain.simulate(now, draft);
    CHECK(out.now.bonuses == 7);
    const auto says = [&](const std::string& words) {
        for (const std::string& line : out.not_simulated)
            if (line.find(words) != std::string::npos) return true;
        return false;
    };
    CHECK(says("every sale, refund and redemption is as it was"));
    CHECK(says("categories and articles for 1 sale of 2: they came without lines"));
    CHECK(says("the campaign cap of dairy"));
    CHECK(says("birthdays of 2 members: none is known"));
    CHECK(says("the bonus review: nothing on record says who would have had it"));
    CHECK(says("the bonus old is on record and not in the draft"));
    CHECK(says("1 sale without a member"));
    CHECK(admin::Simulation::begin(now, draft, {5, 4}).error().code == Code::kInvalid);
}

TEST_CASE("simulate: text, CSV and JSON say the same") {
    const Programme now = now_programme(), draft = draft_programme();
    const admin::Simulated out = worked().simulate(now, draft);
    const admin::SimulatedNames names{3, "draft.json", "CNY", 2};
    const std::string text = admin::simulated_text(out, names);
    CHECK(text.find("draft.json beside version 3, 2024-10-04 to 2024-11-03: 7 operations, 2 members\n") == 0);
    std::string squeezed;  // columns are as wide as what stands in them
    for (const char c : text)
        if (c != ' ' || squeezed.empty() || squeezed.back() != ' ') squeezed.push_back(c);
    for (const char* line :
         {"points issued for sales 80 170 +90 +112.5\n", " what both could pay 0.80 CNY 1.00 CNY +0.20 CNY +25.0\n",
          "now \\ draft base gold\nnone 1 1\n", "0000000000b2 30 100 +70\n"})
        CHECK_MESSAGE(squeezed.find(line) != std::string::npos, text);
    const std::string csv = admin::simulated_csv(out, names);
    CHECK(csv.find("total,issued,80,170,90,+112.5\n") != std::string::npos);
    CHECK(csv.find("level,none>gold,1,,,\n") != std::string::npos);
    CHECK(csv.find("member,00000000-0000-0000-0000-0000000000b2,30,100,70,+233.3\n") != std::string::npos);
    const std::string json = admin::simulated_json(out, names);
    CHECK(json.find("\"issued\": {\n      \"now\": 80,\n      \"draft\": 170\n    }") != std::string::npos);
}

TEST_CASE("simulate: a hundred thousand operations take seconds") {
    Chain chain;
    for (int i = 0; i < 100'000; ++i) {
        MemberId member = member_of(static_cast<std::uint8_t>(i % 251));
        member.bytes[14] = static_cast<std::uint8_t>(i % 23 + 1);
        chain.sale(kBegin - 400 + i / 250, member, 1'000 + i % 9'000, 10 + i % 9'000 / 100);
    }
    const Programme now = now_programme(), draft = draft_programme();
    const auto start = std::chrono::steady_clock::now();
    const auto out = chain.simulate(now, draft, {kBegin - 365, kBegin});
    const auto took = std::chrono::steady_clock::now() - start;
    MESSAGE("100,000 operations: " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
    CHECK(took < std::chrono::seconds(20));
    CHECK(out.draft.issued > out.now.issued);
}

TEST_CASE("simulate: the command plays headquarters' log, writes nothing, and refuses what check refuses") {
    Office office;
    must(office.init());
    const std::string path = office.folder / "draft.json";
    {
        const auto home = must(admin::open_home(office.place.dir, {}));
        intake::Intake intake(*home.store, home.device);
        std::vector<intake::Intake::OwnOp> ops(2);
        ops[0].op = worked().log[2];
        ops[0].fields = {{Field::kBirthday, "1990-11-15"}};
        ops[1].op = worked().log[3];
        const Day today = must(intake.today(kNoon_ms));
        for (auto& own : ops) own.op.business_day = today, own.op.id = {}, own.op.programme_version = 0;
        must(intake.append_own(ops, kNoon_ms));
    }
    std::ofstream(path) << R"({"earn_points": 3, "earn_rules": [{"id": "b", "kind": "factor", "factor_milli": 2000,
                               "when": {"occasion": "birthday"}}]})";
    const auto bytes = [&] { return std::filesystem::file_size(admin::database_path(office.place.dir)); };
    const auto before = bytes();
    const auto simulate = [&](admin::SimulateRequest request) {
        return admin::simulate_programme_command(office.place, request, kNoon_ms);
    };
    const auto said = must(simulate({path, "", "", admin::SimulateAs::kCsv}));
    CHECK_MESSAGE(said.text.find("total,issued,30,180,") != std::string::npos, said.text);  // it is her birthday
    CHECK(must(simulate({path, "2001-01-01", "2001-12-31", admin::SimulateAs::kText})).text.find("0 operations") !=
          std::string::npos);
    CHECK(bytes() == before);
    CHECK(simulate({path, "yesterday", "", {}}).error().detail == "--from 'yesterday': a date is YYYY-MM-DD");
    std::ofstream(path) << R"({"earn_minor": 0})";
    CHECK(simulate({path, "", "", {}}).error().detail == path + ": earn_minor: 1 to 100,000,000,000, not 0");
}
