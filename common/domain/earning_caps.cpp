// What of the caps has been used, and what an operation recorded of it.
#include <algorithm>

#include "common/domain/earning.h"

namespace tally::domain {

CapsUsed caps_used(const Programme& programme, const Account& account, Day day) {
    CapsUsed out;
    for (const EarnRule& rule : programme.earn_rules) {
        if (rule.caps.day == 0 && rule.caps.member == 0) continue;
        EarnPart part{.rule = rule.id};
        for (const RuleUse& use : account.uses)
            if (use.rule == rule.id) part.used_member = use.total;
        out.rules.push_back(std::move(part));
    }
    // By the sales themselves: late points and a till that was cut off count on days before the newest.
    for (const Lot& lot : account.lots) {
        if (lot.day != day || !lot.is_sale()) continue;
        out.day += lot.issued;
        for (const EarnPart& given : lot.parts)
            for (EarnPart& part : out.rules)
                if (part.rule == given.rule) part.used_day += given.points;
    }
    return out;
}

void add_campaigns(CapsUsed& used, const Programme& programme, const TotalsById& campaigns) {
    for (const EarnRule& rule : programme.earn_rules) {
        const auto totals = campaigns.find(rule.id);
        if (rule.caps.campaign == 0 || totals == campaigns.end()) continue;
        auto part = std::find_if(used.rules.begin(), used.rules.end(),
                                 [&](const EarnPart& there) { return there.rule == rule.id; });
        if (part == used.rules.end()) part = used.rules.insert(part, EarnPart{.rule = rule.id});
        part->used_campaign = totals->second.points;
    }
}

Order order_of(const Earn& earn, const std::string& store, Day day) {
    Order order;
    order.facts.day = earn.late_for.value_or(day);
    order.facts.minute = earn.minute;
    order.facts.store = store;
    order.facts.channel = earn.channel;
    order.facts.tier = earn.tier;
    order.facts.segments = earn.segments;
    order.facts.occasions = earn.occasions;
    order.amount_minor = earn.amount_minor;
    order.paid_with_points_minor = earn.paid_with_points_minor;
    order.lines = earn.lines;
    return order;
}

CapsUsed caps_used_of(const Earn& earn) {
    CapsUsed out{earn.cap_used, {}};
    for (const EarnPart& part : earn.parts)
        if (!part.rule.empty())
            out.rules.push_back({part.rule, 0, part.used_day, part.used_member, part.used_campaign});
    return out;
}

}  // namespace tally::domain
