#include "tests/sim/event.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace tally::sim {

namespace {

constexpr std::string_view kTitle = "# tally-lab sim trace 1";

template <class Number>
bool read_number(const std::string& word, Number& out) {
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), out);
    return failed == std::errc() && end == word.data() + word.size();
}

bool read_event(std::istringstream& words, Event& out) {
    std::string word;
    if (!(words >> word) || !read_number(word, out.at_ms)) return false;
    if (!(words >> word) || !read_number(word, out.number)) return false;
    if (!(words >> out.verb)) return false;
    while (words >> word)
        if (!read_number(word, out.arguments.emplace_back())) return false;
    return true;
}

}  // namespace

std::string event_text(const Event& event) {
    std::string out = std::to_string(event.at_ms) + " " + std::to_string(event.number) + " " + event.verb;
    for (const std::int64_t argument : event.arguments) out += " " + std::to_string(argument);
    return out;
}

std::string plan_text(const Plan& plan) {
    std::string out(kTitle);
    out += "\nseed " + std::to_string(plan.seed) + "\nterminals " + std::to_string(plan.terminals) + "\ndays " +
           std::to_string(plan.days) + "\n";
    for (const Event& event : plan.events) out += event_text(event) + "\n";
    return out;
}

Result<Plan> plan_from_text(std::string_view text) {
    std::istringstream lines{std::string(text)};
    Plan plan;
    std::string line;
    for (int number = 1; std::getline(lines, line); ++number) {
        if (line.empty() || line.front() == '#') continue;
        std::istringstream words(line);
        std::string first, second;
        words >> first;
        bool is_read = true;
        if (first == "seed") {
            is_read = static_cast<bool>(words >> second) && read_number(second, plan.seed);
        } else if (first == "terminals") {
            is_read = static_cast<bool>(words >> second) && read_number(second, plan.terminals);
        } else if (first == "days") {
            is_read = static_cast<bool>(words >> second) && read_number(second, plan.days);
        } else {
            words.seekg(0);
            is_read = read_event(words, plan.events.emplace_back());
        }
        if (!is_read) return fail(Code::kInvalid, "line " + std::to_string(number) + " of the trace: " + line);
    }
    if (plan.terminals < 1 || plan.terminals > 100 || plan.days < 1)
        return fail(Code::kInvalid, "the trace does not say how many terminals and days");
    std::stable_sort(plan.events.begin(), plan.events.end(),
                     [](const Event& a, const Event& b) { return a.at_ms < b.at_ms; });
    return plan;
}

}  // namespace tally::sim
