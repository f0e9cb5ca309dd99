// Names of things: members, terminals, epochs, operations. Pure values.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "common/base/bytes.h"
#include "common/base/random.h"

namespace tally::domain {

using MemberId = FixedBytes<struct MemberIdTag, 16>;  // UUIDv7 (RFC 9562), made by whoever registers the member first
using Epoch = FixedBytes<struct EpochTag, 16>;        // 128 random bits, made at enrolment or restore

// Given by HQ at enrolment, never reused. 1 is HQ's own chain.
using TerminalId = std::uint32_t;
inline constexpr TerminalId kHqTerminal = 1;

inline constexpr std::size_t kStoreCodeBytesMax = 32;  // a store's code as the chain writes it, UTF-8
inline constexpr std::size_t kBillNoBytesMax = 64;

// `seq` counts from 1 inside an epoch, without holes.
struct OpId {
    TerminalId terminal = 0;
    Epoch epoch;
    std::uint64_t seq = 0;
    auto operator<=>(const OpId&) const = default;
    bool is_none() const { return seq == 0; }
};

// RFC 9562, section 5.7: 48 bits of milliseconds, version, variant, 74 random bits.
MemberId make_member_id(std::int64_t wall_ms, Random& random);
std::string uuid_text(const MemberId& id);  // 8-4-4-4-12, lower case
std::string op_text(const OpId& id);        // terminal/first 8 hex digits of the epoch/seq, for people

}  // namespace tally::domain

template <>
struct std::hash<tally::domain::OpId> {
    std::size_t operator()(const tally::domain::OpId& id) const noexcept {
        return std::hash<tally::domain::Epoch>()(id.epoch) ^ (id.seq * 0x9E3779B97F4A7C15u) ^ id.terminal;
    }
};
