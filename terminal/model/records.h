// What the screen knows about members and operations: plain values that the store thread fills. Personal data: never
// logged. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/timezone.h"
#include "common/domain/op.h"
#include "common/domain/programme.h"
#include "common/domain/till_rules.h"

namespace tally::terminal {

struct LotLine {
    domain::Points points = 0;
    std::optional<Day> expires;  // last usable day; none: never
    bool operator==(const LotLine&) const = default;
};

enum class LineState : std::uint8_t { kSent, kWaiting, kReview };

struct OperationLine {
    domain::OpId id;
    std::int64_t at_ms = 0;  // 0: only the day is known
    Day day = 0;
    domain::OpKind kind = domain::OpKind::kNote;
    domain::MemberId member;
    std::string member_name;
    std::string bill_no;
    domain::Minor amount_minor = 0;  // signed: refunds are negative
    domain::Points points = 0;       // signed
    LineState state = LineState::kSent;
    bool operator==(const OperationLine&) const = default;
};

struct MemberBrief {
    domain::MemberId member;
    std::string name, phone, card;  // phone in E.164 or masked already
    bool operator==(const MemberBrief&) const = default;
};

struct MemberCard {
    domain::MemberId member;
    std::string name, phone, card, tier;  // phone in E.164; tier: a level's id, or what an import said
    std::optional<Day> birthday;
    domain::Points balance = 0;
    domain::Points redeemable = 0;  // here and now
    domain::Points leased = 0;      // of it, without asking headquarters, by leases
    domain::Points debt = 0;
    std::vector<LotLine> lots;           // usable today, in redemption order
    std::vector<OperationLine> history;  // newest first
    bool confirmed = false;              // HQ knows this member
    std::int64_t confirmed_ms = 0;       // "as of"; 0: never
    std::int64_t waiting = 0;            // operations of this till not in the confirmed state
    bool operator==(const MemberCard&) const = default;
};

// What an act would do, or did.
struct Outcome {
    domain::Points points = 0;  // signed
    domain::Minor amount_minor = 0;
    domain::Minor value_minor = 0;
    domain::Points balance = 0;  // afterwards, today
    domain::RedeemVerdict verdict = domain::RedeemVerdict::kAllowed;
    std::optional<Day> expires;  // of the points earned
    std::string bill_no;
    bool held = false;             // above a limit of the programme: it is recorded and waits for a person
    bool recorded_before = false;  // the same bill with the same content: nothing was added
    bool operator==(const Outcome&) const = default;
};

// Where and by which rules this till sells.
struct Shop {
    std::string store, store_name;
    std::uint32_t till = 0;
    domain::Programme programme;  // version 0: none received yet
    bool operator==(const Shop&) const = default;
};

// That this till's database lost something, was put back or was damaged, in the kinds that a cashier is told.
struct IncidentShown {
    enum class Kind : std::uint8_t { kGap, kGivenBack, kUnsure, kBranched, kDamaged, kRestored };
    Kind kind = Kind::kUnsure;
    std::int64_t operations = 0;  // kGap: missing; kGivenBack, kRestored: given back by headquarters
    bool operator==(const IncidentShown&) const = default;
};

enum class LinkTrouble : std::uint8_t { kNone, kRevoked, kRefused, kHqOld };

// The line to headquarters, as the agent reports it.
struct Link {
    bool online = false;
    std::int64_t since_ms = 0;  // of being so; 0: never was otherwise
    LinkTrouble trouble = LinkTrouble::kNone;
    bool operator==(const Link&) const = default;
};

}  // namespace tally::terminal
