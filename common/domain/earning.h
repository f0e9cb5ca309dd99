// What an order earns under a programme (domain, section 4): the rates of the rules that match a line add up, factors
// multiply, fixed points are added, caps cut, and the order is floored once. Exact: no rounding before that floor.
// Pure. A terminal computes with what it knows; headquarters computes the same again from what the operation recorded.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

// Every input, as Earn records it.
struct Order {
    Facts facts;
    Minor amount_minor = 0;            // the bill's net amount, >= 0
    Minor paid_with_points_minor = 0;  // of it; earns nothing
    std::vector<BillLine> lines;       // may be none: the amount is one line without a name
    bool campaigns_open = true;        // false: headquarters cannot be asked, so rules with a campaign cap give nothing
};

// How much of each cap was used before: of the programme's day cap, and of each rule.
struct CapsUsed {
    Points day = 0;
    std::vector<EarnPart> rules;  // points are not looked at
};

struct Earning {
    Minor eligible_minor = 0;
    Points points = 0;
    std::vector<EarnPart> parts;  // empty when only the base rate gave, and no cap cut it
    std::vector<BillLine> lines;  // with their shares, by largest remainder
};

// The programme must have passed check_programme. kInvalid: an amount or lines out of range; kOverflow.
Result<Earning> compute_earning(const Programme& programme, const Order& order, const CapsUsed& used);

// What this member has used on `day`; of the rules of `programme` that have a cap.
CapsUsed caps_used(const Programme& programme, const Account& account, Day day);

// Which of the programme's segments this account is in on `day`. `joined_day`: of the member; 0: not known.
std::vector<std::string> segments_of(const Programme& programme, const Account& account, Day joined_day, Day day);
// Which occasions of those that the programme asks for hold. `birthday`: YYYY-MM-DD, may be empty.
std::uint32_t occasions_of(const Programme& programme, std::string_view birthday, Day joined_day, bool first_purchase,
                           Day day);

// Puts the order again that `earn` records, for computing its result again.
Order order_of(const Earn& earn, const std::string& store, Day day);
CapsUsed caps_used_of(const Earn& earn);

}  // namespace tally::domain
