// All that the screen is: one value, changed only by reduce(). No wording, no pixels. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "terminal/model/event.h"
#include "terminal/model/text_field.h"
#include "terminal/model/texts.h"

namespace tally::terminal {

enum class Screen : std::uint8_t {
    kOpening,
    kStopped,
    kHome,
    kChoice,
    kMember,
    kEarn,
    kRedeem,
    kRefund,
    kRegister,
    kTillLog
};

enum class Tone : std::uint8_t { kPlain, kGood, kBad, kCare };
struct Notice {
    Tone tone = Tone::kPlain;
    Said head;
    std::optional<Said> more;
    bool operator==(const Notice&) const = default;
};

struct AppState {
    // --- the world ---
    Lang lang = Lang::kZh;
    Shop shop;
    std::optional<TimeZone> zone;
    std::int64_t now_ms = 0;
    Link link;
    std::int64_t waiting = 0;
    std::int64_t confirmed_ms = 0;  // 0: never
    std::optional<IncidentShown> incident;
    bool revoked = false;         // as the store remembers it
    Code stopped_by = Code::kIo;  // of kStopped

    // --- where the cashier is ---
    Screen screen = Screen::kOpening;
    FieldId focus = FieldId::kFind;
    std::array<TextField, kFieldCount> fields;
    std::optional<Notice> notice;
    std::optional<MemberCard> member;
    domain::Presented presented;       // how `member` was named
    std::vector<MemberBrief> choices;  // of kChoice
    std::size_t chosen = 0;
    bool choices_cut = false;  // there were more than shown
    std::vector<OperationLine> operations;
    bool by_money = false;  // the redemption is entered as money
    bool consent = false;
    std::optional<Outcome> preview;
    std::optional<Said> preview_refusal;   // why the act cannot be done as entered
    std::optional<MemberBrief> duplicate;  // registered already, as typed
    bool phone_is_free = false;            // the number typed was looked up and is new here

    // --- questions under way; 0: none. An answer to another number is stale and dropped ---
    Request last_request = 0;
    Request finding = 0;
    bool finding_scan = false;
    std::string finding_text;
    Request opening = 0;
    domain::Presented opening_presented;
    Request refreshing = 0;
    bool refresh_again = false;
    Request listing = 0;
    bool list_again = false;
    Request previewing = 0;
    Request acting = 0;          // an operation is being recorded: nothing else may be
    bool confirm_waits = false;  // Enter came before the preview did
    Request checking_phone = 0;

    TextField& field(FieldId id) { return fields[static_cast<std::size_t>(id)]; }
    const TextField& field(FieldId id) const { return fields[static_cast<std::size_t>(id)]; }
    Locale locale() const { return {lang, shop.programme.currency, shop.programme.currency_digits, zone, now_ms}; }
    Day today() const { return day_of(locale(), now_ms); }
};

inline constexpr std::size_t kChoicesMax = 9;          // one key each
inline constexpr std::size_t kScanCodeBytesMax = 256;  // a longer code is no member's
std::size_t field_characters_max(FieldId id);
std::vector<FieldId> fields_of(Screen screen);  // in Tab's order; empty: none
bool is_money_screen(Screen screen);
// By headquarters: nothing is recorded any more, members can still be looked up.
bool is_revoked(const AppState& state);
bool records(const AppState& state, Action action);              // an operation, or is the way to one
std::optional<FieldId> overflowed_field(const AppState& state);  // of the screen's: something typed did not fit in
Said field_full(FieldId id);
// Whether the action can be taken now: the same answer greys the button and ignores the key.
bool can(const AppState& state, Action action);

}  // namespace tally::terminal
