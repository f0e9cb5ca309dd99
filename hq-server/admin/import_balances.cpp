#include "hq-server/admin/import_balances.h"

#include <map>
#include <set>

#include "common/base/counted.h"
#include "hq-server/intake/import_key.h"

namespace tally::admin {

using namespace domain;
using OwnOp = intake::Intake::OwnOp;

namespace {

// As in import.cpp: long enough to make the disk sync cheap, short enough that tills are not kept waiting.
constexpr std::size_t kBalancesPerTransaction = 1000;

struct Judged {
    BalanceRow row;
    MemberId member;
    Hash key;
};

class Balances {
  public:
    Balances(intake::LedgerStore& store, const BalanceOptions& options, Day today)
        : store_(store), options_(options), today_(today) {}

    Status judge(std::vector<BalanceRow> rows) {
        for (BalanceRow& row : rows) {
            TALLY_TRY(const std::vector<MemberId> holders,
                      store_.members_of_identity(IdentityKind::kExternalRef, row.member_ref));
            if (holders.empty()) {
                fault(row, "member_ref: no such member");
            } else if (row.earned_day > today_) {
                fault(row, "earned_on: after today");
            } else if (row.expires && *row.expires < today_) {
                fault(row, "expires_on: before today; points that have expired are no balance");
            } else {
                TALLY_OK(judge_lot(std::move(row), holders.front()));
            }
        }
        return {};
    }

    Status write(intake::Intake& intake, std::int64_t now_ms) {
        for (std::size_t begin = 0; begin < kept.size(); begin += kBalancesPerTransaction) {
            const std::size_t end = std::min(kept.size(), begin + kBalancesPerTransaction);
            std::vector<OwnOp> ops;
            for (std::size_t i = begin; i < end; ++i) ops.push_back(op_of(kept[i]));
            TALLY_TRY(const std::vector<Folded> outcomes, intake.append_own(ops, now_ms));
            for (std::size_t i = begin; i < end; ++i)
                if (!outcomes[i - begin].reason.empty())
                    summary.notes.push_back(remark(kept[i].row, outcomes[i - begin].reason));
        }
        return {};
    }

    std::vector<Judged> kept;
    BalanceSummary summary;

  private:
    RowRemark remark(const BalanceRow& row, std::string why) const {
        return {options_.balances_csv, row.line, "", row.member_ref, std::move(why)};
    }
    void fault(const BalanceRow& row, std::string why) { summary.faults.push_back(remark(row, std::move(why))); }

    Status judge_lot(BalanceRow row, const MemberId& member) {
        const std::uint32_t number = numbers_[{member, row.earned_day, row.expires}]++;
        const Hash key = intake::import_key_of_balance(member, row.earned_day, row.expires, number);
        TALLY_TRY(const std::optional<intake::ImportedRow> before, store_.imported(key));
        if (!before) {
            summary.lots += 1;
            summary.points += row.points;
            summary.members += members_.insert(member).second;
            kept.push_back({std::move(row), member, key});
        } else if (before->content_tag == store_.imported_tag(intake::import_content_of_balance(row.points))) {
            summary.lots_before += 1;
        } else {
            fault(row, "points: this lot came before with other points; the first one stays");
        }
        return {};
    }

    OwnOp op_of(const Judged& judged) const {
        OwnOp own;
        own.op.member = judged.member;
        own.op.business_day = today_;
        own.op.body = OpeningBalance{judged.row.points, judged.row.earned_day, judged.row.expires};
        own.imported = {judged.key, intake::import_content_of_balance(judged.row.points)};
        return own;
    }

    intake::LedgerStore& store_;
    const BalanceOptions& options_;
    Day today_;
    std::map<std::tuple<MemberId, Day, std::optional<Day>>, std::uint32_t> numbers_;  // lots of the same days so far
    std::set<MemberId> members_;
};

}  // namespace

Result<BalanceSummary> import_balances(intake::Intake& intake, intake::LedgerStore& store,
                                       const BalanceOptions& options, std::int64_t now_ms) {
    TALLY_TRY(BalanceRows rows, read_balance_rows(options.balances_csv));
    TALLY_TRY(const Day today, intake.today(now_ms));
    Balances balances(store, options, today);
    balances.summary.faults = std::move(rows.faults);
    TALLY_OK(balances.judge(std::move(rows.rows)));
    BalanceSummary& summary = balances.summary;
    summary.stopped = options.strict && !summary.faults.empty();
    summary.written = !summary.stopped && !options.dry_run;
    if (summary.written) TALLY_OK(balances.write(intake, now_ms));
    return std::move(summary);
}

std::string summary_text(const BalanceSummary& summary) {
    std::string out;
    if (summary.lots_before > 0) out += "there already: " + counted(summary.lots_before, "lot") + "\n";
    if (summary.stopped)
        return out + "nothing imported: " + counted(summary.faults.size(), "bad row") + " (--strict)\n";
    return out + (summary.written ? "imported " : "nothing imported (--dry-run); it would import ") +
           counted(static_cast<std::uint64_t>(summary.points), "point") + " in " + counted(summary.lots, "lot") +
           " of " + counted(summary.members, "member") + (summary.written ? "; rejected " : "; it would reject ") +
           counted(summary.faults.size(), "row") + "\n";
}

}  // namespace tally::admin
