// What can be said about a member's level at a place: one row a fact.
#include "common/domain/tiers.h"
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

std::string shown_tier(const Sight& sight) {
    const std::string name = domain::tier_name(sight.programme, sight.account, sight.today);
    return name.empty() ? "none" : name;
}

// A fact about a level that is there: without levels it cannot hold.
template <class Compare>
Status of_view(Step& step, const std::string& expected, Compare compare) {
    const auto view = domain::tier_of(step.sight->programme, step.sight->account, step.sight->today);
    if (!view)
        step.same(expected, "no levels");
    else
        return compare(*view);
    return {};
}

// Money where the programme counts money, else a whole number.
Status same_value(Step& step, const std::string& what, std::int64_t got) {
    if (step.sight->programme.tiers.basis == domain::TierBasis::kSpend) {
        TALLY_TRY(const domain::Minor expected, step.money("money"));
        step.same_money(what, expected, got);
    } else {
        step.same_number(what, step.number("money"), got);
    }
    return {};
}

Status compare_missing(Step& step, const std::string& what, const std::optional<std::int64_t>& got) {
    if (got) return same_value(step, what, *got);
    step.same(what + " " + step.text("money"), what + " nothing");
    return {};
}

template <bool kHas>
Status compare_benefit(Step& step) {
    const std::string name = step.text("benefit");
    const auto text = [&](bool has) { return (has ? "benefit " : "no benefit ") + name; };
    return of_view(step, text(kHas), [&](const domain::TierView& view) -> Status {
        bool has = false;
        for (const std::string& benefit : view.benefits) has = has || benefit == name;
        step.same(text(kHas), text(has));
        return {};
    });
}

Status compare_standing(Step& step) {
    const std::string expected = "tier " + step.match.values.front().second.text;
    return of_view(step, expected, [&](const domain::TierView& view) -> Status {
        step.same(expected, view.by_hand ? "tier by-hand" : view.provisional ? "tier provisional" : "tier confirmed");
        return {};
    });
}

}  // namespace

void add_tier_facts(Table& facts) {
    facts.add(
        {"tier value <money>", "What counts for her level: money, or a number where points, visits or growth count.",
         "tier value 8000.00", [](Step& step) -> Status {
             return of_view(step, "tier value " + step.text("money"),
                            [&](const domain::TierView& view) { return same_value(step, "tier value", view.value); });
         }});
    facts.add({"to next tier <money>", "What is missing for the next level.", "to next tier 2000.00",
               [](Step& step) -> Status {
                   return of_view(step, "to next tier " + step.text("money"), [&](const domain::TierView& view) {
                       return compare_missing(step, "to next tier", view.to_next);
                   });
               }});
    facts.add({"to keep tier <money>", "What is missing to keep her level at the period's end.",
               "to keep tier 15000.00", [](Step& step) -> Status {
                   return of_view(step, "to keep tier " + step.text("money"), [&](const domain::TierView& view) {
                       return compare_missing(step, "to keep tier", view.to_keep);
                   });
               }});
    facts.add({"tier until <until>", "The last day before headquarters looks at her level again.",
               "tier until 2026-12-31", [](Step& step) -> Status {
                   return of_view(step, "tier until " + step.text("until"),
                                  [&](const domain::TierView& view) -> Status {
                                      step.same("tier until " + step.text("until"),
                                                "tier until " + (view.through ? format_day(*view.through) : "never"));
                                      return {};
                                  });
               }});
    facts.add({"tier <standing:standing>",
               "Her level is provisional where headquarters has not settled it, by-hand where a person's floor holds "
               "it up, else confirmed.",
               "tier provisional", compare_standing});
    facts.add({"tier <level:word>", "The id of her level as it is shown there; none without one.", "tier gold",
               [](Step& step) -> Status {
                   step.same("tier " + step.text("level"), "tier " + shown_tier(*step.sight));
                   return {};
               }});
    facts.add({"benefit <benefit:word>", "Her level gives her this.", "benefit upsize", compare_benefit<true>});
    facts.add({"no benefit <benefit:word>", "It does not.", "no benefit upsize", compare_benefit<false>});
}

}  // namespace tally::scenario
