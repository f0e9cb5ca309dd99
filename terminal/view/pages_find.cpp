// Pages for finding: home, choice, the till's log, and the messages of start and stop.
#include "terminal/view/pages.h"

namespace tally::terminal {

void draw_page(Ui& ui, const Box& box, const MessagePage& page, Intents&) {
    const float wide = std::min(box.w, ui.px(640)), inside = wide - 2 * ui.px(32), line = 1.4f;
    const Style title{
        .em = 26, .colour = page.bad ? theme::kBad : theme::kText, .face = Face::kBold, .align = Align::kCenter};
    const Style hint{.em = theme::kStrong, .colour = theme::kText, .align = Align::kCenter};
    const float title_tall = ui.px(title.em * line) * static_cast<float>(ui.lines(inside, page.title, title));
    const float hint_tall = ui.px(hint.em * line) * static_cast<float>(ui.lines(inside, page.hint, hint));
    const float tall = title_tall + ui.px(12) + hint_tall + 2 * ui.px(36);
    const Box card{box.x + (box.w - wide) / 2, box.y + (box.h - tall) * 0.42f, wide, tall};
    ui.panel(card);
    if (page.bad) {
        ui.fill(card, theme::kBadSoft, theme::kRound);
        ui.outline(card, theme::kBad, theme::kRound);
    }
    Box in = card.inset(ui.px(32), ui.px(36));
    in.h += 4;  // rounding of the lines' heights
    ui.paragraph(in.cut_top(title_tall + 2), page.title, title, line);
    in.cut_top(ui.px(12) - 2);
    ui.paragraph(in, page.hint, hint, line);
}

void draw_page(Ui& ui, const Box& box, const HomePage& page, Intents& intents) {
    Box rest = box;
    const Box card = rest.cut_top(ui.px(168));
    ui.panel(card);
    Box in = card.inset(ui.px(theme::kPad), 0);
    ui.text(in.cut_top(ui.px(52)), page.title, {.em = theme::kTitle, .face = Face::kBold});
    std::size_t caret = 0;
    if (ui.field(in.cut_top(ui.px(64)), page.find, 26, "", caret)) intents.push_back(FieldPicked{page.find.id, caret});
    ui.text(in, page.help, {.em = theme::kSmall, .colour = theme::kMuted});
    rest.cut_top(ui.px(theme::kGap));
    draw_operations(ui, rest, page.operations, "home_operations", intents);
}

void draw_page(Ui& ui, const Box& box, const ChoicePage& page, Intents& intents) {
    ui.panel(box);
    Box in = box.inset(ui.px(theme::kPad), 0);
    ui.text(in.cut_top(ui.px(52)), page.title, {.em = theme::kTitle, .face = Face::kBold});
    const float tall = std::min(ui.px(64), (in.h - ui.px(12)) / 9);
    float phones = 0, cards = 0;
    for (const ChoiceRow& row : page.rows) {
        phones = std::max(phones, std::min(ui.width(row.phone, theme::kBody) + 1, ui.px(200)));
        cards = std::max(cards, std::min(ui.width(row.card, theme::kBody) + 1, ui.px(200)));
    }
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        const ChoiceRow& row = page.rows[i];
        const Box place = in.cut_top(tall);
        const std::string id = "choice_" + row.key;
        bool hovered = false, held = false;
        if (ui.press(place, id.c_str(), true, hovered, held)) intents.push_back(RowPicked{i});
        if (row.chosen || hovered) ui.fill(place, row.chosen ? theme::kAccentSoft : theme::kSunken, 8);
        if (!row.chosen && i + 1 < page.rows.size()) ui.rule(place.x, place.bottom() - 1, place.w);
        ui.note(SeenKind::kRow, id, row.name, place, true, row.chosen);
        Box at = place.inset(ui.px(12), 0);
        const Box cap = at.cut_left(ui.px(34));
        ui.key_cap({cap.x, cap.y + (cap.h - ui.px(30)) / 2, cap.w, ui.px(30)}, row.key, false, true);
        at.cut_left(ui.px(16));
        const Box card = at.cut_right(cards);
        at.cut_right(ui.px(24));
        const Box phone = at.cut_right(phones);
        at.cut_right(ui.px(24));
        ui.text(at, row.name, {.em = theme::kStrong, .face = Face::kBold, .fit = Fit::kElide});
        ui.text(phone, row.phone, {.em = theme::kBody, .fit = Fit::kElide});
        ui.text(card, row.card,
                {.em = theme::kBody, .colour = theme::kMuted, .align = Align::kRight, .fit = Fit::kElide});
    }
}

void draw_page(Ui& ui, const Box& box, const TillLogPage& page, Intents& intents) {
    draw_operations(ui, box, page.operations, "till_operations", intents);
}

}  // namespace tally::terminal
