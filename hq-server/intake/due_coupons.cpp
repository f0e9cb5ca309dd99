// Coupons that become due (owed.h), or that a person gives: written as HQ's own operations; those that are due beside
// what due.cpp writes and in the same transactions.
#include <algorithm>

#include "hq-server/intake/owed.h"
#include "hq-server/intake/own_work.h"

namespace tally::intake {

using namespace domain;

Result<std::optional<CouponId>> Intake::State::issue(LedgerWork& work, std::optional<OwnWork>& own,
                                                     const MemberId& member, CouponIssue issue, std::int64_t now_ms) {
    TALLY_TRY(const MemberState* state, cache.member(member));
    if (!is_still_owed(*work.newest(), state->account, issue)) return std::optional<CouponId>();
    TALLY_TRY(const Day today, this->today(now_ms));
    crypto::SystemRandom random;
    issue.coupon = *CouponId::from(make_member_id(now_ms, random).view());  // a UUIDv7 as well
    date_coupon(*work.newest(), issue, today);
    const CouponId id = issue.coupon;
    TALLY_TRY(const Folded folded, add_own(work, own, OwnOp::of(member, today, std::move(issue)), now_ms));
    return folded.outcome == Outcome::kAccepted ? std::optional(id) : std::nullopt;
}

Result<std::uint64_t> Intake::State::settle_coupons(LedgerWork& work, std::optional<OwnWork>& own,
                                                    std::int64_t now_ms) {
    std::uint64_t written = 0;
    for (LedgerWork::Owed& owed : work.take_owed()) {
        if (auto* given = std::get_if<CouponIssue>(&owed.what)) {
            TALLY_TRY(const auto issued, issue(work, own, owed.member, std::move(*given), now_ms));
            written += issued.has_value();
            continue;
        }
        const CouponVoid& ended = std::get<CouponVoid>(owed.what);
        TALLY_TRY(const MemberState* state, cache.member(owed.member));
        const auto still = coupons_to_end(state->account);  // a till may have reserved it since
        if (std::find(still.begin(), still.end(), ended.coupon) == still.end()) continue;
        TALLY_TRY(const Day today, this->today(now_ms));
        TALLY_TRY(const Folded folded, add_own(work, own, OwnOp::of(owed.member, today, ended), now_ms));
        written += folded.outcome == Outcome::kAccepted;
    }
    work.take_touched();  // a coupon changes no tier
    return written;
}

Result<std::uint64_t> Intake::State::give_by_day(LedgerWork& work, std::optional<OwnWork>& own,
                                                 const MemberState& member, std::int64_t now_ms) {
    TALLY_TRY(const Day today, this->today(now_ms));
    const Result<Person*> person = work.persons().find(member.member);
    if (!person && person.error().code == Code::kDamaged) return fail(Code::kNotFound, "a profile does not open");
    if (!person) return person.error();
    const Profile& profile = (*person)->profile;
    std::uint64_t written = 0;
    for (CouponIssue& owed :
         coupons_owed_on(*work.newest(), member.account, profile.text(Field::kBirthday), profile.joined_day, today)) {
        TALLY_TRY(const auto issued, issue(work, own, member.member, std::move(owed), now_ms));
        written += issued.has_value();
    }
    return written;
}

Result<Intake::HandedOut> Intake::issue_by_hand(const HandOut& what, std::span<const MemberId> members,
                                                std::int64_t now_ms) {
    State& state = *state_;
    return state.write_own(now_ms, [&](LedgerWork& work, auto& own) -> Result<HandedOut> {
        const CouponTemplate* from = work.newest() ? coupon_of(*work.newest(), what.template_id) : nullptr;
        if (!from) return fail(Code::kNotFound, "the programme has no coupon '" + what.template_id + "'");
        CouponIssue issue;
        issue.template_id = from->id;
        issue.cause = from->cause == CouponCause::kCampaign ? CouponCause::kCampaign : CouponCause::kByHand;
        HandedOut out;
        for (const MemberId& member : members) {
            const std::size_t before = out.coupons.size();
            for (std::uint32_t n = 0; n < what.count; ++n) {
                issue.key = what.batch.empty() ? "" : what.batch + "#" + std::to_string(n + 1);
                TALLY_TRY(const auto id, state.issue(work, own, member, issue, now_ms));
                if (id) out.coupons.push_back(*id);
            }
            out.members += out.coupons.size() > before;
        }
        return out;
    });
}

}  // namespace tally::intake
