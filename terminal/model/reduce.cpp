#include "terminal/model/reduce.h"

#include <algorithm>
#include <utility>

#include "terminal/model/flow.h"
#include "terminal/model/utf8.h"

namespace tally::terminal {

void Flow::refuse_revoked() { tell(Tone::kBad, {Text::kRevokedNoActs, {}}, Said{Text::kRevokedHint, {}}); }

void Flow::refuse_error(Code code, Said usual) {
    if (code == Code::kRefused && is_revoked(s)) return refuse_revoked();
    switch (code) {
        case Code::kFull: return tell(Tone::kBad, {Text::kDiskFull, {}}, Said{Text::kDiskFullHint, {}});
        case Code::kDamaged:
        case Code::kBug: return tell(Tone::kBad, {Text::kDamagedData, {}}, Said{Text::kDamagedHint, {}});
        case Code::kBusy: return tell(Tone::kBad, {Text::kBusyStore, {}}, Said{Text::kNothingChanged, {}});
        case Code::kIo: return tell(Tone::kBad, {Text::kStoreError, {}}, Said{Text::kCallSupport, {}});
        case Code::kRefused: return refuse({Text::kRefused, {}});
        default: return refuse(std::move(usual));
    }
}

void Flow::go(Screen screen) {
    s.screen = screen;
    const std::vector<FieldId> fields = fields_of(screen);
    for (const FieldId id : fields) clear_text(s.field(id));
    if (!fields.empty()) s.focus = fields.front();
    s.preview.reset();
    s.preview_refusal.reset();
    s.previewing = 0;
    s.confirm_waits = false;
    if (screen == Screen::kHome) {
        s.member.reset();
        s.opening = s.refreshing = 0;
        s.refresh_again = false;
    }
    if (screen == Screen::kHome || screen == Screen::kTillLog) list_operations();
}

void Flow::edit(FieldId id, std::string_view typed) {
    const std::string plain = id == FieldId::kAmount ? amount_text(typed) : std::string(typed);
    if (!insert_text(s.field(id), plain, field_characters_max(id))) refuse(field_full(id));
    edited(id);
}

void Flow::edited(FieldId id) {
    s.confirm_waits = false;  // it was of what stood there before
    if (is_money_screen(s.screen)) ask_preview();
    if (id == FieldId::kPhone) phone_edited();
}

void Flow::act(Action action) {
    if (!can(s, action)) {
        if (is_revoked(s) && records(s, action)) return refuse_revoked();
        const bool needs = action == Action::kEarn || action == Action::kRedeem || action == Action::kRefund;
        if (needs && !s.member && s.screen == Screen::kHome) refuse({Text::kNeedMember, {}});
        // A confirmation that cannot be given says why.
        if (action == Action::kConfirm && is_money_screen(s.screen) && !s.acting) confirm_money();
        if (action == Action::kConfirm && s.screen == Screen::kRegister && !s.acting) confirm_register();
        return;
    }
    s.notice.reset();
    switch (action) {
        case Action::kLanguage:
            s.lang = s.lang == Lang::kZh ? Lang::kEn : Lang::kZh;
            ask(SaveLanguage{s.lang});
            return;
        case Action::kBack:
            if (s.acting) return;
            s.finding = s.opening = s.checking_phone = 0;
            return go(is_money_screen(s.screen) ? Screen::kMember : Screen::kHome);
        case Action::kFind: return go(Screen::kHome);
        case Action::kRegister: return start_register();
        case Action::kTillLog: return go(Screen::kTillLog);
        case Action::kEarn: return start_money(Screen::kEarn);
        case Action::kRedeem: return start_money(Screen::kRedeem);
        case Action::kRefund: return start_money(Screen::kRefund);
        case Action::kUnit:
            s.by_money = !s.by_money;
            s.confirm_waits = false;
            clear_text(s.field(FieldId::kAmount));
            s.focus = FieldId::kAmount;
            return ask_preview();
        case Action::kConsent: s.consent = !s.consent; return;
        case Action::kOpenExisting: return open(s.duplicate->member, {});
        case Action::kConfirm:
            if (is_money_screen(s.screen)) return confirm_money();
            if (s.screen == Screen::kRegister) return confirm_register();
            if (s.screen == Screen::kHome) return find(s.field(FieldId::kFind).text, false);
            if (s.chosen < s.choices.size()) return open(s.choices[s.chosen].member, s.presented);
            return;
    }
}

namespace {

bool takes_input(const AppState& s) { return s.screen != Screen::kOpening && s.screen != Screen::kStopped; }

std::optional<Action> action_of(const AppState& s, Key key) {
    switch (key) {
        case Key::kF2: return Action::kFind;
        case Key::kF3: return s.screen == Screen::kRegister ? Action::kConsent : Action::kUnit;
        case Key::kF4:
            return s.screen == Screen::kRegister ? (s.duplicate ? Action::kOpenExisting : Action::kConfirm)
                                                 : Action::kRegister;
        case Key::kF5: return Action::kEarn;
        case Key::kF6: return Action::kRedeem;
        case Key::kF7: return Action::kTillLog;
        case Key::kF8: return Action::kRefund;
        case Key::kF9: return Action::kLanguage;
        case Key::kEscape: return Action::kBack;
        default: return std::nullopt;
    }
}

void move_focus(AppState& s, int by) {
    const std::vector<FieldId> fields = fields_of(s.screen);
    if (fields.empty()) return;
    const auto at = std::find(fields.begin(), fields.end(), s.focus) - fields.begin();
    const auto count = static_cast<std::ptrdiff_t>(fields.size());
    s.focus = fields[static_cast<std::size_t>((at + by + count) % count)];
    TextField& field = s.field(s.focus);
    field.caret = field.text.size();
}

void press_enter(Flow& flow) {
    AppState& s = flow.s;
    if (s.screen == Screen::kRegister) {
        if (s.duplicate) return flow.act(Action::kOpenExisting);
        if (s.focus != fields_of(s.screen).back()) return move_focus(s, 1);
    }
    flow.act(Action::kConfirm);
}

void press(Flow& flow, Key key) {
    AppState& s = flow.s;
    if (const auto action = action_of(s, key)) return flow.act(*action);
    if (!takes_input(s)) return;
    if (key == Key::kEnter) return press_enter(flow);
    if (s.acting) return;
    if (key == Key::kTab || key == Key::kBackTab) return move_focus(s, key == Key::kTab ? 1 : -1);
    if (s.screen == Screen::kChoice && (key == Key::kDown || key == Key::kUp) && !s.choices.empty()) {
        const std::size_t count = s.choices.size();
        s.chosen = (s.chosen + (key == Key::kDown ? 1 : count - 1)) % count;
        return;
    }
    if (s.screen == Screen::kRegister && (key == Key::kDown || key == Key::kUp))
        return move_focus(s, key == Key::kDown ? 1 : -1);
    if (fields_of(s.screen).empty()) return;
    const std::string before = s.field(s.focus).text;
    if (edit_key(s.field(s.focus), key)) s.notice.reset();
    if (s.field(s.focus).text != before) flow.edited(s.focus);
}

void type(Flow& flow, std::string_view text) {
    AppState& s = flow.s;
    if (!takes_input(s) || s.acting) return;
    if (s.screen == Screen::kChoice) {
        const std::size_t row =
            text.size() == 1 && text[0] >= '1' && text[0] <= '9' ? static_cast<std::size_t>(text[0] - '1') : 9;
        if (row < s.choices.size()) flow.open(s.choices[row].member, s.presented);
        return;
    }
    s.notice.reset();
    if (s.screen == Screen::kMember && !text.empty() && text[0] >= '0' && text[0] <= '9') {
        if (is_revoked(s)) return flow.refuse_revoked();
        flow.start_money(Screen::kEarn);
    }
    if (!fields_of(s.screen).empty()) flow.edit(s.focus, text);
}

void pick_row(Flow& flow, std::size_t row) {
    AppState& s = flow.s;
    if (s.acting) return;
    if (s.screen == Screen::kChoice && row < s.choices.size()) return flow.open(s.choices[row].member, s.presented);
    const bool listed = s.screen == Screen::kHome || s.screen == Screen::kTillLog;
    if (listed && row < s.operations.size() && !s.operations[row].member.is_zero()) {
        s.notice.reset();
        flow.open(s.operations[row].member, {});
    }
}

struct Reduce {
    Flow flow;
    AppState& s = flow.s;

    void operator()(const Typed& event) {
        std::string text;
        append_character(text, event.character);
        type(flow, text);
    }
    void operator()(const KeyPressed& event) { press(flow, event.key); }
    void operator()(const Scanned& event) { flow.scanned(event.code); }
    void operator()(const Pasted& event) { type(flow, tidy(event.text)); }
    void operator()(const Pressed& event) { flow.act(event.action); }
    void operator()(const RowPicked& event) { pick_row(flow, event.row); }
    void operator()(const FieldPicked& event) {
        const std::vector<FieldId> fields = fields_of(s.screen);
        if (s.acting || std::find(fields.begin(), fields.end(), event.field) == fields.end()) return;
        s.focus = event.field;
        TextField& field = s.field(event.field);
        field.all_selected = false;
        field.caret = previous_boundary(field.text, std::min(event.caret, field.text.size()) + 1);
        if (event.caret >= field.text.size()) field.caret = field.text.size();
    }
    void operator()(const PadPressed& event) { flow.pad(event.key); }
    void operator()(const Tick& event) { s.now_ms = event.now_ms; }
    void operator()(const LinkChanged& event) {
        const bool turned = s.link.online != event.link.online;
        s.link = event.link;
        if (turned) flow.refresh_member();
        if (is_money_screen(s.screen) && !s.acting)
            flow.ask_preview();  // the offline limit comes or goes with the line
    }
    void operator()(const ReplicaChanged&) { flow.replica_changed(); }
    void operator()(const Opened& event) {
        s.shop = event.shop;
        s.zone = event.zone;
        s.revoked = event.revoked;
        flow.go(Screen::kHome);
        flow.ask(ReadStatus{});
    }
    void operator()(const OpenFailed& event) {
        s.stopped_by = event.code;
        s.screen = Screen::kStopped;
    }
    void operator()(const StatusRead& event) {
        s.shop = event.shop;
        s.zone = event.zone;
        s.waiting = event.waiting;
        s.confirmed_ms = event.confirmed_ms;
        s.incident = event.incident;
        if (std::exchange(s.revoked, event.revoked) != event.revoked && is_money_screen(s.screen) && !s.acting)
            flow.ask_preview();
    }
    void operator()(const Found& event) {
        if (event.request == s.checking_phone && event.request) return flow.phone_checked(event);
        if (event.request == s.finding && event.request) flow.found(event);
    }
    void operator()(const MemberOpened& event) { flow.opened(event); }
    void operator()(const OperationsListed& event) {
        if (event.request != s.listing || !event.request) return;
        s.listing = 0;
        if (event.lines) s.operations = *event.lines;
        if (s.list_again) flow.list_operations();
    }
    void operator()(const Previewed& event) { flow.previewed(event); }
    void operator()(const ActDone& event) { flow.act_done(event); }
    void operator()(const Registered& event) { flow.registered(event); }
};

}  // namespace

Step reduce(AppState state, const Event& event) {
    Step step{std::move(state), {}};
    std::visit(Reduce{Flow{step.state, step.effects}}, event);
    return step;
}

}  // namespace tally::terminal
