// An enrolled terminal that means harm: nothing that it pushes stops headquarters or the other tills.
#include "common/wire/limits.h"
#include "hq-server/intake/intake_limits.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("regress: notes of one push do not grow a profile beyond what a feed page can carry") {
    Hq hq;
    Terminal hostile(hq, "S1"), honest(hq, "S2");
    const MemberId member = member_number(1);
    const PersonalFields note{{Field::kNote, std::string(1000, 'n')}};
    for (int i = 0; i < 3000; ++i) hostile.write(member, Note{}, note);
    const auto outcomes = hostile.push_all();
    (void)outcomes;
    const auto row = must(hq.store->profile(member));
    REQUIRE(row.has_value());
    CHECK(row->sealed_profile.size() < 2 * intake::kProfileBytesMax);
    const auto page = must(hq.intake->page(honest.session(), 0, {}, hq.now_ms));
    CHECK(wire::encode_message(page).size() < wire::kFrameBytesMax);
    CHECK(hq.count("op_log") == 3000);  // accepted all the same: the chain holds
}

TEST_CASE("regress: a push of more operations than an acknowledgement can answer is refused by its decoder") {
    wire::Push push;
    push.ops.resize(wire::kPushOpsMax + 1);
    const Bytes frame = wire::encode_message(push);
    const auto decoded = wire::decode_message(frame[4], ByteView(frame).subspan(5));
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().code == Code::kDamaged);
}

TEST_CASE("regress: an operation without a store is refused, so no page holds a store without a code") {
    Op op;
    op.id.terminal = 7;
    op.id.epoch.bytes[0] = 1;
    op.id.seq = 1;
    op.body = Sale{{"1", "", 0}, 100, {}};
    CHECK(check_op(op).error().code == Code::kInvalid);
    op.store = "S1";
    CHECK(check_op(op).has_value());
}

TEST_CASE("regress: headquarters holds what would raise a store's day above what a till accepts") {
    Hq hq;
    Terminal hostile(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 2400; ++i) hostile.write(member, Adjust{kPointsMax, AdjustReason::kOther, {}});
    const auto outcomes = hostile.push_all();
    CHECK(outcomes.at(2400).outcome == Outcome::kQuarantined);
    CHECK(hq.store_day("S1", kToday).points_earned <= kStoreDayTotalMax);
}

TEST_CASE("regress: keys that a terminal invents for one member are bounded") {
    Hq hq;
    Terminal hostile(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 200; ++i) {
        hostile.keys.clear();  // the next note is sealed with another key
        hostile.write(member, Note{}, {{Field::kNote, "n"}});
    }
    hostile.push_all();
    CHECK(must(hq.store->profile(member))->keys.size() == intake::kMemberKeysMax);
}

TEST_CASE("regress: a busy member's batches in one transaction are measured, not guessed, before any is held") {
    Hq hq;
    Terminal till(hq, "S1");
    const MemberId member = member_number(1);
    for (int i = 0; i < 4000; ++i) till.earn(member, 100, std::to_string(i));
    const auto outcomes = till.push_all();
    CHECK(outcomes.empty());
    CHECK(hq.store_day("S1", kToday).bills == 4000);
}
