#include "tests/lab/figures.h"

#include <algorithm>

namespace tally::lab {

Totals& Totals::operator+=(const Totals& other) {
    bills += other.bills;
    amount_minor += other.amount_minor;
    points_earned += other.points_earned;
    points_reversed += other.points_reversed;
    points_redeemed += other.points_redeemed;
    return *this;
}

std::map<std::string, Totals> Figures::stores() const {
    std::map<std::string, Totals> out;
    for (const auto& [key, totals] : store_days) out[key.first] += totals;
    return out;
}

Totals Figures::chain() const {
    Totals out;
    for (const auto& [key, totals] : store_days) out += totals;
    return out;
}

namespace {

// Minor units of one point, as the programme of a replay says: one point a whole unit.
constexpr std::int64_t kMinorPerPoint = 100;

struct Sale {
    std::int64_t amount_minor = 0;
    std::int64_t issued = 0;
    std::vector<const SaleRow*> refunds;
};

void reverse(Expected& out, const SaleRow& refund, std::int64_t points) {
    out.figures.members[refund.member_ref].points_reversed += points;
    out.figures.store_days[{refund.store, refund.day}].points_reversed += points;
}

// All refunds of one sale together take back floor(issued * refunded / amount), at most everything.
void settle(Expected& out, const Sale& sale) {
    std::int64_t refunded = 0;
    std::set<std::string> stores;
    std::set<StoreDayKey> days;
    for (const SaleRow* refund : sale.refunds) {
        refunded += std::min(refund->amount_minor, sale.amount_minor - refunded);
        stores.insert(refund->store);
        days.insert({refund->store, refund->day});
    }
    const std::int64_t points =
        refunded == sale.amount_minor
            ? sale.issued
            : static_cast<std::int64_t>(static_cast<__int128>(sale.issued) * refunded / sale.amount_minor);
    reverse(out, *sale.refunds.front(), points);
    if (stores.size() > 1) out.open_stores.merge(stores);
    if (days.size() > 1) out.open_days.merge(days);
}

}  // namespace

Expected recompute(const std::vector<SaleRow>& rows) {
    Expected out;
    std::map<std::pair<std::string, std::string>, std::vector<Sale>> sales;  // member and bill number
    for (const SaleRow& row : rows) {
        Totals move;
        move.bills = 1;
        move.amount_minor = row.is_refund ? -row.amount_minor : row.amount_minor;
        if (!row.is_refund && !row.member_ref.empty()) {
            move.points_earned = row.amount_minor / kMinorPerPoint;
            sales[{row.member_ref, row.bill_no}].push_back({row.amount_minor, move.points_earned, {}});
        }
        out.figures.store_days[{row.store, row.day}] += move;
        if (!row.member_ref.empty()) out.figures.members[row.member_ref] += move;
    }
    for (const SaleRow& row : rows) {
        if (!row.is_refund || row.member_ref.empty()) continue;
        if (row.refund_of.empty()) {
            reverse(out, row, row.amount_minor / kMinorPerPoint);
            continue;
        }
        const auto found = sales.find({row.member_ref, row.refund_of});
        if (found == sales.end()) continue;  // waits for ever: the money counts, no points move
        if (found->second.size() > 1) {
            out.open_members.insert(row.member_ref);
            out.open_stores.insert(row.store);
            out.open_days.insert({row.store, row.day});
            out.chain_open = true;
            continue;
        }
        found->second.front().refunds.push_back(&row);
    }
    for (const auto& [key, same_number] : sales)
        for (const Sale& sale : same_number)
            if (!sale.refunds.empty()) settle(out, sale);
    for (const auto& [ref, totals] : out.figures.members) out.figures.balances[ref] = totals.balance();
    return out;
}

}  // namespace tally::lab
