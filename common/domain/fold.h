// The fold: state + operation -> state + outcome. Pure: no clock, no I/O, no randomness, no programme; it uses the
// operation's recorded inputs and result. Terminal and HQ run this same code. Laws: common/domain/LAWS.md.
#pragma once

#include <vector>

#include "common/domain/account.h"

namespace tally::domain {

enum class Outcome : std::uint8_t {  // stored and sent: never renumber
    kAccepted = 1,
    kAcceptedWithDebt,
    kCorrected,    // a redemption's price; both numbers are kept
    kDuplicate,    // the bill, or the once-only benefit, has been counted: no effect
    kWaiting,      // for the operation it names
    kQuarantined,  // for a person; counts from its release
};
std::string_view outcome_name(Outcome outcome);

// What HQ decided about an operation, stored beside it so that a refold is the same. A terminal folds its pending
// operations with the default.
struct Ruling {
    bool quarantined = false;
    std::optional<Points> corrected_points;  // of a redemption: at most what it named
    std::optional<OpId> duplicate_of;        // its bill has been counted as this operation: no second effect
    bool operator==(const Ruling&) const = default;
};

// What one operation moved at one store on one day.
struct StoreMove {
    std::string store;
    Day day = 0;
    StoreDay by;
};

struct Folded {
    Outcome outcome = Outcome::kAccepted;
    std::string reason;            // English, for records; empty when simply accepted
    std::vector<StoreMove> moves;  // the operation's own first; then those of refunds that it settled
    std::vector<OpId> settled;     // waiting operations that this one settled
    std::vector<OpId> beyond;      // refunds, this one or settled ones, of more money than was left of their sale
};

// Folds one operation of this member (`op.member`) into `account`. On an error (kOverflow only) the account is
// unchanged.
Result<Folded> fold(Account& account, const Op& op, const Ruling& ruling = {});

// A release folds what it carries, at this place, as though it had just come: `ruling` is about that. Counted before,
// it is a duplicate. See LAWS.md.

// Whether it waits for a person, by the ruling or by its till's own mark: what exceeds a limit does; where its bill has
// been counted there is nothing to wait for.
bool is_held(const Op& op, const Ruling& ruling);

// The move of a sale without a member, and its fold: no account is concerned.
StoreMove move_of_sale(const Op& op);
Folded fold_sale(const Op& op, const Ruling& ruling = {});

// Free points of lots past their date on `today`, as the lots of an expire operation; empty when there are none.
std::vector<LotTake> due_to_expire(const Account& account, Day today);

// Points that refunding `amount_minor` more of this sale takes back: cumulative floor, the rest with the last (case
// F9).
Points refund_points(const Lot& lot, Minor amount_minor);

}  // namespace tally::domain
