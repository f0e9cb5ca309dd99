// What the screen asks of the world. The store thread runs these in their order and answers with an Event that carries
// the same request number. Pure values.
#pragma once

#include <string>
#include <variant>

#include "terminal/model/format.h"
#include "terminal/model/records.h"

namespace tally::terminal {

using Request = std::uint64_t;  // 0: none

// How the member was named at this till, for the operation's record.
struct NamedBy {
    domain::Presented presented;
    bool operator==(const NamedBy&) const = default;
};

struct FindMember {  // a code, card, phone or name: Found, with one hit when a code names one member
    Request request = 0;
    std::string text;
    bool scanned = false;
};
struct OpenMember {  // MemberOpened
    Request request = 0;
    domain::MemberId member;
    bool offline = false;  // what can be redeemed is bounded then
};
struct ListOperations {  // OperationsListed
    Request request = 0;
};
enum class Act : std::uint8_t { kEarn, kRedeem, kRefund };
struct MoneyAct {  // a preview (Previewed) or the act itself (ActDone)
    Request request = 0;
    Act act = Act::kEarn;
    bool commit = false;
    domain::MemberId member;
    domain::Presented presented;
    std::string bill_no;             // empty: numbered by the till; of a refund: the sale's number
    domain::Minor amount_minor = 0;  // earn, refund; redeem by money: its value
    domain::Points points = 0;       // redeem by points
    bool offline = false;            // HQ cannot be asked now
};
struct RegisterMember {  // Registered
    Request request = 0;
    std::string phone, name, card;  // as typed, tidied
    std::optional<Day> birthday;
    bool consent = false;
};
struct ReadStatus {};  // StatusRead
struct SaveLanguage {
    Lang lang = Lang::kZh;
};

using Effect = std::variant<FindMember, OpenMember, ListOperations, MoneyAct, RegisterMember, ReadStatus, SaveLanguage>;

}  // namespace tally::terminal
