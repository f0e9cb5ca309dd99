// Earning, redeeming, refunding: entry, the preview before anything is done, and what came of it.
#include "terminal/model/flow.h"
#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

Act act_of(Screen screen) {
    return screen == Screen::kRedeem ? Act::kRedeem : screen == Screen::kRefund ? Act::kRefund : Act::kEarn;
}

bool enters_points(const AppState& s) { return s.screen == Screen::kRedeem && !s.by_money; }

Said word_verdict(const AppState& s, domain::RedeemVerdict verdict) {
    using domain::RedeemVerdict;
    const domain::Programme& programme = s.shop.programme;
    const domain::Points now = s.member ? s.member->redeemable : 0;
    switch (verdict) {
        case RedeemVerdict::kAllowed: break;
        case RedeemVerdict::kNoProgramme: return {Text::kVerdictNoProgramme, {}};
        case RedeemVerdict::kNotPositive: return {Text::kVerdictNotPositive, {}};
        case RedeemVerdict::kNotAStep: return {Text::kVerdictNotAStep, {PointsArg{programme.redeem_step_points}}};
        case RedeemVerdict::kBelowMinimum:
            return {Text::kVerdictBelowMinimum, {PointsArg{programme.redeem_min_points}}};
        case RedeemVerdict::kOverBalance:
            return {Text::kVerdictOverBalance, {PointsArg{s.member ? s.member->balance : 0}}};
        case RedeemVerdict::kOverOrder: return {Text::kVerdictOverOrder, {}};
        case RedeemVerdict::kOverOfflineLimit: return {Text::kVerdictOverOffline, {PointsArg{now}}};
        case RedeemVerdict::kNotLeased:
            return {s.link.online ? Text::kVerdictNotLeased : Text::kVerdictNotLeasedOffline,
                    {PointsArg{s.member ? s.member->leased : 0}}};
        case RedeemVerdict::kOverMaximum: return {Text::kVerdictOverMaximum, {PointsArg{programme.redeem_max_points}}};
        case RedeemVerdict::kOverShare: return {Text::kVerdictOverShare, {}};
        case RedeemVerdict::kNoSuchReward: return {Text::kVerdictNoSuchReward, {}};
        case RedeemVerdict::kConditions: return {Text::kVerdictConditions, {}};
        case RedeemVerdict::kWeakIdentity: return {Text::kVerdictWeakIdentity, {}};
        case RedeemVerdict::kNeedsApproval: return {Text::kVerdictNeedsApproval, {}};
        case RedeemVerdict::kNewerProgramme: return {Text::kVerdictNewerProgramme, {}};
    }
    return {Text::kRefused, {}};
}

Said word_error(const AppState& s, Code code) {
    if (code == Code::kExists) return {Text::kBillExists, {}};
    if (code == Code::kNewer) return {Text::kVerdictNewerProgramme, {}};
    if (code == Code::kRefused && s.shop.programme.version == 0) return {Text::kVerdictNoProgramme, {}};
    if (code == Code::kRefused || code == Code::kInvalid) {
        return {s.screen == Screen::kRefund ? Text::kRefundTooMuch : Text::kBadInput, {}};
    }
    return {Text::kBadInput, {}};
}

// The act as entered; a refusal when the entry cannot be one; neither when there is no entry.
struct Entry {
    std::optional<MoneyAct> act;
    std::optional<Said> refusal;
};
// Why the amount's text is no number of its kind; none: it is one.
std::optional<Said> fault_of(const AppState& s, std::string_view number) {
    const bool points = enters_points(s);
    const Said digits_only{points ? Text::kPointsDigits : Text::kAmountDigits, {}};
    if (number.find_first_not_of(points ? "0123456789" : "0123456789.") != std::string_view::npos) return digits_only;
    const std::size_t point = number.find('.');
    if (point == std::string_view::npos) return std::nullopt;
    if (number.find('.', point + 1) != std::string_view::npos) return digits_only;
    const std::uint32_t decimals = s.shop.programme.currency_digits;
    if (number.size() - point - 1 > decimals || decimals == 0) return Said{Text::kAmountDecimals, {CountArg{decimals}}};
    return std::nullopt;
}

Entry read_entry(const AppState& s) {
    if (s.field(FieldId::kAmount).text.empty() || !s.member) return {};
    if (const auto full = overflowed_field(s)) return {{}, field_full(*full)};
    const auto number = without_thousands(s.field(FieldId::kAmount).text);
    if (!number) return {{}, Said{enters_points(s) ? Text::kPointsDigits : Text::kAmountDigits, {}}};
    const std::string& typed = *number;
    if (auto fault = fault_of(s, typed)) return {{}, std::move(fault)};
    MoneyAct act;
    act.act = act_of(s.screen);
    act.member = s.member->member;
    act.presented = s.presented;
    act.bill_no = tidy(s.field(FieldId::kBill).text);
    act.offline = !s.link.online;
    const domain::Programme& programme = s.shop.programme;
    if (enters_points(s)) {
        const auto points = parse_points(typed);
        if (!points) return {{}, word_verdict(s, domain::RedeemVerdict::kOverBalance)};
        act.points = *points;
        return {act, {}};
    }
    const auto minor = parse_money(typed, programme.currency_digits);
    if (!minor && minor.error().code == Code::kOverflow) {
        return {{}, Said{Text::kAmountTooBig, {MoneyArg{domain::kAmountMinorMax}}}};
    }
    if (!minor) return {{}, Said{Text::kAmountDigits, {}}};
    if (*minor <= 0) return {{}, Said{Text::kAmountZero, {}}};
    act.amount_minor = *minor;
    if (act.act == Act::kRedeem) {
        if (programme.version == 0) return {{}, Said{Text::kVerdictNoProgramme, {}}};
        const auto points = domain::price_of(programme, *minor);
        if (!points) return {{}, word_verdict(s, domain::RedeemVerdict::kOverBalance)};
        act.points = *points;
    }
    return {act, {}};
}

}  // namespace

void Flow::start_money(Screen screen) {
    s.by_money = false;
    go(screen);
}

// What was typed stands in the field, also what is no amount: then it cannot be confirmed, and no other amount than the
// typed one ever is.
std::string Flow::amount_text(std::string_view typed) {
    std::string out;
    for (std::size_t at = 0; at < typed.size();) {
        char32_t c = next_character(typed, at);
        if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width digits of an input method
        if (c == 0x3002) c = U'.';
        append_character(out, c);
    }
    return out;
}

void Flow::ask_preview() {
    s.previewing = 0;
    if (is_revoked(s)) {
        s.preview.reset();
        s.preview_refusal = Said{Text::kRevokedNoActs, {}};
        s.confirm_waits = false;
        return;
    }
    const Entry entry = read_entry(s);
    s.preview_refusal = entry.refusal;
    if (!entry.act) {
        s.preview.reset();
        s.confirm_waits = false;
        return;
    }
    MoneyAct question = *entry.act;
    question.request = s.previewing = next();
    ask(question);
}

void Flow::previewed(const Previewed& answer) {
    if (!answer.request || answer.request != s.previewing) return;
    s.previewing = 0;
    const bool confirm = s.confirm_waits;
    s.confirm_waits = false;
    s.preview.reset();
    if (!answer.outcome) {
        s.preview_refusal = word_error(s, answer.outcome.error().code);
    } else if (answer.outcome->verdict != domain::RedeemVerdict::kAllowed) {
        s.preview_refusal = word_verdict(s, answer.outcome->verdict);
    } else {
        s.preview_refusal.reset();
        s.preview = *answer.outcome;
    }
    if (confirm) confirm_money();
}

void Flow::confirm_money() {
    if (s.acting) return;
    if (is_revoked(s)) return refuse_revoked();
    if (s.previewing) {
        s.confirm_waits = true;
        return;
    }
    const Entry entry = read_entry(s);
    if (s.preview_refusal) return refuse(*s.preview_refusal);
    if (!entry.act || !s.preview) return refuse({enters_points(s) ? Text::kPointsEmpty : Text::kAmountEmpty, {}});
    MoneyAct act = *entry.act;
    act.commit = true;
    act.request = s.acting = next();
    ask(act);
}

void Flow::act_done(const ActDone& answer) {
    if (!answer.request || answer.request != s.acting) return;
    s.acting = 0;
    if (!answer.outcome) return refuse_error(answer.outcome.error().code, word_error(s, answer.outcome.error().code));
    const Outcome& done = *answer.outcome;
    if (done.verdict != domain::RedeemVerdict::kAllowed) return refuse(word_verdict(s, done.verdict));
    Said head{Text::kDoneEarn, {PointsArg{done.points, true}, CountArg{done.balance}}};
    if (answer.act == Act::kRedeem) {
        head = {Text::kDoneRedeem, {PointsArg{done.points, true}, MoneyArg{done.value_minor}, CountArg{done.balance}}};
    } else if (answer.act == Act::kRefund) {
        head = {Text::kDoneRefund, {MoneyArg{done.amount_minor}, PointsArg{done.points, true}, CountArg{done.balance}}};
    }
    Said more{Text::kDoneBill,
              {WordArg{s.link.online || is_revoked(s) ? Text::kDoneRecorded : Text::kSavedOffline}, done.bill_no}};
    if (done.recorded_before) {
        tell(Tone::kCare, {Text::kBillAgain, {}}, more);
    } else if (done.held) {
        tell(Tone::kCare, {Text::kDoneHeld, {}}, more);
    } else {
        tell(Tone::kGood, std::move(head), std::move(more));
    }
    if (s.member) s.member->balance = done.balance;
    go(Screen::kMember);
    replica_changed();
}

void Flow::pad(char key) {
    if (!is_money_screen(s.screen) || s.acting) return;
    s.notice.reset();
    s.focus = FieldId::kAmount;
    TextField& field = s.field(FieldId::kAmount);
    if (key == 'b') {
        edit_key(field, Key::kBackspace);
    } else if (key == 'c') {
        clear_text(field);
    } else {
        return edit(FieldId::kAmount, std::string_view(&key, 1));
    }
    edited(FieldId::kAmount);
}

}  // namespace tally::terminal
