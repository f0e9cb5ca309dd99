// The one window: GLFW, OpenGL and ImGui's two backends, nothing of the product. Draws only when something happened.
// The main thread only, but for wake(). Typed keys never pass through ImGui: they come out as strokes, in their order,
// for the scanner's detector; ImGui gets the mouse.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "common/base/result.h"
#include "terminal/app/mouse_queue.h"
#include "terminal/model/wedge.h"
#include "terminal/view/glyphs.h"

struct GLFWwindow;

namespace tally::terminal {

struct WindowOptions {
    int width = 1280, height = 800;  // at most: a screen with less room gets a smaller window
    std::string title = "Tallystick";
};

struct TimedStroke {
    std::int64_t at_ms = 0;  // of the window's own steady clock
    std::variant<Stroke, Pasted> what;
};

class Window {
  public:
    static Result<std::unique_ptr<Window>> open(const WindowOptions& options);  // kIo: no display, no OpenGL
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    // Sleeps until an event, wake() or `timeout_ms`; returns at once when a frame is wanted, unless `listening`.
    void wait(std::int64_t timeout_ms, bool listening = false);
    static void wake();  // from any thread, as long as a window is open
    bool should_close() const;
    std::int64_t now_ms() const;
    std::vector<TimedStroke> take_strokes();

    void touch(int frames = 3) { frames_wanted_ = frames > frames_wanted_ ? frames : frames_wanted_; }
    bool wants_frame() const { return frames_wanted_ > 0; }
    void begin_frame();
    void end_frame(Glyphs& glyphs);            // uploads new letters, draws, shows
    Status save_png(const std::string& path);  // what the last frame showed
    int width() const;
    int height() const;

  private:
    struct Callbacks;
    explicit Window(GLFWwindow* window) : window_(window) {}
    void upload(Glyphs& glyphs);
    void paint();
    void apply_mouse();

    GLFWwindow* window_;
    int frames_wanted_ = 3;
    bool repeating_ = false;  // the character that follows is of the keyboard's own repetition
    unsigned texture_ = 0;
    std::vector<TimedStroke> strokes_;

    MouseQueue left_;                                                      // in the window's coordinates
    static constexpr float kNowhere = -std::numeric_limits<float>::max();  // ImGui's own sign for "no mouse"
    float mouse_x_ = kNowhere, mouse_y_ = kNowhere;
};

}  // namespace tally::terminal
