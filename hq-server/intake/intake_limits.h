// The bounds of intake, each with its unit and its reason. Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tally::intake {

// Effective time = min(corrected clock time, receipt + this) (domain, section 6): a till whose clock runs ahead wins at
// most so much over the others. Milliseconds.
inline constexpr std::int64_t kEffectiveAhead_ms = 5 * 60 * 1000LL;
// Dated further ahead than this an operation is flagged. Milliseconds.
inline constexpr std::int64_t kImplausibleAhead_ms = 24 * 3600 * 1000LL;
// A member whose account or profile has grown so large must not fill a feed page (wire::kFrameBytesMax is 4 MiB) and so
// stop the feed of everybody: what would add to it is held for a person. No honest member comes near. Bytes.
inline constexpr std::size_t kAccountBytesMax = 1u << 20;
inline constexpr std::size_t kProfileBytesMax = 1u << 20;
// Keys kept of one member: one for each terminal that registered the person without knowing of the others. More are not
// taken over; fields sealed with them show as unreadable.
inline constexpr std::size_t kMemberKeysMax = 16;
// Decoded members kept across transactions, about 1 KiB each.
inline constexpr std::size_t kCachedMembers = 32 * 1024;
inline constexpr std::size_t kCachedStoreDays = 16 * 1024;
// Hashes of bills of those days, about 40 bytes each: three days of 500 stores with 2,500 bills a day.
inline constexpr std::size_t kCachedBills = 4'000'000;
// Bills of a store-day that the store is asked for one by one before all of the day are read: every commit of another
// process empties the cache, and a day may have thousands.
inline constexpr std::size_t kBillsAskedOneByOne = 32;
// Shared keys with terminals, guarded memory of some pages each.
inline constexpr std::size_t kCachedKeyWraps = 2048;
// Contacts are written with the next transaction, or by themselves so long after the last ones. Milliseconds.
inline constexpr std::int64_t kContactFlush_ms = 5'000;
// Operations of a till's log looked through for what a cashier adjusted that day: five busy days, and at a time.
inline constexpr std::size_t kCashierOpsMax = 10'000;
inline constexpr std::size_t kCashierOpsPerStep = 200;
// Members looked at in one step of expire_all.
inline constexpr std::size_t kExpireMembersPerStep = 10'000;

}  // namespace tally::intake
