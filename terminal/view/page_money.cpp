// Earn, redeem, refund: the member, the amount, and what will come of it before it is done.
#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

void draw_preview(Ui& ui, const Box& box, const MoneyPage& page) {
    ui.panel(box);
    Box in = box.inset(ui.px(theme::kPad), ui.px(12));
    if (!page.preview_message.empty()) {
        const bool bad = page.preview_tone == Tone::kBad;
        if (bad) {
            ui.fill(box, theme::kBadSoft, theme::kRound);
            ui.outline(box, theme::kBad, theme::kRound);
        }
        const Style style{.em = bad ? theme::kTitle : theme::kBody,
                          .colour = bad ? theme::kBad : theme::kMuted,
                          .face = bad ? Face::kBold : Face::kRegular,
                          .align = Align::kCenter};
        const float tall = ui.px(style.em * 1.35f) * static_cast<float>(ui.lines(in.w, page.preview_message, style));
        in.cut_top(std::max(0.f, (in.h - tall) / 2));
        ui.paragraph(in, page.preview_message, style);
        return;
    }
    Box note = in.cut_bottom(page.preview_note.empty() ? 0 : ui.px(30));
    const float tall = std::min(ui.px(72), in.h / static_cast<float>(page.preview.size()));
    in.cut_top((in.h - tall * static_cast<float>(page.preview.size())) / 2);
    for (const PreviewLine& line : page.preview) {
        const Box row = in.cut_top(tall);
        const bool result = &line == &page.preview.back();
        ui.text(row, line.label, {.em = theme::kStrong, .colour = result ? theme::kText : theme::kMuted});
        if (result) ui.rule(row.x, row.y, row.w);
        ui.text(row, line.value,
                {.em = result ? 40 : theme::kFigure,
                 .colour = ink_of(line.tone),
                 .face = Face::kBold,
                 .align = Align::kRight});
    }
    if (!page.preview_note.empty()) ui.text(note, page.preview_note, {.em = theme::kSmall, .colour = theme::kMuted});
}

}  // namespace

void draw_page(Ui& ui, const Box& box, const MoneyPage& page, Intents& intents) {
    Box rest = box;
    Box card = rest.cut_top(ui.px(108));
    ui.panel(card);
    Box who = card.inset(ui.px(theme::kPad), ui.px(14));
    const float balance =
        std::max(ui.width(page.balance_label, theme::kSmall), ui.width(page.balance, theme::kFigure, Face::kBold));
    const float wide = std::max(balance, page.redeemable.empty() ? 0 : ui.width(page.redeemable, theme::kSmall));
    Box figure = who.cut_right(wide);
    who.cut_right(ui.px(16));
    draw_head(ui, who, page.head);
    const bool three = !page.redeemable.empty();
    ui.text(figure.cut_top(ui.px(22)), page.balance_label,
            {.em = theme::kSmall, .colour = theme::kMuted, .align = Align::kRight});
    ui.text(figure.cut_top(ui.px(36)), page.balance,
            {.em = theme::kFigure, .colour = theme::kAccent, .face = Face::kBold, .align = Align::kRight});
    if (three) ui.text(figure, page.redeemable, {.em = theme::kSmall, .colour = theme::kCare, .align = Align::kRight});
    rest.cut_top(ui.px(theme::kGap));

    const Box entry = rest.cut_top(ui.px(56 + 112 + 12 + 78 + 18));
    rest.cut_top(ui.px(theme::kGap));
    ui.panel(entry);
    Box form = entry.inset(ui.px(theme::kPad), 0);
    Box head = form.cut_top(ui.px(56));
    const float rate = ui.width(page.rate, theme::kBody);
    ui.text(head.cut_right(rate), page.rate, {.em = theme::kBody, .colour = theme::kMuted});
    ui.text(head, page.title, {.em = theme::kTitle, .face = Face::kBold});
    field_with_label(ui, form.cut_top(ui.px(112)), page.amount, theme::kAmount, page.unit, intents);
    form.cut_top(ui.px(12));
    field_with_label(ui, form.cut_top(ui.px(26 + 52)), page.bill, theme::kStrong, "", intents);
    draw_preview(ui, rest, page);
}

}  // namespace tally::terminal
