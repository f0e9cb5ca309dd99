// Numbers, money and names in explanations. Internal to explain.
#pragma once

#include "common/domain/explain.h"
#include "common/domain/number_text.h"

namespace tally::domain {

std::string money_text(const Programme& programme, Minor minor);  // "8,000.00", by the programme's digits
std::string points_text(Points points, Language language);        // "1 point", "152 积分"
std::string value_text(const Programme& programme, std::int64_t value, TierBasis basis, Language language);
// In the language, else in the other one, else the id.
std::string words_of(const Words& words, const std::string& id, Language language);
// Of a rule, bonus, reward or coupon template; else the id itself.
std::string name_of(const Programme& programme, const std::string& id, Language language);

}  // namespace tally::domain
