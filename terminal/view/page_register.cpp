// Registering a member, the phone first.
#include <imgui.h>

#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

void draw_consent(Ui& ui, const Box& box, const RegisterPage& page, Intents& intents) {
    bool hovered = false, held = false;
    if (ui.press(box, "consent", true, hovered, held)) intents.push_back(Pressed{Action::kConsent});
    ui.fill(box, hovered ? theme::kSunken : theme::kSurface, 8);
    ui.outline(box, page.consented ? theme::kAccent : theme::kLine, 8);
    Box in = box.inset(ui.px(14), ui.px(8));
    const Box cap = in.cut_right(ui.px(44));
    ui.key_cap({cap.x, cap.y + (cap.h - ui.px(30)) / 2, cap.w, ui.px(30)}, page.consent_key, false, true);
    in.cut_right(ui.px(10));
    const float side = ui.px(28);
    const Box slot = in.cut_left(side);
    const Box tick{slot.x, slot.y + (slot.h - side) / 2, side, side};
    ui.fill(tick, page.consented ? theme::kAccent : theme::kSurface, 6);
    if (!page.consented) ui.outline(tick, theme::kLineStrong, 6, ui.px(2));
    if (page.consented) {
        const ImVec2 points[3] = {{tick.x + side * 0.24f, tick.y + side * 0.52f},
                                  {tick.x + side * 0.43f, tick.y + side * 0.71f},
                                  {tick.x + side * 0.78f, tick.y + side * 0.31f}};
        ImGui::GetWindowDrawList()->AddPolyline(points, 3, theme::kOnAccent, 0, ui.px(3));
    }
    in.cut_left(ui.px(14));
    ui.text(in.cut_top(in.h / 2), page.consent, {.em = theme::kBody, .face = Face::kBold});
    ui.text(in, page.consent_wording, {.em = theme::kSmall, .colour = theme::kMuted});
    ui.note(SeenKind::kButton, "consent", page.consent, box, true, page.consented);
}

}  // namespace

void draw_page(Ui& ui, const Box& box, const RegisterPage& page, Intents& intents) {
    ui.panel(box);
    Box in = box.inset(ui.px(theme::kPad), 0);
    ui.text(in.cut_top(ui.px(56)), page.title, {.em = theme::kTitle, .face = Face::kBold});
    const float gap = ui.px(14), tall = ui.px(26 + 54);
    for (std::size_t i = 0; i < page.fields.size(); ++i) {
        const bool phone = i == 0;
        Box row = in.cut_top(phone ? ui.px(26 + 64) : tall);
        field_with_label(ui, row, page.fields[i], phone ? 28 : theme::kStrong, "", intents);
        if (phone) {
            // Always the same height, so that nothing moves when the answer comes.
            Box note = in.cut_top(ui.px(40));
            if (!page.duplicate_title.empty()) {
                const Box strip = note.inset(0, ui.px(4));
                ui.fill(strip, theme::kCareSoft, 6);
                Box words = strip.inset(ui.px(12), 0);
                const float title = ui.width(page.duplicate_title, theme::kBody, Face::kBold);
                ui.text(words.cut_left(title), page.duplicate_title,
                        {.em = theme::kBody, .colour = theme::kCare, .face = Face::kBold});
                words.cut_left(ui.px(16));
                ui.text(words.cut_right(ui.width(page.duplicate_phone, theme::kBody)), page.duplicate_phone,
                        {.em = theme::kBody});
                words.cut_right(ui.px(12));
                ui.text(words, page.duplicate_name, {.em = theme::kBody, .fit = Fit::kElide});
            } else if (!page.phone_note.empty()) {
                ui.text(note, page.phone_note, {.em = theme::kBody, .colour = ink_of(page.phone_tone)});
            }
        } else {
            in.cut_top(gap);
        }
    }
    in.cut_top(ui.px(6));
    draw_consent(ui, in.cut_top(ui.px(72)), page, intents);
}

}  // namespace tally::terminal
