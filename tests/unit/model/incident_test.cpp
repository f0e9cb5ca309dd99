// What the home screen says of a till whose records lost something, in both languages.
#include "flow_rig.h"

using namespace tally;
using namespace tally::test;

TEST_CASE("incident: the home screen says what happened, what is lost and what to do, until it is over") {
    FlowRig rig;
    const NoticeModel ready = project(rig.s).notice;
    const auto told = [&](IncidentShown::Kind kind, std::int64_t operations) {
        StatusRead status{rig.s.shop, rig.s.zone, 0, 0};
        status.incident = IncidentShown{kind, operations};
        rig.happen(status);
        return project(rig.s).notice;
    };
    using Kind = IncidentShown::Kind;
    for (const Lang lang : {Lang::kZh, Lang::kEn}) {
        rig.s.lang = lang;
        for (const Kind kind :
             {Kind::kGap, Kind::kGivenBack, Kind::kUnsure, Kind::kBranched, Kind::kDamaged, Kind::kRestored}) {
            const NoticeModel notice = told(kind, 3);
            CHECK(notice.head != ready.head);
            CHECK(!notice.head.empty());
            CHECK(!notice.more.empty());
            CHECK(notice.tone != Tone::kPlain);
        }
    }
    rig.s.lang = Lang::kEn;
    CHECK(told(Kind::kGap, 3).head == "3 operations missing from this till's records");
    CHECK(told(Kind::kGap, 3).tone == Tone::kBad);
    CHECK(told(Kind::kRestored, 3).head == "This till was restored or repaired: 3 operations came back");
    rig.s.lang = Lang::kZh;
    CHECK(told(Kind::kGap, 3).head.find("3") != std::string::npos);
    rig.happen(StatusRead{rig.s.shop, rig.s.zone, 0, 0});
    CHECK(project(rig.s).notice.head == ready.head);
}
