// Sales, with all that happens on their bill: what was earned, paid with points and taken off by coupons.
#include <algorithm>

#include "common/domain/tiers.h"
#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {

using domain::RedeemVerdict;

namespace {

constexpr std::size_t kLinesMax = 1000;  // domain::check_op's
constexpr std::size_t kLineTextBytesMax = 64;
constexpr std::size_t kChannelBytesMax = 32;

Result<std::vector<domain::BillLine>> clean_lines(std::vector<domain::BillLine> lines) {
    if (lines.size() > kLinesMax) return fail(Code::kInvalid, "lines: more than 1,000");
    for (domain::BillLine& line : lines) {
        TALLY_TRY(line.sku, clean_line(line.sku, "article", kLineTextBytesMax, kLineTextBytesMax));
        TALLY_TRY(line.category, clean_line(line.category, "category", kLineTextBytesMax, kLineTextBytesMax));
        if (line.amount_minor < -domain::kAmountMinorMax || line.amount_minor > domain::kAmountMinorMax)
            return fail(Code::kInvalid, "lines: an amount is out of range");
    }
    return lines;
}

bool has_claim(const SaleRequest& request) {
    return request.redeem_points != 0 || !request.reward.empty() || !request.coupons.empty();
}

// Reads back what was asked for on `bill`; false: `op` is no part of its sale.
bool read_back(const domain::Op& op, const domain::Bill& bill, SaleRequest& out) {
    if (const auto* earn = std::get_if<domain::Earn>(&op.body); earn && earn->bill == bill) {
        out.amount_minor += earn->amount_minor;
    } else if (const auto* redeem = std::get_if<domain::Redeem>(&op.body); redeem && redeem->bill == bill) {
        out.reward = redeem->reward;
        if (redeem->reward.empty()) out.redeem_points += redeem->points;
    } else if (const auto* coupon = std::get_if<domain::CouponRedeem>(&op.body); coupon && coupon->bill == bill) {
        out.amount_minor += coupon->discount_minor;
        out.coupons.push_back(coupon->coupon);
    } else {
        return false;
    }
    return true;
}

// Of points and rewards less may have been taken than was asked for.
bool is_same_order(const SaleRequest& was, const SaleRequest& request) {
    return was.amount_minor == request.amount_minor && was.reward == request.reward && was.coupons == request.coupons &&
           (was.redeem_points != 0) == (request.redeem_points != 0);
}

}  // namespace

domain::Facts Till::facts_for(const domain::Programme& programme, const domain::Account& account,
                              const domain::PersonFacts& person, const std::string& channel, Day day,
                              std::uint16_t minute) const {
    domain::Facts facts = domain::facts_of(programme, account, person, enrolment_.store, channel, day, minute);
    facts.tier = domain::tier_name(programme, account, today());
    return facts;
}

// As headquarters last told, and what this till has done since: its own sales are never unknown to it. Where too many
// wait to be looked through, campaigns are as without a line.
Status Till::read_campaigns(const SaleRequest& request, SaleBasis& out) {
    const auto has_campaign = [](const domain::EarnRule& rule) { return rule.caps.campaign != 0; };
    const auto& rules = out.programme.earn_rules;
    const bool earns = std::any_of(rules.begin(), rules.end(), has_campaign);
    if (request.offline || (!earns && request.coupons.empty())) return {};
    TALLY_TRY(std::optional<domain::TotalsById> pending, replica_->pending_campaigns());
    out.order.campaigns_open = pending.has_value();
    if (!pending) return {};
    out.pending = *std::move(pending);
    for (const domain::EarnRule& rule : rules) {
        if (!has_campaign(rule)) continue;
        TALLY_TRY(domain::CampaignTotals totals, replica_->campaign(rule.id));
        if (const auto own = out.pending.find(rule.id); own != out.pending.end()) totals += own->second;
        out.campaigns[rule.id] = totals;
    }
    return {};
}

Result<Till::SaleBasis> Till::sale_basis(const SaleRequest& request) {
    SaleBasis out;
    if (request.amount_minor < 0 || request.amount_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    TALLY_TRY(out.programme, rules());
    TALLY_TRY(out.bill, clean_bill(request.bill_no, request.till));
    TALLY_TRY(out.order.lines, clean_lines(request.lines));
    TALLY_TRY(const std::string channel, clean_line(request.channel, "channel", kChannelBytesMax, kChannelBytesMax));
    out.order.amount_minor = request.amount_minor;
    out.order.campaigns_open = !request.offline;
    out.by = {request.presented, request.approved_by};
    if (!request.member) return out;
    TALLY_OK(read_campaigns(request, out));
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(*request.member));
    if (view) {
        out.account = view->account;
        out.person = person_of(*view).facts;
        out.offline_used = redeemed_in_outage(*view);
    }
    out.order.facts = facts_for(out.programme, out.account, out.person, channel, today(), minute_now());
    return out;
}

// The sale and what was claimed on it, as they would be written: `claim` shrinks to what the bill and the balance allow
// (cases R2, R7), and what it leaves to pay with money earns (case E10). The earn stands first (case R6).
Result<RedeemVerdict> Till::add_sale(Act& act, const domain::MemberId& member, SaleBasis basis,
                                     domain::RedeemQuestion claim) {
    const bool is_reward = !claim.reward.empty();
    bool is_held = false;
    for (;;) {
        Act tried = act;
        const domain::OpId sale = tried.next_id(enrolment_.terminal);
        TALLY_TRY(domain::Earn earn,
                  domain::make_earn(basis.programme, basis.account, basis.order, basis.bill, basis.campaigns));
        earn.born_leased = claim.offline && basis.programme.redeems_by_lease();
        const domain::Points born = earn.born_leased ? earn.points : 0;
        TALLY_OK(add(tried, basis.programme, member, basis.by, std::move(earn)));
        // What this sale itself brings may pay it where the programme says so; nothing that is held does.
        std::erase_if(claim.leased, [&](const domain::LotTake& slice) { return slice.lot == sale; });
        if (born > 0 && basis.programme.earn_pays_own_reward && !tried.is_held(tried.ops.size() - 1))
            claim.leased.push_back({sale, born});
        if (claim.points == 0 && claim.count == 0) {
            act = std::move(tried);
            return RedeemVerdict::kAllowed;
        }
        claim.own_sale = sale;
        const domain::Account& after = tried.accounts[member];
        RedeemVerdict verdict = domain::judge_redeem(basis.programme, after, today(), claim);
        const bool may_shrink = verdict == RedeemVerdict::kOverOrder || verdict == RedeemVerdict::kOverShare ||
                                (is_reward && verdict == RedeemVerdict::kOverBalance);
        if (may_shrink) {
            const domain::Points most = domain::redeemable(basis.programme, after, today(), claim);
            if (most == 0) return verdict;
            if (is_reward) {
                claim.count =
                    static_cast<std::uint32_t>(most / domain::reward_of(basis.programme, claim.reward)->points);
            } else {
                claim.points = most;
            }
            verdict = domain::judge_redeem(basis.programme, after, today(), claim);
        }
        if (verdict != RedeemVerdict::kAllowed) return verdict;
        TALLY_TRY(domain::Redeem redeem, domain::make_redeem(basis.programme, after, today(), claim, basis.bill));
        if (redeem.value_minor > basis.order.amount_minor) return RedeemVerdict::kOverOrder;  // nothing is left to pay
        const domain::Minor paid_minor = is_held ? 0 : redeem.value_minor;
        if (paid_minor != basis.order.paid_with_points_minor) {
            basis.order.paid_with_points_minor = paid_minor;
            continue;
        }
        TALLY_OK(add(tried, basis.programme, member, basis.by, std::move(redeem)));
        if (tried.is_held(tried.ops.size() - 1) && !is_held) {  // what waits for a person pays nothing
            is_held = true;
            basis.order.paid_with_points_minor = 0;
            continue;
        }
        act = std::move(tried);
        return RedeemVerdict::kAllowed;
    }
}

// Judged anew, on what it left of points and coupons, the same order would be refused.
Result<std::optional<Receipt>> Till::sold_before(const SaleRequest& request, const SaleBasis& basis) {
    if (request.bill_no.empty()) return std::optional<Receipt>();
    TALLY_TRY(std::optional<LoggedOp> logged, replica_->sale_of_bill(basis.bill, today()));
    Act act;
    SaleRequest was;
    while (logged && logged->op.member == *request.member && read_back(logged->op, basis.bill, was)) {
        domain::OpId next = logged->op.id;
        next.seq += 1;
        domain::Folded& folded = act.folded.emplace_back();
        if (!logged->op.over_limit.empty()) folded.outcome = domain::Outcome::kQuarantined;
        act.ops.push_back({std::move(logged->op), {}});
        TALLY_TRY(logged, replica_->operation(next));
    }
    if (act.ops.empty() || !is_same_order(was, request)) return std::optional<Receipt>();
    act.accounts[*request.member] = basis.account;
    Receipt out = receipt_of(basis.programme, act);
    out.folded = {domain::Outcome::kDuplicate, "this bill has been entered as " + domain::op_text(out.op), {}, {}, {}};
    return std::optional(std::move(out));
}

Result<SaleAnswer> Till::check_out(const SaleRequest& request, bool commit) {
    TALLY_TRY(SaleBasis basis, sale_basis(request));
    const domain::Programme programme = basis.programme;
    SaleAnswer out;
    if (!request.member) {
        if (has_claim(request)) return fail(Code::kInvalid, "points and coupons: only with a member");
        TALLY_TRY(Act act, begin_act());
        domain::Sale sale{basis.bill, request.amount_minor, std::move(basis.order.lines)};
        TALLY_OK(add(act, programme, {}, basis.by, std::move(sale)));
        TALLY_TRY(out.receipt, finish(programme, std::move(act), commit));
        return out;
    }
    if (request.redeem_points < 0 || (request.redeem_points > 0 && !request.reward.empty()))
        return fail(Code::kInvalid, "points: as money, or for a reward");
    TALLY_TRY(out.receipt, sold_before(request, basis));
    if (out.receipt) return out;
    TALLY_TRY(const std::vector<domain::CouponRedeem> coupons, coupons_on(request, basis, out.coupons));
    if (!out.coupons.empty()) return out;
    for (const domain::CouponRedeem& coupon : coupons) basis.order.amount_minor -= coupon.discount_minor;

    domain::RedeemQuestion claim;
    claim.points = request.redeem_points;
    claim.reward = request.reward;
    claim.count = request.reward.empty() ? 0 : request.reward_count;
    claim.order_minor = basis.order.amount_minor;
    claim.offline = request.offline;
    claim.offline_used = basis.offline_used;
    claim.facts = basis.order.facts;
    claim.lines = basis.order.lines;
    claim.presented = request.presented.kind;
    claim.approved = request.approved_by != 0;
    TALLY_TRY(claim.leased, leased_here(*request.member, basis.account));
    claim.may_ask = !commit && !request.offline;
    TALLY_TRY(Act act, begin_act());
    act.accounts[*request.member] = basis.account;
    const ActBy by = basis.by;
    TALLY_TRY(out.redeem, add_sale(act, *request.member, std::move(basis), std::move(claim)));
    if (out.redeem != RedeemVerdict::kAllowed) return out;
    for (const domain::CouponRedeem& coupon : coupons) TALLY_OK(add(act, programme, *request.member, by, coupon));
    TALLY_TRY(out.receipt, finish(programme, std::move(act), commit));
    return out;
}

Result<SaleAnswer> Till::preview_check_out(const SaleRequest& request) { return check_out(request, false); }
Result<SaleAnswer> Till::check_out(const SaleRequest& request) { return check_out(request, true); }

static Result<Receipt> receipt_in(SaleAnswer answer) {
    if (answer.receipt) return *std::move(answer.receipt);
    return fail(Code::kRefused, answer.coupons.empty() ? "the points may not be used on this bill"
                                                       : "a coupon may not be used on this bill");
}

Result<Receipt> Till::preview_sale(const SaleRequest& request) {
    TALLY_TRY(SaleAnswer answer, check_out(request, false));
    return receipt_in(std::move(answer));
}

Result<Receipt> Till::sale(const SaleRequest& request) {
    TALLY_TRY(SaleAnswer answer, check_out(request, true));
    return receipt_in(std::move(answer));
}

}  // namespace tally::replica
