// Why a number is what it is: the sentences that a cashier can read to a member.
#include "common/domain/explain.h"
#include "common/domain/tiers.h"
#include "tests/scenario/runner/sight.h"

namespace tally::scenario {

namespace {

constexpr auto kEnglish = domain::Language::kEnglish;

void has_sentence(Step& step, const std::vector<std::string>& sentences) {
    std::string all;
    for (const std::string& sentence : sentences) {
        if (sentence.find(step.text("text")) != std::string::npos) return;
        all += (all.empty() ? "" : " | ") + sentence;
    }
    step.same(step.text("text"), all.empty() ? "no reasons" : all);
}

Status why_balance(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const Sight sight, sight_of(step.world, step.text("place"), person->id));
    std::vector<std::string> sentences;
    for (const domain::Because& line : domain::explain_balance(sight.account, sight.today).lines)
        sentences.push_back(domain::sentence(sight.programme, line, kEnglish));
    has_sentence(step, sentences);
    return {};
}

Status why_tier(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const Sight sight, sight_of(step.world, step.text("place"), person->id));
    std::vector<std::string> sentences = {domain::tier_sentence(sight.programme, sight.account, sight.today, kEnglish)};
    for (const domain::Because& line : domain::explain_tier_value(sight.programme, sight.account, sight.today).lines)
        sentences.push_back(domain::sentence(sight.programme, line, kEnglish));
    has_sentence(step, sentences);
    return {};
}

Status why_benefit(Step& step) {
    TALLY_TRY(const Person* person, step.person());
    TALLY_TRY(const Sight sight, sight_of(step.world, step.text("place"), person->id));
    has_sentence(step,
                 {domain::explain_benefit(sight.programme, sight.account, step.text("benefit"), sight.today).words_en});
    return {};
}

}  // namespace

void check_explained(Step& step, const Sight& sight, const std::string& who) {
    const domain::Explanation balance = domain::explain_balance(sight.account, sight.today);
    std::int64_t sum = 0;
    for (const domain::Because& line : balance.lines) sum += line.value;
    step.same_number("the balance of " + who + ", explained,", sight.account.balance_on(sight.today), balance.number);
    step.same_number("the reasons for the balance of " + who + " sum up to", balance.number, sum);
    const auto view = domain::tier_of(sight.programme, sight.account, sight.today);
    if (!view) return;
    const domain::Explanation level = domain::explain_tier_value(sight.programme, sight.account, sight.today);
    sum = 0;
    for (const domain::Because& line : level.lines) sum += line.value;
    step.same_number("the tier value of " + who + ", explained,", view->value, level.number);
    step.same_number("the reasons for the tier value of " + who + " sum up to", level.number, sum);
}

void add_why_statements(Table& statements) {
    statements.add({.pattern = "expect why <member> at <place>: <text>",
                    .says = "One of the sentences that explain her balance holds this text. (That they sum up to the "
                            "balance is checked at the end of every scenario.)",
                    .example = "expect why Anna at T1: \"rule double added 100\"",
                    .run = why_balance});
    statements.add({.pattern = "expect why the level of <member> at <place>: <text>",
                    .says = "The same of her level and of what counts for it.",
                    .example = "expect why the level of Anna at T1: \"2,000.00 more\"",
                    .run = why_tier});
    statements.add({.pattern = "expect why <member> has <benefit:word> at <place>: <text>",
                    .says = "The same of a benefit, a coupon or a bonus of the programme, by its id.",
                    .example = "expect why Anna has upsize at T1: regular",
                    .run = why_benefit});
}

}  // namespace tally::scenario
