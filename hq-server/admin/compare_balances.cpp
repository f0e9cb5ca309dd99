// A file of opening balances against the ledger, member by member. Writes nothing.
#include <map>

#include "common/base/counted.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/admin/import_balances.h"

namespace tally::admin {

using namespace domain;
using Kind = BalanceDifference::Kind;

namespace {

struct Sum {
    std::string member_ref;
    Points points = 0;
    std::uint64_t lots = 0;
};

// The opening lots of the ledger, less what was taken back of them since.
Sum opening_of(const Account& account) {
    Sum out;
    for (const Lot& lot : account.lots) {
        if (lot.source != LotSource::kOpening || lot.reversed == lot.issued) continue;
        out.points += lot.issued - lot.reversed;
        out.lots += 1;
    }
    return out;
}

Result<std::string> ref_of(intake::LedgerStore& store, const MemberId& member) {
    TALLY_TRY(const auto row, store.profile(member));
    if (row && !row->keys.empty() && !row->sealed_profile.empty())
        if (const auto profile = wire::open_profile(row->keys.front(), member, row->sealed_profile))
            for (const Identity& identity : profile->identities)
                if (identity.kind == IdentityKind::kExternalRef) return identity.value;
    return uuid_text(member);
}

// The file's sums by member, in the order in which it first names them; unknown ones become differences.
struct FileSums {
    std::vector<MemberId> order;
    std::map<MemberId, Sum> by_member;

    Status add(intake::LedgerStore& store, const std::vector<BalanceRow>& rows, BalanceComparison& out) {
        std::map<std::string, std::size_t> missing;
        for (const BalanceRow& row : rows) {
            out.file_points += row.points;
            TALLY_TRY(const std::vector<MemberId> holders,
                      store.members_of_identity(IdentityKind::kExternalRef, row.member_ref));
            if (holders.empty()) {
                const auto [at, is_new] = missing.try_emplace(row.member_ref, out.differences.size());
                if (is_new) out.differences.push_back({Kind::kMissingMember, row.member_ref, 0, 0, 0, 0, 0});
                out.differences[at->second].file_points += row.points;
                out.differences[at->second].file_lots += 1;
                continue;
            }
            const auto [at, is_new] = by_member.try_emplace(holders.front(), Sum{row.member_ref, 0, 0});
            if (is_new) order.push_back(holders.front());
            at->second.points += row.points;
            at->second.lots += 1;
        }
        out.members = order.size() + missing.size();
        return {};
    }
};

}  // namespace

bool BalanceComparison::agrees() const {
    for (const BalanceDifference& difference : differences)
        if (difference.kind != Kind::kMoved) return false;
    return faults.empty();
}

Result<BalanceComparison> compare_balances(intake::LedgerStore& store, const std::string& balances_csv, Day today) {
    TALLY_TRY(BalanceRows rows, read_balance_rows(balances_csv));
    BalanceComparison out;
    out.faults = std::move(rows.faults);
    FileSums file;
    TALLY_OK(file.add(store, rows.rows, out));
    for (const MemberId& member : file.order) {
        const Sum& wanted = file.by_member[member];
        TALLY_TRY(const auto row, store.member(member));
        Account account;
        if (row) {
            TALLY_TRY(account, wire::decode_account(row->account));
        }
        const Sum opening = opening_of(account);
        const Points balance = account.balance_on(today);
        const bool same = opening.points == wanted.points && opening.lots == wanted.lots;
        if (same && balance == wanted.points) continue;
        out.differences.push_back({same ? Kind::kMoved : Kind::kOther, wanted.member_ref, wanted.points, opening.points,
                                   balance, wanted.lots, opening.lots});
    }
    TALLY_OK(store.each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const Account account, wire::decode_account(row.account));
        const Sum opening = opening_of(account);
        out.opening_points += opening.points;
        if (opening.lots == 0 || file.by_member.contains(row.member)) return {};
        TALLY_TRY(std::string ref, ref_of(store, row.member));
        out.differences.push_back(
            {Kind::kExtra, std::move(ref), 0, opening.points, account.balance_on(today), 0, opening.lots});
        return {};
    }));
    return out;
}

std::string comparison_text(const BalanceComparison& comparison) {
    std::string out;
    std::uint64_t moved = 0;
    for (const BalanceDifference& one : comparison.differences) {
        const auto points = [](Points value) { return counted(static_cast<std::uint64_t>(value), "point"); };
        const std::string in_file = points(one.file_points) + " in " + counted(one.file_lots, "lot") + " in the file";
        const std::string opening =
            points(one.opening_points) + " in " + counted(one.opening_lots, "opening lot") + " in the ledger";
        const std::string balance = "balance " + std::to_string(one.balance);
        out += "member " + one.member_ref + ": ";
        switch (one.kind) {
            case Kind::kMissingMember: out += "unknown here; " + in_file; break;
            case Kind::kOther: out += in_file + ", " + opening + ", " + balance; break;
            case Kind::kExtra: out += "not in the file; " + opening + ", " + balance; break;
            case Kind::kMoved: out += "the opening lots agree, " + balance + " by what has happened since"; break;
        }
        out += "\n";
        moved += one.kind == Kind::kMoved;
    }
    return out + "compared " + counted(comparison.members, "member") + ": " + std::to_string(comparison.file_points) +
           " points in the file, " + std::to_string(comparison.opening_points) + " in opening lots; " +
           counted(comparison.differences.size() - moved, "difference") + ", " +
           counted(moved, "balance has", "balances have") + " moved since, " +
           counted(comparison.faults.size(), "unreadable row") + "\n";
}

}  // namespace tally::admin
