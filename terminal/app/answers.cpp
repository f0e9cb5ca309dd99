#include "terminal/app/answers.h"

#include <algorithm>
#include <map>

namespace tally::terminal {

namespace {

constexpr std::size_t kHistoryMax = 200;
constexpr std::int64_t kDayMs = 86'400'000;

std::string identity_of(const domain::Profile& profile, domain::IdentityKind kind) {
    for (const domain::Identity& identity : profile.identities)
        if (identity.kind == kind) return identity.value;
    return {};
}

// The points and the money that an operation moved, as its line shows them.
struct Moves {
    OperationLine& line;
    void operator()(const domain::Earn& op) const {
        line.points = op.points, line.amount_minor = op.amount_minor, line.bill_no = op.bill.bill_no;
    }
    void operator()(const domain::Sale& op) const {
        line.amount_minor = op.amount_minor, line.bill_no = op.bill.bill_no;
    }
    void operator()(const domain::Redeem& op) const {
        line.points = -op.points, line.amount_minor = op.value_minor, line.bill_no = op.bill.bill_no;
    }
    void operator()(const domain::Adjust& op) const { line.points = op.points; }
    void operator()(const domain::Bonus& op) const { line.points = op.points; }
    void operator()(const domain::OpeningBalance& op) const { line.points = op.points; }
    void operator()(const domain::Reverse& op) const {
        line.points = op.is_refund ? -op.points : op.points;
        line.amount_minor = -op.amount_minor;
        line.bill_no = op.bill.bill_no;
    }
    template <class Other>
    void operator()(const Other&) const {}
};

std::string name_of(const replica::MemberView& view) { return view.profile.text(domain::Field::kName); }

std::string phone_of(const replica::MemberView& view) {
    const std::string phone = identity_of(view.profile, domain::IdentityKind::kPhone);
    return phone.empty() ? view.profile.text(domain::Field::kPhone) : phone;
}

domain::OpKind kind_of(domain::LotSource source) {
    switch (source) {
        case domain::LotSource::kSale: return domain::OpKind::kEarn;
        case domain::LotSource::kAdjustment: return domain::OpKind::kAdjust;
        case domain::LotSource::kBonus: return domain::OpKind::kBonus;
        case domain::LotSource::kOpening: return domain::OpKind::kOpeningBalance;
        case domain::LotSource::kGivenBack: return domain::OpKind::kReverse;
    }
    return domain::OpKind::kAdjust;
}

// Every lot, redemption and reversal of the ledger is a line, whoever made it; this till's own operations know the
// minute and what became of them.
std::vector<OperationLine> history_of(const replica::MemberCard& card) {
    std::map<domain::OpId, OperationLine> lines;
    for (const domain::Lot& lot : card.view.account.lots) {
        OperationLine line;
        line.id = lot.maker, line.day = lot.day, line.bill_no = lot.bill_no;
        line.kind = kind_of(lot.source);
        line.amount_minor = lot.amount_minor, line.points = lot.issued;
        lines[line.id] = line;
    }
    for (const domain::Redemption& redemption : card.view.account.redemptions) {
        OperationLine line;
        line.id = redemption.op, line.day = redemption.day, line.kind = domain::OpKind::kRedeem;
        line.amount_minor = redemption.value_minor, line.points = -redemption.points;
        lines[line.id] = line;
    }
    for (const domain::Reversal& reversal : card.view.account.reversals) {
        OperationLine line;
        line.id = reversal.op, line.day = reversal.day, line.bill_no = reversal.bill_no;
        line.kind = reversal.is_adjustment ? domain::OpKind::kAdjust : domain::OpKind::kReverse;
        line.amount_minor = -reversal.amount_minor, line.points = reversal.points;
        lines[line.id] = line;
    }
    for (const replica::LoggedOp& logged : card.recent) lines[logged.op.id] = line_of(logged);
    std::vector<OperationLine> out;
    for (auto& [id, line] : lines) out.push_back(std::move(line));
    const auto when = [](const OperationLine& line) { return line.at_ms ? line.at_ms : line.day * kDayMs; };
    std::stable_sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
        return a.day != b.day ? a.day > b.day : when(a) != when(b) ? when(a) > when(b) : b.id < a.id;
    });
    if (out.size() > kHistoryMax) out.resize(kHistoryMax);
    return out;
}

}  // namespace

MemberBrief brief_of(const replica::MemberHit& hit) { return {hit.member, hit.name, hit.phone_masked, hit.card}; }

Result<MemberBrief> brief_of(replica::Till& till, const domain::MemberId& member) {
    TALLY_TRY(const replica::MemberCard card, till.card(member));
    return MemberBrief{member, name_of(card.view), phone_of(card.view),
                       identity_of(card.view.profile, domain::IdentityKind::kCard)};
}

OperationLine line_of(const replica::LoggedOp& logged) {
    OperationLine line;
    line.id = logged.op.id;
    line.at_ms = logged.op.at.ms();
    line.day = logged.op.business_day;
    line.kind = domain::kind_of(logged.op.body);
    line.member = logged.op.member;
    std::visit(Moves{line}, logged.op.body);
    // What its till marked as over a limit waits for a person from the first moment, until headquarters says otherwise.
    const bool review = logged.outcome ? logged.outcome->outcome == domain::Outcome::kQuarantined ||
                                             logged.outcome->outcome == domain::Outcome::kCorrected
                                       : !logged.op.over_limit.empty();
    line.state = review                                  ? LineState::kReview
                 : logged.acknowledged || logged.covered ? LineState::kSent
                                                         : LineState::kWaiting;
    return line;
}

MemberCard card_of(const replica::MemberCard& card, Day today) {
    MemberCard out;
    const replica::MemberView& view = card.view;
    out.member = view.member;
    out.name = name_of(view);
    out.phone = phone_of(view);
    out.card = identity_of(view.profile, domain::IdentityKind::kCard);
    out.tier = card.tier_name;
    const auto birthday = parse_day(view.profile.text(domain::Field::kBirthday));
    if (birthday) out.birthday = *birthday;
    out.balance = card.balance;
    out.redeemable = card.redeemable;
    out.leased = card.leased;
    out.debt = view.account.debt;
    for (const std::size_t i : domain::redemption_order(view.account)) {
        const domain::Lot& lot = view.account.lots[i];
        if (lot.free > 0 && lot.usable_on(today)) out.lots.push_back({lot.free, lot.expires});
    }
    out.history = history_of(card);
    out.confirmed = view.confirmed;
    out.confirmed_ms = card.confirmed_ms;
    for (const replica::PendingOp& pending : view.pending) out.waiting += pending.acknowledged ? 0 : 1;
    return out;
}

Result<std::vector<OperationLine>> till_lines(replica::Replica& replica, replica::Till& till, std::size_t count) {
    TALLY_TRY(const std::vector<replica::LoggedOp> logged, replica.last_operations(count));
    std::map<domain::MemberId, std::string> names;
    std::vector<OperationLine> out;
    for (const replica::LoggedOp& op : logged) {
        OperationLine line = line_of(op);
        if (!line.member.is_zero()) {
            auto known = names.find(line.member);
            if (known == names.end()) {
                const auto brief = brief_of(till, line.member);
                known = names.emplace(line.member, brief ? brief->name : std::string()).first;
            }
            line.member_name = known->second;
        }
        out.push_back(std::move(line));
    }
    return out;
}

Outcome outcome_of(const replica::Receipt& receipt) {
    Outcome out;
    out.points = receipt.points;
    out.amount_minor = receipt.amount_minor;
    out.value_minor = receipt.value_minor;
    out.balance = receipt.balance;
    out.bill_no = receipt.bill_no;
    out.held = !receipt.held.empty();
    out.recorded_before = receipt.folded.outcome == domain::Outcome::kDuplicate;
    return out;
}

IncidentShown incident_shown(const replica::Incident& incident) {
    using wire::IncidentKind;
    using Kind = IncidentShown::Kind;
    const auto returned = static_cast<std::int64_t>(incident.returned);
    const auto missing = static_cast<std::int64_t>(incident.missing);
    switch (incident.report.kind) {
        case IncidentKind::kFork: return {Kind::kBranched, 0};
        case IncidentKind::kDamagedPage: return {Kind::kDamaged, 0};
        case IncidentKind::kWitnessMissing:
        case IncidentKind::kWitnessDamaged:
        case IncidentKind::kOtherHistory: return {Kind::kUnsure, 0};
        case IncidentKind::kRestored:
            return missing > 0 ? IncidentShown{Kind::kGap, missing} : IncidentShown{Kind::kRestored, returned};
        case IncidentKind::kTailCut:
        case IncidentKind::kTailTorn:
        case IncidentKind::kOlderCopy: break;
    }
    return missing > 0 ? IncidentShown{Kind::kGap, missing} : IncidentShown{Kind::kGivenBack, returned};
}

}  // namespace tally::terminal
