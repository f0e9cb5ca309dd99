#include "common/domain/growth.h"

#include <algorithm>

namespace tally::domain {

namespace {

using Wide = __int128;
constexpr std::uint32_t kBase = 1000;

// A natural number in digits of base 1000, the lowest first: a power of 1000 is a shift.
class Exact {
  public:
    void multiply(std::uint32_t by) {
        std::uint64_t carry = 0;
        for (std::uint32_t& digit : digits_) {
            carry += std::uint64_t{digit} * by;
            digit = static_cast<std::uint32_t>(carry % kBase);
            carry /= kBase;
        }
        for (; carry > 0; carry /= kBase) digits_.push_back(static_cast<std::uint32_t>(carry % kBase));
    }
    // Adds value * 1000^shift.
    void add(Wide value, std::size_t shift) {
        for (std::size_t at = shift; value > 0; ++at) {
            if (digits_.size() <= at) digits_.resize(at + 1, 0);
            value += digits_[at];
            digits_[at] = static_cast<std::uint32_t>(value % kBase);
            value /= kBase;
        }
    }
    // floor((this - less) / 1000^shift), at least 0, at most INT64_MAX^2.
    Wide minus(const Exact& less, std::size_t shift) const {
        std::vector<std::uint32_t> out(std::max(digits_.size(), less.digits_.size()), 0);
        std::int32_t borrow = 0;
        for (std::size_t i = 0; i < out.size(); ++i) {
            std::int32_t digit = at(i) - less.at(i) - borrow;
            borrow = digit < 0 ? 1 : 0;
            if (borrow) digit += static_cast<std::int32_t>(kBase);
            out[i] = static_cast<std::uint32_t>(digit);
        }
        if (borrow) return 0;
        constexpr Wide kMost = Wide{INT64_MAX} * INT64_MAX;
        Wide value = 0;
        for (std::size_t i = out.size(); i > shift; --i) {
            if (value > kMost / kBase) return kMost;
            value = value * kBase + out[i - 1];
        }
        return value;
    }

  private:
    std::int32_t at(std::size_t i) const { return i < digits_.size() ? static_cast<std::int32_t>(digits_[i]) : 0; }
    std::vector<std::uint32_t> digits_;
};

int month_of(Day day) {
    const Civil civil = civil_of_day(day);
    return civil.year * 12 + civil.month;
}

}  // namespace

std::int64_t growth_sum(const Programme& programme, const std::vector<Counted>& rows, Day today) {
    const Growth& growth = programme.tiers.growth;
    Wide unit = 1;
    for (std::uint32_t i = 0; i < programme.currency_digits; ++i) unit *= 10;
    // What each month brought, in thousandths of a major unit's minor part: the common denominator of all weights.
    std::vector<Wide> up, down;
    for (const Counted& row : rows) {
        const Wide weighted =
            Wide{growth.per_spend_unit_milli} * row.spend_minor +
            unit * (Wide{growth.per_point_milli} * row.points + Wide{growth.per_visit_milli} * row.visits);
        const int back = std::clamp(month_of(today) - month_of(row.day), 0, kGrowthMonthsMax);
        std::vector<Wide>& months = weighted < 0 ? down : up;
        if (months.size() <= static_cast<std::size_t>(back)) months.resize(static_cast<std::size_t>(back) + 1, 0);
        months[static_cast<std::size_t>(back)] += weighted < 0 ? -weighted : weighted;
    }
    // Horner's rule over 1000^last: sum of month[k] * keep^k * 1000^(last - k).
    const std::size_t count = std::max(up.size(), down.size());
    const auto faded = [&](const std::vector<Wide>& months) {
        Exact sum;
        for (std::size_t k = count; k-- > 0;) {
            sum.multiply(growth.keep_milli);
            if (k < months.size()) sum.add(months[k], count - 1 - k);
        }
        return sum;
    };
    if (count == 0) return 0;
    const Wide value = faded(up).minus(faded(down), count) / unit;  // one more shift: the weights' own thousandths
    return static_cast<std::int64_t>(std::min<Wide>(value, INT64_MAX));
}

std::int64_t growth_deduction(const TierRules& rules, const Account& account, const QualifyingPeriod& period,
                              Day today) {
    const Growth& growth = rules.growth;
    Wide sum = 0;
    for (const Reversal& reversal : account.reversals)
        if (reversal.amount_minor > 0 && reversal.day >= period.from && reversal.day <= std::min(today, period.through))
            sum += growth.refund_deduction;
    std::optional<Day> last;
    for (const Lot& lot : account.lots)
        if (lot.is_sale() && lot.kept_minor() > 0 && lot.day <= today) last = std::max(last.value_or(lot.day), lot.day);
    if (last) sum += Wide{growth.idle_month_deduction} * std::max(0, month_of(today) - month_of(*last) - 1);
    return static_cast<std::int64_t>(std::min<Wide>(sum, INT64_MAX));
}

std::int64_t growth_value(const Programme& programme, const Account& account, const std::vector<Counted>& rows,
                          const QualifyingPeriod& period, Day today) {
    return std::max<std::int64_t>(
        0, growth_sum(programme, rows, today) - growth_deduction(programme.tiers, account, period, today));
}

}  // namespace tally::domain
