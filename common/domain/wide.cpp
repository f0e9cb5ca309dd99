#include "common/domain/wide.h"

#include <bit>

#include "common/base/result.h"

namespace tally::domain {

Wide& Wide::operator+=(const Wide& other) {
    unsigned __int128 carry = 0;
    for (int i = 0; i < kWords; ++i) {
        carry += static_cast<unsigned __int128>(words_[i]) + other.words_[i];
        words_[i] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    TALLY_ASSERT(carry == 0, "a sum of points leaves 512 bits");
    return *this;
}

Wide& Wide::operator-=(const Wide& other) {
    TALLY_ASSERT(other <= *this, "a difference of points below zero");
    std::uint64_t borrow = 0;
    for (int i = 0; i < kWords; ++i) {
        const unsigned __int128 taken = static_cast<unsigned __int128>(other.words_[i]) + borrow;
        borrow = taken > words_[i] ? 1 : 0;
        words_[i] -= static_cast<std::uint64_t>(taken);
    }
    return *this;
}

Wide& Wide::operator*=(std::uint64_t factor) {
    unsigned __int128 carry = 0;
    for (std::uint64_t& word : words_) {
        carry += static_cast<unsigned __int128>(word) * factor;
        word = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    TALLY_ASSERT(carry == 0, "a product of points leaves 512 bits");
    return *this;
}

std::strong_ordering Wide::operator<=>(const Wide& other) const {
    for (int i = kWords - 1; i > 0; --i)
        if (words_[i] != other.words_[i]) return words_[i] <=> other.words_[i];
    return words_[0] <=> other.words_[0];
}

int Wide::bits() const {
    for (int i = kWords - 1; i >= 0; --i)
        if (words_[i] != 0) return i * 64 + std::bit_width(words_[i]);
    return 0;
}

Wide Wide::shifted(int bits) const {
    Wide out;
    const int words = bits / 64, rest = bits % 64;
    for (int i = kWords - 1; i >= words; --i) {
        out.words_[i] = words_[i - words] << rest;
        if (rest > 0 && i > words) out.words_[i] |= words_[i - words - 1] >> (64 - rest);
    }
    return out;
}

WideQuotient divide(Wide value, const Wide& by) {
    TALLY_ASSERT(!by.is_zero(), "points divided by zero");
    const int most = value.bits() - by.bits();
    if (most > 63) return {INT64_MAX, {}};
    std::uint64_t quotient = 0;
    for (int i = most; i >= 0; --i) {
        const Wide part = by.shifted(i);
        if (part > value) continue;
        value -= part;
        quotient |= std::uint64_t{1} << i;
    }
    if (quotient > INT64_MAX) return {INT64_MAX, {}};
    WideQuotient out;
    out.quotient = static_cast<std::int64_t>(quotient);
    out.rest = value;
    return out;
}

}  // namespace tally::domain
