// Redemptions beside a sale, what undoes them, and adjustments.
#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

Result<RedeemAnswer> Till::redeem(const RedeemRequest& request, bool offline, bool commit) {
    if (request.order_minor < 0 || request.order_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Bill bill, clean_bill(request.bill_no, ""));
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(request.member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(request.member));
    domain::RedeemQuestion question;
    question.points = request.points;
    question.order_minor = request.order_minor;
    question.offline = offline;
    question.offline_used = redeemed_in_outage(*view);
    question.reward = request.reward;
    question.count = request.reward.empty() ? 0 : request.reward_count;
    question.facts = facts_for(programme, view->account, person_of(*view).facts, {}, today(), minute_now());
    question.presented = request.presented.kind;
    question.approved = request.approved_by != 0;
    TALLY_TRY(question.leased, leased_here(request.member, view->account));
    question.may_ask = !commit && !offline;
    RedeemAnswer out;
    out.verdict = domain::judge_redeem(programme, view->account, today(), question);
    if (out.verdict != domain::RedeemVerdict::kAllowed) return out;
    TALLY_TRY(domain::Redeem redeem, domain::make_redeem(programme, view->account, today(), question, bill));
    TALLY_TRY(Act act, begin_act());
    act.accounts[request.member] = view->account;
    TALLY_OK(add(act, programme, request.member, {request.presented, request.approved_by}, std::move(redeem)));
    TALLY_TRY(out.receipt, finish(programme, std::move(act), commit));
    return out;
}

Result<RedeemAnswer> Till::preview_redeem(const RedeemRequest& request, bool offline) {
    return redeem(request, offline, false);
}
Result<RedeemAnswer> Till::redeem(const RedeemRequest& request, bool offline) { return redeem(request, offline, true); }

Result<Receipt> Till::adjust(const domain::MemberId& member, domain::Points points, domain::AdjustReason reason,
                             const std::string& words, const std::string& code, std::uint32_t approved_by) {
    if (points == 0 || points > domain::kPointsMax || points < -domain::kPointsMax)
        return fail(Code::kInvalid, "points: out of range");
    TALLY_TRY(const std::string said, clean_line(words, "reason", kTextCodePointsMax, domain::kFieldBytesMax));
    if (said.empty()) return fail(Code::kInvalid, "reason: required");
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
    domain::Adjust adjust{points, reason, {}, {}};
    TALLY_TRY(adjust.code, clean_line(code, "reason code", domain::kRuleIdBytesMax, domain::kRuleIdBytesMax));
    if (points > 0) adjust.expires = domain::expiry_of(programme, today());
    TALLY_TRY(Act act, begin_act());
    act.accounts[member] = view->account;
    // No debit takes leased points: what is held here is given back first.
    if (points < 0)
        TALLY_OK(add_return(
            act, programme, member, [](const HeldSlice&) { return true; }, -points));
    TALLY_OK(add(act, programme, member, {{}, approved_by}, std::move(adjust), {{domain::Field::kReason, said}}));
    return write(programme, std::move(act));
}

// Gives back everything of a redemption that was not given back yet.
Result<Receipt> Till::reverse_redeem(const domain::MemberId& member, const domain::OpId& redeem) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Account account, account_of(member));
    TALLY_TRY(domain::Reverse reverse, domain::make_give_back(programme, account, redeem, today()));
    TALLY_TRY(Act act, begin_act());
    TALLY_OK(add(act, programme, member, {}, std::move(reverse)));
    return write(programme, std::move(act));
}

}  // namespace tally::replica
