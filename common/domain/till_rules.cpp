#include "common/domain/till_rules.h"

#include <algorithm>

#include "common/domain/fold.h"

namespace tally::domain {

RedeemVerdict judge_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question) {
    if (programme.version == 0) return RedeemVerdict::kNoProgramme;
    if (question.points <= 0 || question.points > kPointsMax) return RedeemVerdict::kNotPositive;
    if (question.points > account.balance_on(today)) return RedeemVerdict::kOverBalance;
    if (question.points % programme.redeem_step_points != 0) return RedeemVerdict::kNotAStep;
    if (question.points < programme.redeem_min_points) return RedeemVerdict::kBelowMinimum;
    const auto value = value_of(programme, question.points);
    if (!value) return RedeemVerdict::kOverOrder;
    if (question.order_minor > 0 && *value > question.order_minor) return RedeemVerdict::kOverOrder;
    if (question.offline && question.points > programme.floor_limit_points - question.offline_used)
        return RedeemVerdict::kOverOfflineLimit;
    return RedeemVerdict::kAllowed;
}

Points redeemable(const Programme& programme, const Account& account, Day today, const RedeemQuestion& question) {
    if (programme.version == 0) return 0;
    Points most = account.balance_on(today);
    if (question.offline) most = std::min(most, programme.floor_limit_points - question.offline_used);
    if (question.order_minor > 0) {
        const Minor steps = question.order_minor / programme.redeem_step_minor;
        if (steps < kPointsMax / programme.redeem_step_points)
            most = std::min(most, steps * programme.redeem_step_points);
    }
    most -= most % programme.redeem_step_points;
    return most < std::max<Points>(1, programme.redeem_min_points) ? 0 : most;
}

std::vector<LotTake> plan_takes(const Account& account, Day today, Points points) {
    std::vector<LotTake> takes;
    for (const std::size_t i : redemption_order(account)) {
        const Lot& lot = account.lots[i];
        if (points == 0) break;
        if (!lot.usable_on(today)) continue;
        const Points part = std::min(points, lot.free);
        takes.push_back({lot.maker, part});
        points -= part;
    }
    return takes;
}

void share_points(std::vector<BillLine>& lines, Points points) {
    const auto earns = [](const BillLine& line) { return !line.excluded && line.amount_minor > 0; };
    __int128 total = 0;
    for (BillLine& line : lines) {
        line.points = 0;
        if (earns(line)) total += line.amount_minor;
    }
    if (total == 0) return;
    std::vector<std::pair<Minor, std::size_t>> remainders;
    Points rest = points;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!earns(lines[i])) continue;
        const __int128 product = static_cast<__int128>(points) * lines[i].amount_minor;
        lines[i].points = static_cast<Points>(product / total);
        rest -= lines[i].points;
        remainders.emplace_back(static_cast<Minor>(product % total), i);
    }
    std::stable_sort(remainders.begin(), remainders.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (std::size_t i = 0; rest > 0; ++i, --rest) lines[remainders[i].second].points += 1;
}

Result<Earn> make_earn(const Programme& programme, const Account& account, Day today, const Bill& bill,
                       Minor amount_minor, std::vector<BillLine> lines) {
    if (programme.version == 0) return fail(Code::kRefused, "no programme has been received from headquarters yet");
    if (amount_minor < 0 || amount_minor > kAmountMinorMax) return fail(Code::kInvalid, "amount out of range");
    Earn earn;
    earn.bill = bill;
    earn.amount_minor = amount_minor;
    earn.eligible_minor = amount_minor;
    for (const BillLine& line : lines) {
        if (line.amount_minor < -kAmountMinorMax || line.amount_minor > kAmountMinorMax)
            return fail(Code::kInvalid, "bill line amount out of range");
        if (line.excluded) earn.eligible_minor -= std::min(std::max<Minor>(0, line.amount_minor), earn.eligible_minor);
    }
    earn.tier = account.tier;
    earn.first_purchase = account.bills == 0;
    TALLY_TRY(earn.points, points_for(programme, earn.eligible_minor));
    if (earn.points > kPointsMax) return fail(Code::kInvalid, "amount out of range");
    earn.lines = std::move(lines);
    share_points(earn.lines, earn.points);
    earn.expires = expiry_of(programme, today);
    return earn;
}

static const Lot* sale_of_bill(const Account& account, const std::string& store, const std::string& bill_no) {
    const Lot* elsewhere = nullptr;
    for (auto lot = account.lots.rbegin(); lot != account.lots.rend(); ++lot) {
        if (lot->bill_no != bill_no) continue;
        if (lot->store == store) return &*lot;
        if (!elsewhere) elsewhere = &*lot;
    }
    return elsewhere;
}

Result<Reverse> make_refund(const Programme& programme, const Account& account, const std::string& store,
                            const Bill& bill, const std::string& of_bill_no, Minor amount_minor) {
    if (programme.version == 0) return fail(Code::kRefused, "no programme has been received from headquarters yet");
    if (amount_minor <= 0 || amount_minor > kAmountMinorMax) return fail(Code::kInvalid, "amount out of range");
    if (of_bill_no.size() > kBillNoBytesMax) return fail(Code::kInvalid, "bill number too long");
    Reverse reverse;
    reverse.bill = bill;
    reverse.amount_minor = amount_minor;
    if (of_bill_no.empty()) {
        TALLY_TRY(reverse.points, points_for(programme, amount_minor));
    } else if (const Lot* sale = sale_of_bill(account, store, of_bill_no)) {
        reverse.target = sale->maker;
        reverse.points = refund_points(*sale, amount_minor);
    } else {
        reverse.target_bill_no = of_bill_no;
    }
    return reverse;
}

}  // namespace tally::domain
