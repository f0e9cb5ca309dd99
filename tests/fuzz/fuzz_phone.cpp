// A phone number as typed. Law: what comes out is E.164, and parsing that again gives the same number.
#include "common/domain/phone.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(phone) {
    const auto phone = domain::parse_phone(text_of(input));
    if (!phone) return;
    const std::string& text = phone->e164;
    TALLY_ASSERT(text.size() >= 8 && text.size() <= 16 && text[0] == '+', "a plus and 7 to 15 digits");
    TALLY_ASSERT(text.find_first_not_of("0123456789", 1) == std::string::npos, "digits only");
    const auto again = domain::parse_phone(text);
    TALLY_ASSERT(again.has_value() && *again == *phone, "a normalised number stays as it is");
}
