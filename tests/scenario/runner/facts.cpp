// What can be said about a member at a place, and about a store's totals: one row a fact.
#include "tests/scenario/runner/sight.h"

namespace tally::scenario {

namespace {

using domain::Field;

// "20 until 2026-02-01 + 70 until never": lots with free points, in the order in which they are spent.
std::string lots_text(const domain::Account& account) {
    std::string out;
    for (const std::size_t i : domain::redemption_order(account)) {
        const domain::Lot& lot = account.lots[i];
        if (lot.free == 0) continue;
        out += (out.empty() ? "" : " + ") + std::to_string(lot.free) + " until " +
               (lot.expires ? format_day(*lot.expires) : "never");
    }
    return out.empty() ? "none" : out;
}

std::string expected_lots(const Step& step) {
    const auto points = step.texts("points"), until = step.texts("until");
    std::string out;
    for (std::size_t i = 0; i < points.size(); ++i) out += (i ? " + " : "") + points[i] + " until " + until[i];
    return out;
}

const domain::Lot* lot_of(const Step& step) {
    for (const domain::Lot& lot : step.sight->account.lots)
        if (lot.bill_no == step.text("bill")) return &lot;
    return nullptr;
}

// A row for a number: its word, and how it is read from a sight.
void add_number(Table& facts, const std::string& word, const std::string& says,
                std::int64_t (*read)(const Sight& sight)) {
    facts.add({word + " <" + word + ":points>", says, word + " 90", [word, read](Step& step) -> Status {
                   step.same_number(word, step.number(word), read(*step.sight));
                   return {};
               }});
}

// An identity is compared as the product writes it: a phone may be given with or without its country.
template <Field kField, domain::IdentityKind kKind = domain::IdentityKind::kNone>
Status compare_field(Step& step) {
    const auto& [name, word] = step.match.values.front();
    std::string expected = word.text;
    if (kKind != domain::IdentityKind::kNone) expected = domain::normal_identity(kKind, expected).value_or(expected);
    const std::string got = step.sight->profile.text(kField);
    step.same(name + " " + expected, name + " " + (got.empty() ? "none" : got));
    return {};
}

template <bool kGiven>
Status compare_consent(Step& step) {
    const std::string purpose = step.text("purpose");
    const auto text = [&](bool given) { return (given ? "consent to " : "no consent to ") + purpose; };
    step.same(text(kGiven), text(step.sight->profile.has_consent(purpose)));
    return {};
}

}  // namespace

void add_facts(Table& facts) {
    facts.add({"unknown", "Nobody there has heard of her.", "unknown", [](Step& step) -> Status {
                   step.same("unknown", step.sight->known ? "known" : "unknown");
                   return {};
               }});
    facts.add({"known", "She is known there.", "known", [](Step& step) -> Status {
                   step.same("known", step.sight->known ? "known" : "unknown");
                   return {};
               }});
    add_number(facts, "balance", "Points usable today, less debt.",
               [](const Sight& sight) { return sight.account.balance_on(sight.today); });
    add_number(facts, "locked", "Points whose first day has not come.",
               [](const Sight& sight) { return sight.account.locked_on(sight.today); });
    add_number(facts, "debt", "Points owed.", [](const Sight& sight) { return sight.account.debt; });
    add_number(facts, "redeemable",
               "The most that may be redeemed there now; a terminal that is cut off keeps its limit.",
               [](const Sight& sight) { return sight.redeemable; });
    add_number(facts, "earned", "Points that sales gave.",
               [](const Sight& sight) { return sight.account.earned_total; });
    add_number(facts, "redeemed", "Points redeemed, less what was undone.",
               [](const Sight& sight) { return sight.account.redeemed_total; });
    add_number(facts, "reversed", "Points that refunds and downward adjustments asked for.",
               [](const Sight& sight) { return sight.account.reversed_total; });
    add_number(facts, "expired", "Points that headquarters expired.",
               [](const Sight& sight) { return sight.account.expired_total(); });
    add_number(facts, "bills", "Sales and refunds.", [](const Sight& sight) { return sight.account.bills; });
    add_number(facts, "operations", "Operations that the account is made of.",
               [](const Sight& sight) { return static_cast<std::int64_t>(sight.account.folded_ops); });
    add_number(facts, "waiting", "Refunds whose sale is not known yet.",
               [](const Sight& sight) { return static_cast<std::int64_t>(sight.account.waiting.size()); });
    add_number(facts, "pending", "Her operations there that no received state covers.",
               [](const Sight& sight) { return static_cast<std::int64_t>(sight.pending); });
    add_number(facts, "notes", "Notes about her.",
               [](const Sight& sight) { return static_cast<std::int64_t>(sight.profile.notes.size()); });
    facts.add({"spent <money>", "Money, net of refunds.", "spent 152.00", [](Step& step) -> Status {
                   TALLY_TRY(const domain::Minor expected, step.money("money"));
                   step.same_money("spent", expected, step.sight->account.spend_minor);
                   return {};
               }});
    facts.add({"lots none", "No lot has free points.", "lots none", [](Step& step) -> Status {
                   step.same("lots none", "lots " + lots_text(step.sight->account));
                   return {};
               }});
    facts.add({"lots <points> until <until> {+ <points> until <until>}",
               "The free points lot by lot in the order in which they are spent, each with its last usable day.",
               "lots 20 until 2026-02-01 + 70 until never", [](Step& step) -> Status {
                   step.same("lots " + expected_lots(step), "lots " + lots_text(step.sight->account));
                   return {};
               }});
    facts.add({"lot of bill <bill> <points> free [of <issued:points>]",
               "What is left of the points that one bill gave.", "lot of bill B1 50 free of 100",
               [](Step& step) -> Status {
                   const domain::Lot* lot = lot_of(step);
                   const std::string name = "lot of bill " + step.text("bill") + " ";
                   step.same(name + step.text("points") + " free",
                             lot ? name + std::to_string(lot->free) + " free" : "no such lot");
                   if (step.has("issued") && lot) step.same_number(name + "issued", step.number("issued"), lot->issued);
                   return {};
               }});
    facts.add({"name <name:text>", "What is known about the person.", "name \"Anna Li\"", compare_field<Field::kName>});
    facts.add({"phone <phone:text>", "Her phone as it was given.", "phone 13800138000",
               compare_field<Field::kPhone, domain::IdentityKind::kPhone>});
    facts.add(
        {"card <card:text>", "Her card.", "card A1001", compare_field<Field::kCard, domain::IdentityKind::kCard>});
    facts.add({"email <email:text>", "Her e-mail.", "email anna@example.com", compare_field<Field::kEmail>});
    facts.add({"birthday <birthday:text>", "Her birthday.", "birthday 1990-05-01", compare_field<Field::kBirthday>});
    facts.add({"consent to <purpose:word>", "The consent holds.", "consent to marketing", compare_consent<true>});
    facts.add({"no consent to <purpose:word>", "It was withdrawn, or never given.", "no consent to marketing",
               compare_consent<false>});
}

void add_totals(Table& totals) {
    totals.add({"<count> bill|bills", "Sales and refunds.", "3 bills", [](Step& step) -> Status {
                    step.same_number("bills", step.number("count"), step.totals->bills);
                    return {};
                }});
    totals.add({"<money>", "Money, net of refunds.", "152.00", [](Step& step) -> Status {
                    TALLY_TRY(const domain::Minor expected, step.money("money"));
                    step.same_money("amount", expected, step.totals->amount_minor);
                    return {};
                }});
    totals.add({"<points> point|points", "Points given less points taken back.", "15 points", [](Step& step) -> Status {
                    step.same_number("points", step.number("points"), step.totals->points_net());
                    return {};
                }});
    totals.add({"<points> redeemed", "Points redeemed there.", "10 redeemed", [](Step& step) -> Status {
                    step.same_number("redeemed", step.number("points"), step.totals->points_redeemed);
                    return {};
                }});
}

}  // namespace tally::scenario
