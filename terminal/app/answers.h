// The replica's answers as the screen's plain values. Reads the replica, writes nothing; on the store thread.
#pragma once

#include "common/replica/till.h"
#include "terminal/model/event.h"

namespace tally::terminal {

MemberBrief brief_of(const replica::MemberHit& hit);
Result<MemberBrief> brief_of(replica::Till& till, const domain::MemberId& member);

MemberCard card_of(const replica::MemberCard& card, Day today);
OperationLine line_of(const replica::LoggedOp& logged);
// The newest operations of this till, with the members' names.
Result<std::vector<OperationLine>> till_lines(replica::Replica& replica, replica::Till& till, std::size_t count);

Outcome outcome_of(const replica::Receipt& receipt);

// What a cashier is told of an incident on record.
IncidentShown incident_shown(const replica::Incident& incident);

}  // namespace tally::terminal
