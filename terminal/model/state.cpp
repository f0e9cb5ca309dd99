#include "terminal/model/state.h"

namespace tally::terminal {

std::size_t field_characters_max(FieldId id) {
    switch (id) {
        case FieldId::kFind: return 64;
        case FieldId::kAmount: return 16;  // "1,000,000,000.00"
        case FieldId::kBill: return 40;
        case FieldId::kPhone: return 20;
        case FieldId::kName: return 60;
        case FieldId::kBirthday: return 10;
        case FieldId::kCard: return 32;
    }
    return 0;
}

std::vector<FieldId> fields_of(Screen screen) {
    switch (screen) {
        case Screen::kHome: return {FieldId::kFind};
        case Screen::kEarn:
        case Screen::kRefund: return {FieldId::kAmount, FieldId::kBill};
        case Screen::kRedeem: return {FieldId::kAmount, FieldId::kBill};
        case Screen::kRegister: return {FieldId::kPhone, FieldId::kName, FieldId::kBirthday, FieldId::kCard};
        default: return {};
    }
}

bool is_money_screen(Screen screen) {
    return screen == Screen::kEarn || screen == Screen::kRedeem || screen == Screen::kRefund;
}

bool is_revoked(const AppState& state) { return state.revoked || state.link.trouble == LinkTrouble::kRevoked; }

bool records(const AppState& state, Action action) {
    switch (action) {
        case Action::kRegister: return state.screen != Screen::kOpening && state.screen != Screen::kStopped;
        case Action::kEarn:
        case Action::kRedeem:
        case Action::kRefund: return state.screen == Screen::kMember;
        case Action::kConfirm: return is_money_screen(state.screen) || state.screen == Screen::kRegister;
        default: return false;
    }
}

std::optional<FieldId> overflowed_field(const AppState& state) {
    for (const FieldId id : fields_of(state.screen))
        if (state.field(id).overflowed) return id;
    return std::nullopt;
}

Said field_full(FieldId id) {
    return {Text::kFieldFull, {CountArg{static_cast<std::int64_t>(field_characters_max(id))}}};
}

bool can(const AppState& state, Action action) {
    const Screen screen = state.screen;
    if (action == Action::kLanguage) return true;
    if (screen == Screen::kOpening || screen == Screen::kStopped) return false;
    if (action == Action::kBack)
        return screen != Screen::kHome || !state.field(FieldId::kFind).text.empty() || state.notice;
    if (state.acting || (is_revoked(state) && records(state, action))) return false;
    switch (action) {
        case Action::kFind: return true;
        case Action::kRegister: return screen != Screen::kRegister && !is_money_screen(screen);
        case Action::kTillLog:
            return screen != Screen::kTillLog && screen != Screen::kRegister && !is_money_screen(screen);
        case Action::kEarn:
        case Action::kRedeem:
        case Action::kRefund: return state.member && screen == Screen::kMember;
        case Action::kConfirm:
            if (is_money_screen(screen)) return state.preview && !state.preview_refusal;
            if (screen == Screen::kRegister) return !state.duplicate && !state.field(FieldId::kPhone).text.empty();
            return screen == Screen::kHome || screen == Screen::kChoice;
        case Action::kUnit: return screen == Screen::kRedeem;
        case Action::kConsent: return screen == Screen::kRegister;
        case Action::kOpenExisting: return screen == Screen::kRegister && state.duplicate.has_value();
        default: return false;
    }
}

}  // namespace tally::terminal
