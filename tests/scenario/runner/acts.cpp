#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

Result<Shown> show(Step& step, Terminal& terminal, const std::string& name) {
    TALLY_TRY(const Person* person, step.world.person(name));
    for (const std::string& code : person->codes) {
        const auto found = terminal.till().find_code(code);
        if (!found || !*found || (*found)->member != person->id) continue;
        step.act->member = person->id;
        return Shown{person->id, (*found)->presented};
    }
    step.act->member = person->id;
    return Shown{person->id, {}};
}

std::uint32_t second_person(const Step& step) { return step.has("second") ? 2 : 0; }

domain::CouponId coupon_of(Terminal& terminal, const domain::MemberId& member, const std::string& template_id) {
    const auto view = terminal.replica().member(member);
    domain::CouponId found{};
    if (!view || !*view) return found;
    for (const domain::Coupon& coupon : (*view)->account.coupons) {
        if (coupon.template_id != template_id) continue;
        if (coupon.usable_on(terminal.till().today())) return coupon.id;
        found = coupon.id;
    }
    return found;
}

Result<Terminal*> at_till(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    step.act->at = terminal;
    return terminal;
}

Status done(Step& step, Result<replica::Receipt> receipt) {
    if (receipt) {
        step.world.tell("receipt: bill " + receipt->bill_no + ", points " + std::to_string(receipt->points) +
                        ", balance " + std::to_string(receipt->balance));
        step.act->receipt = std::move(*receipt);
        step.world.bills.emplace_back(step.act->receipt->bill_no, *step.act);
    } else {
        TALLY_OK(refuse_or_fail(*step.act, receipt.error()));
        step.world.tell("the till refuses: " + step.act->refused);
    }
    return step.world.after_act();
}

Status done(Step& step, const Status& status) {
    if (!status) TALLY_OK(refuse_or_fail(*step.act, status.error()));
    return step.world.after_act();
}

}  // namespace tally::scenario
