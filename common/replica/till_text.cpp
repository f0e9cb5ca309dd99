#include "common/replica/till_text.h"

#include "common/base/timezone.h"
#include "common/base/utf8.h"
#include "common/domain/phone.h"

namespace tally::replica {

using domain::Field;
using domain::IdentityKind;

static Error invalid(const char* what, const std::string& why) {
    return fail(Code::kInvalid, std::string(what) + ": " + why);
}

Result<std::string> clean_line(std::string_view text, const char* what, std::size_t code_points_max,
                               std::size_t bytes_max) {
    auto cleaned = clean_text(text, code_points_max);
    if (!cleaned) return invalid(what, cleaned.error().detail);
    if (cleaned->size() > bytes_max) return invalid(what, "too long");
    return cleaned;
}

static Result<std::string> clean_birthday(const std::string& text, Day today) {
    const auto day = parse_day(text);
    if (!day) return invalid("birthday", "not a date as YYYY-MM-DD");
    if (*day > today) return invalid("birthday", "lies in the future");
    if (*day < day_of_civil(1875, 1, 1)) return invalid("birthday", "lies before 1875");
    return format_day(*day);
}

static Result<std::string> clean_identity(IdentityKind kind, const char* what, const std::string& text) {
    auto value = domain::normal_identity(kind, text);
    if (!value) return invalid(what, value.error().detail);
    return value;
}

static Result<std::string> clean_field(Field field, const std::string& typed, Day today) {
    TALLY_TRY(std::string text, clean_line(typed, "text", kTextCodePointsMax, domain::kFieldBytesMax));
    if (text.empty()) return text;
    switch (field) {
        case Field::kName: return clean_line(text, "name", kNameCodePointsMax, domain::kFieldBytesMax);
        case Field::kPhone: {
            const auto phone = domain::parse_phone(text);
            if (!phone) return invalid("phone", phone.error().detail);
            return phone->e164;
        }
        case Field::kCard: return clean_identity(IdentityKind::kCard, "card", text);
        case Field::kEmail: return clean_identity(IdentityKind::kEmail, "e-mail", text);
        case Field::kExternalRef: return clean_identity(IdentityKind::kExternalRef, "external reference", text);
        case Field::kBirthday: return clean_birthday(text, today);
        default: return invalid("field", "not one that a till sets");
    }
}

Result<domain::PersonalFields> clean_fields(const domain::PersonalFields& typed, Day today) {
    domain::PersonalFields out;
    for (const auto& [field, text] : typed) {
        TALLY_TRY(out[field], clean_field(field, text, today));
    }
    return out;
}

std::string mask_phone(const std::string& e164) {
    if (e164.size() < 8) return e164.empty() ? "" : "****";
    const std::size_t head = e164.size() >= 13 ? e164.size() - 8 : 3;
    return e164.substr(0, head) + "****" + e164.substr(e164.size() - 4);
}

}  // namespace tally::replica
