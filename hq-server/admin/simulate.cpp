#include "hq-server/admin/simulate.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/base/counted.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr std::size_t kShownMembersMax = 10;

bool asks_for_lines(const Programme& programme) {
    const auto about = [](const auto& rule) { return rule.when.is_about_lines(); };
    return programme.earn_on.is_about_lines() ||
           std::any_of(programme.earn_rules.begin(), programme.earn_rules.end(), about);
}

bool asks_for_birthday(const Programme& programme) {
    return std::any_of(programme.earn_rules.begin(), programme.earn_rules.end(), [](const EarnRule& rule) {
        return rule.when.occasion >= Occasion::kBirthdayDay && rule.when.occasion <= Occasion::kBirthdayMonth;
    });
}

Minor worth_of(const Programme& programme, const SideTotals& totals) {
    return mul_div_floor(totals.issued + totals.bonuses, programme.redeem_step_minor, programme.redeem_step_points)
        .value_or(INT64_MAX);
}

std::size_t rank_of(const Programme& programme, const std::string& level) {
    return tier_rank(programme, level).value_or(0);
}

}  // namespace

Simulation::Simulation(const Programme& now, const Programme& draft, const Span& span)
    : now_programme_(&now),
      draft_programme_(&draft),
      span_(span),
      now_(now, *people_, span),
      draft_(draft, *people_, span) {}

Result<Simulation> Simulation::begin(const Programme& now, const Programme& draft, const Span& span) {
    if (span.through < span.from) return fail(Code::kInvalid, "--to: before --from");
    return Simulation(now, draft, span);
}

void Simulation::look_at(const Op& op) {
    if (const auto* earn = std::get_if<Earn>(&op.body)) {
        sales_ += 1;
        if (earn->lines.empty()) sales_without_lines_ += 1;
    }
    const OpKind kind = kind_of(op.body);
    if (kind == OpKind::kCouponRedeem) coupons_ += 1;
    out_.operations += 1;
}

Status Simulation::add(const Op& op, const Ruling& ruling) {
    if (const auto released = released_op(op)) return add(*released, ruling);
    if (op.business_day > span_.through) return {};
    const bool inside = span_.holds(op.business_day);
    if (op.member.is_zero()) {
        sales_without_member_ += inside ? 1 : 0;
        return {};
    }
    if (is_held(op, ruling)) {
        held_ += inside ? 1 : 0;
        return {};
    }
    if (!has_begun_ && !inside) {
        TALLY_TRY(const Folded folded, fold(before_[op.member], op, ruling));
        (void)folded;
        return {};
    }
    if (!has_begun_) {
        has_begun_ = true;
        now_.begin(before_);
        draft_.begin(std::move(before_));
    }
    if (inside) look_at(op);
    TALLY_OK(now_.add(op, ruling));
    return draft_.add(op, ruling);
}

std::vector<std::string> Simulation::not_simulated() const {
    std::vector<std::string> out = {
        "what members would have done under other rules: every sale, refund and redemption is as it was, at its value"};
    const Programme& draft = *draft_programme_;
    if (asks_for_lines(draft) && sales_without_lines_ > 0)
        out.push_back("rules about categories and articles for " + counted(sales_without_lines_, "sale") + " of " +
                      std::to_string(sales_) + ": they came without lines");
    for (const EarnRule& rule : draft.earn_rules)
        if (rule.caps.campaign > 0)
            out.push_back("the campaign cap of " + rule.id + ": here each bill alone is held to it");
    if (asks_for_birthday(draft)) {
        std::uint64_t unknown = 0;
        for (const auto& [member, account] : draft_.accounts()) {
            const auto person = people_->find(member);
            if (person == people_->end() || person->second.birthday.empty()) unknown += 1;
        }
        if (unknown > 0) out.push_back("birthdays of " + counted(unknown, "member") + ": none is known");
    }
    for (const BonusRule& rule : draft.bonuses)
        if (rule.source != BonusSource::kSignUp && !bonus_of(*now_programme_, rule.id))
            out.push_back("the bonus " + rule.id + ": nothing on record says who would have had it");
    for (const std::string& rule : draft_.dropped_bonuses())
        out.push_back("the bonus " + rule + " is on record and not in the draft: it is left out there");
    if (coupons_ > 0) out.push_back("coupons: " + counted(coupons_, "discount") + " stays as it was given");
    if (draft.limits != now_programme_->limits)
        out.push_back(
            "limits of risk: what was held back for a person then is left out, and nothing else is held back");
    if (held_ > 0) out.push_back(counted(held_, "operation") + " held back for a person: left out on both sides");
    if (sales_without_member_ > 0)
        out.push_back(counted(sales_without_member_, "sale") + " without a member: they earn nothing on either side");
    return out;
}

Simulated Simulation::end() {
    if (!has_begun_) {
        now_.begin(before_);
        draft_.begin(std::move(before_));
    }
    now_.end();
    draft_.end();
    out_.span = span_;
    out_.members = now_.accounts().size();
    out_.now = now_.totals();
    out_.draft = draft_.totals();
    out_.now_worth_minor = worth_of(*now_programme_, out_.now);
    out_.draft_worth_minor = worth_of(*draft_programme_, out_.draft);
    std::map<std::pair<std::string, std::string>, std::uint64_t> moves;
    std::vector<MemberMove> all;
    for (const auto& [member, account] : now_.accounts()) {
        moves[{now_.level_of(member), draft_.level_of(member)}] += 1;
        const MemberMove move{member, now_.earned_by(member), draft_.earned_by(member)};
        if (move.more() != 0) all.push_back(move);
    }
    for (const auto& [levels, members] : moves) out_.levels.push_back({levels.first, levels.second, members});
    std::stable_sort(out_.levels.begin(), out_.levels.end(), [&](const LevelMove& a, const LevelMove& b) {
        const auto key = [&](const LevelMove& move) {
            return std::pair(rank_of(*now_programme_, move.now), rank_of(*draft_programme_, move.draft));
        };
        return key(a) < key(b);
    });
    std::stable_sort(all.begin(), all.end(),
                     [](const MemberMove& a, const MemberMove& b) { return a.more() > b.more(); });
    for (const MemberMove& move : all)
        if (move.more() > 0 && out_.gain.size() < kShownMembersMax) out_.gain.push_back(move);
    for (auto move = all.rbegin(); move != all.rend(); ++move)
        if (move->more() < 0 && out_.lose.size() < kShownMembersMax) out_.lose.push_back(*move);
    out_.not_simulated = not_simulated();
    return std::move(out_);
}

}  // namespace tally::admin
