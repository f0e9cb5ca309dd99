// What a cashier types, made into fields and identities, or refused. Errors are kInvalid and name the field, never its
// content. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/domain/profile.h"

namespace tally::replica {

// Which fields are identities too, so that an edit of the field moves the identity.
inline constexpr std::pair<domain::Field, domain::IdentityKind> kIdentityFields[] = {
    {domain::Field::kPhone, domain::IdentityKind::kPhone},
    {domain::Field::kCard, domain::IdentityKind::kCard},
    {domain::Field::kEmail, domain::IdentityKind::kEmail},
    {domain::Field::kExternalRef, domain::IdentityKind::kExternalRef}};
inline constexpr std::size_t kNameCodePointsMax = 100;
inline constexpr std::size_t kTextCodePointsMax = 250;  // notes and reasons: at most kFieldBytesMax bytes of UTF-8

// One line of text: cleaned (utf8.h), at most so many code points and `bytes_max` bytes. May be empty.
Result<std::string> clean_line(std::string_view text, const char* what, std::size_t code_points_max,
                               std::size_t bytes_max);

// Personal fields as they are sealed: cleaned, phone as E.164, card and e-mail in their written form, birthday a real
// date up to `today`. Empty values stay empty (an edit clears with them).
Result<domain::PersonalFields> clean_fields(const domain::PersonalFields& typed, Day today);

// +86138****1234: enough to recognise, not enough to call.
std::string mask_phone(const std::string& e164);

}  // namespace tally::replica
