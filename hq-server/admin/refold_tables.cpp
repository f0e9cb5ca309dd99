// The tables beside the states: decisions, notices, bills, identities, imported rows, each against the log.
#include "common/wire/codec.h"
#include "hq-server/admin/refold.h"
#include "hq-server/intake/import_key.h"
#include "hq-server/intake/judge.h"
#include "hq-server/intake/late_bill.h"

namespace tally::admin {

using namespace domain;
using intake::DecisionRow;
using intake::OpRow;
using intake::Position;

static std::string at_position(Position pos) { return "position " + std::to_string(pos); }

Status Refold::read_decisions() {
    TALLY_TRY(const intake::HqRow hq, store_.hq());
    guarded_after_ = hq.guarded_after;
    TALLY_TRY(const std::vector<intake::DeviceRow> devices, store_.devices());
    for (const intake::DeviceRow& device : devices)
        if (device.terminal != kHqTerminal) stores_[device.terminal] = device.store;
    return store_.each_decision([&](const DecisionRow& row) -> Status {
        decisions_[row.pos] = row;
        return {};
    });
}

// The operation there; none where it cannot be read: its own fault has been told.
Result<std::optional<Op>> Refold::op_at(Position pos) {
    TALLY_TRY(const auto bytes, store_.op_bytes(pos));
    auto read = bytes ? wire::decode_op(*bytes) : Result<Op>(fail(Code::kNotFound, "no operation"));
    if (!read) return std::optional<Op>();
    if (auto released = released_op(*read)) return released;
    return std::optional(std::move(read).value());
}

// The guard of bills, once more: who had the key first, and what follows for this one.
Status Refold::check_bill(const OpRow& row, const Op& stored_op, const DecisionRow& decision,
                          const std::string& where) {
    const auto* release = std::get_if<Release>(&stored_op.body);
    const Op& op = release ? *release->op : stored_op;
    const auto key = intake::guard_key(op, stores_[op.id.terminal]);
    Ruling expected;
    std::string why;
    Position holder = row.pos;
    if (key) {
        holder = bills_.try_emplace(*key, row.pos).first->second;
        if (row.pos <= guarded_after_) return {};
    }
    if (holder != row.pos) {
        TALLY_TRY(const std::optional<Op> first, op_at(holder));
        if (!first) return {};
        if (!release || release->renamed || first->id != op.id) intake::rule_bill(*first, op, expected, why);
    } else if (key) {
        TALLY_OK(expect_late(row.pos, op, expected, why));
    }
    if (release) expected.quarantined = false;  // that is what a person has decided
    if (release && released_before_) expected.duplicate_of = released_before_;
    const Ruling& stored = decision.ruling;
    if (stored.quarantined) {
        // What its till marked besides is held in the fold's own words: check_reason() has them.
        if (expected.quarantined && op.over_limit.empty() && decision.reason != why)
            report_(where + " is held because '" + decision.reason + "', the log says '" + why + "'");
        return {};
    }
    const auto text = [](const std::optional<OpId>& id) { return id ? op_text(*id) : std::string("none"); };
    if (expected.quarantined)
        report_(where + " counts, but " + why);
    else if (stored.duplicate_of != expected.duplicate_of)
        report_(where + " is ruled a duplicate of " + text(stored.duplicate_of) + ", by its bill it is one of " +
                text(expected.duplicate_of));
    return {};
}

// The sales beside a forgotten bill up to the operation at `but`, itself left out, each as first accepted.
Result<std::vector<Op>> Refold::sales_of(const BusinessKey& late, Position but) {
    std::map<Position, Op> by_position;
    for (auto at = bills_.lower_bound(BusinessKey{late.store, late.day, {}, 0, BillKind{}, {}, 0});
         at != bills_.end() && at->first.store == late.store && at->first.day == late.day; ++at) {
        const auto& [key, pos] = *at;
        if (key.kind != BillKind::kSale || key.bill_no != late.bill_no || key.part != late.part || pos == but) continue;
        TALLY_TRY(std::optional<Op> sale, op_at(pos));
        if (sale) by_position.emplace(pos, *std::move(sale));
    }
    std::vector<Op> out;
    for (auto& [pos, sale] : by_position) out.push_back(std::move(sale));
    return out;
}

// What follows from a forgotten bill, for it and for a sale that came after it.
Status Refold::expect_late(Position pos, const Op& op, Ruling& expected, std::string& why) {
    const auto key = business_key(op);
    if (!key || op.member.is_zero()) return {};
    if (key->kind == BillKind::kSale) {
        const auto holder = bills_.find(late_key(*key));
        if (holder == bills_.end()) return {};
        TALLY_TRY(const std::optional<Op> late, op_at(holder->second));
        TALLY_TRY(const std::vector<Op> sales, sales_of(holder->first, pos));
        if (late) intake::rule_after_late(*late, sales, op, expected, why);
    } else if (key->kind == BillKind::kLate) {
        TALLY_TRY(const std::vector<Op> sales, sales_of(*key, pos));
        intake::rule_late(op, sales, expected, why);
    }
    return {};
}

void Refold::check_reason(const Folded& folded, const DecisionRow& decision, const std::string& where) {
    if (folded.outcome == Outcome::kQuarantined && folded.reason.empty()) return;  // intake's own words
    if (folded.reason != decision.reason)
        report_(where + ": the stored reason is '" + decision.reason + "', the fold says '" + folded.reason + "'");
}

void Refold::compare_decisions() {
    for (const auto& [pos, decision] : decisions_)
        report_("a decision is stored for " + at_position(pos) + ", where no operation was folded");
}

void Refold::expect_notices(const OpRow& row, const Op& counts, const Folded& folded, bool left_debt,
                            const std::string& reason) {
    const bool is_release = counts.id != row.id;
    if (counts.id.terminal != kHqTerminal && (is_release || row.outcome != Outcome::kAccepted || !reason.empty()))
        notices_[{counts.id.terminal, row.pos, counts.id}] = {row.outcome,
                                                              is_release ? intake::release_text(reason) : reason};
    const Outcome settled = left_debt ? Outcome::kAcceptedWithDebt : Outcome::kAccepted;
    for (const OpId& id : folded.settled)
        notices_[{id.terminal, row.pos, id}] = {settled, "settled by " + op_text(row.id)};
}

Status Refold::compare_notices() {
    TALLY_OK(store_.each_notice([&](const intake::NoticeRow& row) -> Status {
        const std::string what = "notice of " + op_text(row.op) + " at " + at_position(row.pos);
        const auto found = notices_.find({row.op.terminal, row.pos, row.op});
        if (found == notices_.end()) {
            report_(what + " is stored, but the log gives none");
            return {};
        }
        const auto& [outcome, reason] = found->second;
        if (outcome != row.outcome)
            report_(what + " says '" + std::string(outcome_name(row.outcome)) + "', the log says '" +
                    std::string(outcome_name(outcome)) + "'");
        else if (reason != row.reason)
            report_(what + " gives the reason '" + row.reason + "', the log gives '" + reason + "'");
        notices_.erase(found);
        return {};
    }));
    for (const auto& [key, notice] : notices_)
        report_("notice of " + op_text(std::get<OpId>(key)) + " at " + at_position(std::get<1>(key)) +
                " is missing: its terminal would not be told");
    return {};
}

Status Refold::compare_bills() {
    TALLY_OK(store_.each_bill([&](const intake::BillRow& row) -> Status {
        const std::string what = bill_text(row.key) + " of store " + row.key.store + " on " + format_day(row.key.day);
        const auto found = bills_.find(row.key);
        if (found == bills_.end()) {
            report_(what + " is guarded, but no operation in the log has it");
            return {};
        }
        if (found->second != row.pos)
            report_(what + " is stored as that of " + at_position(row.pos) + ", the log has it first at " +
                    at_position(found->second));
        bills_.erase(found);
        return {};
    }));
    for (const auto& [key, pos] : bills_)
        report_(bill_text(key) + " of store " + key.store + " on " + format_day(key.day) + " at " + at_position(pos) +
                " is not guarded: it could be counted again");
    return {};
}

Status Refold::compare_identities() {
    std::set<std::tuple<IdentityKind, std::string, MemberId>> expected;
    for (const auto& [id, member] : members_)
        for (const Identity& identity : member.profile.identities) expected.emplace(identity.kind, identity.value, id);
    TALLY_OK(store_.each_identity([&](IdentityKind kind, std::string_view value, const MemberId& member) -> Status {
        if (expected.erase({kind, std::string(value), member}) == 0 && !unreadable_.contains(member))
            report_("member " + uuid_text(member) + " is found by an identity (kind " +
                    std::to_string(static_cast<int>(kind)) + ") that its operations do not give it");
        return {};
    }));
    for (const auto& [kind, value, member] : expected)
        if (!unreadable_.contains(member))
            report_("member " + uuid_text(member) + " cannot be found by one of its identities (kind " +
                    std::to_string(static_cast<int>(kind)) + ")");
    return {};
}

// `contents`: any of them may have come in; empty: it does not follow from the operation.
Status Refold::check_imported(const Hash& key, const std::vector<Hash>& contents, const Op& op,
                              const std::string& where) {
    TALLY_TRY(const auto row, store_.imported(key));
    if (!row) {
        report_(where + " was imported, but its row is not remembered: the same file would bring it again");
        return {};
    }
    imported_.insert(row->key_tag);
    bool same = contents.empty();
    for (const Hash& content : contents) same = same || store_.imported_tag(content) == row->content_tag;
    if (!same) report_(where + " was imported with other content than is remembered of its row");
    if (row->member != op.member) report_(where + ": its imported row is remembered as another member's");
    return {};
}

Status Refold::check_imported_member(const Op& op, const PersonalFields& fields, const std::string& where) {
    const auto* body = std::get_if<Register>(&op.body);
    const auto ref = fields.find(Field::kExternalRef);
    if (!body || ref == fields.end()) return {};
    // An empty day or channel of the row has become today and "import".
    std::vector<Hash> contents;
    for (const auto& day : {std::optional<Day>(), std::optional(op.business_day)})
        for (const std::string& channel : {body->channel, std::string()})
            if (channel == body->channel || body->channel == "import")
                contents.push_back(intake::import_content_of_member(fields, body->opening_tier, day, channel));
    return check_imported(intake::import_key_of_member(ref->second), contents, op, where);
}

Status Refold::check_imported_bill(const Op& op, const std::string& where) {
    const auto key = intake::import_key_of_bill(op);
    if (!key) return {};
    std::vector<Hash> contents;
    if (const auto* sale = std::get_if<Sale>(&op.body); sale && sale->amount_minor >= 0) {
        contents.push_back(intake::import_content_of_bill(sale->amount_minor, "", ""));
    } else if (!sale) {
        const auto* refund = std::get_if<Reverse>(&op.body);
        const Minor amount = refund ? refund->amount_minor : std::get<Earn>(op.body).amount_minor;
        const std::string of_bill = refund ? refund->target_bill_no : std::string();
        for (const Identity& identity : members_[op.member].profile.identities)
            if (identity.kind == IdentityKind::kExternalRef)
                contents.push_back(intake::import_content_of_bill(amount, identity.value, of_bill));
    }
    return check_imported(*key, contents, op, where);
}

// Which of its file's lots of these days it was is not in the operation: the first that fits and is not spoken for.
Status Refold::check_imported_balance(const Op& op, const std::string& where) {
    const auto* body = std::get_if<OpeningBalance>(&op.body);
    if (!body) return {};
    const Hash content = store_.imported_tag(intake::import_content_of_balance(body->points));
    for (std::uint32_t number = 0;; ++number) {
        const Hash key = intake::import_key_of_balance(op.member, body->earned_day, body->expires, number);
        TALLY_TRY(const auto row, store_.imported(key));
        const bool is_taken = imported_.contains(store_.imported_tag(key));
        if (row && (is_taken || row->content_tag != content)) continue;
        if (!row)
            report_(where + " was imported, but its row is not remembered: the same file would bring it again");
        else
            imported_.insert(row->key_tag);
        return {};
    }
}

Status Refold::compare_imported() {
    return store_.each_imported([&](const intake::ImportedRow& row) -> Status {
        if (!imported_.contains(row.key_tag) && !unreadable_.contains(row.member))
            report_("an imported row of " +
                    (row.member.is_zero() ? std::string("no member") : "member " + uuid_text(row.member)) +
                    " is remembered (" + to_hex(row.key_tag.view()).substr(0, 8) + "), but no operation came from it");
        return {};
    });
}

}  // namespace tally::admin
