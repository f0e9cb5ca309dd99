#include "hq-server/admin/import.h"

#include <map>
#include <set>
#include <unordered_map>

#include "common/crypto/secret.h"
#include "common/wire/codec.h"
#include "hq-server/admin/import_repeats.h"
#include "hq-server/intake/import_key.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::admin {

using namespace domain;
using OwnOp = intake::Intake::OwnOp;

namespace {

// Operations a transaction: long enough to make the disk sync cheap, short enough that tills are not kept waiting.
constexpr std::size_t kOpsPerTransaction = 1000;

Hash key_of(const MemberRow& row) { return intake::import_key_of_member(row.member_ref); }
Hash content_of(const MemberRow& row) {
    return intake::import_content_of_member(row.fields, row.tier, row.joined_day, row.channel);
}
Hash key_of(const SaleRow& row) {
    return intake::import_key_of_bill(row.store, row.terminal, row.day, row.bill_no, row.is_refund);
}
Hash content_of(const SaleRow& row) {
    return intake::import_content_of_bill(row.amount_minor, row.member_ref, row.refund_of_bill);
}

class Import {
  public:
    Import(intake::Intake& intake, intake::LedgerStore& store, const ImportOptions& options, Programme programme,
           std::int64_t now_ms)
        : intake_(intake),
          store_(store),
          options_(options),
          programme_(std::move(programme)),
          now_ms_(now_ms),
          repeats_(store) {}

    // First all rows are judged and nothing is written, so that --strict can still stop.
    Status learn_stores();
    Status judge_members(MemberRows& rows);
    Status judge_sales(SaleRows& rows);
    void count(const MemberRows& members, const SaleRows& sales);  // what write() takes
    Status write(const MemberRows& members, const SaleRows& sales);
    ImportSummary summary;

  private:
    enum class Seen { kNew, kBefore, kOther };
    Result<Seen> seen(const Hash& key, const Hash& content);
    Result<std::optional<MemberId>> find(const std::string& member_ref);
    // Why a row cannot be taken; empty: it can.
    Result<std::string> fault_of(const SaleRow& row, const Hash& key, const Hash& content, bool& before);
    Result<std::string> repeat_of(const SaleRow& row);
    RowRemark remark(const SaleRow& row, std::string why) const {
        return {options_.sales_csv, row.line, row.bill_no, row.member_ref, std::move(why)};
    }
    RowRemark remark(const MemberRow& row, std::string why) const {
        return {options_.members_csv, row.line, "", row.member_ref, std::move(why)};
    }
    Status register_member(const MemberRow& row);
    Status take_sale(const SaleRow& row);
    Result<Body> body_of(const SaleRow& row, const MemberId& member);
    Result<bool> store_has_bill(const SaleRow& row, const MemberId& member);
    Status add(OwnOp op, RowRemark row);
    Status flush();

    intake::Intake& intake_;
    intake::LedgerStore& store_;
    const ImportOptions& options_;
    Programme programme_;
    std::int64_t now_ms_;
    std::set<std::string> known_stores_;  // by headquarters
    std::set<std::string> named_stores_;  // by the stores file
    ImportRepeats repeats_;
    std::map<Hash, Hash> in_files_;  // key -> content of the rows so far
    std::set<std::string> new_refs_;
    std::unordered_map<std::string, MemberId> members_;  // by reference, as found or made
    std::set<Hash> bills_;                               // (member, store, bill) of sales of this run
    std::vector<OwnOp> pending_;
    std::vector<RowRemark> pending_rows_;  // theirs; `why` is empty yet
};

Result<Import::Seen> Import::seen(const Hash& key, const Hash& content) {
    if (const auto found = in_files_.find(key); found != in_files_.end())
        return found->second == content ? Seen::kBefore : Seen::kOther;
    TALLY_TRY(const std::optional<intake::ImportedRow> before, store_.imported(key));
    if (!before) return Seen::kNew;
    return before->content_tag == store_.imported_tag(content) ? Seen::kBefore : Seen::kOther;
}

Result<std::optional<MemberId>> Import::find(const std::string& member_ref) {
    if (const auto found = members_.find(member_ref); found != members_.end()) return std::optional(found->second);
    TALLY_TRY(const std::vector<MemberId> holders, store_.members_of_identity(IdentityKind::kExternalRef, member_ref));
    if (holders.empty()) return std::optional<MemberId>();
    members_[member_ref] = holders.front();
    return std::optional(holders.front());
}

Status Import::learn_stores() {
    TALLY_TRY(const std::vector<std::string> known, store_.store_codes());
    known_stores_.insert(known.begin(), known.end());
    if (options_.stores_csv.empty()) return {};
    TALLY_TRY(const std::vector<std::string> named, read_store_codes(options_.stores_csv));
    named_stores_.insert(named.begin(), named.end());
    return {};
}

Status Import::judge_members(MemberRows& rows) {
    std::vector<MemberRow> kept;
    for (MemberRow& row : rows.rows) {
        const Hash key = key_of(row), content = content_of(row);
        TALLY_TRY(const Seen before, seen(key, content));
        TALLY_TRY(const auto known, find(row.member_ref));
        if (before == Seen::kOther) {
            summary.faults.push_back(remark(row, "member_ref: came before with other content; the first one stays"));
        } else if (before == Seen::kBefore || known) {
            summary.members_before += 1;
        } else {
            in_files_[key] = content;
            new_refs_.insert(row.member_ref);
            if (row.phone_unreadable)
                summary.notes.push_back(remark(row, "phone: kept as written; the member is not found by it"));
            kept.push_back(std::move(row));
        }
    }
    rows.rows = std::move(kept);
    return {};
}

// Whether the same bill came in before, with its till named in the one place and not in the other.
Result<std::string> Import::repeat_of(const SaleRow& row) {
    MemberId member;
    if (!row.member_ref.empty()) {
        TALLY_TRY(const auto known, find(row.member_ref));
        member = known.value_or(MemberId{});
    }
    TALLY_TRY(const auto till, repeats_.find(row, member));
    if (!till) return std::string();
    summary.repeats += 1;
    return "terminal: probably a repeat: this bill of this time and amount came before " +
           (till->empty() ? std::string("without a terminal") : "with the terminal '" + *till + "'");
}

Result<std::string> Import::fault_of(const SaleRow& row, const Hash& key, const Hash& content, bool& before) {
    TALLY_TRY(const Seen seen_before, seen(key, content));
    before = seen_before == Seen::kBefore;
    if (before) return std::string();
    if (seen_before == Seen::kOther)
        return std::string("bill_no: this bill came before with other content; the first one stays");
    if (row.time_ms > now_ms_ + intake::kImplausibleAhead_ms) return std::string("time: has not come yet");
    const auto points = points_for(programme_, row.amount_minor);
    if (!points || *points > kPointsMax) return std::string("amount_minor: earns more points than one bill may");
    if (!row.member_ref.empty() && !new_refs_.contains(row.member_ref)) {
        TALLY_TRY(const auto known, find(row.member_ref));
        if (!known) return std::string("member_ref: no such member");
    }
    const bool may_be_new = options_.stores_csv.empty() && !options_.strict;
    if (!may_be_new && !known_stores_.contains(row.store) && !named_stores_.contains(row.store))
        return "store: neither headquarters nor the stores file (--stores) knows '" + row.store + "'";
    return repeat_of(row);
}

Status Import::judge_sales(SaleRows& rows) {
    std::vector<SaleRow> kept;
    for (SaleRow& row : rows.rows) {
        const Hash key = key_of(row), content = content_of(row);
        bool before = false;
        TALLY_TRY(std::string fault, fault_of(row, key, content, before));
        if (before) {
            summary.bills_before += 1;
            continue;
        }
        if (!fault.empty()) {
            summary.faults.push_back(remark(row, std::move(fault)));
            continue;
        }
        in_files_[key] = content;
        repeats_.add(row);
        kept.push_back(std::move(row));
    }
    rows.rows = std::move(kept);
    return {};
}

void Import::count(const MemberRows& members, const SaleRows& sales) {
    summary.members = members.rows.size();
    for (const MemberRow& row : members.rows) summary.phones_unreadable += row.phone_unreadable;
    std::map<std::string, ImportSummary::NewStore> new_stores;
    for (const SaleRow& row : sales.rows) {
        const Minor amount_minor = row.is_refund ? -row.amount_minor : row.amount_minor;
        (row.is_refund ? summary.refunds : summary.sales) += 1;
        summary.amount_minor += amount_minor;
        if (known_stores_.contains(row.store)) continue;
        ImportSummary::NewStore& store = new_stores[row.store];
        store.code = row.store;
        store.bills += 1;
        store.amount_minor += amount_minor;
    }
    for (const auto& [code, store] : new_stores) summary.new_stores.push_back(store);
}

Status Import::register_member(const MemberRow& row) {
    crypto::SystemRandom random;
    const std::int64_t joined_ms = row.joined_day ? std::max<std::int64_t>(0, *row.joined_day * 86'400'000LL) : now_ms_;
    const MemberId member = make_member_id(now_ms_, random);
    members_[row.member_ref] = member;
    OwnOp own;
    own.op.member = member;
    own.op.at = Hlc::of(std::min(joined_ms, now_ms_), 0);
    TALLY_TRY(own.op.business_day, intake_.today(now_ms_));
    if (row.joined_day) own.op.business_day = *row.joined_day;
    own.op.body = Register{row.channel.empty() ? "import" : row.channel, own.op.business_day, row.tier, {}};
    own.fields = row.fields;
    own.imported = {key_of(row), content_of(row)};
    return add(std::move(own), remark(row, {}));
}

// Whether the member bought a bill of this number at the refund's own store: then that one is meant.
Result<bool> Import::store_has_bill(const SaleRow& row, const MemberId& member) {
    if (bills_.contains(intake::hash_of_texts({row.member_ref, row.store, row.refund_of_bill}))) return true;
    TALLY_TRY(const auto stored, store_.member(member));
    if (!stored) return false;
    TALLY_TRY(const Account account, wire::decode_account(stored->account));
    for (const Lot& lot : account.lots)
        if (lot.bill_no == row.refund_of_bill && lot.store == row.store) return true;
    return false;
}

Result<Body> Import::body_of(const SaleRow& row, const MemberId& member) {
    const Bill bill{row.bill_no, row.terminal, 0};
    if (member.is_zero()) return Body(Sale{bill, row.is_refund ? -row.amount_minor : row.amount_minor, {}});
    if (!row.is_refund) {
        bills_.insert(intake::hash_of_texts({row.member_ref, row.store, row.bill_no}));
        Earn earn;
        earn.bill = bill;
        earn.amount_minor = earn.eligible_minor = row.amount_minor;
        TALLY_TRY(earn.points, points_for(programme_, row.amount_minor));
        earn.expires = expiry_of(programme_, row.day);
        return Body(std::move(earn));
    }
    Reverse refund;
    refund.bill = bill;
    refund.amount_minor = row.amount_minor;
    refund.target_bill_no = row.refund_of_bill;
    if (row.refund_of_bill.empty()) {
        TALLY_TRY(refund.points, points_for(programme_, row.amount_minor));
    } else {
        TALLY_TRY(const bool here, store_has_bill(row, member));
        if (here) refund.target_store = row.store;
    }
    return Body(std::move(refund));
}

Status Import::take_sale(const SaleRow& row) {
    OwnOp own;
    if (!row.member_ref.empty()) {
        TALLY_TRY(const auto member, find(row.member_ref));
        if (!member) return fail(Code::kBug, "a judged row names a member that is not there");
        own.op.member = *member;
    }
    own.op.at = Hlc::of(row.time_ms, 0);
    own.op.business_day = row.day;
    own.op.store = row.store;
    TALLY_TRY(own.op.body, body_of(row, own.op.member));
    own.imported = {key_of(row), content_of(row)};
    return add(std::move(own), remark(row, {}));
}

Status Import::add(OwnOp op, RowRemark row) {
    pending_.push_back(std::move(op));
    pending_rows_.push_back(std::move(row));
    return pending_.size() < kOpsPerTransaction ? Status() : flush();
}

// What became of a row, where somebody may want to know; empty: it was simply taken.
std::string words_of(const Folded& folded) {
    switch (folded.outcome) {
        case Outcome::kWaiting: return "waits: " + folded.reason;
        case Outcome::kAcceptedWithDebt: return "left debt: " + folded.reason;
        case Outcome::kQuarantined: return "held for review: " + folded.reason;
        case Outcome::kDuplicate: return "counts nothing: " + folded.reason;
        case Outcome::kAccepted:
        case Outcome::kCorrected: return folded.reason;
    }
    return folded.reason;
}

Status Import::flush() {
    if (pending_.empty()) return {};
    TALLY_TRY(const std::vector<Folded> outcomes, intake_.append_own(pending_, now_ms_));
    TALLY_ASSERT(outcomes.size() == pending_rows_.size(), "every operation has an outcome");
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const Folded& folded = outcomes[i];
        summary.waiting += folded.outcome == Outcome::kWaiting;
        summary.with_debt += folded.outcome == Outcome::kAcceptedWithDebt;
        summary.held += folded.outcome == Outcome::kQuarantined;
        summary.duplicates += folded.outcome == Outcome::kDuplicate;
        pending_rows_[i].why = words_of(folded);
        if (!pending_rows_[i].why.empty()) summary.notes.push_back(std::move(pending_rows_[i]));
    }
    pending_.clear();
    pending_rows_.clear();
    return {};
}

Status Import::write(const MemberRows& members, const SaleRows& sales) {
    for (const MemberRow& row : members.rows) TALLY_OK(register_member(row));
    for (const SaleRow& row : sales.rows) TALLY_OK(take_sale(row));
    return flush();
}

}  // namespace

Result<ImportSummary> import_history(intake::Intake& intake, intake::LedgerStore& store, const ImportOptions& options,
                                     std::int64_t now_ms) {
    TALLY_TRY(const Programme programme, intake.programme());
    TALLY_TRY(const TimeZone zone, TimeZone::load(programme.time_zone));
    MemberRows members;
    SaleRows sales;
    if (!options.members_csv.empty()) {
        TALLY_TRY(members, read_member_rows(options.members_csv));
    }
    if (!options.sales_csv.empty()) {
        TALLY_TRY(sales, read_sale_rows(options.sales_csv, zone));
    }
    Import import(intake, store, options, programme, now_ms);
    import.summary.faults = members.faults;
    import.summary.faults.insert(import.summary.faults.end(), sales.faults.begin(), sales.faults.end());
    TALLY_OK(import.learn_stores());
    TALLY_OK(import.judge_members(members));
    TALLY_OK(import.judge_sales(sales));
    import.count(members, sales);
    import.summary.stopped = options.strict && !import.summary.faults.empty();
    import.summary.written = !import.summary.stopped && !options.dry_run;
    if (import.summary.written) TALLY_OK(import.write(members, sales));
    return std::move(import.summary);
}

}  // namespace tally::admin
