#include "hq-server/admin/import.h"

#include <map>
#include <set>
#include <unordered_map>

#include "common/crypto/secret.h"
#include "common/wire/codec.h"
#include "hq-server/intake/import_key.h"

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
    Import(intake::Intake& intake, intake::LedgerStore& store, Programme programme, std::int64_t now_ms)
        : intake_(intake), store_(store), programme_(std::move(programme)), now_ms_(now_ms) {}

    // First all rows are judged and nothing is written, so that --strict can still stop.
    Status judge_members(const std::string& path, MemberRows& rows);
    Status judge_sales(const std::string& path, SaleRows& rows);
    Status write(const MemberRows& members, const SaleRows& sales);
    ImportSummary summary;

  private:
    enum class Seen { kNew, kBefore, kOther };
    Result<Seen> seen(const Hash& key, const Hash& content);
    Result<std::optional<MemberId>> find(const std::string& member_ref);
    Status register_member(const MemberRow& row);
    Status take_sale(const SaleRow& row);
    Result<Body> body_of(const SaleRow& row, const MemberId& member);
    Result<bool> store_has_bill(const SaleRow& row, const MemberId& member);
    Status add(OwnOp op);
    Status flush();

    intake::Intake& intake_;
    intake::LedgerStore& store_;
    Programme programme_;
    std::int64_t now_ms_;
    std::map<Hash, Hash> in_files_;  // key -> content of the rows so far
    std::set<std::string> new_refs_;
    std::unordered_map<std::string, MemberId> members_;  // by reference, as found or made
    std::set<Hash> bills_;                               // (member, store, bill) of sales of this run
    std::vector<OwnOp> pending_;
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

Status Import::judge_members(const std::string& path, MemberRows& rows) {
    std::vector<MemberRow> kept;
    for (MemberRow& row : rows.rows) {
        const Hash key = key_of(row), content = content_of(row);
        TALLY_TRY(const Seen before, seen(key, content));
        TALLY_TRY(const auto known, find(row.member_ref));
        if (before == Seen::kOther) {
            summary.faults.push_back(
                {path, row.line, "member_ref: came before with other content; the first one stays"});
        } else if (before == Seen::kBefore || known) {
            summary.members_before += 1;
        } else {
            in_files_[key] = content;
            new_refs_.insert(row.member_ref);
            kept.push_back(std::move(row));
        }
    }
    rows.rows = std::move(kept);
    return {};
}

Status Import::judge_sales(const std::string& path, SaleRows& rows) {
    std::vector<SaleRow> kept;
    for (SaleRow& row : rows.rows) {
        const Hash key = key_of(row), content = content_of(row);
        TALLY_TRY(const Seen before, seen(key, content));
        if (before == Seen::kBefore) {
            summary.bills_before += 1;
            continue;
        }
        if (before == Seen::kOther) {
            summary.faults.push_back(
                {path, row.line, "bill_no: this bill came before with other content; the first one stays"});
            continue;
        }
        const auto points = points_for(programme_, row.amount_minor);
        if (!points || *points > kPointsMax) {
            summary.faults.push_back({path, row.line, "amount_minor: earns more points than one bill may"});
            continue;
        }
        if (!row.member_ref.empty() && !new_refs_.contains(row.member_ref)) {
            TALLY_TRY(const auto known, find(row.member_ref));
            if (!known) {
                summary.faults.push_back({path, row.line, "member_ref: no such member"});
                continue;
            }
        }
        in_files_[key] = content;
        kept.push_back(std::move(row));
    }
    rows.rows = std::move(kept);
    return {};
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
    summary.members += 1;
    summary.phones_unreadable += row.phone_unreadable;
    return add(std::move(own));
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
    (row.is_refund ? summary.refunds : summary.sales) += 1;
    summary.amount_minor += row.is_refund ? -row.amount_minor : row.amount_minor;
    return add(std::move(own));
}

Status Import::add(OwnOp op) {
    pending_.push_back(std::move(op));
    return pending_.size() < kOpsPerTransaction ? Status() : flush();
}

Status Import::flush() {
    if (pending_.empty()) return {};
    TALLY_TRY(const std::vector<Folded> outcomes, intake_.append_own(pending_, now_ms_));
    pending_.clear();
    for (const Folded& folded : outcomes) {
        summary.waiting += folded.outcome == Outcome::kWaiting;
        summary.with_debt += folded.outcome == Outcome::kAcceptedWithDebt;
        summary.held += folded.outcome == Outcome::kQuarantined;
        summary.duplicates += folded.outcome == Outcome::kDuplicate;
    }
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
    Import import(intake, store, programme, now_ms);
    import.summary.faults = members.faults;
    import.summary.faults.insert(import.summary.faults.end(), sales.faults.begin(), sales.faults.end());
    TALLY_OK(import.judge_members(options.members_csv, members));
    TALLY_OK(import.judge_sales(options.sales_csv, sales));
    if (options.strict && !import.summary.faults.empty()) {
        import.summary.written = false;
        return std::move(import.summary);
    }
    TALLY_OK(import.write(members, sales));
    return std::move(import.summary);
}

std::string summary_text(const ImportSummary& summary) {
    const auto count = [](std::uint64_t n, const char* what) { return std::to_string(n) + " " + what; };
    std::string out;
    if (summary.members_before + summary.bills_before > 0)
        out += "there already: " + count(summary.members_before, "members, ") + count(summary.bills_before, "bills\n");
    if (summary.phones_unreadable > 0)
        out += "phones kept as written, no identities: " + std::to_string(summary.phones_unreadable) + "\n";
    if (summary.waiting + summary.with_debt + summary.held + summary.duplicates > 0)
        out += "of the rows taken: " + count(summary.waiting, "wait for their sale, ") +
               count(summary.with_debt, "left debt, ") + count(summary.held, "held for review, ") +
               count(summary.duplicates, "were counted before\n");
    if (!summary.written) return out + "nothing imported: " + count(summary.faults.size(), "bad rows (--strict)\n");
    return out + "imported " + count(summary.members, "members, ") + count(summary.sales, "sales, ") +
           count(summary.refunds, "refunds, ") + std::to_string(summary.amount_minor) + " minor units net; rejected " +
           count(summary.faults.size(), "rows\n");
}

}  // namespace tally::admin
