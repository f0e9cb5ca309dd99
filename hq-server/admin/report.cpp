#include "hq-server/admin/report.h"

#include <map>

#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/admin/text_table.h"

namespace tally::admin {

using namespace domain;

namespace {

std::vector<std::string> totals_of(const StoreDay& totals) {
    return {std::to_string(totals.bills),           std::to_string(totals.amount_minor),
            std::to_string(totals.points_earned),   std::to_string(totals.points_reversed),
            std::to_string(totals.points_redeemed), std::to_string(totals.redeemed_minor)};
}

const std::vector<std::string> kTotalsHeader = {"bills",           "amount_minor",    "points_earned",
                                                "points_reversed", "points_redeemed", "redeemed_minor"};

std::vector<std::string> join(std::vector<std::string> left, const std::vector<std::string>& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Result<Table> by_store(intake::LedgerStore& store) {
    std::map<std::string, StoreDay> stores;
    StoreDay all;
    TALLY_OK(store.each_store_day([&](const intake::StoreDayRow& row) -> Status {
        stores[row.store] += row.totals;
        all += row.totals;
        return {};
    }));
    Table out = {join({"store"}, kTotalsHeader)};
    for (const auto& [code, totals] : stores) out.push_back(join({code}, totals_of(totals)));
    out.push_back(join({"ALL"}, totals_of(all)));
    return out;
}

Result<Table> by_day(intake::LedgerStore& store) {
    Table out = {join({"store", "day"}, kTotalsHeader)};
    TALLY_OK(store.each_store_day([&](const intake::StoreDayRow& row) -> Status {
        out.push_back(join({row.store, format_day(row.day)}, totals_of(row.totals)));
        return {};
    }));
    return out;
}

Result<std::string> name_of(intake::LedgerStore& store, const MemberId& member) {
    TALLY_TRY(const auto row, store.profile(member));
    if (row && !row->keys.empty() && !row->sealed_profile.empty()) {
        TALLY_TRY(const Profile profile, wire::open_profile(row->keys.front(), member, row->sealed_profile));
        const std::string reference = profile.text(Field::kExternalRef);
        if (!reference.empty()) return reference;
    }
    return uuid_text(member);
}

Result<Table> by_member(intake::LedgerStore& store, Day today) {
    Table out = {{"member_ref", "bills", "amount_minor", "points_earned", "points_reversed", "points_redeemed",
                  "expired", "debt", "balance"}};
    TALLY_OK(store.each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const Account account, wire::decode_account(row.account));
        TALLY_TRY(const std::string name, name_of(store, row.member));
        out.push_back({name, std::to_string(account.bills), std::to_string(account.spend_minor),
                       std::to_string(account.earned_total + account.adjusted_up_total),
                       std::to_string(account.reversed_total), std::to_string(account.redeemed_total),
                       std::to_string(account.expired_total()), std::to_string(account.debt),
                       std::to_string(account.balance_on(today))});
        return {};
    }));
    return out;
}

}  // namespace

Result<std::string> report(intake::LedgerStore& store, ReportBy by, bool csv, Day today) {
    TALLY_TRY(const intake::ReadScope scope, intake::ReadScope::begin(store));
    auto table = by == ReportBy::kStore ? by_store(store)
                 : by == ReportBy::kDay ? by_day(store)
                                        : by_member(store, today);
    if (!table) return table.error();
    return csv ? as_csv(*table) : as_text(*table, Cells::kNumbers);
}

}  // namespace tally::admin
