#include "terminal/view/screen_view.h"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "terminal/view/pages.h"

namespace tally::terminal {

namespace {

void draw_top(Ui& ui, Box box, const ScreenModel& model, Intents& intents) {
    ui.fill(box, theme::kTopBar);
    Box in = box.inset(ui.px(theme::kMargin), 0);
    const ButtonModel& language = model.language;
    const float wide = ui.width(language.label, theme::kBody) + ui.width(language.key, theme::kSmall) + ui.px(44);
    Box button = in.cut_right(wide).inset(0, ui.px(5));
    bool hovered = false, held = false;
    if (ui.press(button, action_name(language.action), true, hovered, held))
        intents.push_back(Pressed{language.action});
    ui.fill(button, hovered ? theme::kKeyOnAccent : theme::kTopBarButton, 8);
    ui.note(SeenKind::kButton, action_name(language.action), language.label, button);
    Box label = button.inset(ui.px(14), 0);
    ui.text(label.cut_right(ui.width(language.key, theme::kSmall)), language.key,
            {.em = theme::kSmall, .colour = theme::kTopBarMuted});
    ui.text(label, language.label, {.em = theme::kBody, .colour = theme::kOnTopBar});
    in.cut_right(ui.px(20));
    if (!model.clock.empty()) {
        ui.text(in.cut_right(ui.width(model.clock, theme::kTitle, Face::kBold)), model.clock,
                {.em = theme::kTitle, .colour = theme::kOnTopBar, .face = Face::kBold});
        in.cut_right(ui.px(24));
    }
    const float mark = ui.width(model.product, theme::kTitle, Face::kBold);
    ui.text(in.cut_left(mark), model.product, {.em = theme::kTitle, .colour = theme::kOnTopBar, .face = Face::kBold});
    in.cut_left(ui.px(20));
    const std::string between = model.chain.empty() || model.place.empty() ? "" : " · ";
    ui.text(in, model.chain + between + model.place,
            {.em = theme::kBody, .colour = theme::kTopBarMuted, .fit = Fit::kElide});
}

// The acting side: what was done or is to be done, the keypad where money is entered, and the buttons. Never scrolls.
void draw_acting_side(Ui& ui, Box box, const ScreenModel& model, Intents& intents) {
    const float gap = ui.px(theme::kGap);
    draw_message(ui, box.cut_top(ui.px(theme::kMessage)), model.notice);
    box.cut_top(gap);
    if (const MoneyPage* money = std::get_if<MoneyPage>(&model.page)) {
        // The same place on every money page, as large as the page with the most buttons allows.
        const float buttons = ui.px(theme::kMainButton) + 2 * ui.px(theme::kButton) + 3 * gap;
        const float key = std::clamp((box.h - buttons - 3 * ui.px(8)) / 4, ui.px(theme::kPadKey), ui.px(72));
        draw_keypad(ui, box.cut_top(4 * key + 3 * ui.px(8)), money->pad_has_point, intents);
        box.cut_top(gap);
    }
    for (const ButtonModel& button : model.buttons) {
        // Going back stands apart, at the foot.
        const bool last = button.action == Action::kBack;
        const float height = ui.px(button.weight == Weight::kMain ? theme::kMainButton : theme::kButton);
        const Box place = last ? box.cut_bottom(height) : box.cut_top(height);
        if (ui.button(place, button)) intents.push_back(Pressed{button.action});
        if (!last) box.cut_top(gap);
    }
}

}  // namespace

float scale_for(float width, float height) {
    const auto stepped = [](float scale) { return std::floor(scale * 20) / 20; };
    const float room = std::min(width / kScreenWidthMin, height / kScreenHeightMin);
    if (room < 1) return std::max(stepped(room), 0.5f);
    return std::clamp(stepped(std::min(width / 1280, height / 800)), 1.f, 3.f);
}

void draw_screen(const ScreenModel& model, Glyphs& glyphs, std::vector<Event>& intents, SeenFrame* seen) {
    const ImVec2 display = ImGui::GetIO().DisplaySize;
    const Box whole{0, 0, std::max(display.x, kScreenWidthMin / 2), std::max(display.y, kScreenHeightMin / 2)};
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({whole.w, whole.h});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
    ImGui::Begin("screen", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                     ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoNav | ImGuiWindowFlags_NoScrollWithMouse);
    Ui ui(glyphs, scale_for(whole.w, whole.h), seen);
    ui.fill(whole, theme::kGround);
    Box rest = whole;
    draw_top(ui, rest.cut_top(ui.px(theme::kTopBarHeight)), model, intents);
    if (model.screen != Screen::kOpening && model.screen != Screen::kStopped) {
        draw_status(ui, rest.cut_bottom(ui.px(theme::kStatusHeight)), model.status);
    }
    rest = rest.inset(ui.px(theme::kMargin));
    if (!model.buttons.empty()) {
        const float side = std::clamp(rest.w * 0.31f, ui.px(340), ui.px(420));
        draw_acting_side(ui, rest.cut_right(side), model, intents);
        rest.cut_right(ui.px(theme::kMargin));
    }
    std::visit([&](const auto& page) { draw_page(ui, rest, page, intents); }, model.page);
    ImGui::End();
    ImGui::PopStyleVar(2);
}

}  // namespace tally::terminal
