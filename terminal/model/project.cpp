#include "terminal/model/project.h"

#include "common/domain/programme.h"
#include "terminal/model/project_parts.h"
#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

std::string or_text(const Wording& w, const std::string& value, Text otherwise) {
    return value.empty() ? w(otherwise) : one_line(value);
}

// Masked where it was not yet.
std::string shown_phone(const std::string& phone) {
    if (phone.find('*') == std::string::npos) return mask_phone(phone);
    const std::string line = one_line(phone);
    if (line.starts_with("+86") && line.size() == 14) return line.substr(3, 3) + " **** " + line.substr(10);
    return line;
}

// A level by its name in the screen's language; what the programme has no level of, as an import wrote it.
std::string tier_text(const Wording& w, const std::string& tier) {
    for (const domain::TierLevel& level : w.state.shop.programme.tiers.levels)
        if (level.id == tier) return w.state.lang == Lang::kZh ? level.name.zh : level.name.en;
    return or_text(w, tier, Text::kTierNone);
}

MemberHead head_of(const Wording& w, const MemberCard& card) {
    MemberHead head;
    head.name = or_text(w, card.name, Text::kNoName);
    head.phone = card.phone.empty() ? w(Text::kNoPhone) : mask_phone(card.phone);
    if (!card.card.empty()) head.card = w(Text::kCardNo, {mask_card(card.card)});
    head.tier = tier_text(w, card.tier);
    if (card.birthday) {
        const Civil born = civil_of_day(*card.birthday), today = civil_of_day(w.state.today());
        head.birthday_today = born.month == today.month && born.day == today.day;
        head.birthday = head.birthday_today ? w(Text::kBirthdayToday) : w(Text::kBirthdayIs, {DayArg{*card.birthday}});
    }
    return head;
}

std::string as_of(const Wording& w, const MemberCard& card) {
    const OpsArg waiting{card.waiting};
    if (!card.confirmed || card.confirmed_ms == 0) {
        return card.waiting ? w(Text::kAsOfNever, {waiting}) : w(Text::kAsOfNothing);
    }
    const TimeArg time{card.confirmed_ms};
    return card.waiting ? w(Text::kAsOfWaiting, {time, waiting}) : w(Text::kAsOf, {time});
}

// What so many points are worth in whole steps; empty when nothing can be said.
std::string worth(const Wording& w, domain::Points points) {
    const domain::Programme& programme = w.state.shop.programme;
    if (programme.version == 0 || programme.redeem_step_points <= 0 || points < programme.redeem_step_points) return {};
    const auto value = domain::value_of(programme, points - points % programme.redeem_step_points);
    return value ? w(Text::kWorth, {MoneyArg{*value}}) : std::string();
}

std::string redeemable(const Wording& w, const MemberCard& card) {
    return card.redeemable == card.balance ? std::string() : w(Text::kRedeemableNow, {PointsArg{card.redeemable}});
}

HomePage home(const Wording& w) {
    HomePage page;
    page.title = w(Text::kFindTitle);
    page.help = w(w.state.finding ? Text::kSearching : Text::kFindHelp);
    page.find = field(w, FieldId::kFind, Text::kFindTitle, w(Text::kFindHint));
    page.operations = operations(w, Text::kTillLogTitle, Text::kTillLogEmpty, w.state.operations, true);
    return page;
}

ChoicePage choice(const Wording& w) {
    ChoicePage page;
    page.title = w(Text::kChoiceTitle, {CountArg{static_cast<std::int64_t>(w.state.choices.size())}});
    page.hint = w(w.state.choices_cut ? Text::kChoiceMore : Text::kChoiceHint);
    for (std::size_t i = 0; i < w.state.choices.size(); ++i) {
        const MemberBrief& brief = w.state.choices[i];
        ChoiceRow row;
        row.key = std::to_string(i + 1);
        row.name = or_text(w, brief.name, Text::kNoName);
        row.phone = brief.phone.empty() ? w(Text::kNoPhone) : shown_phone(brief.phone);
        if (!brief.card.empty()) row.card = w(Text::kCardNo, {mask_card(brief.card)});
        row.chosen = i == w.state.chosen;
        page.rows.push_back(row);
    }
    return page;
}

MemberPage member(const Wording& w) {
    const MemberCard& card = *w.state.member;
    MemberPage page;
    page.head = head_of(w, card);
    page.balance_label = w(Text::kBalance);
    page.balance = format_points_bare(card.balance, false);
    page.balance_negative = card.balance < 0;
    page.worth = worth(w, card.redeemable);
    page.redeemable = redeemable(w, card);
    page.as_of = as_of(w, card);
    if (card.debt > 0) page.debt = w(Text::kDebt, {PointsArg{card.debt}});
    page.lots_title = w(Text::kLotsTitle);
    page.lots_empty = w(Text::kLotsEmpty);
    constexpr Day kSoonDays = 30;
    const std::size_t shown = card.lots.size() <= kLotRowsMax ? card.lots.size() : kLotRowsMax - 1;
    if (shown < card.lots.size())
        page.lots_more = w(Text::kLotsMore, {CountArg{static_cast<std::int64_t>(card.lots.size() - shown)}});
    for (std::size_t i = 0; i < shown; ++i) {
        const LotLine& lot = card.lots[i];
        LotRow row;
        row.points = format_points_bare(lot.points, false);
        row.expiry = lot.expires ? w(Text::kLotExpires, {DayArg{*lot.expires}}) : w(Text::kLotNever);
        const Day left = lot.expires ? *lot.expires - w.state.today() : kSoonDays + 1;
        if (left <= kSoonDays) row.soon = left <= 0 ? w(Text::kLotSoonOne) : w(Text::kLotSoon, {CountArg{left}});
        page.lots.push_back(row);
    }
    page.history = operations(w, Text::kHistoryTitle, Text::kHistoryEmpty, card.history, false);
    return page;
}

struct MoneyWords {
    Text title, amount, bill, effect;
};

MoneyPage money(const Wording& w) {
    const AppState& s = w.state;
    const domain::Programme& programme = s.shop.programme;
    const bool redeem = s.screen == Screen::kRedeem, refund = s.screen == Screen::kRefund;
    const MoneyWords words =
        redeem   ? MoneyWords{Text::kRedeemTitle, s.by_money ? Text::kRedeemMoney : Text::kRedeemPoints, Text::kBillNo,
                            Text::kThisRedeem}
        : refund ? MoneyWords{Text::kRefundTitle, Text::kAmountRefunded, Text::kBillNoOfSale, Text::kThisRefund}
                 : MoneyWords{Text::kEarnTitle, Text::kAmountPaid, Text::kBillNo, Text::kThisSale};
    MoneyPage page;
    page.title = w(words.title);
    page.head = head_of(w, *s.member);
    if (!page.head.birthday_today) page.head.birthday.clear();  // the card has it; here is no room
    page.balance_label = w(Text::kBalance);
    page.balance = format_points_bare(s.member->balance, false);
    page.redeemable = redeem ? redeemable(w, *s.member) : std::string();
    page.pad_has_point = !(redeem && !s.by_money) && programme.currency_digits > 0;
    page.amount =
        field(w, FieldId::kAmount, words.amount, redeem && !s.by_money ? "0" : format_amount_hint(s.locale()));
    page.bill = field(w, FieldId::kBill, words.bill, refund ? std::string() : w(Text::kAutomatic));
    if (!redeem || s.by_money) page.unit = currency_sign(s.locale());
    if (programme.version != 0) {
        page.rate = redeem ? w(Text::kRateRedeem,
                               {PointsArg{programme.redeem_step_points}, MoneyArg{programme.redeem_step_minor}})
                           : w(Text::kRateEarn, {MoneyArg{programme.earn_minor}, PointsArg{programme.earn_points}});
    }
    if (s.preview_refusal) {
        page.preview_message = say(s.locale(), *s.preview_refusal);
        page.preview_tone = Tone::kBad;
        return page;
    }
    if (!s.preview) {
        page.preview_message = w(Text::kPreviewEmpty);
        return page;
    }
    const Outcome& preview = *s.preview;
    const Tone tone = preview.points < 0 ? Tone::kBad : Tone::kGood;
    page.preview.push_back({w(words.effect), w.points(preview.points, true), tone});
    if (redeem)
        page.preview.push_back({w(Text::kOffTheBill), format_money(s.locale(), preview.value_minor), Tone::kPlain});
    page.preview.push_back({w(Text::kAfterwards), w.points(preview.balance, false), Tone::kPlain});
    if (s.screen == Screen::kEarn) {
        if (s.member->debt > 0)
            page.preview_note = w(Text::kPrePayDebt, {PointsArg{s.member->debt}});
        else if (preview.expires)
            page.preview_note = w(Text::kNewLotExpires, {DayArg{*preview.expires}});
    }
    if (redeem && !s.link.online)
        page.preview_note = w(Text::kVerdictOffline, {PointsArg{programme.floor_limit_points}});
    return page;
}

RegisterPage registration(const Wording& w) {
    const AppState& s = w.state;
    RegisterPage page;
    page.title = w(Text::kRegisterTitle);
    page.steps = w(Text::kRegisterSteps);
    page.fields = {field(w, FieldId::kPhone, Text::kPhone, w(Text::kPhoneHint)),
                   field(w, FieldId::kName, Text::kName, w(Text::kNameHint)),
                   field(w, FieldId::kBirthday, Text::kBirthday, w(Text::kBirthdayHint)),
                   field(w, FieldId::kCard, Text::kCard, w(Text::kCardHint))};
    page.consent = w(Text::kConsent);
    page.consent_wording = w(Text::kConsentWording);
    page.consent_key = "F3";
    page.consented = s.consent;
    if (s.duplicate) {
        page.phone_note = w(Text::kDuplicateTitle);
        page.phone_tone = Tone::kCare;
        page.duplicate_title = w(Text::kDuplicateTitle);
        page.duplicate_name = or_text(w, s.duplicate->name, Text::kNoName);
        page.duplicate_phone = shown_phone(s.duplicate->phone);
    } else if (s.phone_is_free) {
        page.phone_note = w(Text::kPhoneFree);
        page.phone_tone = Tone::kGood;
    }
    return page;
}

MessagePage message(const Wording& w) {
    if (w.state.screen == Screen::kOpening) return {w(Text::kStarting), w(Text::kStartingHint), false};
    const auto why = [&] {
        switch (w.state.stopped_by) {
            case Code::kWrongKey: return Text::kOpenWrongKey;
            case Code::kBusy: return Text::kOpenBusy;
            case Code::kNewer: return Text::kOpenNewer;
            case Code::kNotFound:
            case Code::kRefused: return Text::kOpenMissing;
            case Code::kDamaged: return Text::kOpenDamaged;
            default: return Text::kOpenFailed;
        }
    };
    return {w(why()), w(Text::kCallSupport), true};
}

Page page_of(const Wording& w) {
    switch (w.state.screen) {
        case Screen::kHome: return home(w);
        case Screen::kChoice: return choice(w);
        case Screen::kMember: return member(w);
        case Screen::kEarn:
        case Screen::kRedeem:
        case Screen::kRefund: return money(w);
        case Screen::kRegister: return registration(w);
        case Screen::kTillLog:
            return TillLogPage{operations(w, Text::kTillLogTitle, Text::kTillLogEmpty, w.state.operations, true)};
        default: return message(w);
    }
}

}  // namespace

ScreenModel project(const AppState& state) {
    const Wording w{state};
    ScreenModel model;
    model.screen = state.screen;
    model.product = w(Text::kProduct);
    model.chain = one_line(state.shop.programme.chain_name);
    if (state.shop.till != 0) {
        const std::string store = state.shop.store_name.empty() ? state.shop.store : state.shop.store_name;
        model.place = w(Text::kStoreAndTill, {store, std::to_string(state.shop.till)});
    }
    if (state.now_ms != 0) model.clock = format_clock(state.locale(), state.now_ms);
    model.language = {Action::kLanguage, w(Text::kActLanguage), "F9", Weight::kPlain, true};
    model.status = status(w);
    model.notice = notice(w);
    model.buttons = buttons(w);
    model.page = page_of(w);
    return model;
}

}  // namespace tally::terminal
