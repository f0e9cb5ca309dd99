// `tally-hq programme show|list|check|publish|diff`.
#include <fstream>

#include "common/wire/programme_json.h"
#include "hq-server/admin/programme_command.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

struct RulesDesk : Office {
    std::string path = folder / "programme.json";
    RulesDesk() { must(init()); }
    const std::string& file(const std::string& text) const {
        std::ofstream(path) << text;
        return path;
    }
    Result<admin::Said> publish(const std::string& text) {
        return admin::publish_programme_command(place, file(text), kNoon_ms);
    }
    std::string refusal(const std::string& text) {
        const auto said = publish(text);
        return said ? std::string() : said.error().detail;
    }
    std::string diff(const admin::DiffRequest& request) {
        return must(admin::diff_programme_command(place, request)).text;
    }
};

}  // namespace

TEST_CASE("programme: publish issues a whole file, says what changes, and what a file leaves out is as it begins") {
    RulesDesk desk;
    const auto first = must(desk.publish(R"({"earn_points": 2, "expiry_rule": "months", "expiry_count": 12})"));
    CHECK(first.text ==
          "programme version 2 is in force; it was 1\n"
          "  earn_points: 1 -> 2\n  expiry_rule: never -> months\n  expiry_count: 0 -> 12\n");
    CHECK(first.warnings.empty());
    const auto shown = must(wire::programme_from_json(must(admin::show_programme_command(desk.place)).text));
    CHECK(shown.version == 2);
    CHECK(shown.earn_points == 2);
    CHECK(shown.expiry_rule == ExpiryRule::kMonths);
    CHECK(shown.chain_name == "Chain");
    const auto second = must(desk.publish(R"({"earn_minor": 200, "version": 77, "chain_name": "Chain"})"));
    CHECK(second.text ==
          "programme version 3 is in force; it was 2\n"
          "  earn_points: 2 -> 1\n  earn_minor: 1.00 CNY -> 2.00 CNY\n"
          "  expiry_rule: months -> never\n  expiry_count: 12 -> 0\n");
    const auto earlier = must(wire::programme_from_json(must(admin::show_programme_command(desk.place, 2)).text));
    CHECK(earlier == shown);
    CHECK(admin::show_programme_command(desk.place, 9).error().code == Code::kNotFound);
}

TEST_CASE("programme: what is unchanged, wrong or would move the dates is refused, and nothing is issued") {
    RulesDesk desk;
    const std::string before = must(admin::show_programme_command(desk.place)).text;
    CHECK(desk.refusal("{}") == desk.path + " says what version 1 says: nothing is issued");
    CHECK(desk.refusal(R"({"time_zone": "Europe/Berlin"})") ==
          "time_zone: the dates of what has happened hang on it, so it cannot change");
    CHECK(desk.refusal(R"({"earn_minor": 0})") == desk.path + ": earn_minor: 1 to 100,000,000,000, not 0");
    CHECK(desk.refusal(R"({"earn_point": 2})") == desk.path + ": earn_point: unknown field");
    CHECK(desk.refusal("{") == desk.path + ": the programme, line 1, column 2: ends before it is complete");
    CHECK(admin::publish_programme_command(desk.place, "nowhere.json", kNoon_ms).error().code == Code::kNotFound);
    std::string skus = "\"" + std::string(60, 'x') + "0\"";
    for (int i = 1; i < 1000; ++i) skus += ",\"" + std::string(60, 'x') + std::to_string(i) + "\"";
    std::string rules;
    for (int i = 0; i < 20; ++i)
        rules += (i ? "," : "") + std::string(R"({"id":"r)") + std::to_string(i) +
                 R"(","kind":"fixed","points":1,"when":{"skus":[)" + skus + "]}}";
    CHECK(desk.refusal(R"({"earn_rules":[)" + rules + "]}").find("bytes as it is sent, at most 1048576") !=
          std::string::npos);
    CHECK(must(admin::show_programme_command(desk.place)).text == before);
}

TEST_CASE("programme: the currency may change until something has happened in it") {
    RulesDesk desk;
    CHECK(desk.refusal(R"({"currency": "JPY", "currency_digits": 0})").empty());
    {
        const admin::Home home = must(admin::open_home(desk.place.dir, desk.place.unlock));
        intake::Intake intake(*home.store, home.device);
        std::vector<intake::Intake::OwnOp> ops(1);
        ops[0].op.member = member_number(1);
        ops[0].op.business_day = kToday;
        ops[0].op.body = Register{.channel = "store"};
        (void)must(intake.append_own(ops, kNoon_ms));
    }
    CHECK(
        desk.refusal(R"({"currency": "CNY", "currency_digits": 0})") ==
        "currency, currency_digits: the amounts of what has happened are in JPY with 0 digits, so they cannot change");
    CHECK(desk.refusal(R"({"currency_digits": 2})").find("currency, currency_digits: ") == 0);
    CHECK(desk.refusal(R"({"earn_points": 2})").empty());
}

TEST_CASE("programme: what is odd is issued with a warning") {
    RulesDesk desk;
    const auto said = must(desk.publish(R"({"earn_points": 50})"));
    CHECK(said.warnings ==
          "warning: redeem_step_minor: costs 50 % of sales at the base rate of 50 points for each 100 of the minor "
          "unit\n");
}

TEST_CASE("programme: check needs no headquarters, prints findings and warnings, and fails for findings only") {
    RulesDesk desk;
    const auto check = [&](const std::string& text) { return admin::check_programme_command(desk.file(text)); };
    const auto fine = must(check("{}"));
    CHECK(fine.well);
    CHECK(fine.text == desk.path + ": no findings, no warnings\n");
    const auto odd = must(check(R"({"earn_points": 50, "expiry_count": 3})"));
    CHECK(odd.well);
    CHECK(odd.text ==
          desk.path +
              ": no findings, 2 warnings\n"
              "  warning: redeem_step_minor: costs 50 % of sales at the base rate of 50 points for each 100 "
              "of the minor unit\n"
              "  warning: expiry_count: points never expire, so it counts for nothing\n");
    const auto wrong = must(check(R"({"earn_minor": 0, "redeem_step_points": -1})"));
    CHECK_FALSE(wrong.well);
    CHECK(wrong.text == desk.path +
                            ": 2 findings; it would be refused\n"
                            "  earn_minor: 1 to 100,000,000,000, not 0\n"
                            "  redeem_step_points: 1 to 1,000,000,000,000, not -1\n");
    CHECK(check("[").error().code == Code::kInvalid);
}

TEST_CASE("programme: diff compares versions and files, and list shows every version") {
    RulesDesk desk;
    CHECK(desk.diff({}) == "version 1 is the first: there is nothing before it\n");
    must(desk.publish(R"({"earn_rules": [{"id": "weekend_double", "kind": "factor", "factor_milli": 2000}]})"));
    const std::string three = R"({"earn_rules": [{"id": "weekend_double", "kind": "factor", "factor_milli": 3000}]})";
    CHECK(desk.diff({desk.file(three), 0, 0}) ==
          "version 2 -> " + desk.path + ": 1 change\n  earn_rules weekend_double: factor 2 -> 3\n");
    CHECK(desk.diff({desk.path, 1, 0}) ==
          "version 1 -> " + desk.path + ": 1 change\n  earn_rules: new: weekend_double\n");
    must(desk.publish(three));
    CHECK(desk.diff({}) == "version 2 -> version 3: 1 change\n  earn_rules weekend_double: factor 2 -> 3\n");
    CHECK(desk.diff({"", 3, 1}) == "version 3 -> version 1: 1 change\n  earn_rules: gone: weekend_double\n");
    CHECK(desk.diff({"", 2, 2}) == "version 2 -> version 2: no changes\n");
    CHECK(admin::diff_programme_command(desk.place, {"", 1, 9}).error().code == Code::kNotFound);
    CHECK(admin::diff_programme_command(desk.place, {desk.path, 1, 2}).error().code == Code::kInvalid);
    const std::string list = must(admin::list_programmes_command(desk.place)).text;
    CHECK_MESSAGE(list.find("3") != std::string::npos, list);
    CHECK(std::count(list.begin(), list.end(), '\n') == 4);
}

TEST_CASE("programme: init takes a whole file, checked, under the chain's name") {
    Office office;
    const std::string path = office.folder / "p.json";
    std::ofstream(path) << R"({"earn_points": 3, "currency": "JPY", "currency_digits": 0, "time_zone": "Asia/Tokyo"})";
    const auto said = must(admin::init_command(office.place, {"Shop", "", path}, kNoon_ms));
    CHECK(said.text.find("time zone Asia/Tokyo\n") != std::string::npos);
    const auto shown = must(wire::programme_from_json(must(admin::show_programme_command(office.place)).text));
    CHECK(shown.chain_name == "Shop");
    CHECK(shown.earn_points == 3);
    CHECK(shown.version == 1);
    office.place.dir = office.folder / "second";
    std::ofstream(path) << R"({"earn_minor": -1})";
    CHECK(admin::init_command(office.place, {"Shop", "Asia/Tokyo", path}, kNoon_ms).error().code == Code::kInvalid);
    CHECK_FALSE(std::filesystem::exists(office.place.dir));
}
