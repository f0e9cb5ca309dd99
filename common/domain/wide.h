// Unsigned integers of 512 bits for the one place that needs them: the exact points of an order (earning_exact.h),
// whose numerators stay below 480 bits (earning_bounds.h). What would leave 512 bits is a bug and stops the program.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace tally::domain {

class Wide {
  public:
    Wide() = default;
    explicit Wide(std::uint64_t value) { words_[0] = value; }

    Wide& operator+=(const Wide& other);
    Wide& operator-=(const Wide& other);  // other <= *this
    Wide& operator*=(std::uint64_t factor);
    friend Wide operator*(Wide value, std::uint64_t factor) { return value *= factor; }
    friend Wide operator-(Wide value, const Wide& other) { return value -= other; }

    bool operator==(const Wide&) const = default;
    std::strong_ordering operator<=>(const Wide& other) const;
    bool is_zero() const { return *this == Wide(); }
    int bits() const;  // 0 of zero

  private:
    friend struct WideQuotient divide(Wide value, const Wide& by);
    Wide shifted(int bits) const;
    static constexpr int kWords = 8;
    std::array<std::uint64_t, kWords> words_ = {};  // the least first
};

// floor(value / by) and what is left; INT64_MAX with an arbitrary rest where the quotient is that or more. by > 0.
struct WideQuotient {
    std::int64_t quotient = 0;
    Wide rest;
};
WideQuotient divide(Wide value, const Wide& by);

}  // namespace tally::domain
