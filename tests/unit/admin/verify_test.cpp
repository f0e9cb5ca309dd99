#include "hq-server/admin/verify.h"

#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

namespace {

// A small chain with something of everything: persons, refunds before their sale, debt, corrections, expiry, two
// epochs.
struct Story {
    Hq hq;
    Terminal a, b;

    static Programme programme() {
        Programme out = plain_programme();
        out.expiry_rule = ExpiryRule::kDays;
        out.expiry_count = 30;
        return out;
    }
    static Earn earn_of(const std::string& bill_no, Minor amount) {
        return Earn{.bill = {bill_no, "", 0},
                    .amount_minor = amount,
                    .eligible_minor = amount,
                    .points = amount / 100,
                    .expires = kToday + 30};
    }

    Story() : hq(programme()), a(hq, "S1"), b(hq, "S2") {
        for (int i = 1; i <= 4; ++i) {
            a.write(member_number(i), Register{.channel = "store", .joined_day = kToday},
                    {{Field::kName, "member " + std::to_string(i)}, {Field::kPhone, "1381234567" + std::to_string(i)}});
            a.write(member_number(i), earn_of("A" + std::to_string(i), 20'000));
        }
        b.refund(member_number(1), "B9", 500);
        a.push_all();
        b.push_all();
        must(hq.intake->publish(programme(), hq.now_ms));
        b.write(member_number(1), earn_of("B9", 1000));
        b.redeem(member_number(2), 300, 300);
        a.redeem(member_number(3), 200, 100);
        a.write({}, Sale{.bill = {"x", "", 0}, .amount_minor = 777});
        a.write(member_number(1), Note{}, {{Field::kNote, "likes tea"}});
        b.push_all();
        a.push_all();
        a.new_epoch();
        a.acknowledged = 0;
        a.write(member_number(4), earn_of("new epoch", 4000));
        a.push_all();
        must(hq.intake->expire_all(hq.now_ms + 40 * 86'400'000LL));
    }
    admin::VerifyReport verify() { return must(admin::verify_ledger(*hq.store, hq.device.public_key())); }
    // Plants a fault behind the store's back; the triggers that forbid it are taken away first.
    void plant(std::string_view sql) {
        hq.exec(
            "DROP TRIGGER IF EXISTS op_log_no_update; DROP TRIGGER IF EXISTS op_log_no_delete;"
            "DROP TRIGGER IF EXISTS batch_no_update; DROP TRIGGER IF EXISTS decision_no_update;");
        hq.exec(sql);
    }
    bool says(const std::string& words) {
        const auto report = verify();
        for (const std::string& fault : report.faults)
            if (fault.find(words) != std::string::npos) return true;
        INFO(admin::verify_text(report));
        CHECK(report.fault_count > 0);
        return false;
    }
};

}  // namespace

TEST_CASE("verify: two epochs behind one that never came are what two restores from one backup leave") {
    Story story;
    Terminal till(story.hq, "S1");
    till.new_epoch();  // the first epoch made nothing
    const Epoch never_heard = till.previous_epoch;
    till.write(member_number(1), Story::earn_of("R1", 1000));
    till.push(1, 1);
    till.new_epoch();
    till.previous_epoch = never_heard;
    till.write(member_number(1), Story::earn_of("R2", 1000));
    CHECK(std::holds_alternative<wire::Ack>(till.push(1, 1).answer));
    const auto report = story.verify();
    INFO(admin::verify_text(report));
    CHECK(report.fault_count == 0);
}

TEST_CASE("verify: a sound headquarters has no faults, and its notes name what a person should see") {
    Story story;
    const auto report = story.verify();
    CHECK(report.faults == std::vector<std::string>{});
    CHECK(report.operations == static_cast<std::uint64_t>(story.hq.count("op_log")));
    CHECK(report.members == 4);
    CHECK(report.store_days > 0);
    CHECK_FALSE(report.notes.empty());
    CHECK(admin::verify_text(report).find("all is well") != std::string::npos);
    story.hq.reopen();
    CHECK(story.verify().fault_count == 0);
}

TEST_CASE("verify: a new epoch of headquarters' own is sound when it follows the one before, and a fault when not") {
    Story story;
    const auto expire_more = [&](int days) {
        return must(story.hq.intake->expire_all(story.hq.now_ms + days * 86'400'000LL));
    };
    wire::Incarnation incarnation;
    Epoch epoch;
    incarnation.bytes.fill(3);
    epoch.bytes.fill(3);
    must(story.hq.intake->begin_again(incarnation, epoch));
    CHECK(story.verify().faults == std::vector<std::string>{});
    SUBCASE("it follows") {}
    SUBCASE("the head that it found was not the last operation's") {
        story.plant("UPDATE terminal_head SET head = zeroblob(32) WHERE terminal = 1");
    }
    const bool sound = story.verify().fault_count == 0;
    story.a.write(member_number(4), Story::earn_of("after", 900));
    story.a.push_all();
    REQUIRE(expire_more(90) > 0);
    if (sound)
        CHECK(story.verify().faults == std::vector<std::string>{});
    else
        CHECK(story.says("begins an epoch and does not follow"));
}

TEST_CASE("verify: each planted fault is found and named") {
    Story story;
    SUBCASE("a flipped bit in an operation's bytes") {
        story.plant(
            "UPDATE op_log SET bytes = cast(substr(bytes, 1, 60) || x'ff' || substr(bytes, 62) AS BLOB) WHERE pos = 5");
        CHECK(story.says("position 5"));
        CHECK(story.says("do not have the hash"));
    }
    SUBCASE("every single byte of one operation") {
        const auto size = must(story.hq.store->db().query_int64("SELECT length(bytes) FROM op_log WHERE pos = 3"));
        story.plant("CREATE TABLE keep AS SELECT bytes FROM op_log WHERE pos = 3");
        for (std::int64_t at = 1; at <= size; at += 7) {
            const std::string n = std::to_string(at);
            story.hq.exec("UPDATE op_log SET bytes = (SELECT CASE WHEN substr(bytes, " + n +
                          ", 1) = x'41' THEN cast(substr(bytes, 1, " + n + " - 1) || x'42' || substr(bytes, " + n +
                          " + 1) AS BLOB) ELSE cast(substr(bytes, 1, " + n + " - 1) || x'41' || substr(bytes, " + n +
                          " + 1) AS BLOB) END FROM keep) WHERE pos = 3");
            CHECK(story.verify().fault_count > 0);
        }
    }
    SUBCASE("bytes and hash replaced by those of another operation") {
        story.plant("UPDATE op_log SET (bytes, hash) = (SELECT bytes, hash FROM op_log WHERE pos = 3) WHERE pos = 5");
        CHECK(story.says("its bytes are those of"));
    }
    SUBCASE("a missing operation") {
        story.plant("DELETE FROM op_log WHERE pos = 6");
        CHECK(story.says("position 6 is missing"));
        CHECK(story.says("of its chain is expected"));
    }
    SUBCASE("the last operation is missing") {
        story.plant("DELETE FROM op_log WHERE pos = (SELECT max(pos) FROM op_log)");
        CHECK(story.says("the stream's head"));
        CHECK(story.says("its stored head is operation"));
    }
    SUBCASE("two positions swapped") {
        story.plant(
            "UPDATE op_log SET pos = -1 WHERE pos = 4; UPDATE op_log SET pos = 4 WHERE pos = 5;"
            "UPDATE op_log SET pos = 5 WHERE pos = -1");
        CHECK(story.says("position 4"));
        CHECK(story.says("of its chain is expected"));
    }
    SUBCASE("an altered account") {
        auto row = *must(story.hq.store->member(member_number(2)));
        Account account = must(wire::decode_account(row.account));
        account.spend_minor += 1;
        row.account = wire::encode_account(account);
        auto scope = must(intake::WriteScope::begin(*story.hq.store));
        must(story.hq.store->put_member(row));
        must(scope.commit());
        CHECK(story.says("member " + uuid_text(member_number(2)) + ": the stored account is not"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a member gone") {
        story.plant("DELETE FROM member WHERE number = 2");
        CHECK(story.says("has no stored account"));
    }
    SUBCASE("a member nobody ever wrote about") {
        story.plant(
            "INSERT INTO member SELECT 99, randomblob(16), member_seq, changed_pos, NULL, account FROM member LIMIT 1");
        CHECK(story.says("no operation in the log names it"));
    }
    SUBCASE("an altered store-day") {
        story.plant("UPDATE store_day SET amount_minor = amount_minor + 1 WHERE store = 'S2'");
        CHECK(story.says("store S2 on 2023-11-15: the stored totals"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a state that the feed would miss") {
        story.plant("UPDATE member SET changed_pos = 1 WHERE number = 3");
        CHECK(story.says("the feed would miss or repeat it"));
    }
    SUBCASE("a signature") {
        story.plant("UPDATE batch SET signature = zeroblob(64) WHERE first_pos = 2");
        CHECK(story.says("is not that of its device"));
    }
    SUBCASE("a lost signature") {
        story.hq.exec("DROP TRIGGER batch_no_delete; DELETE FROM batch WHERE first_pos = 2");
        CHECK(story.says("is under no signature"));
    }
    SUBCASE("another key for a device") {
        story.plant("UPDATE device SET key = randomblob(32) WHERE terminal = 2");
        CHECK(story.says("is not that of its device"));
    }
    SUBCASE("an outcome") {
        story.plant("UPDATE op_log SET outcome = 1 WHERE outcome = 2");
        CHECK(story.says("the fold says 'accepted with debt'"));
    }
    SUBCASE("a decision") {
        story.plant("UPDATE decision SET corrected_points = 50 WHERE corrected_points IS NOT NULL");
        CHECK(story.says("the stored account is not"));
    }
    SUBCASE("a profile") {
        story.plant("UPDATE profile SET sealed_profile = zeroblob(99)");
        CHECK(story.says("the stored profile cannot be opened"));
    }
    SUBCASE("sealed fields") {
        story.plant("UPDATE op_log SET sealed = zeroblob(60) WHERE pos = 2");
        CHECK(story.says("not those it commits to"));
    }
    SUBCASE("an identity") {
        story.plant("DELETE FROM identity WHERE value = '+8613812345672'");
        CHECK(story.says("cannot be found by one of its identities"));
    }
    SUBCASE("an identity of a member that has none such") {
        story.plant("INSERT INTO identity SELECT 2, '6222-0001', member FROM member WHERE number = 1");
        CHECK(story.says("is found by an identity (kind 2) that its operations do not give it"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("an identity moved to another member") {
        story.plant(
            "UPDATE identity SET member = (SELECT member FROM member WHERE number = 1) WHERE value = '+8613812345672'");
        CHECK(story.says("is found by an identity (kind 1)"));
        CHECK(story.says("cannot be found by one of its identities"));
    }
    SUBCASE("the next expiry") {
        story.plant("UPDATE member SET next_expiry = 1 WHERE number = 3");
        CHECK(story.says("points expire next after no day, stored is 1970-01-02"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a notice gone") {
        story.plant("DELETE FROM notice WHERE pos = (SELECT min(pos) FROM notice)");
        CHECK(story.says("is missing: its terminal would not be told"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a notice's outcome") {
        story.plant("UPDATE notice SET outcome = 6 WHERE pos = (SELECT min(pos) FROM notice)");
        CHECK(story.says("says 'quarantined', the log says"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a notice's reason") {
        story.plant("UPDATE notice SET reason = 'x' WHERE pos = (SELECT min(pos) FROM notice)");
        CHECK(story.says("gives the reason 'x', the log gives"));
    }
    SUBCASE("a notice nobody's operation gives") {
        story.plant("INSERT INTO notice VALUES (2, 2, randomblob(16), 1, 1, '')");
        CHECK(story.says("at position 2 is stored, but the log gives none"));
    }
    SUBCASE("a decision's reason") {
        story.plant("UPDATE decision SET reason = 'x' WHERE corrected_points IS NOT NULL");
        CHECK(story.says("the stored reason is 'x', the fold says 'named 200 points"));
    }
    SUBCASE("a decision about nothing") {
        story.plant("INSERT INTO decision (pos, quarantined, reason) VALUES (9999, 1, '')");
        CHECK(story.says("a decision is stored for position 9999, where no operation was folded"));
    }
    SUBCASE("a decision that makes a bill a duplicate") {
        story.plant(
            "INSERT INTO decision (pos, quarantined, reason, duplicate_terminal, duplicate_epoch, duplicate_seq) "
            "SELECT 3, 0, '', terminal, epoch, seq FROM op_log WHERE pos = 5");
        CHECK(story.says("position 3, operation"));
        CHECK(story.says("by its bill it is one of none"));
    }
    SUBCASE("a bill that is not guarded") {
        story.plant("DELETE FROM bill WHERE bill_no = 'A2'");
        CHECK(story.says("sale A2 of store S1 on 2023-11-15"));
        CHECK(story.says("is not guarded: it could be counted again"));
        CHECK(story.verify().fault_count == 1);
    }
    SUBCASE("a bill of another operation") {
        story.plant("UPDATE bill SET pos = 2 WHERE bill_no = 'A2'");
        CHECK(story.says("is stored as that of position 2, the log has it first at position"));
    }
    SUBCASE("a bill nobody entered") {
        story.plant("INSERT INTO bill SELECT store, day, till, terminal, kind, 'Z', part, pos FROM bill LIMIT 1");
        CHECK(story.says("sale Z of store S1 on 2023-11-15 is guarded, but no operation in the log has it"));
    }
    SUBCASE("an imported row that no operation came from") {
        story.plant("INSERT INTO imported VALUES (randomblob(32), randomblob(32), NULL)");
        CHECK(story.says("is remembered"));
        CHECK(story.says("but no operation came from it"));
    }
    SUBCASE("a programme") {
        story.plant("UPDATE programme SET signature = zeroblob(64) WHERE version = 2");
        CHECK(story.says("programme version 2 is not signed"));
    }
    SUBCASE("a programme gone") {
        story.plant("DELETE FROM programme WHERE version = 1");
        CHECK(story.says("position 1 is missing"));
    }
    SUBCASE("a terminal's head") {
        story.plant("UPDATE terminal_head SET head = zeroblob(32) WHERE terminal = 3");
        CHECK(story.says("another hash"));
    }
    SUBCASE("the effective time") {
        story.plant("UPDATE op_log SET effective_ms = effective_ms - 1 WHERE pos = 2");
        CHECK(story.says("effective time"));
    }
}

TEST_CASE("schema: the log's rows can be neither changed nor deleted") {
    Story story;
    CHECK_FALSE(story.hq.store->db().exec("UPDATE op_log SET outcome = 1").has_value());
    CHECK_FALSE(story.hq.store->db().exec("DELETE FROM op_log").has_value());
    CHECK_FALSE(story.hq.store->db().exec("DELETE FROM batch").has_value());
    CHECK_FALSE(story.hq.store->db().exec("UPDATE decision SET reason = ''").has_value());
    CHECK(story.verify().fault_count == 0);
}
