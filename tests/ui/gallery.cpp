// Draws every sample screen in the real window and leaves one PNG each: tally-gallery DIR [WxH]. For looking at.
#include <cstdio>
#include <string>

#include "terminal/app/window.h"
#include "terminal/model/project.h"
#include "terminal/view/screen_view.h"
#include "tests/ui/sample_states.h"

using namespace tally;

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: tally-gallery DIR [WxH]\n"), 2;
    terminal::WindowOptions options;
    if (argc > 2 && std::sscanf(argv[2], "%dx%d", &options.width, &options.height) != 2) return 2;
    auto window = terminal::Window::open(options);
    auto glyphs = terminal::Glyphs::load();
    if (!window || !glyphs) {
        std::fprintf(stderr, "%s\n", to_string(!window ? window.error() : glyphs.error()).c_str());
        return 1;
    }
    for (const auto lang : {terminal::Lang::kZh, terminal::Lang::kEn}) {
        for (const test::Sample& sample : test::sample_states(lang)) {
            const terminal::ScreenModel model = terminal::project(sample.state);
            for (int frame = 0; frame < 3; ++frame) {
                (*window)->wait(0);
                (*window)->begin_frame();
                std::vector<terminal::Event> intents;
                terminal::draw_screen(model, **glyphs, intents, nullptr);
                (*window)->end_frame(**glyphs);
            }
            const std::string path =
                std::string(argv[1]) + "/" + sample.name + (lang == terminal::Lang::kZh ? ".zh" : ".en") + ".png";
            if (const auto saved = (*window)->save_png(path); !saved)
                return std::fprintf(stderr, "%s\n", to_string(saved.error()).c_str()), 1;
        }
    }
    return 0;
}
