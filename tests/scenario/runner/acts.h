// What every cashier's act has in common: who, where, how the member was found, and what is kept of it.
#pragma once

#include "common/domain/coupons.h"
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

// The member as the cashier of this terminal finds her: by a card or phone where the replica has it, else by her
// member code, which a till accepts though it does not know her.
struct Shown {
    domain::MemberId member;
    domain::Presented presented;
};
Result<Shown> show(Step& step, Terminal& terminal, const std::string& name);

// Begins the act at `<terminal>`: fills act->at.
Result<Terminal*> at_till(Step& step);

// The id of the second person of `approved by NAME`; 0 without one.
std::uint32_t second_person(const Step& step);

// The member's coupon of this template that may be used, as this terminal knows; else any of it; zero: there is none.
domain::CouponId coupon_of(Terminal& terminal, const domain::MemberId& member, const std::string& template_id);

// Why the till does not do it, in few words.
const char* verdict_text(domain::RedeemVerdict verdict);
const char* verdict_text(domain::CouponVerdict verdict);

// The lines of the bill that are indented below the statement.
Result<std::vector<domain::BillLine>> lines_of(Step& step);

// Keeps what the till answered, under the bill's number if it has one, and lets the terminals sync.
Status done(Step& step, Result<replica::Receipt> receipt);
Status done(Step& step, const Status& status);

}  // namespace tally::scenario
