#include "common/domain/earning_lines.h"

#include <algorithm>

#include "common/base/checked.h"
#include "common/domain/earning_bounds.h"

namespace tally::domain {

namespace {

constexpr std::size_t kLinesMax = 1000;  // check_op's

Status check_order(const Order& order) {
    if (order.amount_minor < 0 || order.amount_minor > kAmountMinorMax)
        return fail(Code::kInvalid, "amount out of range");
    if (order.paid_with_points_minor < 0 || order.paid_with_points_minor > order.amount_minor)
        return fail(Code::kInvalid, "points paid more than the bill");
    if (order.lines.size() > kLinesMax) return fail(Code::kInvalid, "more than 1,000 bill lines");
    for (const BillLine& line : order.lines) {
        if (line.amount_minor < -kAmountMinorMax || line.amount_minor > kAmountMinorMax)
            return fail(Code::kInvalid, "bill line amount out of range");
        if (line.quantity_milli < -kQuantityMilliMax || line.quantity_milli > kQuantityMilliMax)
            return fail(Code::kInvalid, "bill line quantity out of range");
    }
    return {};
}

const BillLine& nameless_line() {
    static const BillLine line;
    return line;
}

}  // namespace

Result<EligibleLines> eligible_lines(const Programme& programme, const Order& order) {
    TALLY_OK(check_order(order));
    EligibleLines out;
    Minor listed = 0;
    for (const BillLine& line : order.lines) listed += std::max<Minor>(0, line.amount_minor);
    out.whole_minor = std::max<Minor>({1, listed, order.amount_minor});
    out.paid_minor = order.amount_minor - order.paid_with_points_minor;
    const auto add = [&](const BillLine& line, std::size_t at, Minor amount_minor, std::int64_t units) {
        if (amount_minor <= 0 || line.excluded || !matches(programme.earn_on, line)) return;
        out.lines.push_back({&line, at, amount_minor, units});
        out.sum_minor += amount_minor;
    };
    for (std::size_t i = 0; i < order.lines.size(); ++i)
        add(order.lines[i], i, order.lines[i].amount_minor,
            std::max<std::int64_t>(0, order.lines[i].quantity_milli / 1000));
    add(nameless_line(), order.lines.size(), order.amount_minor - listed, order.lines.empty() ? 1 : 0);
    TALLY_TRY(out.eligible_minor, mul_div_floor(out.sum_minor, out.paid_minor, out.whole_minor));
    if (out.paid_minor > 0 && !out.lines.empty() && holds(programme.earn_on, order.facts, out.eligible_minor))
        return out;
    return EligibleLines{};
}

}  // namespace tally::domain
