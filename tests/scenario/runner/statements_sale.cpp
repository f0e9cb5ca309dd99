// Sales and refunds.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

Result<std::vector<domain::BillLine>> lines_of(Step& step) {
    std::vector<domain::BillLine> out;
    for (const Bound& bound : step.statement->items) {
        const Step item(step.world, bound.match);
        domain::BillLine line;
        line.sku = item.text("sku");
        TALLY_TRY(line.amount_minor, item.money("money"));
        line.category = item.text_or("category", "");
        line.excluded = bound.entry->pattern.ends_with("excluded");
        if (item.has("times")) {  // x1.5 is 1500
            std::string digits = item.text("times").substr(1);
            const std::size_t point = digits.find('.');
            const std::size_t after = point == std::string::npos ? 0 : digits.size() - point - 1;
            if (after > 3) return fail(Code::kInvalid, "a quantity has three digits behind the point at most");
            if (point != std::string::npos) digits.erase(point, 1);
            line.quantity_milli = Step::number_of(digits + std::string(3 - after, '0'));
        }
        out.push_back(std::move(line));
    }
    return out;
}

namespace {

Status buy(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    replica::SaleRequest request;
    if (step.has("member")) {
        TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
        request.member = shown.member;
        request.presented = shown.presented;
    }
    TALLY_TRY(request.amount_minor, step.money("money"));
    TALLY_TRY(request.lines, lines_of(step));
    request.bill_no = step.text_or("bill", "");
    request.till = step.text_or("till", "");
    request.channel = terminal->channel;
    request.offline = !step.world.is_online(*terminal);
    request.approved_by = second_person(step);
    if (step.has("points")) request.redeem_points = step.number("points");
    if (step.has("reward")) {
        request.reward = step.text("reward");
        request.reward_count = static_cast<std::uint32_t>(step.number("count"));
    }
    if (step.has("coupon")) {
        TALLY_TRY(const Person* owner, step.person(step.has("owner") ? "owner" : "member"));
        for (const std::string& name : step.texts("coupon"))
            request.coupons.push_back(coupon_of(*terminal, owner->id, name));
    }
    auto answer = terminal->till().check_out(request);
    if (!answer) return done(step, Result<replica::Receipt>(answer.error()));
    if (answer->receipt) return done(step, std::move(*answer->receipt));
    const std::string why =
        answer->coupons.empty() ? verdict_text(answer->redeem) : verdict_text(answer->coupons.front().verdict);
    return done(step, Result<replica::Receipt>(fail(Code::kRefused, why)));
}

Status give_back(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    replica::RefundRequest request;
    if (step.has("member")) {
        TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
        request.member = shown.member;
        request.presented = shown.presented;
    }
    TALLY_TRY(request.amount_minor, step.money("money"));
    request.of_bill_no = step.text_or("of", "");
    request.bill_no = step.text_or("bill", "");
    request.till = step.text_or("till", "");
    return done(step, terminal->till().refund(request));
}

}  // namespace

void add_sale_statements(Table& statements) {
    statements.add({.pattern = "a stranger buys for <money> at <terminal> [bill <bill>] [till <till:text>]",
                    .says = "A sale without a member.",
                    .example = "a stranger buys for 20.00 at T1 bill B9",
                    .run = buy,
                    .act = true,
                    .block = Block::kItems});
    statements.add({.pattern = "a stranger returns <money> of bill <of:bill> at <terminal> [bill <bill>]",
                    .says = "A refund without a member.",
                    .example = "a stranger returns 5.00 of bill B9 at T1",
                    .run = give_back,
                    .act = true});
    statements.add({.pattern =
                        "<member> buys for <money> at <terminal> {bill <bill> | till <till:text> | paying <points> "
                        "point|points | claiming <count> <reward:word> | with coupon <coupon:word> [of "
                        "<owner:member>] | approved by <second:word>}",
                    .says = "A sale. The lines of the bill may be indented below. Without a bill number the till gives "
                            "one; `till` is the name of the cash desk where it is not the terminal. The amount is "
                            "before coupons and points; of points and rewards as much is taken as the bill can take.",
                    .example = "Anna buys for 152.00 at T1 bill B1 paying 20 points with coupon ten_off",
                    .run = buy,
                    .act = true,
                    .block = Block::kItems});
    statements.add({.pattern = "<member> returns <money> of bill <of:bill> at <terminal> [bill <bill>]",
                    .says = "A refund of a sale by its bill number, whether the terminal knows that sale or not. The "
                            "last bill number is the refund's own.",
                    .example = "Anna returns 50.00 of bill B1 at T2",
                    .run = give_back,
                    .act = true});
    statements.add({.pattern = "<member> returns <money> without bill at <terminal> [bill <bill>]",
                    .says = "A refund of something whose bill is lost: points at today's rate.",
                    .example = "Anna returns 50.00 without bill at T1",
                    .run = give_back,
                    .act = true});
}

void add_items(Table& items) {
    items.add({"item <sku:text> <money> [<times>] [category <category:text>]",
               "A line: article, what the line costs in all, how many, category.", "item 123 12.00 x1 category red"});
    items.add({"item <sku:text> <money> [<times>] [category <category:text>] excluded", "A line that earns nothing.",
               "item delivery 40.00 excluded"});
}

}  // namespace tally::scenario
