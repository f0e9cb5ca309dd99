// Coupons that become due (owed.h): written as HQ's own operations, beside what due.cpp writes and in the same
// transactions.
#include <algorithm>

#include "hq-server/intake/owed.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

static Intake::OwnOp coupon_op(const MemberId& member, Day today, Body body) {
    Intake::OwnOp out;
    out.op.member = member;
    out.op.business_day = today;
    out.op.body = std::move(body);
    return out;
}

Result<std::uint64_t> Intake::State::issue(LedgerWork& work, std::optional<OwnWork>& own, const MemberId& member,
                                           CouponIssue issue, std::int64_t now_ms) {
    TALLY_TRY(const MemberState* state, cache.member(member));
    if (!is_still_owed(*work.newest(), state->account, issue)) return std::uint64_t{0};
    TALLY_TRY(const Day today, this->today(now_ms));
    crypto::SystemRandom random;
    issue.coupon = *CouponId::from(make_member_id(now_ms, random).view());  // a UUIDv7 as well
    date_coupon(*work.newest(), issue, today);
    TALLY_TRY(const Folded folded, add_own(work, own, coupon_op(member, today, std::move(issue)), now_ms));
    return std::uint64_t{folded.outcome == Outcome::kAccepted};
}

Result<std::uint64_t> Intake::State::settle_coupons(LedgerWork& work, std::optional<OwnWork>& own,
                                                    std::int64_t now_ms) {
    std::uint64_t written = 0;
    for (LedgerWork::Owed& owed : work.take_owed()) {
        if (auto* given = std::get_if<CouponIssue>(&owed.what)) {
            TALLY_TRY(const std::uint64_t issued, issue(work, own, owed.member, std::move(*given), now_ms));
            written += issued;
            continue;
        }
        const CouponVoid& ended = std::get<CouponVoid>(owed.what);
        TALLY_TRY(const MemberState* state, cache.member(owed.member));
        const auto still = coupons_to_end(state->account);  // a till may have reserved it since
        if (std::find(still.begin(), still.end(), ended.coupon) == still.end()) continue;
        TALLY_TRY(const Day today, this->today(now_ms));
        TALLY_TRY(const Folded folded, add_own(work, own, coupon_op(owed.member, today, ended), now_ms));
        written += folded.outcome == Outcome::kAccepted;
    }
    work.take_touched();  // a coupon changes no tier
    return written;
}

Result<std::uint64_t> Intake::State::give_by_day(LedgerWork& work, std::optional<OwnWork>& own,
                                                 const MemberState& member, std::int64_t now_ms) {
    TALLY_TRY(const Day today, this->today(now_ms));
    TALLY_TRY(const Person* person, work.persons().find(member.member));
    const Profile& profile = person->profile;
    std::uint64_t written = 0;
    for (CouponIssue& owed :
         coupons_owed_on(*work.newest(), member.account, profile.text(Field::kBirthday), profile.joined_day, today)) {
        TALLY_TRY(const std::uint64_t issued, issue(work, own, member.member, std::move(owed), now_ms));
        written += issued;
    }
    return written;
}

}  // namespace tally::intake
