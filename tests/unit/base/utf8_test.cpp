#include "common/base/utf8.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/csv.h"
#include "tests/support/data.h"

using namespace tally;

TEST_CASE("utf8: every scalar value survives encoding and decoding, and nothing else decodes") {
    for (char32_t c = 0; c <= 0x10FFFF; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        std::string text;
        append_code_point(text, c);
        std::string_view rest = text;
        const auto read = take_code_point(rest);
        if (!read || *read != c || !rest.empty()) FAIL("code point ", static_cast<unsigned>(c));
        // Every strict prefix is refused, and leaves the text alone.
        rest = std::string_view(text).substr(0, text.size() - 1);
        if (take_code_point(rest) || rest.size() != text.size() - 1) FAIL("prefix of ", static_cast<unsigned>(c));
    }
}

TEST_CASE("utf8: overlongs, surrogates, stray bytes and values above U+10FFFF are refused") {
    for (const char* bad : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80",
                            "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
                            "\xFF", "\xFE", "\x80", "\xBF", "\xE4\xBD", "\xE4\x41\x41", "\xF0\x9F\x98", "\xC3\xC3"}) {
        CHECK_FALSE(is_valid_utf8(bad));
        CHECK_FALSE(clean_text(bad, 100));
        CHECK_FALSE(is_valid_utf8(std::string("ok") + bad));
    }
    CHECK(is_valid_utf8(""));
    CHECK(code_points("\xE5\xBC\xA0\xE4\xB8\x89") == 2);
    CHECK(code_points("ab\xFF") == 2);
}

TEST_CASE("utf8: all two- and three-byte strings agree with a second, naive decoder") {
    const auto naive = [](const std::string& text) {
        // Decodes loosely, encodes the value again, and compares: only the one right form survives.
        for (std::size_t at = 0; at < text.size();) {
            const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
            const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
            if (at + length > text.size()) return false;
            char32_t value = length == 1 ? byte(0) : byte(0) & (0x7Fu >> length);
            for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte(i) & 0x3Fu);
            if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return false;
            std::string again;
            append_code_point(again, value);
            if (text.compare(at, length, again) != 0) return false;
            at += length;
        }
        return true;
    };
    int valid = 0;
    for (unsigned a = 0; a < 256; ++a) {
        for (unsigned b = 0; b < 256; ++b) {
            for (unsigned c = 0; c < 256; ++c) {
                const std::string text{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
                const bool ours = is_valid_utf8(text);
                if (ours != naive(text)) FAIL(a, " ", b, " ", c);
                valid += ours;
            }
        }
    }
    // 128^3 of ASCII, 2 * 1,920 * 128 with one two-byte character, 61,440 of three bytes.
    CHECK(valid == 128 * 128 * 128 + 2 * 1920 * 128 + 61440);
}

TEST_CASE("clean text: blanks at the ends go, blanks inside stay") {
    CHECK(*clean_text("  Zhang San ", 20) == "Zhang San");
    CHECK(*clean_text("\xE3\x80\x80\xE5\xBC\xA0\xE4\xB8\x89\xC2\xA0\xEF\xBB\xBF", 2) == "\xE5\xBC\xA0\xE4\xB8\x89");
    CHECK(*clean_text("   ", 0).value().c_str() == '\0');
    CHECK(clean_text("", 0)->empty());
}

TEST_CASE("clean text: length counts code points after trimming") {
    CHECK(clean_text("  abc  ", 3));
    CHECK_FALSE(clean_text("abcd", 3));
    CHECK(clean_text("\xF0\xA0\xAE\xB7\xF0\xA0\xAE\xB7", 2));
    CHECK(clean_text("abcd", 3).error().code == Code::kInvalid);
}

TEST_CASE("clean text: control characters, line breaks, bidi overrides and noncharacters are refused") {
    for (const std::string& bad :
         {std::string("a\0b", 3), std::string("a\nb"), std::string("a\tb"), std::string("\x7F"),
          std::string("\xC2\x85"), std::string("\xE2\x80\xA8"), std::string("\xE2\x80\xAE"),
          std::string("\xE2\x81\xA6"), std::string("\xEF\xBF\xBE"), std::string("\xEF\xB7\x90"),
          std::string("trailing\n"), std::string("\r")}) {
        const auto cleaned = clean_text(bad, 100);
        REQUIRE_FALSE(cleaned);
        CHECK(cleaned.error().code == Code::kInvalid);
    }
}

TEST_CASE("clean text: every naughty string is kept as it is (but for its ends) or refused, never changed inside") {
    const auto file = support::data("strings/blns.json");
    if (!file) return;
    const auto strings = nlohmann::json::parse(support::slurp(*file));
    int kept = 0;
    int refused = 0;
    for (const auto& entry : strings) {
        const std::string text = entry.get<std::string>();
        CHECK(is_valid_utf8(text));
        const auto cleaned = clean_text(text, 10'000);
        if (!cleaned) {
            ++refused;
            continue;
        }
        ++kept;
        CHECK(text.find(*cleaned) != std::string::npos);
        CHECK(clean_text(*cleaned, 10'000).value() == *cleaned);
        std::string_view rest = *cleaned;
        while (const auto c = take_code_point(rest)) CHECK_FALSE((is_control(*c) || is_bidi_override(*c)));
    }
    CHECK(kept + refused == static_cast<int>(strings.size()));
    CHECK(refused == 15);  // tabs, C0 and C1 controls, line separators, overrides, U+FFFE; counted apart from this code
}

TEST_CASE("clean text: each of the 8,105 characters is one code point and is kept") {
    const auto file = support::data("strings/cjk_table_8105.csv");
    if (!file) return;
    auto reader = CsvReader::open(file->string());
    REQUIRE(reader);
    const auto column = std::find(reader->header().begin(), reader->header().end(), "char");
    REQUIRE(column != reader->header().end());
    const auto at = static_cast<std::size_t>(column - reader->header().begin());
    int count = 0;
    int outside_basic_plane = 0;
    while (true) {
        auto row = reader->next();
        REQUIRE(row);
        if (!*row) break;
        REQUIRE((*row)->fault.empty());
        const std::string& text = (*row)->fields[at];
        CHECK(code_points(text) == 1);
        CHECK(clean_text(text, 1).value() == text);
        ++count;
        outside_basic_plane += text.size() == 4;
    }
    CHECK(count == 8105);
    CHECK(outside_basic_plane == 196);
}
