// What an order earns under a programme (domain, section 4): the rates of the rules that match a line add up, factors
// multiply, fixed points are added, caps cut, and the order is floored once. Exact: no rounding before that floor.
// Pure. A terminal computes with what it knows; headquarters computes the same again from what the operation recorded.
//
// What is eligible. A line counts with its amount when that is above zero, it is not excluded, and `earn_on` matches
// it. What the lines do not account for (their positive amounts are less than the bill's) is one more line without a
// name. Where the lines are more than the bill (a discount of the order, a negative line), every line counts in
// proportion: amount of the bill / sum of the positive lines. What points paid is taken off every line in proportion
// too. All that is exact; `eligible_minor` is the sum in whole minor units, rounded down. Where the rest of `earn_on`
// (the order's least amount ...) does not hold, nothing is eligible, and no rule gives anything.
//
// What gives. In this order: the base rate and every kPerUnit rule, line by line; then the tier's factor; then the
// kFactor rules, group after group as the programme first names them, each time on what the line has so far: of a group
// the largest that matches the line, ties to the earlier rule; then kFixed rules, each once where an eligible line
// matches, or, per item, for each whole unit of each eligible line that matches.
//
// What a rule's cap counts: the points that the rule itself adds (a rate: before factors; a factor: on top of what the
// line had), which are also what its part records. A cap that is reached within a bill is filled line by line in the
// bill's order. A factor that had nothing left of its cap before this bill does not count as the largest of its group.
#pragma once

#include "common/domain/account.h"
#include "common/domain/campaigns.h"
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
    // By largest remainder; the sum is `points`. The part without a rule is the base rate's and what the tier's factor
    // adds. Every rule whose cap left it nothing has a part of 0 points. Empty when only the base rate and the tier
    // gave, and no cap cut it.
    std::vector<EarnPart> parts;
    // With their shares, by largest remainder, in proportion to what each line earns; excluded ones 0. The sum is
    // `points`, less the share of what the lines do not account for. Where nothing but a fixed rule gives, the shares
    // are of the lines that it matches.
    std::vector<BillLine> lines;
    bool operator==(const Earning&) const = default;
};

// The programme must have passed check_programme. kInvalid: an amount or lines out of range; kOverflow: more points
// than one operation may have; kNewer: the programme holds what this program does not know.
Result<Earning> compute_earning(const Programme& programme, const Order& order, const CapsUsed& used);

// What this member has used on `day`; of the rules of `programme` that have a cap.
CapsUsed caps_used(const Programme& programme, const Account& account, Day day);
// And what all members together have of the rules with a campaign.
void add_campaigns(CapsUsed& used, const Programme& programme, const TotalsById& campaigns);

// Which of the programme's segments this account is in on `day`. `joined_day`: of the member; 0: not known.
std::vector<std::string> segments_of(const Programme& programme, const Account& account, Day joined_day, Day day);
// Which occasions of those that the programme asks for hold. `birthday`: YYYY-MM-DD, may be empty. `joined_day`: 0: not
// known.
std::uint32_t occasions_of(const Programme& programme, std::string_view birthday, Day joined_day, bool first_purchase,
                           Day day);

// Puts the order again that `earn` records, for computing its result again. `day`: the operation's business day; late
// points count on the day of their sale. Whether headquarters could be asked is not recorded: campaigns_open is true.
Order order_of(const Earn& earn, const std::string& store, Day day);
CapsUsed caps_used_of(const Earn& earn);

}  // namespace tally::domain
