// Writes operations of one member as a till would, for tests of the fold: numbers them and folds them at once.
#pragma once

#include <doctest/doctest.h>

#include "common/domain/fold.h"
#include "common/domain/till_rules.h"

namespace tally::support {

struct Book {
    domain::Programme programme;
    domain::Account account;
    domain::Folded last;
    std::vector<domain::Op> ops;
    domain::TerminalId terminal = 2;
    std::string store = "S1";

    Book() {
        programme.version = 1;
        programme.chain_name = "Test";
        programme.redeem_step_points = 1;
        programme.redeem_step_minor = 1;
        programme.redeem_min_points = 0;
    }

    domain::Op op(Day day, domain::Body body) {
        domain::Op out;
        out.id.terminal = terminal;
        out.id.epoch.bytes[0] = 1;
        out.id.seq = ops.size() + 1;
        out.at = domain::Hlc::of(day * 86'400'000LL, static_cast<std::uint16_t>(ops.size()));
        out.business_day = day;
        out.store = store;
        out.member.bytes[15] = 7;
        out.programme_version = programme.version;
        out.body = std::move(body);
        return out;
    }
    domain::OpId add(Day day, domain::Body body, const domain::Ruling& ruling = {}) {
        domain::Op made = op(day, std::move(body));
        const auto checked = domain::check_op(made);
        CHECK_MESSAGE(checked.has_value(), (checked ? "" : checked.error().detail));
        auto folded = domain::fold(account, made, ruling);
        REQUIRE(folded.has_value());
        last = *folded;
        ops.push_back(made);
        return made.id;
    }
    domain::OpId earn(Day day, domain::Minor amount, domain::Points points, std::optional<Day> expires = {},
                      const std::string& bill = "") {
        domain::Earn body;
        body.bill.bill_no = bill.empty() ? "B" + std::to_string(ops.size() + 1) : bill;
        body.amount_minor = body.eligible_minor = amount;
        body.points = points;
        body.expires = expires;
        return add(day, body);
    }
    domain::OpId adjust(Day day, domain::Points points, std::optional<Day> expires = {}) {
        return add(day, domain::Adjust{points, domain::AdjustReason::kGoodwill, expires});
    }
    domain::OpId redeem(Day day, domain::Points points, domain::Minor value = 0) {
        domain::Redeem body;
        body.points = points;
        body.value_minor = value;
        body.takes = domain::plan_takes(account, day, points);
        return add(day, body);
    }
    domain::OpId refund(Day day, const domain::OpId& sale, domain::Minor amount) {
        domain::Reverse body;
        body.target = sale;
        body.amount_minor = amount;
        return add(day, body);
    }
    domain::OpId undo(Day day, const domain::OpId& op_id, domain::Points points) {
        domain::Reverse body;
        body.target = op_id;
        body.is_refund = false;
        body.points = points;
        return add(day, body);
    }
    void expire(Day day) {
        const auto due = domain::due_to_expire(account, day);
        if (due.empty()) return;
        domain::Op made = op(day, domain::Expire{due});
        made.id.terminal = domain::kHqTerminal;
        auto folded = domain::fold(account, made, {});
        REQUIRE(folded.has_value());
        ops.push_back(made);
    }
    const domain::Lot& lot(const domain::OpId& maker) const {
        for (const domain::Lot& lot : account.lots)
            if (lot.maker == maker) return lot;
        FAIL("no such lot");
        return account.lots.front();
    }
};

}  // namespace tally::support
