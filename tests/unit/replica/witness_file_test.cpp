// The witness's own file: missing, damaged, torn, another machine's.
#include "put_back_files.h"

using namespace tally;
using namespace tally::replica;
using namespace tally::test;
using wire::IncidentKind;

TEST_CASE("witness: deleted it is missed and a new epoch begins; before the first start it may be missing") {
    Files files;
    files.sell(2);
    files.close();
    fs::remove(files.head());
    files.again();
    CHECK_DONE(files.replica.guard(kNow_ms));
    REQUIRE(files.incidents().size() == 1);
    CHECK(files.incidents()[0].report.kind == IncidentKind::kWitnessMissing);
    CHECK(files.incidents()[0].report.seen_epoch.is_zero());
    CHECK(files.epoch_no() == 2);
    CHECK(fs::exists(files.head()));

    Bench fresh;
    CHECK(!fs::exists(Replica::witness_path(fresh.dir.path())));
    fresh.add(Bench::member(1), Bench::earn(1));  // the first append looks where nobody did
    CHECK(fs::exists(Replica::witness_path(fresh.dir.path())));
    CHECK(MUST(fresh.replica.incidents(1)).empty());
}

TEST_CASE("witness: a flipped bit in one slot leaves the other; in both, another machine's, or a folder is damage") {
    SUBCASE("one slot") {
        Files files;
        files.sell(2);
        files.close();
        for (const std::size_t at : {std::size_t{20}, std::size_t{90}}) {
            const std::string good = slurp(files.head());
            flip(files.head(), at);
            files.again();
            CHECK_DONE(files.replica.guard(kNow_ms));
            CHECK(files.incidents().empty());
            files.close();
            spill(files.head(), good);
        }
        files.again();
    }
    SUBCASE("every byte of a record counts") {
        Files files;
        files.sell(2);
        Witness witness(files.head(), store::derived_secret(files.data_key, store::DerivedUse::kWitness));
        const std::string good = slurp(files.head());
        for (std::size_t at = 0; at < Witness::kRecordBytes; ++at) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ 1);
            bad[Witness::kSlotBytes + at] = static_cast<char>(bad[Witness::kSlotBytes + at] ^ 1);
            if (at % 16 != 0 && at != 135) continue;  // each look waits for a writer that may be at it
            spill(files.head(), bad);
            CAPTURE(at);
            CHECK(std::holds_alternative<Witness::Damaged>(MUST(witness.read())));
        }
    }
    SUBCASE("both slots") {
        Files files;
        files.sell(2);
        files.close();
        flip(files.head(), 50);
        flip(files.head(), Witness::kSlotBytes + 50);
        files.again();
        CHECK_DONE(files.replica.guard(kNow_ms));
        REQUIRE(files.incidents().size() == 1);
        CHECK(files.incidents()[0].report.kind == IncidentKind::kWitnessDamaged);
        files.restart();
        CHECK(files.incidents().size() == 1);
    }
    SUBCASE("empty, short, and of another machine") {
        Files other;
        other.sell(2);
        for (const std::string& bytes : {std::string(), std::string(100, 'x'), slurp(other.head())}) {
            Files files;
            files.sell(2);
            files.close();
            spill(files.head(), bytes);
            files.again();
            CHECK_DONE(files.replica.guard(kNow_ms));
            REQUIRE(files.incidents().size() == 1);
            CHECK(files.incidents()[0].report.kind == IncidentKind::kWitnessDamaged);
            files.sell(1);
            CHECK_DONE(files.replica.verify_log());
        }
    }
}

TEST_CASE("witness: a write torn at any byte is never taken for a record, and the one before it stands") {
    Files files;
    files.sell(3);
    const std::string before = slurp(files.head());
    files.sell(1);
    const std::string after = slurp(files.head());
    const std::size_t slot = before.substr(0, Witness::kSlotBytes) == after.substr(0, Witness::kSlotBytes) ? 1 : 0;
    Witness witness(files.head(), store::derived_secret(files.data_key, store::DerivedUse::kWitness));
    for (std::size_t bytes = 0; bytes <= Witness::kRecordBytes; ++bytes) {
        std::string torn = before;
        const std::size_t from = slot * Witness::kSlotBytes;
        torn.replace(from, bytes, after, from, bytes);
        spill(files.head(), torn);
        const auto seen = MUST(witness.read());
        REQUIRE(std::holds_alternative<WitnessRecord>(seen));
        const std::uint64_t seq = std::get<WitnessRecord>(seen).seq;
        CHECK((seq == 3 || (seq == 4 && torn == after)));
    }
}

TEST_CASE("witness: handed to another data key it says the same, also what contradicts the log") {
    Files files;
    files.sell(3);
    files.copy_aside("older", false);
    files.sell(2);
    files.put_back("older");
    const crypto::Secret fresh = crypto::Secret::random(32);
    const std::string to = files.dir.path() + "/fresh.head";
    REQUIRE(Replica::rekey_witness(files.dir.path(), files.data_key, fresh, to).has_value());
    const auto record = [&](const std::string& path, const crypto::Secret& key) {
        return MUST(Witness(path, store::derived_secret(key, store::DerivedUse::kWitness)).read());
    };
    const auto before = record(files.head(), files.data_key);
    const auto after = record(to, fresh);
    REQUIRE(std::holds_alternative<WitnessRecord>(after));
    CHECK(std::get<WitnessRecord>(after).seq == 5);
    CHECK(std::get<WitnessRecord>(after).hash == std::get<WitnessRecord>(before).hash);
    CHECK(std::holds_alternative<Witness::Damaged>(record(to, files.data_key)));
}

TEST_CASE("witness: one that is missing or damaged is not mended by another data key") {
    Files files;
    files.sell(1);
    files.close();
    const crypto::Secret fresh = crypto::Secret::random(32);
    const std::string to = files.dir.path() + "/fresh.head";
    spill(files.head(), std::string(2 * Witness::kSlotBytes, '\0'));
    REQUIRE(Replica::rekey_witness(files.dir.path(), files.data_key, fresh, to).has_value());
    CHECK_FALSE(fs::exists(to));
    fs::remove(files.head());
    REQUIRE(Replica::rekey_witness(files.dir.path(), files.data_key, fresh, to).has_value());
    CHECK_FALSE(fs::exists(to));
}
