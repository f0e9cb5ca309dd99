// One function a page: draws it into its box. Only the view's own files include this.
#pragma once

#include "terminal/view/ui.h"

namespace tally::terminal {

using Intents = std::vector<Event>;

void draw_page(Ui& ui, const Box& box, const MessagePage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const HomePage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const ChoicePage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const MemberPage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const MoneyPage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const RegisterPage& page, Intents& intents);
void draw_page(Ui& ui, const Box& box, const TillLogPage& page, Intents& intents);

// --- parts that pages share ---
theme::Colour ink_of(Tone tone);
theme::Colour ground_of(Tone tone);
void draw_message(Ui& ui, const Box& box, const NoticeModel& notice);
void draw_keypad(Ui& ui, const Box& box, bool with_point, Intents& intents);
void draw_status(Ui& ui, Box box, const StatusModel& status);
void draw_operations(Ui& ui, Box box, const OperationList& list, const char* id, Intents& intents);
void draw_head(Ui& ui, Box box, const MemberHead& head);                 // name, tier, phone and card, in two lines
float chip(Ui& ui, float x, float y, std::string_view text, Tone tone);  // returns its width
void field_with_label(Ui& ui, Box box, const FieldModel& field, float em, std::string_view prefix, Intents& intents);

}  // namespace tally::terminal
