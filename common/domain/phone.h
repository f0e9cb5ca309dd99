// A phone number as typed, turned into E.164, or refused. Not a directory: nobody is called, and for a foreign number
// only its country code and length are known here. Pure; any thread.
//
// The default region is CN; another country counts only when written with '+'. A number that could be misread is
// refused, because a till can ask again: letters (1-800-FLOWERS), an extension, an IP-dial prefix (17951), two numbers
// in one field, digits of other scripts than ASCII and full-width.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace tally::domain {

struct Phone {
    std::string e164;  // '+' and 7 to 15 digits
    bool mobile =
        false;  // only a mobile number is an identity; a foreign one is taken for mobile unless its plan says no
    bool operator==(const Phone&) const = default;
};

// kInvalid: not one readable number. The error's detail never repeats the text.
Result<Phone> parse_phone(std::string_view text);

}  // namespace tally::domain
