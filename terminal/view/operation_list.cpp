// The list of operations: on the home page, on the member's card and as a page. Scrolls with the wheel; draws only the
// rows in sight.
#include <imgui.h>

#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

struct Columns {
    Box time, kind, member, bill, amount, points, state;
};

// Columns of one row; the bill number only where there is room for it.
Columns columns_of(Ui& ui, Box row, bool with_member) {
    Columns out;
    const float gap = ui.px(12);
    const auto left = [&](float wide) {
        const Box box = row.cut_left(wide);
        row.cut_left(gap);
        return box;
    };
    const auto right = [&](float wide) {
        const Box box = row.cut_right(wide);
        row.cut_right(gap);
        return box;
    };
    out.time = left(ui.px(92));
    out.kind = left(ui.px(76));
    out.state = right(ui.px(82));
    out.points = right(ui.px(86));
    out.amount = right(ui.px(104));
    if (with_member) {
        const bool wide = row.w > ui.px(300);
        out.member = left(wide ? row.w * 0.42f : row.w);
    }
    if (row.w > ui.px(110)) out.bill = row;
    return out;
}

}  // namespace

void draw_operations(Ui& ui, Box box, const OperationList& list, const char* id, Intents& intents) {
    ui.panel(box);
    Box in = box.inset(ui.px(theme::kPad), 0);
    Box head = in.cut_top(ui.px(50));
    ui.text(head, list.title, {.em = theme::kStrong, .face = Face::kBold});
    if (list.rows.empty()) {
        ui.rule(in.x, in.y, in.w);
        in.cut_top(ui.px(16));
        ui.paragraph(in, list.empty, {.em = theme::kBody, .colour = theme::kMuted});
        return;
    }
    const float row_height = ui.px(theme::kRow), bar = ui.px(12);
    const Style caption{.em = theme::kSmall, .colour = theme::kMuted};
    Style caption_right = caption;
    caption_right.align = Align::kRight;
    Box titles = in.cut_top(ui.px(30));
    titles.cut_right(bar);
    const Columns top = columns_of(ui, titles, list.with_member);
    ui.text(top.time, list.time, caption), ui.text(top.kind, list.kind, caption);
    if (top.member.w > 0) ui.text(top.member, list.member, caption);
    if (top.bill.w > 0) ui.text(top.bill, list.bill, caption);
    ui.text(top.amount, list.amount, caption_right), ui.text(top.points, list.points, caption_right);
    ui.text(top.state, list.state, caption_right);
    ui.rule(in.x, in.y, in.w);
    in.cut_top(1);
    in.cut_bottom(ui.px(8));

    ImGui::SetCursorScreenPos({in.x, in.y});
    ImGui::PushStyleVar(ImGuiStyleVar_ScrollbarSize, bar - ui.px(2));
    ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::kSurface);
    ImGui::PushStyleColor(ImGuiCol_ScrollbarBg, theme::kSurface);
    ImGui::PushStyleColor(ImGuiCol_ScrollbarGrab, theme::kLine);
    ImGui::BeginChild(id, {in.w, in.h}, false, ImGuiWindowFlags_NoNav);
    const float scrolled = ImGui::GetScrollY();
    const auto count = static_cast<std::ptrdiff_t>(list.rows.size());
    const auto first = static_cast<std::ptrdiff_t>(scrolled / row_height);
    const auto last = std::min(count, first + static_cast<std::ptrdiff_t>(in.h / row_height) + 2);
    for (std::ptrdiff_t i = first; i < last; ++i) {
        const OperationRow& row = list.rows[static_cast<std::size_t>(i)];
        Box place{in.x, in.y + static_cast<float>(i) * row_height - scrolled, in.w - bar, row_height};
        bool hovered = false, held = false;
        if (row.can_open) {
            const std::string name = "row_" + std::to_string(i);
            if (ui.press(place, name.c_str(), true, hovered, held))
                intents.push_back(RowPicked{static_cast<std::size_t>(i)});
            if (hovered) ui.fill(place, theme::kSunken, 6);
            ui.note(SeenKind::kRow, name, row.member, place);
        }
        const Columns at = columns_of(ui, place, list.with_member);
        const Style plain{.em = theme::kBody, .colour = theme::kText, .fit = Fit::kElide};
        const Style muted{.em = theme::kBody, .colour = theme::kMuted, .fit = Fit::kElide};
        const auto right = [&](theme::Colour ink, Face face) {
            return Style{.em = theme::kBody, .colour = ink, .face = face, .align = Align::kRight, .fit = Fit::kElide};
        };
        ui.text(at.time, row.time, muted);
        ui.text(at.kind, row.kind, {.em = theme::kBody});
        if (at.member.w > 0) ui.text(at.member, row.member, plain);
        if (at.bill.w > 0) ui.text(at.bill, row.bill, muted);
        ui.text(at.amount, row.amount, right(theme::kText, Face::kRegular));
        ui.text(at.points, row.points, right(ink_of(row.points_tone), Face::kBold));
        ui.text(at.state, row.state,
                {.em = theme::kSmall,
                 .colour = row.state_tone == Tone::kPlain ? theme::kMuted : ink_of(row.state_tone),
                 .align = Align::kRight});
        if (i + 1 < count) ui.rule(place.x, place.bottom() - 1, place.w);
    }
    ImGui::SetCursorPosY(static_cast<float>(count) * row_height);
    ImGui::Dummy({1, 1});
    ImGui::EndChild();
    ImGui::PopStyleColor(3);
    ImGui::PopStyleVar();
}

}  // namespace tally::terminal
