// A terminal whose programs were changed: it writes what no till would. Its operations are chained and signed all the
// same, so headquarters takes them for what they say, and computes again.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

Result<domain::Op> draft(Terminal& terminal, const Shown& shown, domain::Body body) {
    domain::Op op;
    TALLY_TRY(const domain::Hlc last, terminal.replica().last_hlc());
    TALLY_TRY(const domain::Programme programme, terminal.till().programme());
    op.at = domain::hlc_tick(last, terminal.clock().wall_ms());
    op.business_day = terminal.till().today();
    op.store = terminal.store();
    op.member = shown.member;
    op.presented = shown.presented;
    op.programme_version = programme.version;
    op.body = std::move(body);
    return op;
}

Status write(Step& step, Terminal& terminal, domain::Body body, domain::Points points, const std::string& bill_no) {
    TALLY_TRY(const Shown shown, show(step, terminal, step.text("member")));
    TALLY_TRY(domain::Op op, draft(terminal, shown, std::move(body)));
    auto written = terminal.replica().append(std::move(op), {});
    if (!written) return done(step, Result<replica::Receipt>(written.error()));
    replica::Receipt receipt;
    receipt.op = written->id;
    receipt.bill_no = bill_no;
    receipt.points = points;
    receipt.balance = written->account.balance_on(terminal.till().today());
    receipt.folded = std::move(written->folded);
    return done(step, std::move(receipt));
}

Status lie_about_redeeming(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    domain::Redeem redeem;
    redeem.bill.bill_no = step.text_or("bill", "");
    redeem.points = step.number("points");
    TALLY_TRY(redeem.value_minor, step.money("money"));
    return write(step, *terminal, redeem, -redeem.points, redeem.bill.bill_no);
}

Status lie_about_earning(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    domain::Earn earn;
    earn.bill.bill_no = step.text("bill");
    TALLY_TRY(earn.amount_minor, step.money("money"));
    earn.eligible_minor = earn.amount_minor;
    earn.points = step.number("points");
    return write(step, *terminal, earn, earn.points, earn.bill.bill_no);
}

}  // namespace

void add_lie_statements(Table& statements) {
    statements.add({.pattern = "<terminal> lies: <member> redeems <points> point|points worth <money> [bill <bill>]",
                    .says = "A terminal whose programs were changed writes a redemption at a price of its own.",
                    .example = "T1 lies: Anna redeems 1 point worth 0.05 bill R1",
                    .run = lie_about_redeeming,
                    .act = true});
    statements.add({.pattern = "<terminal> lies: <member> buys for <money> and earns <points> point|points bill <bill>",
                    .says = "It writes a sale with points of its own.",
                    .example = "T1 lies: Anna buys for 10.00 and earns 500 points bill B1",
                    .run = lie_about_earning,
                    .act = true});
}

}  // namespace tally::scenario
