// Where an account's lots, redemptions and once-only keys are: a cache beside the vectors, made when an account with
// many lots is folded on again and again. It is no part of equality, is not copied, stored or sent; without it every
// answer is the same, by looking at each lot. Only the fold uses it: whoever changes lots otherwise starts a new
// account.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace tally::domain {

struct Account;

// Positions in a vector by a hash of what stands there; equal hashes stand side by side.
class Positions {
  public:
    template <class HashAt>  // HashAt(position) -> hash
    void add(std::uint32_t position, const HashAt& hash_at) {
        if (2 * ++count_ > slots_.size()) {
            slots_.assign(std::max<std::size_t>(64, 4 * slots_.size()), kNone);
            for (std::uint32_t i = 0; i < position; ++i) put(i, hash_at(i));
        }
        put(position, hash_at(position));
    }
    // Each position of this hash, and others: until `wanted(position)` says true.
    template <class Wanted>
    std::optional<std::uint32_t> find(std::size_t hash, const Wanted& wanted) const {
        if (slots_.empty()) return std::nullopt;
        for (std::size_t i = mixed(hash); slots_[i] != kNone; i = (i + 1) & (slots_.size() - 1))
            if (wanted(slots_[i])) return slots_[i];
        return std::nullopt;
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    std::size_t mixed(std::size_t hash) const {
        return (hash * 0x9E3779B97F4A7C15u >> 20) & (slots_.size() - 1);  // slots: a power of two
    }
    void put(std::uint32_t position, std::size_t hash) {
        std::size_t i = mixed(hash);
        while (slots_[i] != kNone) i = (i + 1) & (slots_.size() - 1);
        slots_[i] = position;
    }
    std::vector<std::uint32_t> slots_;
    std::size_t count_ = 0;
};

struct AccountIndex {
    // A lot that may have free points, and its place in redemption order.
    struct Open {
        std::int64_t expires = 0;  // never: beyond every day
        std::uint32_t lot = 0;
        auto operator<=>(const Open&) const = default;
    };
    Positions lots_by_maker, lots_by_bill, redemptions_by_op, once_by_key;
    std::vector<Open> open;  // ascending; each lot with free points, and some that have none any more
    std::size_t lots = 0, redemptions = 0, once = 0;  // how many are in

    void follow(const Account& account);  // takes in what was added since
    void opened(const Account& account, std::uint32_t lot);
};

class AccountIndexHolder {
  public:
    AccountIndexHolder() = default;
    AccountIndexHolder(const AccountIndexHolder&) {}
    AccountIndexHolder(AccountIndexHolder&& other) noexcept { *this = std::move(other); }
    AccountIndexHolder& operator=(const AccountIndexHolder&) { return reset(), *this; }
    AccountIndexHolder& operator=(AccountIndexHolder&& other) noexcept;  // leaves the other one as if new
    bool operator==(const AccountIndexHolder&) const { return true; }

    // Up to date; null while the account is small, or was not folded on often enough to pay for it.
    AccountIndex* follow(const Account& account);
    // The latest day of any lot; before every day when there is none. Most bills are dated after it, and then no lot
    // can be the same bill.
    std::int32_t newest_day(const Account& account);
    void reset() { *this = AccountIndexHolder(); }

  private:
    std::unique_ptr<AccountIndex> index_;
    std::uint32_t asked_ = 0;
    std::uint32_t dated_ = 0;  // lots that newest_day_ has seen
    std::int32_t newest_day_ = INT32_MIN;
};

}  // namespace tally::domain
