#include "common/domain/programme_findings.h"

#include <algorithm>

#include "common/base/utf8.h"

namespace tally::domain {

std::string at(const char* list, std::size_t index) { return list + ("[" + std::to_string(index) + "]"); }

void Findings::add_line(std::string line) {
    if (!is_full()) lines_.push_back(std::move(line));
}

void Findings::range(const std::string& path, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
        add(path, number_text(low) + " to " + number_text(high) + ", not " + number_text(value));
}

// One line of text that cannot pose as another.
static const char* fault_of(std::string_view text) {
    if (!is_valid_utf8(text)) return "not UTF-8";
    while (const auto code_point = take_code_point(text)) {
        if (is_control(*code_point)) return "a control character in it";
        if (is_bidi_override(*code_point)) return "a character in it that reorders text";
    }
    return nullptr;
}

void Findings::text(const std::string& path, const std::string& value, std::size_t bytes_max) {
    if (value.size() > bytes_max)
        return add(path, number_text(std::ssize(value)) + " bytes long, at most " + std::to_string(bytes_max));
    if (const char* fault = fault_of(value)) add(path, fault);
}

void Findings::unused(const std::string& path, bool is_set, const char* who_has_it) {
    if (is_set) add(path, std::string("only ") + who_has_it + " has this");
}

void Findings::words(const std::string& path, const Words& words) {
    text(path + ".zh", words.zh, kWordsBytesMax);
    text(path + ".en", words.en, kWordsBytesMax);
}

static bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kRuleIdBytesMax && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

void Findings::id(const std::string& path, const std::string& value, std::set<std::string, std::less<>>& seen) {
    if (!is_id(value)) return add(path, "1 to 32 of a-z, 0-9, _ and -");
    if (!seen.insert(value).second) add(path, "twice: " + value);
}

void Findings::listed(const std::string& path, const std::vector<std::string>& list, std::size_t bytes_max) {
    if (list.size() > kListMax)
        return add(path, number_text(std::ssize(list)) + " of them, at most " + number_text(kListMax));
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < list.size() && !is_full(); ++i) {
        const std::string here = path + "[" + std::to_string(i) + "]";
        if (list[i].empty())
            add(here, "empty");
        else if (!seen.insert(list[i]).second)
            add(here, list[i].size() <= bytes_max ? "twice: " + list[i] : "twice");
        else
            text(here, list[i], bytes_max);
    }
}

void Findings::named(const std::string& path, const std::vector<std::string>& list, const std::set<std::string>& names,
                     const char* what) {
    listed(path, list, kRuleIdBytesMax);
    for (std::size_t i = 0; i < list.size() && !is_full(); ++i)
        if (list[i].size() <= kRuleIdBytesMax && !list[i].empty() && is_valid_utf8(list[i]) && !names.contains(list[i]))
            add(path + "[" + std::to_string(i) + "]", std::string("no ") + what + " of this name: " + list[i]);
}

bool Findings::count(const char* list, std::size_t have, std::size_t most) {
    if (have <= most) return true;
    add(list, number_text(static_cast<std::int64_t>(have)) + " of them, at most " +
                  number_text(static_cast<std::int64_t>(most)));
    return false;
}

}  // namespace tally::domain
