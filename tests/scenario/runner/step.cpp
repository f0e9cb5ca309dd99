#include "tests/scenario/runner/step.h"

#include <cstdlib>

namespace tally::scenario {

namespace {

domain::Minor power_of_ten(std::uint32_t digits) {
    domain::Minor out = 1;
    while (digits-- > 0) out *= 10;
    return out;
}

}  // namespace

const std::string& Step::text(const std::string& name) const {
    const Word* word = match.find(name);
    TALLY_ASSERT(word, ("a row asks for a value that its pattern has not: " + name).c_str());
    return word->text;
}

std::string Step::text_or(const std::string& name, const std::string& other) const {
    const Word* word = match.find(name);
    return word ? word->text : other;
}

std::vector<std::string> Step::texts(const std::string& name) const {
    std::vector<std::string> out;
    for (const auto& [there, word] : match.values)
        if (there == name) out.push_back(word.text);
    return out;
}

std::int64_t Step::number_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

Result<domain::Minor> Step::money(const std::string& name) const {
    std::string digits = text(name);
    const std::size_t wanted = world.programme().currency_digits;
    const std::size_t point = digits.find('.');
    const std::size_t given = point == std::string::npos ? 0 : digits.size() - point - 1;
    if (given > wanted)
        return fail(Code::kInvalid, "'" + digits + "': this currency has " + std::to_string(wanted) + " digits");
    if (point != std::string::npos) digits.erase(point, 1);
    return number_of(digits + std::string(wanted - given, '0'));
}

std::string Step::money_text(domain::Minor minor) const {
    const std::uint32_t digits = world.programme().currency_digits;
    const domain::Minor unit = power_of_ten(digits);
    std::string out = minor < 0 ? "-" : "";
    const domain::Minor size = std::abs(minor);
    out += std::to_string(size / unit);
    if (digits == 0) return out;
    const std::string rest = std::to_string(size % unit);
    return out + "." + std::string(digits - rest.size(), '0') + rest;
}

void Step::same(const std::string& expected, const std::string& got) {
    if (expected != got) differences.push_back({prefix + expected, prefix + got});
}

void Step::same_number(const std::string& what, std::int64_t expected, std::int64_t got) {
    same(what + " " + std::to_string(expected), what + " " + std::to_string(got));
}

void Step::same_money(const std::string& what, domain::Minor expected, domain::Minor got) {
    same(what + " " + money_text(expected), what + " " + money_text(got));
}

Status Step::each(const std::vector<Bound>& list) {
    for (const Bound& bound : list) {
        Step part(world, bound.match);
        part.act = act;
        part.sight = sight;
        part.totals = totals;
        part.prefix = prefix;
        if (bound.entry->run) TALLY_OK(bound.entry->run(part));
        refusal_expected = refusal_expected || part.refusal_expected;
        differences.insert(differences.end(), part.differences.begin(), part.differences.end());
    }
    return {};
}

Status refuse_or_fail(Act& act, const Error& error) {
    switch (error.code) {
        case Code::kInvalid:
        case Code::kNotFound:
        case Code::kExists:
        case Code::kRefused:
        case Code::kOverflow: act.refused = error.detail; return {};
        default: return error;
    }
}

}  // namespace tally::scenario
