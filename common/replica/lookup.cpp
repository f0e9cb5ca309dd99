#include "common/replica/lookup.h"

#include <algorithm>

#include "common/base/utf8.h"

namespace tally::replica {
namespace {

char32_t fold_letter(char32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width ASCII
    if (c >= U'A' && c <= U'Z') return c + 32;
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;     // Latin-1
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 32;  // Greek
    if (c >= 0x410 && c <= 0x42F) return c + 32;                // Cyrillic
    if (c >= 0x400 && c <= 0x40F) return c + 80;
    return c;
}

// Letters that are written in words; everything else (Chinese, kana, hangul) may begin a search anywhere.
bool is_alphabetic(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= 0xC0 && c < 0x600);
}

std::u32string folded_name(std::string_view name) {
    std::u32string out;
    while (const auto c = take_code_point(name)) {
        if (is_blank(*c)) {
            if (!out.empty() && out.back() != U' ') out.push_back(U' ');
        } else {
            out.push_back(fold_letter(*c));
        }
    }
    if (!out.empty() && out.back() == U' ') out.pop_back();
    return out;
}

std::string part_of(const std::u32string& name, std::size_t from, std::size_t code_points_max) {
    std::string out;
    for (std::size_t i = from; i < name.size() && i - from < code_points_max; ++i) append_code_point(out, name[i]);
    return out;
}

// A name is found from its start, from each word and Chinese character, and from inside a word by three letters or
// more.
void add_name(std::vector<LookupRow>& out, std::string_view text) {
    const std::u32string name = folded_name(text);
    if (name.empty()) return;
    out.push_back({kLookupNameStart, part_of(name, 0, kNamePartCodePointsMax)});
    std::size_t rows = 0;
    for (std::size_t i = 1; i < name.size() && rows < kNameRowsMax; ++i) {
        if (name[i] == U' ') continue;
        const bool inside_word = is_alphabetic(name[i]) && is_alphabetic(name[i - 1]);
        if (inside_word) {
            std::size_t end = i;
            while (end < name.size() && is_alphabetic(name[end])) ++end;
            if (end - i < 3) continue;
        }
        out.push_back({kLookupNameInside, part_of(name, i, kNamePartCodePointsMax)});
        ++rows;
    }
}

}  // namespace

std::vector<LookupRow> lookup_rows(const domain::Profile& profile) {
    std::vector<LookupRow> out;
    for (const domain::Identity& identity : profile.identities) {
        out.push_back({static_cast<int>(identity.kind), identity.value});
        if (identity.kind != domain::IdentityKind::kPhone) continue;
        std::string digits(identity.value.rbegin(), identity.value.rend());
        std::erase(digits, '+');
        out.push_back({kLookupPhoneReversed, std::move(digits)});
    }
    add_name(out, profile.text(domain::Field::kName));
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::string name_for_search(std::string_view name) {
    const std::u32string folded = folded_name(name);
    return part_of(folded, 0, kNamePartCodePointsMax);
}

std::string after_prefix(std::string_view prefix) {
    std::string out(prefix);
    out.push_back(static_cast<char>(0xFF));  // above every byte of UTF-8
    return out;
}

}  // namespace tally::replica
