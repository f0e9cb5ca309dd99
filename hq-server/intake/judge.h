// What HQ thinks of one operation before it folds it: recomputed from the recorded inputs with the programme version
// that the operation names. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/domain/programme.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

struct Judgement {
    domain::Ruling ruling;
    std::vector<std::pair<ConflictKind, std::string>> conflicts;
    ConflictKind held_as = ConflictKind::kHeldForReview;  // where it is held, by the ruling or by the fold
    std::string held_reason;
};

// `programme`: the version that `op` names; null when HQ never issued it. `store`: where the terminal is enrolled;
// empty: not to be checked (HQ's own operations name any store).
Judgement judge(const domain::Op& op, const domain::Programme* programme, const std::string& store,
                std::int64_t now_ms);

// Whether `op`, about to be folded into `account`, exceeds caps because its terminal did not know what other terminals
// had given meanwhile: the points stand, a person is told (kCapExceeded). A cap that the terminal could have kept is
// judge()'s.
void judge_caps(const domain::Op& op, const domain::Programme& programme, const domain::Account& account,
                Judgement& judgement);

// The key under which the bill of `op` is guarded. `store`: as for judge(). A terminal that names another store than
// its own has the bill to itself, so that it cannot take the numbers of that store's tills.
std::optional<domain::BusinessKey> guard_key(const domain::Op& op, const std::string& store);

// `again` has the business key of `first`, which was accepted before: with the same amounts, of the same member, it is
// a duplicate, though its points may differ (another programme version); else a person decides.
void rule_bill(const domain::Op& first, const domain::Op& again, domain::Ruling& ruling, std::string& reason);

// The first date after which free points of the account expire; none: never.
std::optional<Day> next_expiry_of(const domain::Account& account);
// The last date on which nothing is due for this account (MemberRow::next_due); none: nothing ever will be by itself.
// `tiered`: the newest programme where it has tiers, else null.
std::optional<Day> next_due_of(const domain::Account& account, const domain::Programme* tiered, Day today);

// Whether the terminal that made `other` is told of a conflict of this kind that `op` of another terminal began, and
// what. What was released is told to its terminal with `reason` of the fold, which may be empty.
bool is_told_to_other(ConflictKind kind, const domain::Op& op, const domain::OpId& other);
std::string other_text(ConflictKind kind, const domain::Op& op);
std::string release_text(const std::string& reason);
std::string_view field_text(domain::Field field);  // "name", for records
inline constexpr char kRejectedText[] = "headquarters decided that it does not count";

// Whether an operation of this kind moves its store's day.
bool moves_store(domain::OpKind kind);
// Whether it changes what is known about the person.
bool changes_profile(domain::OpKind kind);

}  // namespace tally::intake
