#include "terminal/view/ui.h"

#include <imgui.h>

#include <utility>

#include "terminal/model/utf8.h"

namespace tally::terminal {

namespace {

ImVec2 low(const Box& box) { return {box.x, box.y}; }
ImVec2 high(const Box& box) { return {box.right(), box.bottom()}; }

}  // namespace

const char* action_name(Action action) {
    switch (action) {
        case Action::kFind: return "find";
        case Action::kRegister: return "register";
        case Action::kEarn: return "earn";
        case Action::kRedeem: return "redeem";
        case Action::kTillLog: return "till_log";
        case Action::kRefund: return "refund";
        case Action::kLanguage: return "language";
        case Action::kBack: return "back";
        case Action::kConfirm: return "confirm";
        case Action::kUnit: return "unit";
        case Action::kConsent: return "consent";
        case Action::kOpenExisting: return "open_existing";
    }
    return "?";
}

const char* field_name(FieldId field) {
    switch (field) {
        case FieldId::kFind: return "field_find";
        case FieldId::kAmount: return "field_amount";
        case FieldId::kBill: return "field_bill";
        case FieldId::kPhone: return "field_phone";
        case FieldId::kName: return "field_name";
        case FieldId::kBirthday: return "field_birthday";
        case FieldId::kCard: return "field_card";
    }
    return "?";
}

void Ui::note(SeenKind kind, std::string id, std::string_view label, const Box& box, bool enabled, bool focused) {
    if (!seen_) return;
    const ImDrawList* list = ImGui::GetWindowDrawList();
    const ImVec2 from = list->GetClipRectMin(), to = list->GetClipRectMax();
    seen_->push_back({kind,
                      std::move(id),
                      std::string(label),
                      box,
                      {from.x, from.y, to.x - from.x, to.y - from.y},
                      enabled,
                      focused});
}

void Ui::fill(const Box& box, theme::Colour colour, float round) {
    ImGui::GetWindowDrawList()->AddRectFilled(low(box), high(box), colour, px(round));
}

void Ui::outline(const Box& box, theme::Colour colour, float round, float thick) {
    const Box in = box.inset(0.5f * thick);
    ImGui::GetWindowDrawList()->AddRect(low(in), high(in), colour, px(round), 0, thick);
}

void Ui::panel(const Box& box) {
    fill(box, theme::kSurface, theme::kRound);
    outline(box, theme::kLine, theme::kRound);
    note(SeenKind::kBox, "panel", "", box);
}

void Ui::rule(float x, float y, float w) { fill({x, y, w, 1}, theme::kLine); }

void Ui::dot(float x, float y, float radius, theme::Colour colour) {
    ImGui::GetWindowDrawList()->AddCircleFilled({x, y}, radius, colour);
}

void Ui::key_cap(const Box& box, std::string_view key, bool on_accent, bool enabled) {
    const theme::Colour ground = on_accent ? theme::kKeyOnAccent : enabled ? theme::kSunken : theme::kDisabledGround;
    const theme::Colour ink = on_accent ? theme::kOnAccent : enabled ? theme::kMuted : theme::kDisabled;
    fill(box, ground, 6);
    if (!on_accent) outline(box, theme::kLine, 6);
    text(box, key, {.em = theme::kSmall, .colour = ink, .align = Align::kCenter});
}

bool Ui::press(const Box& box, const char* id, bool enabled, bool& hovered, bool& held) {
    if (box.w < 1 || box.h < 1) return false;
    ImGui::SetCursorScreenPos(low(box));
    const bool pressed = ImGui::InvisibleButton(id, {box.w, box.h});
    hovered = enabled && ImGui::IsItemHovered();
    held = enabled && ImGui::IsItemActive() && hovered;
    return pressed && enabled;
}

bool Ui::button(const Box& box, const ButtonModel& model) {
    bool hovered = false, held = false;
    const bool pressed = press(box, action_name(model.action), model.enabled, hovered, held);
    const bool accent = model.weight == Weight::kMain && model.enabled;
    theme::Colour ground = held ? theme::kLine : hovered ? theme::kSunken : theme::kSurface;
    theme::Colour ink = theme::kText;
    if (accent)
        ground = held ? theme::kAccentDown : hovered ? theme::kAccentHover : theme::kAccent, ink = theme::kOnAccent;
    if (!model.enabled) ground = theme::kDisabledGround, ink = theme::kDisabled;
    fill(box, ground, theme::kRound);
    if (!accent) outline(box, model.enabled ? theme::kLineStrong : theme::kLine, theme::kRound);
    Box inside = box.inset(px(theme::kPad), 0);
    if (!model.key.empty()) {
        const float wide = std::max(px(44), width(model.key, theme::kSmall) + px(18));
        Box cap = inside.cut_right(wide);
        inside.cut_right(px(10));
        key_cap({cap.x, cap.y + (cap.h - px(30)) / 2, cap.w, px(30)}, model.key, accent, model.enabled);
    }
    const bool large = model.weight == Weight::kMain;
    text(inside, model.label, {.em = large ? theme::kTitle + 2 : theme::kStrong, .colour = ink, .face = Face::kBold});
    note(SeenKind::kButton, action_name(model.action), model.label, box, model.enabled);
    return pressed;
}

bool Ui::field(const Box& box, const FieldModel& model, float em, std::string_view prefix, std::size_t& caret) {
    bool hovered = false, held = false;
    const bool clicked = press(box, field_name(model.id), true, hovered, held);
    fill(box, theme::kSurface, 8);
    outline(box, model.focused ? theme::kAccent : theme::kLineStrong, 8, model.focused ? px(2) : 1);
    Box inside = box.inset(px(14), px(2));
    if (!prefix.empty()) {
        const float wide = width(prefix, em, Face::kBold) + px(8);
        text(inside.cut_left(wide), prefix, {.em = em, .colour = theme::kMuted, .face = Face::kBold});
    }
    const Face face = em >= theme::kFigure ? Face::kBold : Face::kRegular;
    // The caret stays in sight: what is left of it goes when the text is longer than the field.
    std::size_t from = 0;
    const std::string_view typed = model.text;
    while (width(typed.substr(from, model.caret - from), em, face) > inside.w - px(4) && from < model.caret) {
        from = next_boundary(typed, from);
    }
    ImGui::GetWindowDrawList()->PushClipRect(low(inside), high(inside), true);
    const std::string_view shown = typed.substr(from);
    if (model.all_selected && model.focused)
        fill({inside.x, inside.y + px(8), width(shown, em, face), inside.h - px(16)}, theme::kAccentSoft, 4);
    if (shown.empty()) {
        text({inside.x + px(4), inside.y, inside.w - px(4), inside.h}, model.hint, {.em = em, .colour = theme::kMuted});
    } else {
        text(inside, shown, {.em = em, .face = face, .fit = Fit::kElide});
    }
    if (model.focused && !model.all_selected) {
        const float x = inside.x + width(typed.substr(from, model.caret - from), em, face);
        const float tall = px(em) * 1.1f;
        fill({x, inside.y + (inside.h - tall) / 2, px(2), tall}, theme::kAccent);
    }
    ImGui::GetWindowDrawList()->PopClipRect();
    note(SeenKind::kField, field_name(model.id), model.text, box, true, model.focused);
    if (!clicked) return false;
    const float at = ImGui::GetIO().MousePos.x - inside.x;
    caret = from;
    for (float x = 0; caret < typed.size();) {
        const std::size_t end = next_boundary(typed, caret);
        const float wide = width(typed.substr(caret, end - caret), em, face);
        if (x + wide / 2 > at) break;
        x += wide, caret = end;
    }
    return true;
}

}  // namespace tally::terminal
