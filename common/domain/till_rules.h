// What a till decides before it writes an operation: points of a sale or a bonus, whether a redemption may be made, how
// a refund is put. Pure: programme, account and date are given; nothing is looked up. Where a programme holds what this
// program does not know (Programme::unknown), nothing is computed with it: kNewer, with a sentence that says so.
#pragma once

#include "common/domain/account.h"
#include "common/domain/earning.h"
#include "common/domain/programme.h"

namespace tally::domain {

enum class RedeemVerdict : std::uint8_t {
    kAllowed,
    kNoProgramme,  // none received yet
    kNotPositive,  // zero or negative points
    kNotAStep,     // not a whole multiple of the programme's step
    kBelowMinimum,
    kOverBalance,
    kOverOrder,         // worth more than the bill, or than the lines, that it pays for
    kOverOfflineLimit,  // the programme's limit per member and outage
    kOverMaximum,       // the programme's limit for one redemption
    kOverShare,         // worth more than the part of a bill that points may pay
    kNoSuchReward,
    kConditions,      // the reward is not for this bill, member, day ...
    kWeakIdentity,    // so many points need another way of identifying, or approval
    kNeedsApproval,   // so many points need a second person
    kNewerProgramme,  // the programme holds what this program does not know
    kNotLeased,       // the member has them, but they are not leased here: headquarters is to be asked
};

struct RedeemQuestion {
    Points points = 0;      // of a reward: not looked at, they are `count` times its price
    Minor order_minor = 0;  // 0: not tied to a bill
    bool offline = false;
    Points offline_used = 0;  // redeemed for this member here in this outage
    // What is leased to this till's epoch and may be spent today, in redemption order (leased_today).
    std::vector<LotTake> leased;
    bool may_ask = false;     // headquarters will be asked for what is not leased here yet: a preview
    std::string reward;       // of the programme; empty: points as money
    std::uint32_t count = 0;  // of the reward, at least 1
    Facts facts;              // the reward's conditions look at these
    std::vector<BillLine> lines;
    // The bill's own sale, when it has been written before: what it earned pays only where the programme says so.
    OpId own_sale;
    IdentityKind presented = IdentityKind::kNone;
    bool approved = false;  // by a second person
};
RedeemVerdict judge_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question);

// The most that judge_redeem allows now; 0 when nothing is. Of a reward: whole multiples of its price; a claim that is
// above this shrinks to it.
Points redeemable(const Programme& programme, const Account& account, Day today, const RedeemQuestion& question);

// The redemption that judge_redeem allowed; kRefused where it did not.
Result<Redeem> make_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question, const Bill& bill);

// What this till holds of one lot, and until when; no end: born leased here.
struct LeasedLot {
    OpId lot;
    Points points = 0;
    std::optional<Day> through;
};
// Of these what may be spent on `today`: the lot usable, the lease not over; in redemption order.
std::vector<LotTake> leased_today(const Account& account, const std::vector<LeasedLot>& held, Day today);

// Names the lots that `points` will come from, in redemption order, lots usable on `today` only; none from `spared`.
std::vector<LotTake> plan_takes(const Account& account, Day today, Points points, const OpId& spared = {});

// The person beside the account, as far as the till knows. birthday: YYYY-MM-DD or empty; joined_day: 0: not known.
struct PersonFacts {
    std::string birthday;
    Day joined_day = 0;
};
// What conditions look at: tier, segments and occasions by the account. `minute`: of the local day.
Facts facts_of(const Programme& programme, const Account& account, const PersonFacts& person, const std::string& store,
               const std::string& channel, Day day, std::uint16_t minute);

// A sale's earn: what it gives (earning.h), when it unlocks and expires, and every input. kInvalid: an amount or lines
// out of range; kRefused: no programme yet; kNewer; kOverflow. `campaigns`: what is known of the rules that have one.
Result<Earn> make_earn(const Programme& programme, const Account& account, const Order& order, const Bill& bill,
                       const TotalsById& campaigns = {});

// Points of a forgotten bill, counted on the day of its sale, which is `order.facts.day`. kRefused: the programme gives
// none, or none so late; kInvalid besides: no bill number, or a sale after `today`; kExists: the bill has earned.
Result<Earn> make_late_earn(const Programme& programme, const Account& account, const Order& order, const Bill& bill,
                            Day today);

// A bonus of the programme. `key`: of a rule that counts once a key; otherwise empty. `known`: which of the member's
// fields are known (a rule about the profile asks). kRefused: had before, caps, conditions; kNotFound: no such rule.
Result<Bonus> make_bonus(const Programme& programme, const Account& account, const Facts& facts,
                         const std::string& rule, const std::string& key, const std::vector<Field>& known = {});

// What a bonus rule has given this member.
struct BonusUsed {
    Points day = 0, member = 0;
};
BonusUsed bonus_used(const Account& account, const std::string& rule, Day day);
// What the rule gives where so much of its caps has been used; 0: nothing is left.
Points bonus_points(const BonusRule& rule, Points used_day, Points used_member);

// A refund of `amount_minor` (> 0). `of_bill_no` empty: without a bill, points at today's base rate. A sale that the
// account holds is named by its operation and gives `points` as they will be; one it does not hold is named by its
// number.
Result<Reverse> make_refund(const Programme& programme, const Account& account, const std::string& store,
                            const Bill& bill, const std::string& of_bill_no, Minor amount_minor);

// Gives back what was not yet given back of a redemption; points whose lot has expired stay usable for the programme's
// grace days. kNotFound; kRefused: nothing is left to give back.
Result<Reverse> make_give_back(const Programme& programme, const Account& account, const OpId& redemption, Day today);

}  // namespace tally::domain
