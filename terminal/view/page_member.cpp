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
    const float tall = std::min(ui.px(32), box.h / static_cast<float>(kLotRowsMax));
    float figures = 0;
    for (const LotRow& lot : page.lots) figures = std::max(figures, ui.width(lot.points, theme::kBody, Face::kBold));
    figures = std::min(figures + 1, box.w * 0.5f);
    for (const LotRow& lot : page.lots) {
        Box row = box.cut_top(tall);
        const Box points = row.cut_left(figures);
        float em = theme::kBody;  // a figure shrinks, it is never shortened
        while (em > 10 && ui.width(lot.points, em, Face::kBold) > points.w) em -= 1;
        ui.text(points, lot.points, {.em = em, .face = Face::kBold, .align = Align::kRight});
        row.cut_left(ui.px(16));
        // Where there is no room for both, the days left say more than the date.
        const float wide = ui.width(lot.soon, theme::kSmall, Face::kBold) + ui.px(20);
        const bool both = row.w >= ui.width(lot.expiry, theme::kBody) + ui.px(10) + wide;
        if (both || lot.soon.empty()) {
            ui.text(
                row.cut_left(ui.width(lot.expiry, theme::kBody) + 1), lot.expiry,
                {.em = theme::kBody, .colour = lot.soon.empty() ? theme::kMuted : theme::kCare, .fit = Fit::kElide});
            row.cut_left(ui.px(10));
        }
        if (!lot.soon.empty()) chip(ui, row.x, row.y + ui.px(2), lot.soon, Tone::kCare);
    }
    Box more = box.cut_top(page.lots_more.empty() ? 0 : tall);
    more.cut_left(figures + ui.px(16));
    ui.text(more, page.lots_more, {.em = theme::kBody, .colour = theme::kMuted});
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
    const float worth = ui.width(page.worth, theme::kStrong, Face::kBold);
    if (!page.worth.empty()) {
        ui.text(line.cut_left(worth), page.worth, {.em = theme::kStrong, .colour = theme::kText, .face = Face::kBold});
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
    Box left = in.cut_left((in.w - ui.px(24)) * 0.48f);
    in.cut_left(ui.px(24));
    draw_balance(ui, left, page);
    draw_lots(ui, in, page);
    rest.cut_top(ui.px(theme::kGap));
    draw_operations(ui, rest, page.history, "history", intents);
}

}  // namespace tally::terminal
