// Personal data: not in clear on the disk, not in the hashed bytes; hostile and rare characters as names.
#include <set>
#include <sstream>

#include "common/base/utf8.h"
#include "common/replica/lookup.h"
#include "tests/support/data.h"
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

bool holds(const std::string& haystack, const std::string& needle) {
    return haystack.find(needle) != std::string::npos;
}

struct Planted {
    std::string name = "Plantedname Zwetschgenkern";
    std::string phone = "+8613812345678";
    std::string card = "PLANT4711CARD";
    std::string note = "planted note about gooseberries";
};

void check_clear_of(const std::string& dir, const Planted& planted) {
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
        if (!entry.is_regular_file()) continue;
        ++files;
        const std::string bytes = support::slurp(entry.path());
        for (const std::string& secret :
             {planted.name, std::string("Plantedname"), std::string("plantedname"), std::string("Zwetsch"),
              planted.phone, planted.phone.substr(3), std::string("87654321831"), planted.card, planted.note,
              std::string("gooseberries"), std::string("CREATE TABLE")})
            CHECK_MESSAGE(!holds(bytes, secret), entry.path().string() << " holds planted text");
    }
    CHECK(files >= 2);
}

}  // namespace

TEST_CASE("privacy: no file of a replica holds a name, phone, card or note in clear, nor do the hashed bytes") {
    const Planted planted;
    Bench bench;
    const auto anna = Bench::member(1);
    bench.add(anna, domain::Register{.channel = "store", .identities = {}},
              {{domain::Field::kName, planted.name},
               {domain::Field::kPhone, planted.phone},
               {domain::Field::kCard, planted.card}});
    bench.add(anna, domain::Note{}, {{domain::Field::kNote, planted.note}});
    bench.hq.add_member({{domain::Field::kName, planted.name}, {domain::Field::kPhone, planted.phone}}, 5);
    check_clear_of(bench.dir.path(), planted);
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.find_by_name("Zwetschgen", 5)).size() == 2);  // it is in there
    check_clear_of(bench.dir.path(), planted);
    CHECK_DONE(bench.replica.db().checkpoint(true));
    check_clear_of(bench.dir.path(), planted);
    for (const auto& pushed :
         MUST(bench.replica.operations_from(bench.epoch(), 1, 10, 1 << 20, bench.hq.wrap_at(bench.replica)))) {
        for (const std::string& secret : {planted.name, planted.phone, planted.card, planted.note}) {
            CHECK_FALSE(holds(std::string(text_of(pushed.bytes)), secret));
            CHECK_FALSE(holds(std::string(text_of(pushed.sealed)), secret));
        }
    }
}

TEST_CASE("privacy: without its key row and sealed part a member's words are gone and the log still verifies") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna");
    CHECK(MUST(bench.replica.last_operations(1)).at(0).fields.size() == 1);
    CHECK_DONE(bench.replica.db().exec("UPDATE member SET key = NULL, profile = NULL"));
    CHECK(MUST(bench.replica.last_operations(1)).at(0).fields.empty());
    CHECK_DONE(bench.replica.verify_log());
}

TEST_CASE("names: each of the big list of naughty strings is kept as cleaned or refused, and nothing else happens") {
    const auto file = support::data("strings/blns.txt");
    if (!file) return;
    Bench bench;
    ManualClock clock(1'728'000'000'000);
    SeededRandom random(3);
    replica::Till till = MUST(replica::Till::start(bench.replica, clock, random));
    std::istringstream lines(support::slurp(*file));
    int kept = 0, refused = 0;
    for (std::string line; std::getline(lines, line);) {
        replica::RegisterRequest request;
        request.fields[domain::Field::kName] = line;
        const auto head = MUST(bench.replica.head());
        const auto answer = till.register_member(request);
        if (!answer) {
            ++refused;
            CHECK(answer.error().code == Code::kInvalid);
            CHECK(MUST(bench.replica.head()).next_seq == head.next_seq);
            continue;
        }
        ++kept;
        const std::string cleaned = MUST(clean_text(line, 100));
        CHECK(MUST(bench.replica.member(answer->member))->profile.text(domain::Field::kName) == cleaned);
        CHECK(till.search(line, 5).has_value());
        const auto code = till.find_code(line);  // a code is a stranger's text too
        if (!code) CHECK(code.error().code == Code::kInvalid);
    }
    CHECK(kept > 100);
    CHECK(refused > 0);
    CHECK_DONE(bench.replica.verify_log());
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.replica.pending_count()) == 0);
}

TEST_CASE("names: every character of the 8,105 table is kept in a name and found inside it") {
    const auto file = support::data("strings/cjk_table_8105.csv");
    if (!file) return;
    std::set<char32_t> characters;
    const std::string table = support::slurp(*file);
    std::string_view rest = table;
    while (const auto c = take_code_point(rest))
        if (*c >= 0x3400) characters.insert(*c);
    std::erase_if(characters, [](char32_t c) { return c >= 0xFF00 && c <= 0xFFEF; });
    CHECK(characters.size() >= 8105);
    Bench bench;
    std::vector<std::pair<domain::MemberId, std::string>> people;
    std::vector<char32_t> all(characters.begin(), characters.end());
    for (std::size_t at = 0; at < all.size(); at += 20) {
        std::string name;
        for (std::size_t i = at; i < std::min(at + 20, all.size()); ++i) append_code_point(name, all[i]);
        people.emplace_back(bench.hq.add_member({{domain::Field::kName, name}}, at + 1), name);
    }
    bench.feed(200);
    std::size_t found = 0;
    for (const auto& [id, name] : people) {
        CHECK(MUST(bench.replica.member(id))->profile.text(domain::Field::kName) == name);
        std::string_view left = name;
        while (const auto c = take_code_point(left)) {
            std::string one;
            append_code_point(one, *c);
            const auto hits = MUST(bench.replica.find_by_name(one, 5));
            found += hits.size() == 1 && hits[0] == id ? 1 : 0;
        }
    }
    CHECK(found == all.size());
}

TEST_CASE("lookup: rows of a name are bounded, folded and without repetition") {
    domain::Profile profile;
    profile.fields[domain::Field::kName].value = std::string(1000, 'a');
    CHECK(replica::lookup_rows(profile).size() <= replica::kNameRowsMax + 1);
    profile.fields[domain::Field::kName].value = "  Ann  LEE ";
    const auto rows = replica::lookup_rows(profile);
    REQUIRE(rows.size() == 2);  // "lee" inside; "nn" is too short, "ann lee" is the start
    CHECK(rows[0] == replica::LookupRow{replica::kLookupNameStart, "ann lee"});
    CHECK(rows[1] == replica::LookupRow{replica::kLookupNameInside, "lee"});
    profile.fields[domain::Field::kName].value =
        "a\xFF"
        "b";
    CHECK(replica::lookup_rows(profile).size() == 1);
    CHECK(replica::name_for_search("\xFF\xFE").empty());
}
