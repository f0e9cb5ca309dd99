#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "terminal/model/utf8.h"
#include "terminal/view/theme.h"
#include "tests/ui/sample_states.h"
#include "tests/unit/view/headless.h"

using namespace tally;
using namespace tally::terminal;
using namespace tally::test;

namespace {

struct Size {
    float width, height;
};
// 1280x698 is what a panel and a title bar leave of a 1366x768 screen.
constexpr Size kSizes[] = {{1024, 768}, {1280, 800}, {1366, 768}, {1280, 698}, {800, 600}, {1920, 1080}};

const Seen* find_id(const SeenFrame& seen, std::string_view id) {
    for (const Seen& one : seen)
        if (one.id == id) return &one;
    return nullptr;
}

double luminance(theme::Colour colour) {
    const auto channel = [&](int shift) {
        const double c = ((colour >> shift) & 0xFF) / 255.0;
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(0) + 0.7152 * channel(8) + 0.0722 * channel(16);
}
double contrast(theme::Colour a, theme::Colour b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

TEST_CASE("view: no text of ours is cut and nothing overlaps, on every screen, in both languages, at every size") {
    for (const Size size : kSizes) {
        Headless headless(size.width, size.height);
        const Box whole{0, 0, size.width, size.height};
        for (const Lang lang : {Lang::kZh, Lang::kEn}) {
            for (const Sample& sample : sample_states(lang)) {
                const SeenFrame seen = headless.frame(project(sample.state)).seen;
                CHECK(seen.size() > 3);
                std::vector<const Seen*> texts, widgets;
                for (const Seen& one : seen) {
                    INFO(size.width, "x", size.height, " ", sample.name,
                         lang == Lang::kZh ? " zh: " : " en: ", one.label, " at ", one.box.x, ",", one.box.y, " ",
                         one.box.w, "x", one.box.h);
                    CHECK_FALSE(one.cut);
                    if (one.kind == SeenKind::kText) {
                        // A list's last row may be cut by its scrolling edge; what is not in a list must be seen whole.
                        if (one.clip.overlaps(one.box)) texts.push_back(&one);
                        CHECK(one.box.x >= one.clip.x - 1);
                        CHECK(one.box.right() <= one.clip.right() + 1);
                    } else if (one.kind == SeenKind::kButton || one.kind == SeenKind::kField) {
                        widgets.push_back(&one);
                        CHECK(whole.contains(one.box));
                        CHECK(one.box.h >= 38 * std::min(1.f, scale_for(size.width, size.height)));
                    }
                }
                for (std::size_t i = 0; i < texts.size(); ++i) {
                    for (std::size_t j = i + 1; j < texts.size(); ++j) {
                        INFO(size.width, "x", size.height, " ", sample.name, " ", texts[i]->label, " | ",
                             texts[j]->label);
                        CHECK_FALSE(texts[i]->box.overlaps(texts[j]->box));
                    }
                }
                for (std::size_t i = 0; i < widgets.size(); ++i) {
                    for (std::size_t j = i + 1; j < widgets.size(); ++j) {
                        INFO(sample.name, " ", widgets[i]->id, " | ", widgets[j]->id);
                        CHECK_FALSE(widgets[i]->box.overlaps(widgets[j]->box));
                    }
                }
            }
        }
    }
}

TEST_CASE("view: the status bar, the acting side and the balance are on the screen, never scrolled away") {
    for (const Size size : {Size{1024, 768}, Size{1280, 698}, Size{640, 480}}) {
        Headless headless(size.width, size.height);
        const Box whole{0, 0, size.width, size.height};
        for (const Sample& sample : sample_states(Lang::kEn)) {
            if (sample.state.screen == Screen::kOpening || sample.state.screen == Screen::kStopped) continue;
            const ScreenModel model = project(sample.state);
            const SeenFrame seen = headless.frame(model).seen;
            INFO(size.width, "x", size.height, " ", sample.name);
            REQUIRE(find_id(seen, "status"));
            CHECK(find_id(seen, "status")->label == model.status.line);
            CHECK(whole.contains(find_id(seen, "status")->box));
            for (const ButtonModel& button : model.buttons) {
                int shown = 0;
                for (const Seen& one : seen)
                    shown += one.kind == SeenKind::kButton && one.label == button.label && whole.contains(one.box);
                INFO(button.label);
                CHECK(shown == 1);
            }
        }
    }
}

TEST_CASE("view: a click reports the button's act, a disabled one nothing") {
    Headless headless(1280, 800);
    for (const Sample& sample : sample_states(Lang::kZh)) {
        const ScreenModel model = project(sample.state);
        const SeenFrame seen = headless.frame(model).seen;
        for (const Seen& one : seen) {
            if (one.kind != SeenKind::kButton && one.kind != SeenKind::kField) continue;
            const auto intents = headless.click(model, one.box.x + one.box.w / 2, one.box.y + one.box.h / 2);
            INFO(sample.name, " ", one.id);
            CHECK(intents.size() == (one.enabled ? 1u : 0u));
        }
    }
}

TEST_CASE("view: the rows of a list are seen whole or not at all, and a bill number keeps its end") {
    for (const Size size : kSizes) {
        Headless headless(size.width, size.height);
        for (const Lang lang : {Lang::kZh, Lang::kEn}) {
            for (const Sample& sample : sample_states(lang)) {
                for (const Seen& one : headless.frame(project(sample.state)).seen) {
                    INFO(size.width, "x", size.height, " ", sample.name, " ", one.label);
                    const bool in_sight = one.clip.overlaps(one.box);
                    if (one.kind == SeenKind::kRow && in_sight) CHECK(one.clip.contains(one.box));
                    if (one.elided && one.label.starts_with("...")) CHECK(one.label.find("-00") != std::string::npos);
                }
            }
        }
    }
}

TEST_CASE("view: a finger drags a list, and what it lifts off is not pressed") {
    Headless headless(1280, 800);
    for (const Sample& sample : sample_states(Lang::kZh)) {
        if (sample.name != "till_log") continue;
        const ScreenModel model = project(sample.state);
        SeenFrame seen = headless.frame(model).seen;
        const Seen* row = find_id(seen, "row_9");
        REQUIRE(row);
        const float x = row->box.x + 200, y = row->box.y + 20;
        const float before = row->box.y;
        ImGuiIO& io = ImGui::GetIO();
        const auto step = [&](bool down, float at) {
            io.MousePos = {x, at};
            io.MouseDown[0] = down;
            return headless.frame(model);
        };
        std::size_t pressed = step(false, y).intents.size();
        pressed += step(true, y).intents.size();
        for (int i = 1; i <= 10; ++i) pressed += step(true, y - static_cast<float>(i * 20)).intents.size();
        pressed += step(false, y - 200).intents.size();
        CHECK(pressed == 0);
        seen = step(false, y - 200).seen;
        REQUIRE(find_id(seen, "row_9"));
        CHECK(find_id(seen, "row_9")->box.y < before - 150);
        // A tap is a press still.
        row = find_id(seen, "row_12");
        REQUIRE(row);
        const auto intents = headless.click(model, row->box.x + 200, row->box.y + 20);
        REQUIRE(intents.size() == 1);
        CHECK(std::get<RowPicked>(intents[0]).row == 12);
    }
}

TEST_CASE("view: lots that have no room on the card are counted, and none is left out silently") {
    Headless headless(1024, 768);
    for (const Sample& sample : sample_states(Lang::kEn)) {
        if (!sample.state.member || sample.state.screen != Screen::kMember) continue;
        const ScreenModel model = project(sample.state);
        const MemberPage& page = std::get<MemberPage>(model.page);
        const std::size_t lots = sample.state.member->lots.size();
        INFO(sample.name);
        CHECK(page.lots.size() == (lots <= kLotRowsMax ? lots : kLotRowsMax - 1));
        CHECK(page.lots_more == (lots <= kLotRowsMax ? "" : std::to_string(lots - kLotRowsMax + 1) + " more"));
        const SeenFrame seen = headless.frame(model).seen;
        for (const LotRow& lot : page.lots) {
            bool shown = false;
            for (const Seen& one : seen) shown = shown || (one.label == lot.points && !one.elided);
            CHECK(shown);
        }
    }
}

TEST_CASE("view: a click into a field puts the caret between the characters that it hit") {
    Headless headless(1280, 800);
    for (const Sample& sample : sample_states(Lang::kZh)) {
        if (sample.name != "register") continue;
        const ScreenModel model = project(sample.state);
        const SeenFrame seen = headless.frame(model).seen;
        const Seen* name = find_id(seen, "field_name");
        REQUIRE(name);
        const auto at_start = headless.click(model, name->box.x + 15, name->box.y + 20);
        REQUIRE(at_start.size() == 1);
        CHECK(std::get<FieldPicked>(at_start[0]).caret == 0);
        const auto after_first = headless.click(model, name->box.x + 14 + 22, name->box.y + 20);
        CHECK(std::get<FieldPicked>(after_first[0]).caret == 3);
        const auto at_end = headless.click(model, name->box.right() - 10, name->box.y + 20);
        CHECK(std::get<FieldPicked>(at_end[0]).caret ==
              model.page.index() * 0 + sample.state.field(FieldId::kName).text.size());
    }
}

TEST_CASE("theme: every text colour stands at 4.5:1 or better on the grounds it is used on") {
    using namespace theme;
    for (const Colour ground : {kGround, kSurface, kSunken}) {
        for (const Colour ink : {kText, kMuted, kAccent, kGood, kBad, kCare}) CHECK(contrast(ink, ground) >= 4.5);
    }
    CHECK(contrast(kGood, kGoodSoft) >= 4.5);
    CHECK(contrast(kBad, kBadSoft) >= 4.5);
    CHECK(contrast(kCare, kCareSoft) >= 4.5);
    CHECK(contrast(kMuted, kCareSoft) >= 4.5);
    CHECK(contrast(kMuted, kBadSoft) >= 4.5);
    CHECK(contrast(kAccent, kAccentSoft) >= 4.5);
    for (const Colour ground : {kAccent, kAccentHover, kAccentDown, kKeyOnAccent})
        CHECK(contrast(kOnAccent, ground) >= 4.5);
    for (const Colour ground : {kTopBar, kTopBarButton}) CHECK(contrast(kTopBarMuted, ground) >= 4.5);
}

TEST_CASE("glyphs: every character of our texts is in the font") {
    const auto glyphs = Glyphs::load().value();
    for (std::size_t i = 0; i < text_count(); ++i) {
        for (const Lang lang : {Lang::kZh, Lang::kEn}) {
            const std::string_view words = text(lang, static_cast<Text>(i));
            for (std::size_t at = 0; at < words.size();) {
                const char32_t c = next_character(words, at);
                INFO(words);
                CHECK(glyphs->has(c));
            }
        }
    }
}

TEST_CASE("glyphs: all 8,105 characters of the table are drawn, each with pixels, also the 196 above U+FFFF") {
    const char* given = std::getenv("TALLY_DATA");
    std::ifstream file(std::string(given ? given : "../shared/data") + "/strings/cjk_table_8105.csv");
    if (!file) {
        MESSAGE("skipped: no data");
        return;
    }
    const auto glyphs = Glyphs::load().value();
    std::string line;
    std::getline(file, line);
    int drawn = 0;
    while (std::getline(file, line)) {
        const std::size_t from = line.find(',') + 1;
        const std::string character = line.substr(from, line.find(',', from) - from);
        std::size_t at = 0;
        const Glyph glyph = glyphs->glyph(next_character(character, at), Face::kRegular, 20);
        INFO(character);
        CHECK_FALSE(glyph.missing);
        bool ink = false;
        for (int y = 0; y < glyph.height && !ink; ++y)
            for (int x = 0; x < glyph.width && !ink; ++x)
                ink = glyphs->pixels()[static_cast<std::size_t>(glyph.y + y) * Glyphs::kTextureSize +
                                       static_cast<std::size_t>(glyph.x + x)] > 128;
        CHECK(ink);
        CHECK(glyph.advance == 20);
        drawn += ink;
    }
    CHECK(drawn == 8'105);
}

TEST_CASE("glyphs: a full texture starts afresh and says so, and letters stay right") {
    const auto glyphs = Glyphs::load().value();
    bool restarted = false;
    for (char32_t c = 0x4E00; c < 0x4E00 + 3'000; ++c) {
        (void)glyphs->glyph(c, Face::kBold, 46);
        restarted = glyphs->take_restarted() || restarted;
    }
    CHECK(restarted);
    const Glyph glyph = glyphs->glyph(U'王', Face::kBold, 46);
    CHECK(glyph.width > 20);
    CHECK(glyph.x + glyph.width <= Glyphs::kTextureSize);
    CHECK(glyph.y + glyph.height <= Glyphs::kTextureSize);
}
