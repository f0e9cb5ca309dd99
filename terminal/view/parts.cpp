// Parts that pages share.
#include <imgui.h>

#include "terminal/view/pages.h"

namespace tally::terminal {

theme::Colour ink_of(Tone tone) {
    switch (tone) {
        case Tone::kGood: return theme::kGood;
        case Tone::kBad: return theme::kBad;
        case Tone::kCare: return theme::kCare;
        case Tone::kPlain: break;
    }
    return theme::kText;
}

theme::Colour ground_of(Tone tone) {
    switch (tone) {
        case Tone::kGood: return theme::kGoodSoft;
        case Tone::kBad: return theme::kBadSoft;
        case Tone::kCare: return theme::kCareSoft;
        case Tone::kPlain: break;
    }
    return theme::kSurface;
}

void draw_message(Ui& ui, const Box& box, const NoticeModel& notice) {
    ui.fill(box, ground_of(notice.tone), theme::kRound);
    ui.outline(box, notice.tone == Tone::kPlain ? theme::kLine : ink_of(notice.tone), theme::kRound);
    const theme::Colour ink = ink_of(notice.tone);
    Box in = box.inset(ui.px(16), ui.px(10));
    // The head as large as it may be; both are centred as one block.
    const float line = 1.3f, head_width = in.w;
    Style head{.em = theme::kStrong, .colour = ink, .face = Face::kBold};
    const Style more{.em = theme::kSmall, .colour = notice.tone == Tone::kPlain ? theme::kMuted : ink};
    int head_lines = ui.lines(head_width, notice.head, head);
    int more_lines = notice.more.empty() ? 0 : ui.lines(head_width, notice.more, more);
    if (head_lines * ui.px(head.em) * line + static_cast<float>(more_lines) * ui.px(more.em) * line > in.h + 0.5f) {
        head.em = theme::kBody - 1;
        head_lines = ui.lines(head_width, notice.head, head);
    }
    const float height =
        static_cast<float>(head_lines) * ui.px(head.em * line) + static_cast<float>(more_lines) * ui.px(more.em * line);
    Box at{in.x, in.y + std::max(0.f, (in.h - height) / 2), in.w, in.h};
    at.h = box.bottom() - at.y;
    at.cut_top(ui.paragraph(at, notice.head, head, line));
    if (more_lines) ui.paragraph(at, notice.more, more, line);
}

void draw_keypad(Ui& ui, const Box& box, bool with_point, Intents& intents) {
    static constexpr const char* kKeys[] = {"7", "8", "9", "4", "5", "6", "1", "2", "3", ".", "0", "b"};
    const float gap = ui.px(8);
    const float wide = (box.w - 2 * gap) / 3, tall = (box.h - 3 * gap) / 4;
    for (int i = 0; i < 12; ++i) {
        const char* key = kKeys[i];
        const bool enabled = *key != '.' || with_point;
        const Box place{box.x + static_cast<float>(i % 3) * (wide + gap),
                        box.y + static_cast<float>(i / 3) * (tall + gap), wide, tall};
        const std::string id = std::string("pad_") + key;
        bool hovered = false, held = false;
        if (ui.press(place, id.c_str(), enabled, hovered, held)) intents.push_back(PadPressed{*key});
        const theme::Colour ground = !enabled  ? theme::kDisabledGround
                                     : held    ? theme::kLine
                                     : hovered ? theme::kSunken
                                               : theme::kSurface;
        ui.fill(place, ground, 8);
        ui.outline(place, theme::kLineStrong, 8);
        const char* label = *key == 'b' ? "←" : key;
        ui.text(place, label,
                {.em = 26,
                 .colour = enabled ? theme::kText : theme::kDisabled,
                 .face = Face::kBold,
                 .align = Align::kCenter});
        ui.note(SeenKind::kButton, id, label, place, enabled);
    }
}

void draw_status(Ui& ui, Box box, const StatusModel& status) {
    const Tone tone = status.trouble ? Tone::kBad : status.online ? Tone::kPlain : Tone::kCare;
    ui.fill(box, ground_of(tone));
    ui.rule(box.x, box.y, box.w);
    Box in = box.inset(ui.px(theme::kMargin), 0);
    const theme::Colour mark = status.trouble ? theme::kBad : status.online ? theme::kGood : theme::kCare;
    const float radius = ui.px(6);
    const Box lamp = in.cut_left(radius * 2 + ui.px(10));
    ui.dot(lamp.x + radius, lamp.y + lamp.h / 2, radius, mark);
    const auto put = [&](const std::string& words, theme::Colour ink, Face face) {
        ui.text(in.cut_left(ui.width(words, theme::kBody, face)), words,
                {.em = theme::kBody, .colour = ink, .face = face});
    };
    put(status.line, mark, Face::kBold);
    in.cut_left(ui.px(28));
    put(status.waiting, status.some_wait ? theme::kCare : theme::kMuted,
        status.some_wait ? Face::kBold : Face::kRegular);
    in.cut_left(ui.px(28));
    ui.text(in, status.confirmed, {.em = theme::kBody, .colour = theme::kMuted, .align = Align::kRight});
    ui.note(SeenKind::kBox, "status", status.line, box);
}

float chip(Ui& ui, float x, float y, std::string_view text, Tone tone) {
    const float wide = ui.width(text, theme::kSmall, Face::kBold) + ui.px(20);
    const Box box{x, y, wide, ui.px(28)};
    ui.fill(box, ground_of(tone), 14);
    ui.text(box, text, {.em = theme::kSmall, .colour = ink_of(tone), .face = Face::kBold, .align = Align::kCenter});
    return wide;
}

void draw_head(Ui& ui, Box box, const MemberHead& head) {
    Box first = box.cut_top(ui.px(40));
    const float tier = std::min(ui.width(head.tier, theme::kBody, Face::kBold) + ui.px(28), ui.px(220));
    const float name_room = first.w - tier - ui.px(14);
    const float name_width = std::min(ui.width(head.name, theme::kName, Face::kBold), name_room);
    ui.text({first.x, first.y, name_room, first.h}, head.name,
            {.em = theme::kName, .face = Face::kBold, .fit = Fit::kElide});
    const Box badge{first.x + name_width + ui.px(14), first.y + ui.px(4), tier, ui.px(32)};
    ui.fill(badge, theme::kAccent, 16);
    ui.text(badge.inset(ui.px(10), 0), head.tier,
            {.em = theme::kBody,
             .colour = theme::kOnAccent,
             .face = Face::kBold,
             .align = Align::kCenter,
             .fit = Fit::kElide});
    box.cut_top(ui.px(6));
    Box second = box.cut_top(ui.px(28));
    const auto put = [&](const std::string& words, theme::Colour ink) {
        if (words.empty()) return;
        ui.text(second.cut_left(ui.width(words, theme::kBody) + 1), words,
                {.em = theme::kBody, .colour = ink, .fit = Fit::kElide});
        second.cut_left(ui.px(24));
    };
    put(head.phone, theme::kText);
    put(head.card, theme::kMuted);
    if (head.birthday_today) {
        chip(ui, second.x, second.y, head.birthday, Tone::kCare);
    } else {
        put(head.birthday, theme::kMuted);
    }
}

void field_with_label(Ui& ui, Box box, const FieldModel& field, float em, std::string_view prefix, Intents& intents) {
    ui.text(box.cut_top(ui.px(26)), field.label, {.em = theme::kSmall, .colour = theme::kMuted});
    std::size_t caret = 0;
    if (ui.field(box, field, em, prefix, caret)) intents.push_back(FieldPicked{field.id, caret});
}

}  // namespace tally::terminal
