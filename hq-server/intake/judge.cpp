#include "hq-server/intake/judge.h"

#include "common/domain/bill_key.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::intake {

using namespace domain;

std::string_view conflict_name(ConflictKind kind) {
    switch (kind) {
        case ConflictKind::kEarnDiffers: return "earn differs";
        case ConflictKind::kPriceTooLow: return "price too low";
        case ConflictKind::kPriceCorrected: return "price corrected";
        case ConflictKind::kOverdrawn: return "overdrawn";
        case ConflictKind::kHeldForReview: return "held for review";
        case ConflictKind::kUnknownProgramme: return "unknown programme";
        case ConflictKind::kSealedUnreadable: return "sealed fields unreadable";
        case ConflictKind::kClock: return "clock ahead";
        case ConflictKind::kSameIdentity: return "same identity";
        case ConflictKind::kOtherStore: return "other store";
        case ConflictKind::kRefundBeyond: return "refund beyond the sale";
    }
    return "unknown";
}

namespace {

std::string date_text(const std::optional<Day>& day) { return day ? format_day(*day) : std::string("never"); }

struct Judge {
    const Op& op;
    const Programme* programme;
    Judgement out;

    void flag(ConflictKind kind, std::string detail) { out.conflicts.emplace_back(kind, std::move(detail)); }

    bool has_programme() {
        if (programme) return true;
        flag(ConflictKind::kUnknownProgramme, "names programme version " + std::to_string(op.programme_version));
        return false;
    }

    void earn(const Earn& body) {
        if (!has_programme()) return;
        const auto points = points_for(*programme, body.eligible_minor);
        const auto expires = expiry_of(*programme, op.business_day);
        if (!points || *points != body.points)
            flag(ConflictKind::kEarnDiffers, "says " + std::to_string(body.points) + " points, computed " +
                                                 (points ? std::to_string(*points) : std::string("more than 64 bits")));
        if (expires != body.expires)
            flag(ConflictKind::kEarnDiffers,
                 "says expiry " + date_text(body.expires) + ", computed " + date_text(expires));
    }

    // The price is HQ's to correct, and only downwards: a correction never takes more than was named.
    void redeem(const Redeem& body) {
        if (!has_programme()) return;
        const auto price = price_of(*programme, body.value_minor);
        if (!price || *price > body.points) {
            flag(ConflictKind::kPriceTooLow, "took " + std::to_string(body.points) + " points, the price is " +
                                                 (price ? std::to_string(*price) : std::string("more than 64 bits")));
        } else if (*price < body.points) {
            out.ruling.corrected_points = *price;
            flag(ConflictKind::kPriceCorrected,
                 "named " + std::to_string(body.points) + " points, the price is " + std::to_string(*price));
        }
    }

    void reverse(const Reverse& body) {
        if (!body.is_refund || !body.target.is_none() || !body.target_bill_no.empty() || !has_programme()) return;
        const auto points = points_for(*programme, body.amount_minor);
        if (!points || *points != body.points)
            flag(ConflictKind::kEarnDiffers, "takes back " + std::to_string(body.points) + " points, computed " +
                                                 (points ? std::to_string(*points) : std::string("more than 64 bits")));
    }
};

}  // namespace

Judgement judge(const Op& op, const Programme* programme, const std::string& store, std::int64_t now_ms) {
    Judge judge{op, programme, {}};
    if (const auto* earn = std::get_if<Earn>(&op.body)) judge.earn(*earn);
    if (const auto* redeem = std::get_if<Redeem>(&op.body)) judge.redeem(*redeem);
    if (const auto* reverse = std::get_if<Reverse>(&op.body)) judge.reverse(*reverse);
    if (!store.empty() && op.store != store)
        judge.flag(ConflictKind::kOtherStore, "a terminal of store " + store + " names another store");
    if (op.at.ms() > now_ms + kImplausibleAhead_ms)
        judge.flag(ConflictKind::kClock,
                   "dated " + std::to_string((op.at.ms() - now_ms) / 1000) + " s after it was received");
    return std::move(judge.out);
}

std::optional<BusinessKey> guard_key(const Op& op, const std::string& store) {
    auto key = business_key(op);
    if (key && !store.empty() && op.store != store) key->terminal = op.id.terminal;
    return key;
}

void rule_bill(const Op& first, const Op& again, Ruling& ruling, std::string& reason) {
    ruling = {};
    if (is_same_bill(first, again)) {  // amounts, as the fold compares earns
        ruling.duplicate_of = first.id;
        return;
    }
    ruling.quarantined = true;
    const auto key = business_key(again);
    reason = bill_text(*key) +
             (first.member == again.member ? " exists with another amount as " : " exists for another member as ") +
             op_text(first.id);
}

std::optional<Day> next_expiry_of(const Account& account) {
    std::optional<Day> next;
    for (const Lot& lot : account.lots)
        if (lot.free > 0 && lot.expires && (!next || *lot.expires < *next)) next = lot.expires;
    return next;
}

bool moves_store(OpKind kind) {
    return kind == OpKind::kEarn || kind == OpKind::kSale || kind == OpKind::kRedeem || kind == OpKind::kAdjust ||
           kind == OpKind::kReverse;
}

bool changes_profile(OpKind kind) {
    return kind == OpKind::kRegister || kind == OpKind::kProfileEdit || kind == OpKind::kIdentityBind ||
           kind == OpKind::kConsent || kind == OpKind::kNote;
}

}  // namespace tally::intake
