#include "terminal/app/window.h"

#define GL_GLEXT_PROTOTYPES
#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include <algorithm>
#include <cstdio>
#include <optional>

#include "terminal/view/theme.h"

namespace tally::terminal {

namespace {

std::optional<Key> key_of(int key, int mods) {
    const bool control = (mods & GLFW_MOD_CONTROL) != 0;
    if (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F12) {
        return static_cast<Key>(static_cast<int>(Key::kF1) + (key - GLFW_KEY_F1));
    }
    switch (key) {
        case GLFW_KEY_ENTER:
        case GLFW_KEY_KP_ENTER: return Key::kEnter;
        case GLFW_KEY_TAB: return (mods & GLFW_MOD_SHIFT) != 0 ? Key::kBackTab : Key::kTab;
        case GLFW_KEY_ESCAPE: return Key::kEscape;
        case GLFW_KEY_BACKSPACE: return Key::kBackspace;
        case GLFW_KEY_DELETE: return Key::kDelete;
        case GLFW_KEY_LEFT: return Key::kLeft;
        case GLFW_KEY_RIGHT: return Key::kRight;
        case GLFW_KEY_HOME: return Key::kHome;
        case GLFW_KEY_END: return Key::kEnd;
        case GLFW_KEY_UP: return Key::kUp;
        case GLFW_KEY_DOWN: return Key::kDown;
        case GLFW_KEY_PAGE_UP: return Key::kPageUp;
        case GLFW_KEY_PAGE_DOWN: return Key::kPageDown;
        case GLFW_KEY_A: return control ? std::optional(Key::kSelectAll) : std::nullopt;
        default: return std::nullopt;
    }
}

struct Area {
    int x = 0, y = 0, width = 0, height = 0;
};

// What a window may cover of the screen, without panels; none where nobody says.
std::optional<Area> work_area() {
    GLFWmonitor* screen = glfwGetPrimaryMonitor();
    Area area;
    if (screen != nullptr) glfwGetMonitorWorkarea(screen, &area.x, &area.y, &area.width, &area.height);
    if (area.width <= 0 || area.height <= 0) return std::nullopt;
    return area;
}

// The first window lies within the work area with its frame: what hangs over the edge is the status bar.
void fit_into(const Area& area, GLFWwindow* window) {
    int width = 0, height = 0, left = 0, top = 0, right = 0, bottom = 0;
    glfwGetWindowSize(window, &width, &height);
    glfwGetWindowFrameSize(window, &left, &top, &right, &bottom);
    const int wide = std::min(width, area.width - left - right), high = std::min(height, area.height - top - bottom);
    if (wide == width && high == height && width + left + right < area.width) return;  // the desktop places it
    glfwSetWindowSize(window, wide, high);
    glfwSetWindowPos(window, area.x + left, area.y + top);
}

std::string glfw_words() {
    const char* words = nullptr;
    glfwGetError(&words);
    return words == nullptr ? "GLFW says no more" : words;
}

}  // namespace

struct Window::Callbacks {
    static Window& of(GLFWwindow* window) { return *static_cast<Window*>(glfwGetWindowUserPointer(window)); }

    static void key(GLFWwindow* window, int code, int, int action, int mods) {
        Window& self = of(window);
        self.touch();
        if (action == GLFW_RELEASE) return;
        self.repeating_ = action == GLFW_REPEAT;
        if (code == GLFW_KEY_V && (mods & GLFW_MOD_CONTROL) != 0) {
            const char* text = glfwGetClipboardString(window);
            if (text != nullptr) self.strokes_.push_back({self.now_ms(), Pasted{text}});
            return;
        }
        if (const auto key = key_of(code, mods))
            self.strokes_.push_back({self.now_ms(), Stroke{*key, self.repeating_}});
    }
    static void character(GLFWwindow* window, unsigned code) {
        Window& self = of(window);
        self.touch();
        self.strokes_.push_back({self.now_ms(), Stroke{static_cast<char32_t>(code), self.repeating_}});
    }
    static void mouse_button(GLFWwindow* window, int button, int action, int mods) {
        Window& self = of(window);
        self.touch();
        if (button == GLFW_MOUSE_BUTTON_LEFT) {
            self.left_.button(action == GLFW_PRESS, self.mouse_x_, self.mouse_y_);
        } else {
            ImGui_ImplGlfw_MouseButtonCallback(window, button, action, mods);
        }
    }
    static void scroll(GLFWwindow* window, double x, double y) {
        of(window).touch();
        ImGui_ImplGlfw_ScrollCallback(window, x, y);
    }
    static void cursor(GLFWwindow* window, double x, double y) {
        Window& self = of(window);
        self.touch(2);
        self.mouse_x_ = static_cast<float>(x), self.mouse_y_ = static_cast<float>(y);
    }
    static void enter(GLFWwindow* window, int entered) {
        of(window).touch();
        ImGui_ImplGlfw_CursorEnterCallback(window, entered);
    }
    static void focus(GLFWwindow* window, int focused) {
        Window& self = of(window);
        self.touch();
        if (focused == GLFW_FALSE) self.left_.button(false, kNowhere, kNowhere);  // let go without a click
        ImGui_ImplGlfw_WindowFocusCallback(window, focused);
    }
    static void size(GLFWwindow* window, int, int) { of(window).touch(); }
    static void refresh(GLFWwindow* window) { of(window).touch(); }
};

Result<std::unique_ptr<Window>> Window::open(const WindowOptions& options) {
    if (glfwInit() != GLFW_TRUE)
        return fail(Code::kIo, "no display (" + glfw_words() +
                                   "): run it in the till's desktop, or set DISPLAY to its screen (DISPLAY=:0); a till "
                                   "whose screen is another program's runs tally-sync instead");
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);  // until it has its size
    const std::optional<Area> area = work_area();
    const int wide = area ? std::min(options.width, area->width) : options.width;
    const int high = area ? std::min(options.height, area->height) : options.height;
    GLFWwindow* window = glfwCreateWindow(wide, high, options.title.c_str(), nullptr, nullptr);
    if (window == nullptr) {
        const std::string words = glfw_words();
        glfwTerminate();
        return fail(Code::kIo, "no window with OpenGL 3.3 (" + words +
                                   "): the display needs it; LIBGL_ALWAYS_SOFTWARE=1 draws without a graphics card");
    }
    if (area) fit_into(*area, window);
    glfwShowWindow(window);
    std::unique_ptr<Window> self(new Window(window));
    glfwMakeContextCurrent(window);
    glfwSwapInterval(1);
    glfwSetWindowUserPointer(window, self.get());
    double x = 0, y = 0;
    glfwGetCursorPos(window, &x, &y);
    self->mouse_x_ = static_cast<float>(x), self->mouse_y_ = static_cast<float>(y);
    glfwSetWindowSizeLimits(window, 640, 480, GLFW_DONT_CARE, GLFW_DONT_CARE);

    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
    ImGui_ImplGlfw_InitForOpenGL(window, false);
    ImGui_ImplOpenGL3_Init("#version 330");
    glfwSetKeyCallback(window, Callbacks::key);
    glfwSetCharCallback(window, Callbacks::character);
    glfwSetMouseButtonCallback(window, Callbacks::mouse_button);
    glfwSetScrollCallback(window, Callbacks::scroll);
    glfwSetCursorPosCallback(window, Callbacks::cursor);
    glfwSetCursorEnterCallback(window, Callbacks::enter);
    glfwSetWindowFocusCallback(window, Callbacks::focus);
    glfwSetFramebufferSizeCallback(window, Callbacks::size);
    glfwSetWindowRefreshCallback(window, Callbacks::refresh);

    // One byte a pixel: white, with the letter as its opacity.
    glGenTextures(1, &self->texture_);
    glBindTexture(GL_TEXTURE_2D, self->texture_);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    const GLint swizzle[] = {GL_ONE, GL_ONE, GL_ONE, GL_RED};
    glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_SWIZZLE_RGBA, swizzle);
    const std::vector<std::uint8_t> empty(std::size_t{Glyphs::kTextureSize} * Glyphs::kTextureSize);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R8, Glyphs::kTextureSize, Glyphs::kTextureSize, 0, GL_RED, GL_UNSIGNED_BYTE,
                 empty.data());
    return self;
}

Window::~Window() {
    glDeleteTextures(1, &texture_);
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
    glfwDestroyWindow(window_);
    glfwTerminate();
}

void Window::wait(std::int64_t timeout_ms, bool listening) {
    if ((wants_frame() && !listening) || timeout_ms <= 0) {
        glfwPollEvents();
    } else {
        glfwWaitEventsTimeout(static_cast<double>(timeout_ms) / 1000.0);
    }
}

void Window::wake() { glfwPostEmptyEvent(); }
bool Window::should_close() const { return glfwWindowShouldClose(window_) != 0; }
std::int64_t Window::now_ms() const { return static_cast<std::int64_t>(glfwGetTime() * 1000.0); }
std::vector<TimedStroke> Window::take_strokes() { return std::exchange(strokes_, {}); }

int Window::width() const {
    int width = 0, height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    return width;
}
int Window::height() const {
    int width = 0, height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    return height;
}

// After the backend, which says where the mouse is now and what the button is now.
void Window::apply_mouse() {
    ImGuiIO& io = ImGui::GetIO();
    if (const auto change = left_.next()) {
        io.MousePos = {change->x, change->y};
        touch(2);  // for the next change, or for what this one did
    }
    io.MouseDown[0] = left_.down();
}

void Window::begin_frame() {
    --frames_wanted_;
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    apply_mouse();
    ImGui::NewFrame();
}

void Window::upload(Glyphs& glyphs) {
    glyphs.texture = reinterpret_cast<void*>(static_cast<std::uintptr_t>(texture_));
    const auto dirty = glyphs.take_dirty();
    if (!dirty) return;
    glBindTexture(GL_TEXTURE_2D, texture_);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, Glyphs::kTextureSize);
    const std::size_t from =
        static_cast<std::size_t>(dirty->y) * Glyphs::kTextureSize + static_cast<std::size_t>(dirty->x);
    glTexSubImage2D(GL_TEXTURE_2D, 0, dirty->x, dirty->y, dirty->width, dirty->height, GL_RED, GL_UNSIGNED_BYTE,
                    glyphs.pixels() + from);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
}

void Window::paint() {
    glViewport(0, 0, width(), height());
    glClearColor(0.945f, 0.957f, 0.969f, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void Window::end_frame(Glyphs& glyphs) {
    ImGui::Render();
    const bool first = glyphs.texture == nullptr;
    upload(glyphs);
    if (first || glyphs.take_restarted()) touch(2);
    paint();
    glfwSwapBuffers(window_);
}

Status Window::save_png(const std::string& path) {
    const int wide = width(), high = height();
    const std::size_t row = static_cast<std::size_t>(wide) * 3;
    std::vector<std::uint8_t> pixels(row * static_cast<std::size_t>(high)), turned(pixels.size());
    paint();  // into the back buffer: what the front one holds cannot be read everywhere
    glReadBuffer(GL_BACK);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, wide, high, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
    for (std::size_t y = 0; y < static_cast<std::size_t>(high); ++y) {
        std::copy_n(&pixels[(static_cast<std::size_t>(high) - 1 - y) * row], row, &turned[y * row]);
    }
    const std::string fresh = path + ".new";
    if (stbi_write_png(fresh.c_str(), wide, high, 3, turned.data(), static_cast<int>(row)) == 0 ||
        std::rename(fresh.c_str(), path.c_str()) != 0) {
        return fail(Code::kIo, "cannot write " + path);
    }
    return {};
}

}  // namespace tally::terminal
