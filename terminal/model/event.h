// Everything that can happen to the screen. Pure values; made on any thread, reduced on the screen's.
#pragma once

#include <variant>
#include <vector>

#include "common/base/result.h"
#include "terminal/model/effect.h"
#include "terminal/model/input.h"

namespace tally::terminal {

// What a button does; its key is printed on it.
enum class Action : std::uint8_t {
    kFind,
    kRegister,
    kEarn,
    kRedeem,
    kTillLog,
    kRefund,
    kLanguage,
    kBack,
    kConfirm,
    kUnit,
    kConsent,
    kOpenExisting
};
enum class FieldId : std::uint8_t { kFind, kAmount, kBill, kPhone, kName, kBirthday, kCard };
inline constexpr std::size_t kFieldCount = 7;

// --- from the view ---
struct Pressed {
    Action action = Action::kBack;
};
struct RowPicked {
    std::size_t row = 0;
};
struct FieldPicked {
    FieldId field = FieldId::kFind;
    std::size_t caret = 0;  // bytes; moved to a character's boundary
};
struct PadPressed {  // the keypad on the screen: '0'..'9', '.', 'b' for one back, 'c' for clear
    char key = '0';
};

// --- from the clock, the agent and the store thread ---
struct Tick {
    std::int64_t now_ms = 0;  // wall time
};
struct LinkChanged {
    Link link;
};
struct ReplicaChanged {};  // somebody committed to the database
struct Opened {
    Shop shop;
    std::optional<TimeZone> zone;
    bool revoked = false;  // see StatusRead
};
struct OpenFailed {
    Code code = Code::kIo;
};
struct StatusRead {
    Shop shop;
    std::optional<TimeZone> zone;
    std::int64_t waiting = 0;               // operations that HQ has not acknowledged
    std::int64_t confirmed_ms = 0;          // 0: never
    std::optional<IncidentShown> incident;  // a recent one
    bool revoked = false;                   // headquarters revoked this till; the store appends nothing
};
struct Found {
    Request request = 0;
    Result<std::vector<MemberBrief>> hits;
    domain::Presented presented;
    bool exact = false;  // a code named this one member
};
struct MemberOpened {
    Request request = 0;
    Result<MemberCard> card;
};
struct OperationsListed {
    Request request = 0;
    Result<std::vector<OperationLine>> lines;
};
struct Previewed {
    Request request = 0;
    Result<Outcome> outcome;
};
struct ActDone {
    Request request = 0;
    Act act = Act::kEarn;
    domain::MemberId member;
    Result<Outcome> outcome;
};
struct Registered {
    Request request = 0;
    struct Answer {
        domain::MemberId member;
        bool existed = false;
        bool consent_kept = true;
    };
    Result<Answer> answer;
};

using Event = std::variant<Typed, KeyPressed, Scanned, Pasted, Pressed, RowPicked, FieldPicked, PadPressed, Tick,
                           LinkChanged, ReplicaChanged, Opened, OpenFailed, StatusRead, Found, MemberOpened,
                           OperationsListed, Previewed, ActDone, Registered>;

}  // namespace tally::terminal
