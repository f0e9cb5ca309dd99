// Writing operations: durable, chained, idempotent by bill, refused cleanly.
#include "common/crypto/hash.h"
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("replica: a made one opens again with its device and epoch; a second making is refused") {
    Bench bench;
    const auto key = MUST(bench.replica.device()).public_key();
    const auto head = MUST(bench.replica.head());
    CHECK(head.next_seq == 1);
    CHECK_FAILS(replica::Replica::create(bench.dir.path(), bench.data_key), Code::kExists);
    bench.reopen();
    CHECK(MUST(bench.replica.device()).public_key() == key);
    CHECK(MUST(bench.replica.head()).epoch == head.epoch);
    CHECK(MUST(bench.replica.enrolment())->store == "S1");
    CHECK_FAILS(bench.replica.save_enrolment(*MUST(bench.replica.enrolment())), Code::kExists);
}

TEST_CASE("replica: an operation before enrolment is refused") {
    support::TempDir dir;
    const crypto::Secret key = crypto::Secret::random(32);
    replica::Replica replica = MUST(replica::Replica::create(dir.path(), key));
    domain::Op op;
    op.member = Bench::member(1);
    op.body = domain::Note{};
    CHECK_FAILS(replica.append(op, {}), Code::kRefused);
    CHECK(MUST(replica.head()).next_seq == 1);
}

TEST_CASE("replica: an operation, the head and the overlay are there together after reopening") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.sign_up(anna, "Anna Li", "13800138000");
    const auto earned = bench.add(anna, Bench::earn(120, "B1"));
    CHECK(earned.account.balance_on(kDay) == 120);
    bench.reopen();
    const auto head = MUST(bench.replica.head());
    CHECK(head.next_seq == 3);
    CHECK(head.hash == earned.hash);
    CHECK(bench.overlay(anna).balance_on(kDay) == 120);
    CHECK(MUST(bench.replica.pending_count()) == 2);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 2);
    CHECK_DONE(bench.replica.verify_log());
}

TEST_CASE("replica: each operation names the hash of the one before") {
    Bench bench;
    for (int i = 0; i < 5; ++i) bench.add(Bench::member(1), Bench::earn(10, "B" + std::to_string(i)));
    const auto ops =
        MUST(bench.replica.operations_from(bench.epoch(), 1, 100, 1 << 20, bench.hq.wrap_at(bench.replica)));
    REQUIRE(ops.size() == 5);
    Hash before{};
    for (std::size_t i = 0; i < ops.size(); ++i) {
        const domain::Op op = MUST(wire::decode_op(ops[i].bytes));
        CHECK(op.previous_hash == before);
        CHECK(op.id.seq == i + 1);
        before = crypto::hash_of(ops[i].bytes);
        CHECK(MUST(bench.replica.hash_of_operation(bench.epoch(), i + 1)) == before);
    }
}

TEST_CASE("replica: a bill entered again with the same content is answered and not written again") {
    Bench bench;
    const auto anna = Bench::member(1);
    const auto first = bench.add(anna, Bench::earn(120, "B1"));
    const auto again = bench.add(anna, Bench::earn(120, "B1"));
    CHECK(again.folded.outcome == domain::Outcome::kDuplicate);
    CHECK(again.id == first.id);
    CHECK(again.hash == first.hash);
    CHECK(again.account == first.account);
    CHECK(MUST(bench.replica.head()).next_seq == 2);
    CHECK_FAILS(bench.replica.append(bench.op(anna, Bench::earn(121, "B1")), {}), Code::kExists);
    CHECK_FAILS(bench.replica.append(bench.op(Bench::member(2), Bench::earn(120, "B1")), {}), Code::kExists);
    CHECK(MUST(bench.replica.head()).next_seq == 2);
    CHECK(MUST(bench.replica.member_count()) == 1);
    // Another part, another day or another till of the same number is another bill.
    domain::Earn part = Bench::earn(120, "B1");
    part.bill.part = 1;
    CHECK(bench.add(anna, part).folded.outcome == domain::Outcome::kAccepted);
    CHECK(MUST(bench.replica.append(bench.op(anna, Bench::earn(120, "B1"), kDay + 1), {})).folded.outcome ==
          domain::Outcome::kAccepted);
}

TEST_CASE("replica: what is out of range or unreadable is refused and changes nothing") {
    Bench bench;
    const auto anna = Bench::member(1);
    domain::Earn negative = Bench::earn(1);
    negative.amount_minor = -5;
    CHECK_FAILS(bench.replica.append(bench.op(anna, negative), {}), Code::kInvalid);
    domain::Earn not_utf8 = Bench::earn(1, "B\xFF\xFE");
    CHECK_FAILS(bench.replica.append(bench.op(anna, not_utf8), {}), Code::kInvalid);
    CHECK_FAILS(bench.replica.append(bench.op(anna, domain::Note{}), {{domain::Field::kNote, "\xC3\x28"}}),
                Code::kInvalid);
    CHECK_FAILS(bench.replica.append(bench.op(anna, domain::Note{}), {{domain::Field::kNote, std::string(1001, 'x')}}),
                Code::kInvalid);
    CHECK(MUST(bench.replica.head()).next_seq == 1);
    CHECK(MUST(bench.replica.member_count()) == 0);
    CHECK(MUST(bench.replica.pending_count()) == 0);
}

TEST_CASE("replica: the log's table refuses to be changed, shortened or written in the middle") {
    Bench bench;
    for (int i = 0; i < 3; ++i) bench.add(Bench::member(1), Bench::earn(10));
    auto& db = bench.replica.db();
    CHECK_FAILS(db.exec("UPDATE op_log SET bytes = x'00' WHERE pos = 2"), Code::kRefused);
    CHECK_FAILS(db.exec("DELETE FROM op_log WHERE pos = 3"), Code::kRefused);
    CHECK_FAILS(db.exec("INSERT OR REPLACE INTO op_log SELECT 2, epoch_no, seq, kind, member_no, previous_pos, hash, "
                        "bytes FROM op_log WHERE pos = 3"),
                Code::kRefused);
    CHECK_FAILS(db.exec("INSERT INTO op_log SELECT 9, epoch_no, seq, kind, member_no, previous_pos, hash, bytes FROM "
                        "op_log WHERE pos = 3"),
                Code::kRefused);
    CHECK_DONE(bench.replica.verify_log());
}

TEST_CASE("replica: verify_log names the operation that was changed, moved or cut off") {
    Bench bench;
    for (int i = 0; i < 6; ++i) bench.add(Bench::member(1), Bench::earn(10 + i));
    bench.sign_up(Bench::member(1), "Anna");
    CHECK_DONE(bench.replica.verify_log());
    auto& db = bench.replica.db();
    CHECK_DONE(db.exec(
        "DROP TRIGGER op_log_never_changes; DROP TRIGGER op_log_never_shrinks; DROP TRIGGER op_log_grows_at_its_end"));
    const auto broken_by = [&](const char* sql, const char* undo) {
        CHECK_DONE(db.exec(sql));
        const Status status = bench.replica.verify_log();
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Code::kDamaged);
        const std::string detail = status.error().detail;
        CHECK_DONE(db.exec(undo));
        CHECK_DONE(bench.replica.verify_log());
        return detail;
    };
    CHECK_DONE(
        db.exec("CREATE TABLE kept AS SELECT * FROM op_log; CREATE TABLE kept_sealed AS SELECT * FROM op_sealed"));
    const char* undo =
        "DELETE FROM op_log; INSERT INTO op_log SELECT * FROM kept ORDER BY pos; "
        "DELETE FROM op_sealed; INSERT INTO op_sealed SELECT * FROM kept_sealed";
    CHECK(broken_by("UPDATE op_log SET bytes = CAST(bytes || x'00' AS BLOB) WHERE pos = 3", undo).find("operation 3") !=
          std::string::npos);
    CHECK(broken_by("UPDATE op_log SET bytes = (SELECT bytes FROM kept WHERE pos = 5), hash = (SELECT hash FROM kept "
                    "WHERE pos = 5) WHERE pos = 4",
                    undo)
              .find("operation 4") != std::string::npos);
    CHECK(broken_by("DELETE FROM op_log WHERE pos = 2", undo).find("operation 2") != std::string::npos);
    CHECK(broken_by("DELETE FROM op_log WHERE pos = 7", undo).find("ends at operation 6") != std::string::npos);
    CHECK(broken_by("UPDATE op_log SET kind = 6 WHERE pos = 6", undo).find("operation 6") != std::string::npos);
    CHECK(broken_by("UPDATE op_sealed SET sealed = CAST(sealed || x'00' AS BLOB)", undo).find("operation 7") !=
          std::string::npos);
    // Erased personal fields leave the log whole.
    CHECK_DONE(db.exec("DELETE FROM op_sealed"));
    CHECK_DONE(bench.replica.verify_log());
}

TEST_CASE("replica: a member's first sealed operation brings its key, no later one does") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.add(anna, Bench::earn(1));
    bench.sign_up(anna, "Anna");
    bench.add(anna, domain::Note{}, {{domain::Field::kNote, "likes tea"}});
    const auto ops =
        MUST(bench.replica.operations_from(bench.epoch(), 1, 100, 1 << 20, bench.hq.wrap_at(bench.replica)));
    CHECK(ops[0].wrapped_key.empty());
    CHECK_FALSE(ops[1].wrapped_key.empty());
    CHECK(ops[2].wrapped_key.empty());
    const Bytes key = MUST(bench.hq.wrap_to(bench.replica).open(ops[1].wrapped_key));
    CHECK(crypto::same(key, MUST(bench.replica.member_key(anna)).value().view()));
    CHECK(MUST(wire::open_fields(key, anna, ops[2].sealed)).at(domain::Field::kNote) == "likes tea");
}

TEST_CASE("replica: a batch keeps its bounds but is never empty") {
    Bench bench;
    for (int i = 0; i < 10; ++i) bench.add(Bench::member(1), Bench::earn(1));
    const auto wrap = bench.hq.wrap_at(bench.replica);
    CHECK(MUST(bench.replica.operations_from(bench.epoch(), 3, 4, 1 << 20, wrap)).size() == 4);
    CHECK(MUST(bench.replica.operations_from(bench.epoch(), 3, 100, 1, wrap)).size() == 1);
    CHECK(MUST(bench.replica.operations_from(bench.epoch(), 11, 100, 1 << 20, wrap)).empty());
    CHECK(MUST(bench.replica.operations_from(bench.epoch(), UINT64_MAX, 100, 1 << 20, wrap)).empty());
    CHECK_FAILS(bench.replica.hash_of_operation(bench.epoch(), 11), Code::kNotFound);
}

TEST_CASE("overlay: one that an earlier version stored, without what the fold writes now, is folded again") {
    Bench bench;
    const auto anna = Bench::member(1);
    bench.add(anna, Bench::earn(120, "B1"));
    domain::Reverse refund;
    refund.bill.bill_no = "R1";
    refund.target_bill_no = "B1";
    refund.amount_minor = 2000;
    refund.points = 20;
    bench.add(anna, refund);
    const auto stored = [&](const domain::Account& account) {
        auto q = MUST(bench.replica.db().prepare("UPDATE member_own SET account = ?1"));
        const Bytes bytes = wire::encode_account(account);
        CHECK_DONE(q.bind(1, ByteView(bytes)).run());
    };
    const domain::Account whole = MUST(bench.replica.member(anna))->account;
    REQUIRE(whole.reversals.size() == 1);
    domain::Account account = whole;
    account.reversals.clear();
    stored(account);
    bench.reopen();
    CHECK_FAILS(bench.replica.check_fold(), Code::kDamaged);  // of this version it would be damage
    CHECK_DONE(bench.replica.db().exec(
        "DROP TABLE lease; DROP TABLE own_reservation; DROP TABLE campaign; PRAGMA user_version = 4;"));
    bench.reopen();
    CHECK_DONE(bench.replica.check_fold());
    CHECK(MUST(bench.replica.member(anna))->account == whole);
    std::size_t seen = 0;
    CHECK_DONE(bench.replica.each_member([&](const domain::MemberId&, const domain::Account& each) -> Status {
        CHECK(each == whole);
        seen += 1;
        return {};
    }));
    CHECK(seen == 1);
    bench.add(anna, Bench::earn(5, "B2"));
    CHECK_DONE(bench.replica.check_fold());
}
