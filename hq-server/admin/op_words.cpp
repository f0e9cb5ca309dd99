#include "hq-server/admin/op_words.h"

#include "common/domain/bill_key.h"
#include "common/domain/coupons.h"
#include "hq-server/admin/text_table.h"

namespace tally::admin {

using namespace domain;

namespace {

std::string number(std::int64_t value) { return std::to_string(value); }
std::string day(const std::optional<Day>& value) { return value ? format_day(*value) : "never"; }

// What a kind says; each fact that is there.
struct Says {
    Facts out;

    void fact(std::string name, std::string value) {
        if (!value.empty()) out.emplace_back(shown(std::move(name)), shown(std::move(value)));
    }
    void bill(const Bill& bill) {
        fact("bill", bill.bill_no);
        fact("till", bill.till);
        if (bill.part != 0) fact("part", number(bill.part));
    }
    void operator()(const Register& body) {
        fact("channel", body.channel);
        fact("joined", format_day(body.joined_day));
    }
    void operator()(const ProfileEdit& body) { fact("fields", number(static_cast<std::int64_t>(body.fields.size()))); }
    void operator()(const IdentityBind& body) { fact("identity", body.bound ? "bound" : "unbound"); }
    void operator()(const Consent& body) { fact(body.purpose, body.granted ? "allowed" : "forbidden"); }
    void operator()(const Earn& body) {
        bill(body.bill);
        fact("amount", number(body.amount_minor));
        fact("eligible", number(body.eligible_minor));
        fact("points", number(body.points));
        fact("expires", day(body.expires));
        if (body.late_for) fact("forgotten bill of", format_day(*body.late_for));
        if (!body.lines.empty()) fact("lines", number(static_cast<std::int64_t>(body.lines.size())));
    }
    void operator()(const Sale& body) {
        bill(body.bill);
        fact("amount", number(body.amount_minor));
    }
    void operator()(const Redeem& body) {
        bill(body.bill);
        fact("points", number(-body.points));
        fact("worth", number(body.value_minor));
        fact("balance seen", number(body.balance_seen));
        fact("reward", body.reward);
    }
    void operator()(const Adjust& body) {
        fact("points", number(body.points));
        fact("reason code", body.code);
    }
    void operator()(const Reverse& body) {
        bill(body.bill);
        fact("undoes", body.target.is_none() ? body.target_bill_no : op_text(body.target));
        fact("amount", number(-body.amount_minor));
        fact("points", number(body.points));
    }
    void operator()(const Expire& body) { fact("lots", number(static_cast<std::int64_t>(body.lots.size()))); }
    void operator()(const Bonus& body) {
        fact("rule", body.rule);
        fact("key", body.key);
        fact("points", number(body.points));
    }
    void operator()(const OpeningBalance& body) { fact("points", number(body.points)); }
    void operator()(const TierChange& body) { fact("level", body.level); }
    void operator()(const CouponIssue& body) {
        fact("coupon", coupon_code(body.coupon));
        fact("template", body.template_id);
    }
    void operator()(const CouponReserve& body) { fact("coupon", coupon_code(body.coupon)); }
    void operator()(const CouponRedeem& body) {
        bill(body.bill);
        fact("coupon", coupon_code(body.coupon));
        fact("order", number(body.order_minor));
        fact("discount", number(body.discount_minor));
    }
    void operator()(const CouponVoid& body) { fact("coupon", coupon_code(body.coupon)); }
    void operator()(const Release& body) { fact("releases", op_text(body.op->id)); }
    template <class Other>
    void operator()(const Other&) {}
};

Facts body_facts(const Op& op) {
    Says says;
    std::visit(says, op.body);
    return std::move(says.out);
}

}  // namespace

std::string shown(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return text;
}

std::string op_line(const Op& op) {
    std::string out(kind_name(kind_of(op.body)));
    for (const auto& [name, value] : body_facts(op)) out += ", " + name + " " + value;
    return out;
}

Facts facts_of(const Op& op, const TimeZone& zone) {
    Facts out = {{"operation", op_text(op.id)},
                 {"kind", std::string(kind_name(kind_of(op.body)))},
                 {"made at", zone.format_time(op.at.ms(), "%Y-%m-%d %H:%M:%S")},
                 {"business date", format_day(op.business_day)},
                 {"store", op.store.empty() ? "headquarters" : shown(op.store)},
                 {"cashier", number(op.cashier)},
                 {"member", op.member.is_zero() ? "none" : uuid_text(op.member)}};
    if (op.approved_by != 0) out.emplace_back("approved by", number(op.approved_by));
    if (!op.over_limit.empty()) out.emplace_back("exceeds", shown(op.over_limit));
    for (auto& fact : body_facts(op)) out.push_back(std::move(fact));
    return out;
}

std::string facts_text(const Op& one, const Op* other, const TimeZone& zone) {
    Facts right = other ? facts_of(*other, zone) : Facts{};
    const auto take = [&](const std::string& name) {
        for (auto at = right.begin(); at != right.end(); ++at) {
            if (at->first != name) continue;
            std::string value = std::move(at->second);
            right.erase(at);
            return value;
        }
        return std::string();
    };
    Table table{{"", "this one"}};
    if (other) table.front() = {"", "", "this one", "the other"};
    for (const auto& [name, value] : facts_of(one, zone)) {
        if (!other) {
            table.push_back({name, value});
            continue;
        }
        std::string there = take(name);
        table.push_back({there == value ? " " : "*", name, value, there.empty() ? "-" : std::move(there)});
    }
    for (auto& [name, value] : right) table.push_back({"*", name, "-", value});
    return as_text(table, Cells::kWords);
}

}  // namespace tally::admin
