// Sales and refunds at the till.
#include "common/replica/till.h"
#include "common/replica/till_text.h"

namespace tally::replica {
namespace {

constexpr std::size_t kLinesMax = 1000;  // domain::check_op's
constexpr std::size_t kLineTextBytesMax = 64;

Status check_amount(domain::Minor amount_minor, domain::Minor least) {
    if (amount_minor < least || amount_minor > domain::kAmountMinorMax)
        return fail(Code::kInvalid, "amount: out of range");
    return {};
}

Result<std::vector<domain::BillLine>> clean_lines(std::vector<domain::BillLine> lines) {
    if (lines.size() > kLinesMax) return fail(Code::kInvalid, "lines: more than 1,000");
    for (domain::BillLine& line : lines) {
        TALLY_TRY(line.sku, clean_line(line.sku, "article", kLineTextBytesMax, kLineTextBytesMax));
        TALLY_TRY(line.category, clean_line(line.category, "category", kLineTextBytesMax, kLineTextBytesMax));
        if (line.amount_minor < -domain::kAmountMinorMax || line.amount_minor > domain::kAmountMinorMax)
            return fail(Code::kInvalid, "lines: an amount is out of range");
    }
    return lines;
}

}  // namespace

Result<domain::Op> Till::sale_op(const SaleRequest& request) {
    TALLY_OK(check_amount(request.amount_minor, 0));
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Bill bill, clean_bill(request.bill_no, request.till));
    TALLY_TRY(std::vector<domain::BillLine> lines, clean_lines(request.lines));
    if (!request.member) {
        domain::Sale sale{bill, request.amount_minor, std::move(lines)};
        return draft(programme, {}, request.presented, std::move(sale));
    }
    TALLY_TRY(const domain::Account account, account_of(*request.member));
    domain::Order order;
    order.facts = domain::facts_of(programme, account, {}, enrolment_.store, {}, today(), 0);
    order.amount_minor = request.amount_minor;
    order.lines = std::move(lines);
    order.campaigns_open = false;
    TALLY_TRY(domain::Earn earn, domain::make_earn(programme, account, order, bill));
    return draft(programme, *request.member, request.presented, std::move(earn));
}

Result<domain::Op> Till::refund_op(const RefundRequest& request) {
    TALLY_OK(check_amount(request.amount_minor, 1));
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(const domain::Bill bill, clean_bill(request.bill_no, request.till));
    TALLY_TRY(const std::string of_bill_no,
              clean_line(request.of_bill_no, "refunded bill", domain::kBillNoBytesMax, domain::kBillNoBytesMax));
    if (!request.member) {
        domain::Sale refund{bill, -request.amount_minor, {}};
        return draft(programme, {}, request.presented, std::move(refund));
    }
    TALLY_TRY(const domain::Account account, account_of(*request.member));
    TALLY_TRY(domain::Reverse reverse,
              domain::make_refund(programme, account, enrolment_.store, bill, of_bill_no, request.amount_minor));
    return draft(programme, *request.member, request.presented, std::move(reverse));
}

Result<Receipt> Till::preview_sale(const SaleRequest& request) {
    TALLY_TRY(const domain::Op op, sale_op(request));
    return try_out(op);
}

Result<Receipt> Till::sale(const SaleRequest& request) {
    TALLY_TRY(domain::Op op, sale_op(request));
    return write(std::move(op), {});
}

Result<Receipt> Till::preview_refund(const RefundRequest& request) {
    TALLY_TRY(const domain::Op op, refund_op(request));
    return try_out(op);
}

Result<Receipt> Till::refund(const RefundRequest& request) {
    TALLY_TRY(domain::Op op, refund_op(request));
    return write(std::move(op), {});
}

}  // namespace tally::replica
