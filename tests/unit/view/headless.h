// ImGui without a window: a context, a display size, and frames whose every text and widget is noted.
#pragma once

#include <imgui.h>

#include "terminal/model/project.h"
#include "terminal/view/screen_view.h"

namespace tally::test {

class Headless {
  public:
    Headless(float width, float height) : glyphs_(terminal::Glyphs::load().value()) {
        ImGui::CreateContext();
        ImGuiIO& io = ImGui::GetIO();
        io.IniFilename = nullptr;
        io.DisplaySize = {width, height};
        unsigned char* pixels = nullptr;
        int wide = 0, high = 0;
        io.Fonts->GetTexDataAsRGBA32(&pixels, &wide, &high);
    }
    ~Headless() { ImGui::DestroyContext(); }
    terminal::Glyphs& glyphs() { return *glyphs_; }

    struct Frame {
        terminal::SeenFrame seen;
        std::vector<terminal::Event> intents;
    };
    Frame frame(const terminal::ScreenModel& model) {
        Frame out;
        ImGui::GetIO().DeltaTime = 1.f / 60;
        ImGui::NewFrame();
        terminal::draw_screen(model, *glyphs_, out.intents, &out.seen);
        ImGui::Render();
        return out;
    }
    // Moves there, presses, lets go: three frames, as a hand does. Returns what was reported.
    std::vector<terminal::Event> click(const terminal::ScreenModel& model, float x, float y) {
        ImGuiIO& io = ImGui::GetIO();
        std::vector<terminal::Event> out;
        const auto step = [&](bool down) {
            io.MousePos = {x, y};
            io.MouseDown[0] = down;
            for (const terminal::Event& event : frame(model).intents) out.push_back(event);
        };
        step(false), step(true), step(false);
        return out;
    }

  private:
    std::unique_ptr<terminal::Glyphs> glyphs_;
};

}  // namespace tally::test
