#include "terminal/model/project_parts.h"

#include "terminal/model/utf8.h"

namespace tally::terminal {

FieldModel field(const Wording& w, FieldId id, Text label, std::string hint) {
    const TextField& edited = w.state.field(id);
    return {id, w(label), edited.text, std::move(hint), edited.caret, edited.all_selected, w.state.focus == id};
}

namespace {

Text kind_text(domain::OpKind kind) {
    using domain::OpKind;
    switch (kind) {
        case OpKind::kRegister: return Text::kKindRegister;
        case OpKind::kProfileEdit: return Text::kKindProfile;
        case OpKind::kIdentityBind: return Text::kKindIdentity;
        case OpKind::kConsent: return Text::kKindConsent;
        case OpKind::kEarn: return Text::kKindEarn;
        case OpKind::kSale: return Text::kKindSale;
        case OpKind::kRedeem: return Text::kKindRedeem;
        case OpKind::kAdjust: return Text::kKindAdjust;
        case OpKind::kReverse: return Text::kKindReverse;
        case OpKind::kNote: return Text::kKindNote;
        case OpKind::kExpire: return Text::kKindExpire;
        case OpKind::kBonus: return Text::kKindBonus;
        case OpKind::kOpeningBalance: return Text::kKindOpening;
        case OpKind::kTierChange: return Text::kKindTier;
        case OpKind::kCouponIssue: return Text::kKindCouponIssue;
        case OpKind::kCouponReserve: return Text::kKindCouponReserve;
        case OpKind::kCouponRedeem: return Text::kKindCouponRedeem;
        case OpKind::kCouponVoid: return Text::kKindCouponVoid;
        case OpKind::kLeaseGrant: return Text::kKindLeaseGrant;
        case OpKind::kLeaseReturn: return Text::kKindLeaseReturn;
        case OpKind::kLeaseWriteOff: return Text::kKindLeaseWriteOff;
        case OpKind::kRelease: return Text::kKindRelease;
    }
    return Text::kKindNote;
}

std::string date_only(const Wording& w, Day day) {
    if (day == w.state.today()) return w(Text::kToday);
    if (civil_of_day(day).year != civil_of_day(w.state.today()).year) return format_day(day);
    return format_short_date(w.state.locale(), day);
}

std::string age(const Wording& w, std::int64_t since_ms) {
    const std::int64_t minutes = (w.state.now_ms - since_ms) / 60'000;
    if (minutes < 1) return w(Text::kAgeNow);
    if (minutes < 60) return w(Text::kAgeMinutes, {CountArg{minutes}});
    if (minutes < 48 * 60) return w(Text::kAgeHours, {CountArg{minutes / 60}});
    return w(Text::kAgeDays, {CountArg{minutes / 1440}});
}

}  // namespace

OperationList operations(const Wording& w, Text title, Text empty, const std::vector<OperationLine>& lines,
                         bool with_member) {
    OperationList list;
    list.title = w(title);
    list.empty = w(empty);
    list.time = w(Text::kColumnTime), list.kind = w(Text::kColumnKind), list.member = w(Text::kColumnMember);
    list.bill = w(Text::kColumnBill), list.amount = w(Text::kColumnAmount), list.points = w(Text::kColumnPoints);
    list.state = w(Text::kColumnState);
    list.with_member = with_member;
    for (const OperationLine& line : lines) {
        OperationRow row;
        const Day day = line.at_ms ? day_of(w.state.locale(), line.at_ms) : line.day;
        const bool with_clock = line.at_ms && day == w.state.today();
        row.time = with_clock ? format_clock(w.state.locale(), line.at_ms) : date_only(w, day);
        row.kind = w(kind_text(line.kind));
        row.member = one_line(line.member_name);
        row.bill = one_line(line.bill_no);
        if (line.amount_minor) row.amount = format_money(w.state.locale(), line.amount_minor);
        if (line.points) row.points = format_points_bare(line.points, true);
        row.points_tone = line.points > 0 ? Tone::kGood : line.points < 0 ? Tone::kBad : Tone::kPlain;
        const bool waits = line.state == LineState::kWaiting, review = line.state == LineState::kReview;
        const Text waiting = is_revoked(w.state) ? Text::kStateUnsent : Text::kStateWaiting;
        row.state = w(review ? Text::kStateReview : waits ? waiting : Text::kStateSent);
        row.state_tone = review ? Tone::kBad : waits ? Tone::kCare : Tone::kPlain;
        row.can_open = with_member && !line.member.is_zero();
        list.rows.push_back(std::move(row));
    }
    return list;
}

StatusModel status(const Wording& w) {
    const AppState& s = w.state;
    StatusModel out;
    out.online = s.link.online;
    const bool revoked = is_revoked(s);
    out.trouble = revoked || s.link.trouble != LinkTrouble::kNone;
    const TimeArg since{s.link.since_ms};
    if (revoked) {
        out.line = w(Text::kRevokedBar);
    } else if (s.link.trouble == LinkTrouble::kRefused) {
        out.line = w(Text::kRefusedBar);
    } else if (s.link.trouble == LinkTrouble::kHqOld) {
        out.line = w(Text::kHqOldBar);
    } else if (s.link.online) {
        out.line = s.link.since_ms ? w(Text::kOnlineSince, {since}) : w(Text::kOnline);
    } else {
        out.line = s.link.since_ms ? w(Text::kOfflineSince, {since}) : w(Text::kOfflineNever);
    }
    out.some_wait = s.waiting > 0;
    out.waiting =
        out.some_wait ? w(revoked ? Text::kOpsUnsent : Text::kOpsWait, {OpsArg{s.waiting}}) : w(Text::kNothingWaits);
    out.confirmed = s.confirmed_ms ? w(Text::kConfirmedAsOf, {TimeArg{s.confirmed_ms}, age(w, s.confirmed_ms)})
                                   : w(Text::kConfirmedNever);
    return out;
}

// Stands where the home screen would say that it is ready.
static NoticeModel incident_notice(const Wording& w, const IncidentShown& incident) {
    switch (incident.kind) {
        case IncidentShown::Kind::kGap:
            return {Tone::kBad, w(Text::kIncidentGap, {OpsArg{incident.operations}}), w(Text::kIncidentGapHint)};
        case IncidentShown::Kind::kGivenBack:
            return {Tone::kCare, w(Text::kIncidentGivenBack, {OpsArg{incident.operations}}),
                    w(Text::kIncidentGivenBackHint)};
        case IncidentShown::Kind::kUnsure: return {Tone::kCare, w(Text::kIncidentUnsure), w(Text::kIncidentUnsureHint)};
        case IncidentShown::Kind::kBranched:
            return {Tone::kBad, w(Text::kIncidentBranched), w(Text::kIncidentBranchedHint)};
        case IncidentShown::Kind::kRestored:
            return {Tone::kCare, w(Text::kIncidentRestored, {OpsArg{incident.operations}}),
                    w(Text::kIncidentRestoredHint)};
        case IncidentShown::Kind::kDamaged:
            return {Tone::kBad, w(Text::kIncidentDamaged), w(Text::kIncidentDamagedHint)};
    }
    return {};
}

NoticeModel notice(const Wording& w) {
    const AppState& s = w.state;
    if (s.notice) {
        return {s.notice->tone, say(s.locale(), s.notice->head),
                s.notice->more ? say(s.locale(), *s.notice->more) : ""};
    }
    const bool opened = s.screen != Screen::kOpening && s.screen != Screen::kStopped;
    if (is_revoked(s) && opened && s.screen != Screen::kChoice)
        return {Tone::kBad, w(Text::kRevokedNoActs), w(Text::kRevokedHint)};
    switch (s.screen) {
        case Screen::kOpening:
        case Screen::kStopped: return {};
        case Screen::kChoice: return {Tone::kPlain, w(Text::kChoiceHint), w(Text::kChoiceHelp)};
        case Screen::kMember: return {Tone::kPlain, w(Text::kMemberHint), w(Text::kMemberMore)};
        case Screen::kEarn:
        case Screen::kRedeem:
        case Screen::kRefund: return {Tone::kPlain, w(s.acting ? Text::kActWorking : Text::kAutomaticNotice), ""};
        case Screen::kRegister:
            if (s.duplicate) return {Tone::kCare, w(Text::kDuplicateTitle), w(Text::kDuplicateHint)};
            return {Tone::kPlain, w(s.acting ? Text::kActWorking : Text::kRegisterSteps), ""};
        default:
            if (s.incident) return incident_notice(w, *s.incident);
            return {Tone::kPlain, w(Text::kReady), w(Text::kReadyHint)};
    }
}

std::vector<ButtonModel> buttons(const Wording& w) {
    const AppState& s = w.state;
    const auto button = [&](Action action, Text label, std::string key, Weight weight = Weight::kPlain) {
        return ButtonModel{action, w(label), std::move(key), weight, can(s, action)};
    };
    const ButtonModel back = button(Action::kBack, Text::kActBack, "Esc");
    const ButtonModel home = button(Action::kBack, Text::kActHome, "Esc");
    const ButtonModel log = button(Action::kTillLog, Text::kActTillLog, "F7");
    const ButtonModel enrol = button(Action::kRegister, Text::kActRegister, "F4");
    const ButtonModel find = button(Action::kFind, Text::kActFind, "F2");
    const std::string enter = w(Text::kKeyEnter);
    switch (s.screen) {
        case Screen::kOpening:
        case Screen::kStopped: return {};
        case Screen::kHome: return {button(Action::kConfirm, Text::kActFind, enter, Weight::kMain), enrol, log};
        case Screen::kChoice: return {enrol, back};
        case Screen::kMember:
            return {button(Action::kEarn, Text::kActEarn, "F5", Weight::kMain),
                    button(Action::kRedeem, Text::kActRedeem, "F6"),
                    button(Action::kRefund, Text::kActRefund, "F8"),
                    find,
                    log,
                    home};
        case Screen::kEarn: return {button(Action::kConfirm, Text::kActConfirmEarn, enter, Weight::kMain), back};
        case Screen::kRedeem:
            return {button(Action::kConfirm, Text::kActConfirmRedeem, enter, Weight::kMain),
                    button(Action::kUnit, s.by_money ? Text::kActByPoints : Text::kActByMoney, "F3"), back};
        case Screen::kRefund: return {button(Action::kConfirm, Text::kActConfirmRefund, enter, Weight::kMain), back};
        case Screen::kRegister:
            if (s.duplicate) return {button(Action::kOpenExisting, Text::kActOpenExisting, enter, Weight::kMain), home};
            return {button(Action::kConfirm, Text::kActConfirmRegister, "F4", Weight::kMain), home};
        case Screen::kTillLog: return {find, enrol, home};
    }
    return {};
}

}  // namespace tally::terminal
