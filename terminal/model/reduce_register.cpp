// Registering a member: the phone first, so that somebody who is a member already is seen before the rest is typed.
#include "common/domain/phone.h"
#include "common/domain/profile.h"
#include "terminal/model/flow.h"
#include "terminal/model/utf8.h"

namespace tally::terminal {

void Flow::start_register() {
    // What was searched in vain is most often the number that is registered now.
    const std::string typed = s.field(FieldId::kFind).text;
    const bool from_find = s.screen == Screen::kHome;
    go(Screen::kRegister);
    s.consent = false;
    s.duplicate.reset();
    s.phone_is_free = false;
    s.checking_phone = 0;
    if (from_find && domain::parse_phone(typed)) {
        set_text(s.field(FieldId::kPhone), tidy(typed));
        phone_edited();
        s.focus = FieldId::kName;
    }
}

void Flow::phone_edited() {
    s.duplicate.reset();
    s.phone_is_free = false;
    s.checking_phone = 0;
    const auto phone = domain::parse_phone(tidy(s.field(FieldId::kPhone).text));
    if (!phone || !phone->mobile) return;
    s.checking_phone = next();
    ask(FindMember{s.checking_phone, phone->e164, true});
}

void Flow::phone_checked(const Found& answer) {
    s.checking_phone = 0;
    if (!answer.hits || s.screen != Screen::kRegister) return;
    if (answer.hits->empty()) {
        s.phone_is_free = true;
    } else {
        s.duplicate = answer.hits->front();
    }
}

void Flow::confirm_register() {
    if (s.acting) return;
    if (is_revoked(s)) return refuse_revoked();
    const auto wrong = [&](FieldId field, Text why) {
        s.focus = field;
        refuse({why, {}});
    };
    if (const auto full = overflowed_field(s)) {
        s.focus = *full;
        return refuse(field_full(*full));
    }
    RegisterMember question;
    question.phone = tidy(s.field(FieldId::kPhone).text);
    question.name = tidy(s.field(FieldId::kName).text);
    question.card = tidy(s.field(FieldId::kCard).text);
    question.consent = s.consent;
    if (question.phone.empty()) return wrong(FieldId::kPhone, Text::kPhoneNeeded);
    const auto phone = domain::parse_phone(question.phone);
    if (!phone || !phone->mobile) return wrong(FieldId::kPhone, Text::kPhoneBad);
    const std::string birthday = tidy(s.field(FieldId::kBirthday).text);
    if (!birthday.empty()) {
        const auto day = parse_birthday(birthday, s.today());
        if (!day) return wrong(FieldId::kBirthday, Text::kBirthdayBad);
        question.birthday = *day;
    }
    if (!question.card.empty() && !domain::normal_identity(domain::IdentityKind::kCard, question.card)) {
        return wrong(FieldId::kCard, Text::kCardBad);
    }
    question.request = s.acting = next();
    ask(question);
}

void Flow::registered(const Registered& answer) {
    if (!answer.request || answer.request != s.acting) return;
    s.acting = 0;
    if (!answer.answer) return refuse_error(answer.answer.error().code, {Text::kBadInput, {}});
    const std::string name = tidy(s.field(FieldId::kName).text);
    const std::string shown = name.empty() ? mask_phone(tidy(s.field(FieldId::kPhone).text)) : name;
    if (answer.answer->existed) {
        tell(Tone::kCare, {Text::kExists, {}}, Said{Text::kNothingChanged, {}});
    } else {
        const bool kept = answer.answer->consent_kept;
        tell(kept ? Tone::kGood : Tone::kCare, {Text::kDoneRegister, {shown}},
             Said{!kept           ? Text::kConsentNotKept
                  : s.link.online ? Text::kDoneRecorded
                                  : Text::kSavedOffline,
                  {}});
    }
    open(answer.answer->member, {});
    replica_changed();
}

}  // namespace tally::terminal
