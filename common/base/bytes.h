// Byte buffers and views, hex, and fixed-size byte values (ids, hashes, keys that are not secret).
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace tally {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView view_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string to_hex(ByteView bytes);             // lower case, no separators
Result<Bytes> from_hex(std::string_view text);  // upper or lower case; odd length or another character: kInvalid

// A value of exactly N bytes, ordered and hashable; Tag keeps kinds apart.
template <class Tag, std::size_t N>
struct FixedBytes {
    static constexpr std::size_t kSize = N;
    std::array<std::uint8_t, N> bytes{};

    static Result<FixedBytes> from(ByteView view) {
        if (view.size() != N) return fail(Code::kInvalid, "wrong length of a fixed-size value");
        FixedBytes out;
        std::memcpy(out.bytes.data(), view.data(), N);
        return out;
    }
    ByteView view() const { return {bytes.data(), N}; }
    bool is_zero() const { return *this == FixedBytes{}; }
    std::string hex() const { return to_hex(view()); }
    auto operator<=>(const FixedBytes&) const = default;
};

using Hash = FixedBytes<struct HashTag, 32>;  // BLAKE2b-256 of something

}  // namespace tally

template <class Tag, std::size_t N>
struct std::hash<tally::FixedBytes<Tag, N>> {
    std::size_t operator()(const tally::FixedBytes<Tag, N>& value) const noexcept {
        // The last bytes of every id of ours are random, so they serve as the hash.
        std::size_t out = 0;
        std::memcpy(&out, value.bytes.data() + N - sizeof out, sizeof out);
        return out;
    }
};
