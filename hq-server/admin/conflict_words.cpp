#include "hq-server/admin/conflict_words.h"

#include <algorithm>

#include "hq-server/admin/op_words.h"

namespace tally::admin {

using namespace intake;

namespace {

constexpr const char* kTimeFormat = "%Y-%m-%d %H:%M:%S";
constexpr int kKindsMax = 64;  // numbers of kinds lie below

std::string by_whom(std::uint32_t by, std::int64_t ms, const std::string& why, const TimeZone& zone) {
    return zone.format_time(ms, kTimeFormat) + " by " + std::to_string(by) + ": " + shown(why);
}

}  // namespace

Result<Conflict> conflict_of(LedgerStore& store, const ConflictRow& row) {
    Conflict out;
    out.row = row;
    const auto op = stored_op_at(store, row.pos);
    if (!op && op.error().code == Code::kIo) return op.error();
    if (op) out.op = *op;
    out.holds = out.op && is_holding(row.kind, *out.op);
    if (out.holds) {
        TALLY_TRY(out.verdict, store.verdict(out.op->hash));
    } else {
        TALLY_TRY(out.seen, store.seen(row.number));
    }
    return out;
}

std::string kind_word(ConflictKind kind) {
    std::string out(conflict_name(kind));
    std::replace(out.begin(), out.end(), ' ', '-');
    return out;
}

Result<ConflictKind> kind_of_word(const std::string& word) {
    std::string words;
    for (int i = 1; i < kKindsMax; ++i) {
        const auto kind = static_cast<ConflictKind>(i);
        if (conflict_name(kind) == "unknown") continue;
        if (kind_word(kind) == word) return kind;
        words += (words.empty() ? "" : ", ") + kind_word(kind);
    }
    return fail(Code::kInvalid, "--kind '" + shown(word) + "': one of " + words);
}

const char* state_word(const Conflict& conflict) {
    if (conflict.seen) return "seen";
    if (!conflict.verdict) return "open";
    return conflict.verdict->decision == Decision::kRelease ? "released" : "rejected";
}

std::string done_text(const Conflict& conflict) {
    if (conflict.holds) return "it is held: it counts nowhere unless it is released";
    switch (conflict.row.kind) {
        case ConflictKind::kEarnDiffers:
        case ConflictKind::kBonusDiffers: return "the points of the operation stand";
        case ConflictKind::kPriceTooLow: return "what its till took stands";
        case ConflictKind::kPriceCorrected: return "headquarters took the price; its till was told";
        case ConflictKind::kOverdrawn:
            return "the operation stands; what was not there is owed and netted against later points";
        case ConflictKind::kUnknownProgramme: return "it counts as its till computed it; nothing could be checked";
        case ConflictKind::kSealedUnreadable: return "it counts; what it says of the person is not known";
        case ConflictKind::kClock: return "it counts; its time is taken as that of its receipt, and a little more";
        case ConflictKind::kSameIdentity: return "both members keep the identity";
        case ConflictKind::kOtherStore: return "it counts in the store that it names";
        case ConflictKind::kRefundBeyond: return "the refund stands; no points were taken beyond the sale's";
        case ConflictKind::kCapExceeded: return "the points stand";
        case ConflictKind::kRewardDiffers: return "it counts as its till computed it";
        case ConflictKind::kLateUnknownBill: return "the points stand, though nothing vouches for the bill";
        case ConflictKind::kLevelUnknown: return "the level stands as a floor that no rule knows";
        case ConflictKind::kCampaignExceeded: return "what was given stands";
        case ConflictKind::kCouponDiffers: return "the discount stands";
        case ConflictKind::kEditLost: return "the later edit stands; this one is in the log";
        case ConflictKind::kHeldForReview: return "it counts, but for what could not be taken in";
        case ConflictKind::kCouponTwice: return "both sales stand";
        case ConflictKind::kNoLease: return "the redemption stands";
        case ConflictKind::kLeaseLate: return "it counts: a lease's end stops its till, it frees nothing";
    }
    return "it is on record";
}

std::string verdict_text(const VerdictRow& verdict, const TimeZone& zone) {
    return (verdict.decision == Decision::kRelease ? "released " : "rejected ") +
           by_whom(verdict.decided_by, verdict.decided_ms, verdict.why, zone);
}

std::string decided_text(const Conflict& conflict, const TimeZone& zone) {
    if (conflict.verdict) return verdict_text(*conflict.verdict, zone);
    if (conflict.seen)
        return "seen " + by_whom(conflict.seen->decided_by, conflict.seen->decided_ms, conflict.seen->why, zone);
    return {};
}

}  // namespace tally::admin
