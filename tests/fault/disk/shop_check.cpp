#include <algorithm>

#include "common/domain/bill_key.h"
#include "tests/fault/disk/shop.h"

namespace tally::fault {

using test::must;

namespace {

Truth fold_log(const std::vector<replica::LoggedOp>& newest_first) {
    Truth truth;
    for (auto logged = newest_first.rbegin(); logged != newest_first.rend(); ++logged) {
        const domain::Op& op = logged->op;
        domain::Minor amount = 0;
        if (op.member.is_zero()) {
            truth.total += domain::move_of_sale(op).by;
        } else {
            for (const auto& move : must(domain::fold(truth.accounts[op.member], op)).moves) truth.total += move.by;
        }
        if (const auto key = domain::bill_key(op.body)) {
            truth.bills[key->bill.bill_no] += 1;
            amount = key->amount;
        }
        CHECK(truth.amounts.emplace(op.id, amount).second);
    }
    for (const auto& [bill, count] : truth.bills) CHECK_MESSAGE(count == 1, bill);
    return truth;
}

void check_overlay(replica::Replica& replica, const Truth& truth) {
    std::size_t own = 0;
    must(replica.each_member([&](const domain::MemberId& id, const domain::Account& overlay) -> Status {
        const auto here = truth.accounts.find(id);
        if (here != truth.accounts.end()) {
            ++own;
            CHECK(overlay == here->second);
            return {};
        }
        const auto there = Shop::get().imported.find(id);
        REQUIRE(there != Shop::get().imported.end());
        CHECK(overlay == there->second);
        return {};
    }));
    CHECK(own == truth.accounts.size());
    domain::StoreDay shown;
    for (const auto& row : must(replica.store_days())) shown += row.totals;
    CHECK(shown == truth.total);
}

void check_books(const Books& books, const Truth& truth, std::size_t operations_before) {
    for (const auto& [bill, count] : truth.bills) {
        const bool asked_for = bill[0] == 'T' || bill[0] == 'R' || books.tried.count(bill) > 0;
        CHECK_MESSAGE(asked_for, bill);
    }
    for (const Sold& sold : books.receipts) {
        CAPTURE(sold.bill);
        CHECK(truth.bills.count(sold.bill) == 1);
        const auto found = truth.amounts.find(sold.op);
        REQUIRE(found != truth.amounts.end());
        CHECK(found->second == sold.amount_minor);
    }
    CHECK(truth.amounts.size() >= operations_before + books.receipts.size());
    CHECK(truth.amounts.size() <= operations_before + books.tried.size() + books.others_tried);
}

}  // namespace

Truth check_replica(replica::Replica& replica, bool torn) {
    must(replica.guard(kNow_ms));
    for (const auto& incident : must(replica.incidents(10))) {
        const bool named = torn && incident.report.kind == wire::IncidentKind::kWitnessDamaged;
        CHECK_MESSAGE(named, incident.detail);
    }
    must(replica.verify_log());
    must(replica.db().check_pages());
    const Truth truth = fold_log(must(replica.last_operations(1'000'000)));
    check_overlay(replica, truth);
    return truth;
}

void check_till(const std::string& dir, const Books& books, std::size_t operations_before) {
    {
        replica::Replica replica = must(replica::Replica::open(dir, must(Shop::get().key_in(dir)), store::Sync::kFull));
        check_books(books, check_replica(replica, books.torn), operations_before);
    }
    Books later = books;
    TillProcess till(dir, later);
    must(till.open());
    const std::size_t named = must(till.replica().incidents(10)).size();
    must(till.sell("AFTER", Shop::get().members.front(), 1234));
    must(till.replica().verify_log());
    CHECK(must(till.replica().incidents(10)).size() == named);
}

}  // namespace tally::fault
