// Coupon codes: Crockford's base 32 (crockford.com/base32.html) with a check character of the same alphabet.
//
// The check is that of ISBN-10 (ISO 2108: a sum with distinct weights over a field), taken over GF(32) instead of
// GF(11), so that the check character is one of the same 32: with a primitive element a of GF(2^5), x^5 + x^2 + 1, the
// sum of a^i * c_i over the ten characters is 0. One wrong character changes it by a^i * e, and two swapped ones by
// (a^i + a^j) * (c_i + c_j); neither is 0, for a^0 .. a^9 are distinct and a field has no divisors of zero. Crockford's
// own check symbol needs five characters more (* ~ $ = U), which a till's keys may lack.
#include <algorithm>
#include <array>

#include "common/domain/coupons.h"

namespace tally::domain {

namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCharacters = 10;  // the last is the check character
constexpr std::size_t kGroup = 5;        // characters before the hyphen

using Symbols = std::array<std::uint8_t, kCharacters>;

// times a, modulo x^5 + x^2 + 1.
constexpr std::uint8_t next_power(std::uint8_t value) {
    const unsigned doubled = unsigned{value} << 1;
    return static_cast<std::uint8_t>(doubled & 0x20 ? doubled ^ 0x25 : doubled);
}

// The check symbol has the weight a^0 = 1, so it is the sum of the others (Horner, most significant first).
std::uint8_t check_symbol(const Symbols& symbols) {
    std::uint8_t sum = 0;
    for (std::size_t i = 0; i + 1 < kCharacters; ++i) sum = next_power(sum ^ symbols[i]);
    return sum;
}

Symbols symbols_of(const CouponId& coupon) {
    std::uint64_t value = 0;
    for (std::size_t i = coupon.bytes.size() - 8; i < coupon.bytes.size(); ++i) value = value << 8 | coupon.bytes[i];
    Symbols out{};
    for (std::size_t i = kCharacters - 1; i-- > 0;) {
        out[i] = value & 31;
        value >>= 5;
    }
    out.back() = check_symbol(out);
    return out;
}

int symbol_of(char typed) {
    if (typed >= 'a' && typed <= 'z') typed = static_cast<char>(typed - 'a' + 'A');
    if (typed == 'O') typed = '0';
    if (typed == 'I' || typed == 'L') typed = '1';
    const std::size_t found = kAlphabet.find(typed);
    return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

Result<Symbols> read_code(std::string_view typed) {
    Symbols out{};
    std::size_t count = 0;
    for (const char c : typed) {
        if (c == '-' || c == ' ') continue;
        const int symbol = symbol_of(c);
        if (symbol < 0 || count == kCharacters) return fail(Code::kInvalid, "not a coupon's code");
        out[count++] = static_cast<std::uint8_t>(symbol);
    }
    if (count != kCharacters) return fail(Code::kInvalid, "a coupon's code has ten characters");
    if (out.back() != check_symbol(out)) return fail(Code::kInvalid, "the code is mistyped");
    return out;
}

}  // namespace

std::string coupon_code(const CouponId& coupon) {
    std::string out;
    for (const std::uint8_t symbol : symbols_of(coupon)) {
        if (out.size() == kGroup) out += '-';
        out += kAlphabet[symbol];
    }
    return out;
}

Result<CouponId> coupon_of_code(const Account& account, std::string_view typed) {
    TALLY_TRY(const Symbols wanted, read_code(typed));
    const auto found = std::find_if(account.coupons.begin(), account.coupons.end(),
                                    [&](const Coupon& coupon) { return symbols_of(coupon.id) == wanted; });
    if (found == account.coupons.end()) return fail(Code::kNotFound, "the member has no coupon of this code");
    return found->id;
}

}  // namespace tally::domain
