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
    kPending
};
struct Because {
    BecauseKind kind = BecauseKind::kSale;
    OpId op;      // none where no single operation stands behind it
    Day day = 0;  // 0: none
    std::string store, bill_no;
    std::string rule;  // of the programme: a rule, bonus, reward, tier or coupon template
    Minor amount_minor = 0;
    std::int64_t value = 0;       // signed: what this line adds
    std::optional<Day> until;     // usable through
    std::vector<LotTake> lots;    // from or to which it moved
    std::vector<EarnPart> parts;  // of a sale that rules added to
    bool operator==(const Because&) const = default;
};
struct Explanation {
    std::int64_t number = 0;     // what is explained; the lines' values sum up to it
    std::vector<Because> lines;  // oldest first
};
Explanation explain_balance(const Account& account, Day today);
Explanation explain_tier_value(const Programme& programme, const Account& account, Day today);
// Which rule and tier give the member this benefit or coupon.
struct BenefitReason {
    bool has_it = false;
    std::string tier;  // the level that gives it; empty: no level
    OpId op;           // the coupon's issue, the bonus ...; none
    std::string words_zh, words_en;
};
BenefitReason explain_benefit(const Programme& programme, const Account& account, std::string_view benefit, Day today);

// One line each; money with the programme's currency, dates as YYYY-MM-DD.
std::string sentence(const Programme& programme, const Because& because, Language language);
// "Silver: 8,000.00 spent since 2026-01-01; 2,000.00 more by 2026-12-31 for Gold."
std::string tier_sentence(const Programme& programme, const Account& account, Day today, Language language);

}  // namespace tally::domain
