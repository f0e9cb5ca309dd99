// What the commands on conflicts and on quarantine share. Internal to this folder.
#pragma once

#include "common/base/timezone.h"
#include "hq-server/admin/conflicts_command.h"

namespace tally::admin {

std::optional<std::uint64_t> number_of(const std::string& what);  // above 0
Result<TimeZone> zone_of(const Home& home);                       // the chain's
Result<intake::Intake::Word> word_of(const DecideRequest& request, intake::Intake::Choice choice);
Result<std::string> conflict_page(const Home& home, const intake::ConflictRow& row, const TimeZone& zone);
std::string decided_words(const std::string& what, intake::Intake::Choice choice,
                          const std::optional<domain::Folded>& folded);

}  // namespace tally::admin
