// The list of operations: on the home page, on the member's card and as a page. Scrolls with the wheel; draws only the
// rows in sight.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

struct Columns {
    Box time, kind, member, bill, amount, points, state;
};

// As wide as the widest word of the whole list, so that nothing is shortened for a column that has room to spare and
// nothing moves when the list scrolls.
struct Widths {
    float time, kind, amount, points, state;
};
Widths widths_of(Ui& ui, const OperationList& list) {
    const auto head = [&](const std::string& words, float least) {
        return std::max(ui.px(least), ui.width(words, theme::kSmall));
    };
    Widths out{head(list.time, 48), head(list.kind, 40), head(list.amount, 76), head(list.points, 56),
               head(list.state, 56)};
    const auto widen = [&](float& wide, const std::string& words, float em, Face face = Face::kRegular) {
        if (!words.empty()) wide = std::max(wide, std::min(ui.width(words, em, face), ui.px(150)) + 1);
    };
    for (const OperationRow& row : list.rows) {
        widen(out.time, row.time, theme::kBody);
        widen(out.kind, row.kind, theme::kBody);
        widen(out.amount, row.amount, theme::kBody);
        widen(out.points, row.points, theme::kBody, Face::kBold);
        widen(out.state, row.state, theme::kSmall);
    }
    return out;
}

// Columns of one row; the bill number only where there is room for it.
Columns columns_of(Ui& ui, Box row, const Widths& widths, bool with_member) {
    Columns out;
    const float gap = ui.px(16);
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
    out.time = left(widths.time);
    out.kind = left(widths.kind);
    out.state = right(widths.state);
    out.points = right(widths.points);
    out.amount = right(widths.amount);
    if (with_member) {
        const bool wide = row.w > ui.px(440);
        out.member = left(wide ? row.w * 0.5f : row.w);
    }
    if (row.w > ui.px(110)) out.bill = row;
    return out;
}

// A finger on a list moves it; true while it does, and for the frame in which it is lifted: that is no press of a row.
bool drag_list(Ui& ui) {
    const ImGuiIO& io = ImGui::GetIO();
    const float threshold = ui.px(theme::kRow) / 3;
    const bool moved = io.MouseDragMaxDistanceSqr[0] > threshold * threshold;
    if (!moved || !(ImGui::IsMouseDown(0) || ImGui::IsMouseReleased(0))) return false;
    const ImVec2 from = io.MouseClickedPos[0], low = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    const bool here = from.x >= low.x && from.x < low.x + size.x && from.y >= low.y && from.y < low.y + size.y;
    const bool on_bar = from.x >= low.x + size.x - ImGui::GetStyle().ScrollbarSize;
    if (!here || on_bar) return false;
    if (ImGui::IsMouseDown(0)) ImGui::SetScrollY(ImGui::GetScrollY() - io.MouseDelta.y);
    return true;
}

}  // namespace

void draw_operations(Ui& ui, Box box, const OperationList& list, const char* id, Intents& intents) {
    ui.panel(box);
    Box in = box.inset(ui.px(theme::kPad), 0);
    Box head = in.cut_top(ui.px(50));
    ui.text(head, list.title, {.em = theme::kStrong, .face = Face::kBold});
    if (list.rows.empty()) {
        ui.rule(in.x, in.y, in.w);
        ui.text(in, list.empty, {.em = theme::kBody, .colour = theme::kMuted, .align = Align::kCenter});
        return;
    }
    const float row_height = ui.px(theme::kRow), bar = ui.px(12);
    const Style caption{.em = theme::kSmall, .colour = theme::kMuted};
    Style caption_right = caption;
    caption_right.align = Align::kRight;
    Box titles = in.cut_top(ui.px(30));
    titles.cut_right(bar);
    const Widths widths = widths_of(ui, list);
    const Columns top = columns_of(ui, titles, widths, list.with_member);
    ui.text(top.time, list.time, caption), ui.text(top.kind, list.kind, caption);
    if (top.member.w > 0) ui.text(top.member, list.member, caption);
    if (top.bill.w > 0) ui.text(top.bill, list.bill, caption);
    ui.text(top.amount, list.amount, caption_right), ui.text(top.points, list.points, caption_right);
    ui.text(top.state, list.state, caption_right);
    ui.rule(in.x, in.y, in.w);
    in.cut_top(1);
    in.cut_bottom(ui.px(8));
    in.h = std::max(row_height, std::floor(in.h / row_height) * row_height);  // no row is cut in half

    ImGui::SetCursorScreenPos({in.x, in.y});
    ImGui::PushStyleVar(ImGuiStyleVar_ScrollbarSize, bar - ui.px(2));
    ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::kSurface);
    ImGui::PushStyleColor(ImGuiCol_ScrollbarBg, theme::kSurface);
    ImGui::PushStyleColor(ImGuiCol_ScrollbarGrab, theme::kLineStrong);
    ImGui::BeginChild(id, {in.w, in.h}, false, ImGuiWindowFlags_NoNav);
    const bool dragged = drag_list(ui);
    const float scrolled = std::floor(ImGui::GetScrollY() / row_height + 0.5f) * row_height;
    const auto count = static_cast<std::ptrdiff_t>(list.rows.size());
    const auto first = static_cast<std::ptrdiff_t>(scrolled / row_height);
    const auto last = std::min(count, first + static_cast<std::ptrdiff_t>(in.h / row_height) + 2);
    for (std::ptrdiff_t i = first; i < last; ++i) {
        const OperationRow& row = list.rows[static_cast<std::size_t>(i)];
        Box place{in.x, in.y + static_cast<float>(i) * row_height - scrolled, in.w - bar, row_height};
        bool hovered = false, held = false;
        if (row.can_open) {
            const std::string name = "row_" + std::to_string(i);
            if (ui.press(place, name.c_str(), true, hovered, held) && !dragged)
                intents.push_back(RowPicked{static_cast<std::size_t>(i)});
            if (hovered) ui.fill(place, theme::kSunken, 6);
            ui.note(SeenKind::kRow, name, row.member, place);
        }
        const Columns at = columns_of(ui, place, widths, list.with_member);
        const Style plain{.em = theme::kBody, .colour = theme::kText, .fit = Fit::kElide};
        const Style muted{.em = theme::kBody, .colour = theme::kMuted, .fit = Fit::kElide};
        const auto right = [&](theme::Colour ink, Face face) {
            return Style{.em = theme::kBody, .colour = ink, .face = face, .align = Align::kRight, .fit = Fit::kElide};
        };
        ui.text(at.time, row.time, muted);
        ui.text(at.kind, row.kind, {.em = theme::kBody});
        if (at.member.w > 0) ui.text(at.member, row.member, plain);
        if (at.bill.w > 0)
            ui.text(at.bill, row.bill, {.em = theme::kBody, .colour = theme::kMuted, .fit = Fit::kElideHead});
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
