#include <doctest/doctest.h>

#include <limits>
#include <map>

#include "common/base/bytes.h"
#include "common/base/checked.h"
#include "common/base/counted.h"
#include "common/base/random.h"
#include "tests/support/check.h"
#include "tests/support/seed.h"

using namespace tally;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

TEST_CASE("hex: every byte goes to text and back; anything else is refused") {
    Bytes all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    CHECK(MUST(from_hex(to_hex(all))) == all);
    CHECK(MUST(from_hex("aBCd")) == Bytes{0xAB, 0xCD});
    CHECK(MUST(from_hex("")).empty());
    for (const char* bad : {"a", "0g", "0x", " 0", "0\xC3", "00 1"}) CHECK_FAILS(from_hex(bad), Code::kInvalid);
}

TEST_CASE("fixed bytes: only the exact length makes one, and order is that of the bytes") {
    const Bytes bytes(32, 7);
    CHECK(MUST(Hash::from(bytes)).hex() == std::string(64, ' ').replace(0, 64, to_hex(bytes)));
    CHECK_FAILS(Hash::from(ByteView(bytes).first(31)), Code::kInvalid);
    CHECK_FAILS(Hash::from(Bytes(33)), Code::kInvalid);
    CHECK(Hash{}.is_zero());
    CHECK(Hash{} < MUST(Hash::from(bytes)));
}

TEST_CASE("checked: sums and differences are right or say that they leave 64 bits") {
    const std::int64_t edges[] = {kMin, kMin + 1, -2, -1, 0, 1, 2, kMax - 1, kMax};
    for (const std::int64_t a : edges) {
        for (const std::int64_t b : edges) {
            const __int128 sum = static_cast<__int128>(a) + b;
            const __int128 difference = static_cast<__int128>(a) - b;
            const auto added = checked_add(a, b);
            const auto subtracted = checked_sub(a, b);
            CHECK(added.has_value() == (sum >= kMin && sum <= kMax));
            if (added) CHECK(*added == sum);
            CHECK(subtracted.has_value() == (difference >= kMin && difference <= kMax));
            if (subtracted) CHECK(*subtracted == difference);
            if (!added) CHECK(added.error().code == Code::kOverflow);
        }
    }
}

TEST_CASE("checked: a product divided is floored, never truncated or wrapped") {
    for (std::int64_t a = -20; a <= 20; ++a) {
        for (std::int64_t b = -20; b <= 20; ++b) {
            for (std::int64_t c = 1; c <= 9; ++c) {
                const std::int64_t q = MUST(mul_div_floor(a, b, c));
                CHECK((q * c <= a * b && a * b < (q + 1) * c));
            }
        }
    }
    CHECK(MUST(mul_div_floor(kMax, kMax, kMax)) == kMax);
    CHECK(MUST(mul_div_floor(kMin, kMax, kMax)) == kMin);
    CHECK_FAILS(mul_div_floor(kMax, 2, 1), Code::kOverflow);
    CHECK_FAILS(mul_div_floor(kMin, kMin, 1), Code::kOverflow);
    CHECK_FAILS(mul_div_floor(1, 1, 0), Code::kInvalid);
    CHECK_FAILS(mul_div_floor(1, 1, -1), Code::kInvalid);
}

TEST_CASE("random: the same seed gives the same bytes, however they are asked for") {
    SeededRandom one(42);
    SeededRandom two(42);
    SeededRandom other(43);
    Bytes a(64), b(64), c(64);
    one.fill(a);
    for (std::size_t at = 0; at < b.size(); at += 8) two.fill(std::span(b).subspan(at, 8));
    other.fill(c);
    CHECK(a == b);
    CHECK(a != c);
}

TEST_CASE("random: below() stays below and reaches every value about equally often") {
    SeededRandom random(support::seed());
    std::map<std::uint64_t, int> counts;
    for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
    CHECK(counts.size() == 7);
    for (const auto& [value, count] : counts) {
        CHECK(value < 7);
        CHECK(count > 9'000);  // expected 10,000, standard deviation 93
        CHECK(count < 11'000);
    }
    CHECK(random.below(1) == 0);
}

namespace {

Result<int> half(int value) {
    if (value % 2 != 0) return fail(Code::kInvalid, "odd");
    return value / 2;
}
Result<int> quarter(int value) {
    TALLY_TRY(const int first, half(value));
    return half(first);
}
Status only_even(int value) {
    TALLY_TRY([[maybe_unused]] const int ignored, half(value));
    TALLY_OK(Status());
    return {};
}

}  // namespace

TEST_CASE("result: an error passes through, a value comes out") {
    CHECK(MUST(quarter(12)) == 3);
    CHECK_FAILS(quarter(6), Code::kInvalid);
    CHECK(quarter(3).value_or(9) == 9);
    CHECK_DONE(only_even(2));
    CHECK_FAILS(only_even(1), Code::kInvalid);
    CHECK(to_string(quarter(3).error()) == "invalid: odd");
}

TEST_CASE("counted: one is one, everything else is many") {
    CHECK(counted(0, "operation") == "0 operations");
    CHECK(counted(1, "operation") == "1 operation");
    CHECK(counted(2, "operation") == "2 operations");
    CHECK(counted(1, "waits", "wait") == "1 waits");
    CHECK(counted(5, "waits", "wait") == "5 wait");
}
