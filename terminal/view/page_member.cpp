// The member's card: who, how many points and as of when, which lots, what happened last.
#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

void draw_lots(Ui& ui, Box box, const MemberPage& page) {
    ui.text(box.cut_top(ui.px(30)), page.lots_title, {.em = theme::kSmall, .colour = theme::kMuted});
    if (page.lots.empty()) {
        ui.text(box.cut_top(ui.px(34)), page.lots_empty, {.em = theme::kBody, .colour = theme::kMuted});
        return;
    }
    const float tall = ui.px(34);
    for (const LotRow& lot : page.lots) {
        if (box.h < tall - 0.5f) return;
        Box row = box.cut_top(tall);
        const Box points = row.cut_left(std::min(row.w * 0.36f, ui.px(112)));
        ui.text(points, lot.points, {.em = theme::kBody, .face = Face::kBold, .fit = Fit::kElide});
        row.cut_left(ui.px(8));
        if (!lot.soon.empty() && row.w > ui.px(260)) {
            const float wide = ui.width(lot.soon, theme::kSmall, Face::kBold) + ui.px(20);
            chip(ui, row.right() - wide, row.y + ui.px(3), lot.soon, Tone::kCare);
            row.cut_right(wide + ui.px(8));
        }
        ui.text(row, lot.expiry,
                {.em = theme::kBody, .colour = lot.soon.empty() ? theme::kMuted : theme::kCare, .fit = Fit::kElide});
    }
}

void draw_balance(Ui& ui, Box box, const MemberPage& page) {
    ui.text(box.cut_top(ui.px(30)), page.balance_label, {.em = theme::kSmall, .colour = theme::kMuted});
    Box figure = box.cut_top(ui.px(76));
    // A balance is never shortened: the figure shrinks until it fits.
    float em = theme::kBalance;
    while (em > theme::kStrong && ui.width(page.balance, em, Face::kBold) > figure.w) em -= 2;
    ui.text(figure, page.balance,
            {.em = em, .colour = page.balance_negative ? theme::kBad : theme::kAccent, .face = Face::kBold});
    Box line = box.cut_top(ui.px(28));
    const float worth = ui.width(page.worth, theme::kBody);
    if (!page.worth.empty()) {
        ui.text(line.cut_left(worth), page.worth, {.em = theme::kBody, .colour = theme::kText});
        line.cut_left(ui.px(20));
    }
    if (page.redeemable.empty()) return;
    float size = theme::kBody;
    if (line.w < ui.width(page.redeemable, size)) line = box.cut_top(ui.px(28));
    while (size > 13 && line.w < ui.width(page.redeemable, size)) size -= 1;
    ui.text(line, page.redeemable, {.em = size, .colour = theme::kCare});
}

}  // namespace

void draw_page(Ui& ui, const Box& box, const MemberPage& page, Intents& intents) {
    Box rest = box;
    const bool debt = !page.debt.empty();
    Box card = rest.cut_top(ui.px(debt ? 344 : 308));
    ui.panel(card);
    Box in = card.inset(ui.px(theme::kPad), ui.px(14));
    draw_head(ui, in.cut_top(ui.px(76)), page.head);
    in.cut_top(ui.px(8));
    ui.rule(in.x, in.y, in.w);
    in.cut_top(ui.px(6));
    Box foot = in.cut_bottom(ui.px(28));
    ui.text(foot, page.as_of, {.em = theme::kSmall, .colour = theme::kMuted});
    if (debt) {
        const Box line = in.cut_bottom(ui.px(36));
        ui.fill(line.inset(0, ui.px(2)), theme::kBadSoft, 6);
        ui.text(line.inset(ui.px(12), 0), page.debt, {.em = theme::kBody, .colour = theme::kBad, .face = Face::kBold});
    }
    Box left = in.cut_left((in.w - ui.px(24)) * 0.5f);
    in.cut_left(ui.px(24));
    draw_balance(ui, left, page);
    draw_lots(ui, in, page);
    rest.cut_top(ui.px(theme::kGap));
    draw_operations(ui, rest, page.history, "history", intents);
}

}  // namespace tally::terminal
