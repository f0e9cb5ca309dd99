#include "hq-server/admin/refold.h"

#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/judge.h"

namespace tally::admin {

using namespace domain;
using intake::OpRow;

Status Refold::add(const OpRow& row, const Op& op, const std::string& where) {
    intake::DecisionRow decision;
    if (const auto found = decisions_.find(row.pos); found != decisions_.end()) {
        decision = std::move(found->second);
        decisions_.erase(found);
    }
    last_received_ms_ = std::max(last_received_ms_, row.received_ms);
    const Ruling& ruling = decision.ruling;
    const std::optional<Op> released = released_op(op);
    const Op& counts = released ? *released : op;
    if (released) check_release(row, op, where);
    TALLY_OK(check_bill(row, op, decision, where));
    Folded folded;
    bool left_debt = false;
    if (op.member.is_zero()) {
        folded = fold_sale(op, ruling);
    } else {
        Member& member = members_[op.member];
        const Points debt_before = member.account.debt;
        const TotalsById coupons_before = coupon_totals(member.account);
        auto done = fold(member.account, op, ruling);
        if (!done) {
            report_(where + " cannot be folded: " + done.error().detail);
            give_up_on(op.member);
            return {};
        }
        folded = std::move(done).value();
        left_debt = member.account.debt > debt_before;
        TALLY_OK(count_campaigns(row, counts, folded, coupons_before, coupon_totals(member.account)));
        member.member_seq += 1;
        member.changed_pos = row.pos;
        if (row.member_seq != member.member_seq)
            report_(where + " is stored as number " + std::to_string(row.member_seq) + " of its member, it is number " +
                    std::to_string(member.member_seq));
        if (intake::changes_profile(kind_of(counts.body)) && folded.outcome != Outcome::kQuarantined &&
            folded.outcome != Outcome::kDuplicate)
            TALLY_OK(fold_profile_of(row, op, member, where));
    }
    if (folded.outcome != row.outcome)
        report_(where + " is stored as '" + std::string(outcome_name(row.outcome)) + "', the fold says '" +
                std::string(outcome_name(folded.outcome)) + "'");
    expect_lease(op, folded, where);
    check_reason(folded, decision, where);
    expect_notices(row, counts, folded, left_debt, decision.reason);
    TALLY_OK(expect_other_notices(row, op));
    if (row.outcome == Outcome::kQuarantined) held_[row.hash] = row.id;
    if (op.id.terminal == kHqTerminal) {
        TALLY_OK(check_imported_bill(op, where));
        TALLY_OK(check_imported_balance(op, where));
    }
    if (intake::moves_store(kind_of(counts.body))) days_[{counts.store, counts.business_day}].changed_pos = row.pos;
    for (const StoreMove& move : folded.moves) {
        if (move.by == StoreDay{}) continue;
        DayTotals& day = days_[{move.store, move.day}];
        day.totals += move.by;
        day.changed_pos = row.pos;
    }
    return {};
}

Status Refold::fold_profile_of(const OpRow& row, const Op& op, Member& member, const std::string& where) {
    if (no_profile_.contains(row.pos)) return {};
    PersonalFields fields;
    if (!op.sealed_hash.is_zero()) {
        TALLY_TRY(const auto stored, store_.profile(op.member));
        bool opened = false;
        for (const Bytes& key : stored ? stored->keys : std::vector<Bytes>()) {
            auto with = wire::open_fields(key, op.member, row.sealed);
            if (!with) continue;
            fields = std::move(with).value();
            opened = true;
            break;
        }
        if (!opened) {
            report_(where + ": no key of its member opens its sealed fields");
            return {};
        }
    }
    fold_profile(member.profile, op, fields, row.effective_ms);
    member.has_profile = true;
    return op.id.terminal == kHqTerminal ? check_imported_member(op, fields, where) : Status();
}

Status Refold::compare_members(std::uint64_t& count) {
    std::set<MemberId> seen;
    TALLY_OK(store_.each_member([&](const intake::MemberRow& row) -> Status {
        count += 1;
        seen.insert(row.member);
        const std::string who = "member " + uuid_text(row.member);
        const auto found = members_.find(row.member);
        if (found == members_.end()) {
            report_(who + " is stored, but no operation in the log names it");
            return {};
        }
        if (unreadable_.contains(row.member)) return {};
        const Member& refolded = found->second;
        const auto account = wire::decode_account(row.account);
        if (!account)
            report_(who + ": the stored account cannot be read: " + account.error().detail);
        else if (*account != refolded.account)
            report_(who + ": the stored account is not what its operations come to (stored: " +
                    std::to_string(account->free_total()) + " free points, " + std::to_string(account->spend_minor) +
                    " spent; the log: " + std::to_string(refolded.account.free_total()) + " and " +
                    std::to_string(refolded.account.spend_minor) + ")");
        else if (wire::encode_account(refolded.account) != row.account)
            report_(who + ": the stored account is written differently from what the same account gives now");
        if (row.member_seq != refolded.member_seq)
            report_(who + ": " + std::to_string(row.member_seq) + " operations are stored as accepted, the log has " +
                    std::to_string(refolded.member_seq));
        if (account) check_due(row, refolded.account, who);
        if (account) check_leases(row.member, *account, who);
        if (row.changed_pos != refolded.changed_pos)
            report_(who + ": last changed at position " + std::to_string(refolded.changed_pos) + ", stored as " +
                    std::to_string(row.changed_pos) + ": the feed would miss or repeat it");
        return {};
    }));
    for (const auto& [member, state] : members_)
        if (!seen.contains(member))
            report_("member " + uuid_text(member) + " is in the log, but has no stored account");
    return {};
}

Status Refold::compare_store_days(std::uint64_t& count) {
    std::set<std::pair<std::string, Day>> seen;
    TALLY_OK(store_.each_store_day([&](const intake::StoreDayRow& row) -> Status {
        count += 1;
        seen.insert({row.store, row.day});
        const std::string which = "store " + row.store + " on " + format_day(row.day);
        const auto found = days_.find({row.store, row.day});
        if (found == days_.end()) {
            report_(which + ": totals are stored, but no operation in the log moves them");
            return {};
        }
        const StoreDay& refolded = found->second.totals;
        if (row.totals != refolded)
            report_(which + ": the stored totals are not what the log comes to (stored: " +
                    std::to_string(row.totals.bills) + " bills, " + std::to_string(row.totals.amount_minor) +
                    "; the log: " + std::to_string(refolded.bills) + ", " + std::to_string(refolded.amount_minor) +
                    ")");
        if (row.changed_pos != found->second.changed_pos)
            report_(which + ": last changed at position " + std::to_string(found->second.changed_pos) + ", stored as " +
                    std::to_string(row.changed_pos) + ": the feed would miss or repeat it");
        return {};
    }));
    for (const auto& [key, day] : days_)
        if (!seen.contains(key))
            report_("store " + key.first + " on " + format_day(key.second) +
                    " is in the log, but has no stored totals");
    return {};
}

Status Refold::compare_profiles() {
    std::set<MemberId> seen;
    TALLY_OK(store_.each_profile([&](const MemberId& id, const intake::ProfileRow& row) -> Status {
        if (row.sealed_profile.empty()) return {};
        seen.insert(id);
        if (unreadable_.contains(id)) return {};
        const std::string who = "member " + uuid_text(id);
        const auto found = members_.find(id);
        if (found == members_.end() || !found->second.has_profile) {
            report_(who + ": a profile is stored, but no operation in the log gives one");
            return {};
        }
        const auto profile = row.keys.empty() ? Result<Profile>(fail(Code::kDamaged, "there is no key"))
                                              : wire::open_profile(row.keys.front(), id, row.sealed_profile);
        if (!profile)
            report_(who + ": the stored profile cannot be opened: " + profile.error().detail);
        else if (*profile != found->second.profile)
            report_(who + ": the stored profile is not what its operations come to");
        return {};
    }));
    for (const auto& [id, member] : members_)
        if (member.has_profile && !seen.contains(id) && !unreadable_.contains(id))
            report_("member " + uuid_text(id) + " has a profile in the log, but none is stored");
    return {};
}

}  // namespace tally::admin
