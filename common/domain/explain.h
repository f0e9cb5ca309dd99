// "Why this number": the operations, lots and rules behind a balance, a tier or a benefit, as data whose lines sum up
// to the number, and as sentences in Chinese and English. Pure.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

enum class Language : std::uint8_t { kChinese, kEnglish };

enum class BecauseKind : std::uint8_t {
    kSale,
    kBonus,
    kAdjustedUp,
    kAdjustedDown,
    kOpening,
    kGivenBack,
    kRedeemed,
    kRefunded,
    kUndone,
    kExpired,
    kLocked,
    kDebt,
    kRule,
    kPending,
    kLeased,  // the part of the balance that one terminal alone may redeem (value 0)
    kLoss     // redeemed although it had been written off: the chain bore it, so it is added back
};
struct Because {
    BecauseKind kind = BecauseKind::kSale;
    OpId op;      // none where no single operation stands behind it
    Day day = 0;  // 0: none
    std::string store, bill_no;
    std::string of_bill_no;  // of a reversal: the bill that it undid
    std::string rule;        // of the programme: a rule, bonus, reward, tier or coupon template
    Minor amount_minor = 0;
    std::int64_t value = 0;       // signed: what this line adds
    std::optional<Day> until;     // usable through; of locked points: the last day on which they are locked
    std::vector<LotTake> lots;    // from or to which it moved
    std::vector<EarnPart> parts;  // of a sale that rules added to
    // Of a lot: what has become of it up to now (lines of their own say when).
    Points used = 0, expired = 0, taken = 0;
    Points debt = 0;                  // the part that no lot could give; of kDebt: what is owed now
    std::optional<TierBasis> counts;  // a line of a tier's value: `value` is in this unit
    TerminalId holder = 0;            // of kLeased; `lots` says of which lots, `until` the lease's end
    Epoch holder_epoch;
    bool operator==(const Because&) const = default;
};
struct Explanation {
    std::int64_t number = 0;     // what is explained; the lines' values sum up to it
    std::vector<Because> lines;  // oldest first
};
// The balance on `today`. Every lot, redemption and reversal of the account is a line, and so is what is past its date,
// still locked, leased to a terminal (value 0), borne by the chain, or waits (value 0); a last line tells of debt
// (value 0: the lines before it hold it). A sale of no points has its line too.
Explanation explain_balance(const Account& account, Day today);
// The value that decides the tier: what counts in the qualifying period. Of growth each line is what it adds to the
// floored sum of those before it, and deductions are lines of a rule of that name.
Explanation explain_tier_value(const Programme& programme, const Account& account, Day today);
// Which rule and tier give the member this benefit, coupon template or bonus rule (an id of the programme).
struct BenefitReason {
    bool has_it = false;
    std::string tier;  // the lowest level that gives it; empty: no level
    OpId op;           // the coupon's issue, the bonus; none: a benefit in words
    std::string words_zh, words_en;
};
BenefitReason explain_benefit(const Programme& programme, const Account& account, std::string_view benefit, Day today);

std::string coupon_sentence(const Programme& programme, const Coupon& coupon, Day today, Language language);

// One line each, to be read to a member; money with the programme's digits, dates as YYYY-MM-DD. English:
// "2026-03-02 bill 1001 at S1: 152.00 spent, 152 points; rule Double weekend added 152; 40 used, 20 expired".
std::string sentence(const Programme& programme, const Because& because, Language language);
// "Silver: 8,000.00 spent since 2026-01-01; 2,000.00 more by 2026-12-31 for Gold."
std::string tier_sentence(const Programme& programme, const Account& account, Day today, Language language);

}  // namespace tally::domain
