// The widgets of the cashier screen, drawn on ImGui's draw lists: text, buttons, fields, panels. The only file of the
// view that draws letters, so what it notes in a SeenFrame is complete. The window's thread, between NewFrame and
// Render.
#pragma once

#include <string_view>

#include "terminal/model/models.h"
#include "terminal/view/box.h"
#include "terminal/view/glyphs.h"
#include "terminal/view/seen.h"
#include "terminal/view/theme.h"

namespace tally::terminal {

enum class Align : std::uint8_t { kLeft, kCenter, kRight };
enum class Fit : std::uint8_t {
    kWhole,      // our own words: must fit, else the frame is defective
    kElide,      // other people's words: shortened with an ellipsis
    kElideHead,  // a number whose end tells it from its neighbours: shortened at its start
};

struct Style {
    float em = theme::kBody;
    theme::Colour colour = theme::kText;
    Face face = Face::kRegular;
    Align align = Align::kLeft;
    Fit fit = Fit::kWhole;
};

class Ui {
  public:
    Ui(Glyphs& glyphs, float scale, SeenFrame* seen) : glyphs_(glyphs), scale_(scale), seen_(seen) {}

    float px(float logical) const { return static_cast<float>(static_cast<int>(logical * scale_ + 0.5f)); }
    float width(std::string_view text, float em, Face face = Face::kRegular) const;

    // One line, vertically centred in `box`. Returns the width that was drawn.
    float text(const Box& box, std::string_view text, const Style& style);
    // Lines broken at blanks and between Chinese characters, from the top of `box`; returns the height used. What does
    // not fit into the height is a defect (kWhole) or ends with an ellipsis (kElide).
    float paragraph(const Box& box, std::string_view text, const Style& style, float line = 1.35f);
    int lines(float width, std::string_view text, const Style& style) const;

    void fill(const Box& box, theme::Colour colour, float round = 0);
    void outline(const Box& box, theme::Colour colour, float round, float thick = 1);
    void panel(const Box& box);            // a white card
    void rule(float x, float y, float w);  // a thin horizontal line
    void dot(float x, float y, float radius, theme::Colour colour);
    void key_cap(const Box& box, std::string_view key, bool on_accent, bool enabled);

    bool press(const Box& box, const char* id, bool enabled, bool& hovered, bool& held);  // pressed and let go inside
    bool button(const Box& box, const ButtonModel& model);
    // Returns true when clicked; `caret` is then the byte that was clicked at.
    bool field(const Box& box, const FieldModel& model, float em, std::string_view prefix, std::size_t& caret);

    void note(SeenKind kind, std::string id, std::string_view label, const Box& box, bool enabled = true,
              bool focused = false);

  private:
    struct Line {
        std::string_view text;
        bool last = false;
    };
    std::vector<Line> broken(float width, std::string_view text, const Style& style) const;
    int em_px(float em) const { return static_cast<int>(em * scale_ + 0.5f); }
    void letters(float x, float baseline, std::string_view text, int em, Face face, theme::Colour colour);

    Glyphs& glyphs_;
    float scale_;
    SeenFrame* seen_;
};

const char* action_name(Action action);
const char* field_name(FieldId field);

}  // namespace tally::terminal
