// Text from strangers. Law: each cleaning makes valid UTF-8 without control characters, and a second one changes
// nothing.
#include "common/base/utf8.h"
#include "terminal/model/utf8.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(text) {
    const std::string_view text = text_of(input);
    if (const auto clean = clean_text(text, 250)) {
        TALLY_ASSERT(is_valid_utf8(*clean) && code_points(*clean) <= 250, "clean text is short, valid UTF-8");
        TALLY_ASSERT(clean_text(*clean, 250).value_or("?") == *clean, "clean text stays as it is");
    }
    for (const auto clean : {terminal::tidy, terminal::one_line}) {
        const std::string once = clean(text);
        TALLY_ASSERT(is_valid_utf8(once), "text for the screen is valid UTF-8");
        for (std::size_t at = 0; at < once.size();)
            TALLY_ASSERT(!terminal::is_unprintable(terminal::next_character(once, at)), "it can be drawn");
        TALLY_ASSERT(clean(once) == once, "text for the screen stays as it is");
    }
    std::size_t at = 0, characters = 0;
    while (at < text.size()) {
        const std::size_t before = at;
        terminal::next_character(text, at);
        TALLY_ASSERT(at > before && at <= text.size() && at == terminal::next_boundary(text, before), "a walk ends");
        ++characters;
    }
    TALLY_ASSERT(characters == terminal::count_characters(text), "a walk meets every character");
}
