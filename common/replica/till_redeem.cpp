// Redemptions, what undoes them, and adjustments.
#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

Result<Till::Judged> Till::judge(const RedeemRequest& request, bool offline) {
    if (request.order_minor < 0 || request.order_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Bill bill, clean_bill(request.bill_no, ""));
    TALLY_TRY(const MemberCard there, card(request.member, offline));
    domain::RedeemQuestion question;
    question.points = request.points;
    question.order_minor = request.order_minor;
    question.offline = offline;
    question.offline_used = there.offline_used;
    question.presented = request.presented.kind;
    Judged out;
    out.verdict = domain::judge_redeem(programme, there.view.account, today(), question);
    if (out.verdict != domain::RedeemVerdict::kAllowed) return out;
    TALLY_TRY(domain::Redeem redeem, domain::make_redeem(programme, there.view.account, today(), question, bill));
    TALLY_TRY(out.op, draft(programme, request.member, request.presented, std::move(redeem)));
    return out;
}

Result<RedeemAnswer> Till::preview_redeem(const RedeemRequest& request, bool offline) {
    TALLY_TRY(const Judged judged, judge(request, offline));
    RedeemAnswer out;
    out.verdict = judged.verdict;
    if (out.verdict == domain::RedeemVerdict::kAllowed) {
        TALLY_TRY(out.receipt, try_out(judged.op));
    }
    return out;
}

Result<RedeemAnswer> Till::redeem(const RedeemRequest& request, bool offline) {
    TALLY_TRY(const Judged judged, judge(request, offline));
    RedeemAnswer out;
    out.verdict = judged.verdict;
    if (out.verdict == domain::RedeemVerdict::kAllowed) {
        TALLY_TRY(out.receipt, write(judged.op, {}));
    }
    return out;
}

Result<Receipt> Till::adjust(const domain::MemberId& member, domain::Points points, domain::AdjustReason reason,
                             const std::string& words) {
    if (points == 0 || points > domain::kPointsMax || points < -domain::kPointsMax)
        return fail(Code::kInvalid, "points: out of range");
    TALLY_TRY(const std::string said, clean_line(words, "reason", kTextCodePointsMax, domain::kFieldBytesMax));
    if (said.empty()) return fail(Code::kInvalid, "reason: required");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
    domain::Adjust adjust{points, reason, {}};
    if (points > 0) adjust.expires = domain::expiry_of(programme, today());
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(adjust)));
    return write(std::move(op), {{domain::Field::kReason, said}});
}

// Gives back everything of a redemption that was not given back yet.
Result<Receipt> Till::reverse_redeem(const domain::MemberId& member, const domain::OpId& redeem) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Account account, account_of(member));
    TALLY_TRY(domain::Reverse reverse, domain::make_give_back(programme, account, redeem, today()));
    TALLY_TRY(domain::Op op, draft(programme, member, {}, std::move(reverse)));
    return write(std::move(op), {});
}

}  // namespace tally::replica
