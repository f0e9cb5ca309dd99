// sales.csv of an import. Law: each row is taken or is a fault with its line; a taken row is in range, and written
// again it is taken as the same bill.
#include "common/base/csv.h"
#include "hq-server/admin/import_rows.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/text_file.h"

using namespace tally;

static std::string written(const std::vector<admin::SaleRow>& rows, const TimeZone& zone) {
    std::string out = "time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill\n";
    for (const admin::SaleRow& row : rows) {
        const bool minus = row.is_refund && row.refund_of_bill.empty();
        out += zone.format_time(row.time_ms, "%Y-%m-%dT%H:%M:%E3S%Ez");
        for (const std::string& text : {row.store, row.terminal, row.member_ref, row.bill_no,
                                        (minus ? "-" : "") + std::to_string(row.amount_minor), row.refund_of_bill})
            out += "," + csv_field(text);
        out += "\n";
    }
    return out;
}

TALLY_FUZZ(sales_csv) {
    static const TimeZone zone = *TimeZone::load("Asia/Shanghai");
    const fuzz::TextFile file(text_of(input));
    const auto sales = admin::read_sale_rows(file.path(), zone);
    if (!sales) return;
    for (const admin::RowRemark& fault : sales->faults) TALLY_ASSERT(fault.line > 1 && !fault.why.empty(), "a fault");
    std::int64_t before_ms = 0;
    for (const admin::SaleRow& row : sales->rows) {
        TALLY_ASSERT(row.time_ms >= before_ms && row.time_ms <= domain::kHlcMsMax, "by time");
        TALLY_ASSERT(row.day <= domain::kBusinessDayMax && row.day == zone.day_at(row.time_ms), "a day of the zone");
        TALLY_ASSERT(row.amount_minor >= 0 && row.amount_minor <= domain::kAmountMinorMax, "an amount in range");
        TALLY_ASSERT(!row.store.empty() && row.store.size() <= domain::kStoreCodeBytesMax, "a store");
        TALLY_ASSERT(!row.bill_no.empty() && row.bill_no.size() <= domain::kBillNoBytesMax, "a bill");
        before_ms = row.time_ms;
    }
    const fuzz::TextFile file_again(written(sales->rows, zone));
    const auto again = admin::read_sale_rows(file_again.path(), zone);
    TALLY_ASSERT(again.has_value() && again->faults.empty(), "a row that was taken is taken again");
    TALLY_ASSERT(again->rows.size() == sales->rows.size(), "each as one bill");
    for (std::size_t i = 0; i < again->rows.size(); ++i) {
        const admin::SaleRow &a = sales->rows[i], &b = again->rows[i];
        TALLY_ASSERT(a.time_ms == b.time_ms && a.day == b.day && a.store == b.store && a.terminal == b.terminal &&
                         a.member_ref == b.member_ref && a.bill_no == b.bill_no && a.amount_minor == b.amount_minor &&
                         a.is_refund == b.is_refund && a.refund_of_bill == b.refund_of_bill,
                     "the same bill");
    }
}
