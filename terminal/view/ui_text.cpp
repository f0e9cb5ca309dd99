// Letters: one line, paragraphs, shortening.
#include <imgui.h>

#include <algorithm>

#include "terminal/model/utf8.h"
#include "terminal/view/ui.h"

namespace tally::terminal {

namespace {

constexpr float kCentre = 0.37f;  // of the em: from the baseline up to the middle of capitals and ideographs
constexpr float kAscent = 0.86f;  // what letters cover, for the note of what was seen
constexpr float kDescent = 0.13f;

Box clip_now() {
    const ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 low = list->GetClipRectMin(), high = list->GetClipRectMax();
    return {low.x, low.y, high.x - low.x, high.y - low.y};
}

bool breaks_anywhere(char32_t c) { return c >= 0x2E80; }
bool opens(char32_t c) { return c == U'（' || c == U'《' || c == U'「' || c == U'“'; }
// Closing marks stay with the line before them.
bool clings(char32_t c) {
    return c == U'，' || c == U'。' || c == U'、' || c == U'；' || c == U'：' || c == U'）' || c == U'！' ||
           c == U'？' || c == U',' || c == U'.' || c == U')' || c == U';' || c == U':' || c == U'…' || c == U' ';
}

}  // namespace

float Ui::width(std::string_view text, float em, Face face) const { return glyphs_.width(text, face, em_px(em)); }

void Ui::letters(float x, float baseline, std::string_view text, int em, Face face, theme::Colour colour) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    list->PushTextureID(glyphs_.texture);
    constexpr float kUnit = 1.f / Glyphs::kTextureSize;
    x = static_cast<float>(static_cast<int>(x + 0.5f));
    baseline = static_cast<float>(static_cast<int>(baseline + 0.5f));
    for (std::size_t at = 0; at < text.size();) {
        const Glyph& glyph = glyphs_.glyph(next_character(text, at), face, em);
        if (glyph.width > 0) {
            const ImVec2 low(x + glyph.left, baseline + glyph.top);
            const ImVec2 high(low.x + static_cast<float>(glyph.width), low.y + static_cast<float>(glyph.height));
            const ImVec2 uv_low(static_cast<float>(glyph.x) * kUnit, static_cast<float>(glyph.y) * kUnit);
            const ImVec2 uv_high(static_cast<float>(glyph.x + glyph.width) * kUnit,
                                 static_cast<float>(glyph.y + glyph.height) * kUnit);
            list->PrimReserve(6, 4);
            list->PrimRectUV(low, high, uv_low, uv_high, colour);
        }
        x += glyph.advance;
    }
    list->PopTextureID();
}

float Ui::text(const Box& box, std::string_view words, const Style& style) {
    if (words.empty()) return 0;
    const int em = em_px(style.em);
    std::string shown = one_line(words);
    float wide = glyphs_.width(shown, style.face, em);
    bool elided = false;
    if (wide > box.w + 0.5f && style.fit == Fit::kElideHead) {
        elided = true;
        const float room = box.w - glyphs_.width("...", style.face, em);
        std::size_t from = 0;
        while (from < shown.size() && glyphs_.width(std::string_view(shown).substr(from), style.face, em) > room)
            from = next_boundary(shown, from);
        shown = "..." + shown.substr(from);
        wide = glyphs_.width(shown, style.face, em);
    }
    if (wide > box.w + 0.5f && style.fit == Fit::kElide) {
        elided = true;
        // The Chinese font draws its ellipsis at half height: right after ideographs, wrong after Latin letters.
        const float room = box.w - std::max(glyphs_.width("…", style.face, em), glyphs_.width("...", style.face, em));
        std::size_t end = 0;
        float used = 0;
        char32_t last = 0;
        for (std::size_t at = 0; at < shown.size(); end = at) {
            const char32_t c = next_character(shown, at);
            const float advance = glyphs_.glyph(c, style.face, em).advance;
            if (used + advance > room) break;
            used += advance;
            last = c;
        }
        const char* dots = breaks_anywhere(last) ? "…" : "...";
        shown.resize(end);
        shown += dots;
        wide = used + glyphs_.width(dots, style.face, em);
    }
    float x = box.x;
    if (style.align == Align::kCenter) x += (box.w - wide) / 2;
    if (style.align == Align::kRight) x += box.w - wide;
    const float size = static_cast<float>(em);
    const float baseline = box.y + box.h / 2 + size * kCentre;
    letters(x, baseline, shown, em, style.face, style.colour);
    if (seen_) {
        const Box ink{x, baseline - size * kAscent, wide, size * (kAscent + kDescent)};
        const bool tall = size * 0.9f > box.h + 0.5f;
        seen_->push_back(
            {SeenKind::kText, "", shown, ink, clip_now(), true, false, wide > box.w + 0.5f || tall, elided});
    }
    return wide;
}

std::vector<Ui::Line> Ui::broken(float width, std::string_view words, const Style& style) const {
    const int em = em_px(style.em);
    std::vector<Line> out;
    std::size_t start = 0, at = 0, may_break = 0;
    float used = 0, used_at_break = 0;
    char32_t before = 0;
    while (at < words.size()) {
        const std::size_t here = at;
        const char32_t c = next_character(words, at);
        const bool between = before == U' ' || breaks_anywhere(c) || breaks_anywhere(before);
        const bool breakable = here > start && between && (before == U' ' || !clings(c)) && !opens(before);
        before = c;
        if (breakable) may_break = here, used_at_break = used;
        const float advance = glyphs_.glyph(c, style.face, em).advance;
        if (used + advance > width && here > start && c != U' ') {
            const bool at_break = may_break > start;
            const std::size_t end = at_break ? may_break : here;
            std::string_view line = words.substr(start, end - start);
            while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
            out.push_back({line});
            used -= at_break ? used_at_break : used;
            start = end;
        }
        used += advance;
    }
    if (start < words.size()) out.push_back({words.substr(start)});
    if (!out.empty()) out.back().last = true;
    return out;
}

int Ui::lines(float width, std::string_view words, const Style& style) const {
    return static_cast<int>(broken(width, one_line(words), style).size());
}

float Ui::paragraph(const Box& box, std::string_view words, const Style& style, float line) {
    const std::string clean = one_line(words);
    const float step = static_cast<float>(static_cast<int>(static_cast<float>(em_px(style.em)) * line + 0.5f));
    const std::vector<Line> parts = broken(box.w, clean, style);
    Box rest = box;
    float used = 0;
    for (const Line& part : parts) {
        const bool fits_after = rest.h - step >= step - 0.5f;
        if (rest.h < step - 0.5f) {
            // No place left: say so in the record, for our own words must fit.
            if (seen_)
                seen_->push_back(
                    {SeenKind::kText, "", std::string(part.text), rest, clip_now(), true, false, true, false});
            break;
        }
        if (!part.last && !fits_after && style.fit == Fit::kElide) {
            const std::size_t from = static_cast<std::size_t>(part.text.data() - clean.data());
            text(rest.cut_top(step), std::string_view(clean).substr(from), style);
            return used + step;
        }
        text(rest.cut_top(step), part.text, style);
        used += step;
    }
    return used;
}

}  // namespace tally::terminal
