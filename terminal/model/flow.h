// The parts of reduce(), one file a flow. Only reduce*.cpp include this. Each changes `s` and adds to `out`.
#pragma once

#include "terminal/model/reduce.h"

namespace tally::terminal {

struct Flow {
    AppState& s;
    std::vector<Effect>& out;

    Request next() { return ++s.last_request; }
    void ask(Effect effect);
    void tell(Tone tone, Said head, std::optional<Said> more = {}) {
        s.notice = Notice{tone, std::move(head), std::move(more)};
    }
    void refuse(Said why) { tell(Tone::kBad, std::move(why), Said{Text::kNothingChanged, {}}); }
    void refuse_revoked();
    void refuse_error(Code code, Said usual);  // words the codes that any request may give; `usual` for bad input

    // reduce.cpp
    void go(Screen screen);  // empties the fields of that screen and puts the focus into its first
    void act(Action action);
    void edit(FieldId field, std::string_view typed);  // inserts at the caret, by the field's own rules
    void edited(FieldId field);                        // after any change of its text

    // reduce_find.cpp
    void find(std::string_view text, bool scanned);
    void found(const Found& answer);
    void open(const domain::MemberId& member, const domain::Presented& presented);
    void opened(const MemberOpened& answer);
    void scanned(const std::string& code);
    void replica_changed();
    void refresh_member();
    void list_operations();

    // reduce_money.cpp
    void start_money(Screen screen);
    void ask_preview();
    void previewed(const Previewed& answer);
    void confirm_money();
    void act_done(const ActDone& answer);
    void pad(char key);
    static std::string amount_text(std::string_view typed);  // full-width forms as their plain ones

    // reduce_register.cpp
    void start_register();
    void phone_edited();
    void phone_checked(const Found& answer);
    void confirm_register();
    void registered(const Registered& answer);
};

}  // namespace tally::terminal
