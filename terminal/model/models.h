// What each part of the screen shows, already worded and formatted: the view adds only places and colours. Pure values.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "terminal/model/state.h"

namespace tally::terminal {

enum class Weight : std::uint8_t { kMain, kPlain };
struct ButtonModel {
    Action action = Action::kBack;
    std::string label;
    std::string key;  // printed on it
    Weight weight = Weight::kPlain;
    bool enabled = true;
};

struct FieldModel {
    FieldId id = FieldId::kFind;
    std::string label;
    std::string text;
    std::string hint;  // shown while empty
    std::size_t caret = 0;
    bool all_selected = false;
    bool focused = false;
};

struct NoticeModel {
    Tone tone = Tone::kPlain;
    std::string head, more;
};

struct OperationRow {
    std::string time, kind, member, bill, amount, points, state;
    Tone points_tone = Tone::kPlain;
    Tone state_tone = Tone::kPlain;
    bool can_open = false;
};
struct OperationList {
    std::string title, empty;
    std::string time, kind, member, bill, amount, points, state;  // column heads
    bool with_member = true;
    std::vector<OperationRow> rows;
};

struct MemberHead {
    std::string name, phone, card, tier, birthday;
    bool birthday_today = false;
};

struct HomePage {
    std::string title, help;
    FieldModel find;
    OperationList operations;
};
struct ChoiceRow {
    std::string key, name, phone, card;
    bool chosen = false;
};
struct ChoicePage {
    std::string title, hint, help;
    std::vector<ChoiceRow> rows;
};
inline constexpr std::size_t kLotRowsMax = 4;  // lines of lots that the card has room for
struct LotRow {
    std::string points, expiry, soon;  // `soon` only near the end
};
struct MemberPage {
    MemberHead head;
    std::string balance_label, balance, worth, redeemable, as_of, debt;
    bool balance_negative = false;
    std::string lots_title, lots_empty;
    std::vector<LotRow> lots;  // at most kLotRowsMax with `lots_more`
    std::string lots_more;     // how many are not shown; empty: none
    OperationList history;
};
struct PreviewLine {
    std::string label, value;
    Tone tone = Tone::kPlain;
};
struct MoneyPage {
    std::string title;
    MemberHead head;
    std::string balance_label, balance, redeemable;
    FieldModel amount, bill;
    std::string unit;  // before the amount: "¥"; after points: empty
    std::string rate;
    std::vector<PreviewLine> preview;
    std::string preview_note;     // below the lines
    std::string preview_message;  // instead of the lines
    Tone preview_tone = Tone::kPlain;
    bool pad_has_point = true;
};
struct RegisterPage {
    std::string title, steps;
    std::vector<FieldModel> fields;
    std::string consent, consent_wording, consent_key;
    bool consented = false;
    std::string phone_note;  // beside the number: new here, or whose it is
    Tone phone_tone = Tone::kPlain;
    std::string duplicate_title, duplicate_name, duplicate_phone;  // empty: none
};
struct TillLogPage {
    OperationList operations;
};
struct MessagePage {
    std::string title, hint;
    bool bad = false;
};
using Page = std::variant<MessagePage, HomePage, ChoicePage, MemberPage, MoneyPage, RegisterPage, TillLogPage>;

struct StatusModel {
    bool online = false;
    bool trouble = false;
    std::string line, waiting, confirmed;
    bool some_wait = false;
};

struct ScreenModel {
    Screen screen = Screen::kOpening;
    std::string product, chain, place, clock;
    ButtonModel language;
    StatusModel status;
    NoticeModel notice;  // the message slot: a notice, or what to do here
    std::vector<ButtonModel> buttons;
    Page page;
};

}  // namespace tally::terminal
