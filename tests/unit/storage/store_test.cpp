#include <fstream>
#include <sstream>

#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("storage: positions are gapless and follow commits; a rollback gives them back") {
    Hq hq;
    CHECK(must(hq.store->head()) == 1);  // the programme
    {
        auto scope = must(intake::WriteScope::begin(*hq.store));
        CHECK(must(hq.store->take_positions(10)) == 2);
        CHECK(must(hq.store->take_positions(1)) == 12);
    }
    CHECK(must(hq.store->head()) == 1);
    auto scope = must(intake::WriteScope::begin(*hq.store));
    CHECK(must(hq.store->take_positions(3)) == 2);
    must(scope.commit());
    CHECK(must(hq.store->head()) == 4);
}

TEST_CASE("storage: operations are found by their chain across batches, from any number on") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S2");
    for (int i = 0; i < 9; ++i) {
        a.earn(member_number(1), 100 + i);
        b.earn(member_number(2), 100 + i);
        if (i % 2) a.push_all();
        if (i % 3 == 2) b.push_all();
    }
    a.push_all();
    for (std::uint64_t first = 1; first <= 9; ++first)
        for (std::uint64_t count = 1; first + count <= 10; ++count) {
            std::vector<std::uint64_t> seqs;
            must(hq.store->each_op_of_chain(a.id, a.epoch, first, count, [&](const intake::OpRow& row) -> Status {
                CHECK(row.id.terminal == a.id);
                CHECK(row.hash == a.hashes[row.id.seq - 1]);
                seqs.push_back(row.id.seq);
                return {};
            }));
            REQUIRE(seqs.size() == count);
            CHECK(seqs.front() == first);
        }
}

TEST_CASE("storage: another connection's commit changes the foreign version, one's own does not") {
    Hq hq;
    Terminal till(hq, "S1");
    const auto before = must(hq.store->foreign_version());
    till.earn(member_number(1), 100);
    till.push_all();
    CHECK(must(hq.store->foreign_version()) == before);
    auto other = hq.other_connection();
    auto scope = must(intake::WriteScope::begin(*other));
    must(other->take_positions(1));
    must(scope.commit());
    CHECK(must(hq.store->foreign_version()) != before);
}

TEST_CASE("storage: a page of the feed is read in one snapshot, whatever commits meanwhile") {
    Hq hq;
    Terminal till(hq, "S1");
    till.earn(member_number(1), 100);
    till.push_all();
    auto other = hq.other_connection();
    const auto scope = must(intake::ReadScope::begin(*other));
    const auto head = must(other->head());
    till.earn(member_number(1), 100);
    till.push_all();
    CHECK(must(other->head()) == head);
    CHECK(must(wire::decode_account(must(other->member(member_number(1)))->account)).bills == 1);
}

TEST_CASE("storage: the database's files hold no name, phone or reference in clear, and open with their key only") {
    Hq hq;
    Terminal till(hq, "SECRETSTORE");
    till.write(
        member_number(1), Register{.channel = "store"},
        {{Field::kName, "Planted Secretname"}, {Field::kPhone, "13812345678"}, {Field::kExternalRef, "PLANTEDREF77"}});
    till.push_all();
    for (const char* name : {"hq.db", "hq.db-wal"}) {
        std::ifstream in(hq.folder / name, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        CHECK(text.str().size() >= 4096);
        for (const char* secret : {"Secretname", "13812345678", "PLANTEDREF77", "SECRETSTORE"})
            CHECK(text.str().find(secret) == std::string::npos);
    }
    const crypto::Secret other = crypto::Secret::random(32);
    CHECK_FALSE(storage::SqliteLedgerStore::open(hq.path(), other).has_value());
}

TEST_CASE("storage: a full disk fails the commit, loses nothing, and the same push goes through afterwards") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 0; i < 400; ++i) till.earn(member_number(1 + i), 1000);
    till.push(1, 10);
    const auto pages = must(hq.store->db().query_int64("PRAGMA page_count"));
    hq.exec("PRAGMA max_page_count = " + std::to_string(pages));
    auto prepared = till.prepared(11, 390);
    const auto failed = hq.intake->commit(std::span(&prepared, 1), hq.now_ms);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().code == Code::kFull);
    CHECK(hq.count("op_log") == 10);
    CHECK(hq.store_day("S1", kToday).bills == 10);
    hq.exec("PRAGMA max_page_count = 1000000");
    till.push_all(1);
    CHECK(hq.count("op_log") == 400);
    CHECK(hq.store_day("S1", kToday).bills == 400);
}
