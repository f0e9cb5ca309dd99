// A registration that is more than one operation.
#include "common/replica/till.h"
#include "tests/unit/replica/fixture.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("register: a consent that cannot be recorded after its member is told, and the member stands") {
    Bench bench;
    domain::Programme programme;
    programme.version = 1;
    programme.chain_name = "Test";
    bench.hq.publish(programme);
    bench.feed();
    ManualClock clock(1'728'000'000'000);
    SeededRandom random(7);
    replica::Till till = MUST(replica::Till::start(bench.replica, clock, random));
    // As a disk that has room for one more operation.
    CHECK_DONE(
        bench.replica.db().exec("CREATE TRIGGER full BEFORE INSERT ON op_log WHEN NEW.pos > 1 "
                                "BEGIN SELECT RAISE(ABORT, 'no room'); END"));
    replica::RegisterRequest request;
    request.fields[domain::Field::kPhone] = "13800138000";
    request.marketing_consent = true;
    request.consent_wording = "screen-1";
    const auto answer = MUST(till.register_member(request));
    CHECK_FALSE(answer.existed);
    CHECK_FALSE(answer.consent_kept);
    CHECK(MUST(bench.replica.unacknowledged_count()) == 1);
    CHECK(MUST(bench.replica.member(answer.member)).has_value());
    CHECK(MUST(till.register_member(request)).existed);
    CHECK_DONE(bench.replica.verify_log());
}
