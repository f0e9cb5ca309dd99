// Integer arithmetic that reports overflow instead of wrapping. Points and money use nothing else.
#pragma once

#include <cstdint>

#include "common/base/result.h"

namespace tally {

inline Result<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_add_overflow(a, b, &out)) return fail(Code::kOverflow, "sum leaves 64 bits");
    return out;
}
inline Result<std::int64_t> checked_sub(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (__builtin_sub_overflow(a, b, &out)) return fail(Code::kOverflow, "difference leaves 64 bits");
    return out;
}

// floor(a * b / c) with a 128-bit product; c > 0.
inline Result<std::int64_t> mul_div_floor(std::int64_t a, std::int64_t b, std::int64_t c) {
    if (c <= 0) return fail(Code::kInvalid, "divisor is not positive");
    const __int128 product = static_cast<__int128>(a) * b;
    __int128 quotient = product / c;
    if (product % c < 0) --quotient;
    if (quotient > INT64_MAX || quotient < INT64_MIN) return fail(Code::kOverflow, "product leaves 64 bits");
    return static_cast<std::int64_t>(quotient);
}

}  // namespace tally
