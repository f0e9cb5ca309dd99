// Finding a member: by scan, code, phone or name; opening the card; keeping what is shown up to date.
#include "terminal/model/flow.h"
#include "terminal/model/utf8.h"

namespace tally::terminal {

void Flow::find(std::string_view typed, bool scanned) {
    const std::string text = tidy(typed);
    if (text.empty()) return refuse({scanned ? Text::kUnknownCode : Text::kFindEmpty, {std::string()}});
    const bool ascii = text.find_first_not_of("0123456789+-() ") == std::string::npos;
    const std::size_t least = ascii ? 4 : 1;  // four digits of a phone, or one character of a name
    if (!scanned && count_characters(text) < least) {
        return refuse({Text::kFindTooShort, {CountArg{static_cast<std::int64_t>(least)}}});
    }
    s.finding = next();
    s.finding_scan = scanned;
    s.finding_text = text;
    ask(FindMember{s.finding, text, scanned});
}

void Flow::scanned(const std::string& code) {
    if (s.screen == Screen::kOpening || s.screen == Screen::kStopped) return;
    s.notice.reset();
    if (s.acting) return tell(Tone::kBad, {Text::kCodeNotNow, {}});
    if (code.size() > kScanCodeBytesMax) return refuse({Text::kCodeTooLong, {}});
    find(code, true);
}

void Flow::found(const Found& answer) {
    s.finding = 0;
    const bool scan = s.finding_scan;
    if (!answer.hits && answer.hits.error().code != Code::kInvalid) {
        return refuse_error(answer.hits.error().code, {Text::kBadInput, {}});
    }
    const std::vector<MemberBrief> none;
    const std::vector<MemberBrief>& hits = answer.hits ? *answer.hits : none;
    if (hits.size() == 1) return open(hits.front().member, answer.presented);
    if (hits.size() > 1) {
        s.choices = hits;
        s.choices_cut = hits.size() > kChoicesMax;
        if (s.choices_cut) s.choices.resize(kChoicesMax);
        s.chosen = 0;
        s.presented = answer.presented;
        return go(Screen::kChoice);
    }
    if (scan && s.screen == Screen::kRegister) {
        set_text(s.field(FieldId::kCard), "");
        if (!insert_text(s.field(FieldId::kCard), s.finding_text, field_characters_max(FieldId::kCard))) {
            return refuse({Text::kUnknownCode, {s.finding_text}});
        }
        return tell(Tone::kPlain, {Text::kCodeToCard, {}});
    }
    if (scan && is_money_screen(s.screen) && s.focus == FieldId::kBill) {
        set_text(s.field(FieldId::kBill), "");
        if (!insert_text(s.field(FieldId::kBill), s.finding_text, field_characters_max(FieldId::kBill))) {
            return refuse({Text::kCodeTooLong, {}});
        }
        tell(Tone::kPlain, {Text::kCodeToBill, {}});
        s.confirm_waits = false;
        return ask_preview();
    }
    if (scan) return tell(Tone::kBad, {Text::kUnknownCode, {s.finding_text}}, Said{Text::kUnknownCodeHint, {}});
    tell(Tone::kBad, {Text::kNotFound, {s.finding_text}},
         Said{is_revoked(s) ? Text::kRevokedHint : Text::kNotFoundHint, {}});
}

void Flow::open(const domain::MemberId& member, const domain::Presented& presented) {
    s.opening = next();
    s.opening_presented = presented;
    ask(OpenMember{s.opening, member, !s.link.online});
}

void Flow::opened(const MemberOpened& answer) {
    if (!answer.request) return;
    if (answer.request == s.opening) {
        s.opening = 0;
        if (!answer.card) return refuse_error(answer.card.error().code, {Text::kNotFound, {s.finding_text}});
        // A recording that was begun meanwhile finishes on its own screen first.
        if (s.acting) return;
        s.member = *answer.card;
        s.presented = s.opening_presented;
        s.refreshing = 0;
        return go(Screen::kMember);
    }
    if (answer.request != s.refreshing) return;
    s.refreshing = 0;
    if (answer.card && s.member && s.member->member == answer.card->member) {
        s.member = *answer.card;
        if (is_money_screen(s.screen) && !s.acting) ask_preview();
    }
    if (s.refresh_again) refresh_member();
}

void Flow::replica_changed() {
    if (s.screen == Screen::kOpening || s.screen == Screen::kStopped) return;
    ask(ReadStatus{});
    refresh_member();
    if (s.screen == Screen::kHome || s.screen == Screen::kTillLog) list_operations();
}

void Flow::refresh_member() {
    if (!s.member) return;
    s.refresh_again = s.refreshing != 0;  // one question at a time, and one more when it is answered
    if (s.refreshing) return;
    s.refreshing = next();
    ask(OpenMember{s.refreshing, s.member->member, !s.link.online});
}

void Flow::list_operations() {
    s.list_again = s.listing != 0;  // one question at a time, as in refresh_member
    if (s.listing) return;
    s.listing = next();
    ask(ListOperations{s.listing});
}

}  // namespace tally::terminal
