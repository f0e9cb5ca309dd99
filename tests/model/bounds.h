// What one exploration of the lease protocol is bounded by, and which wrong variants ("planted faults") it plays.
// Not the protocol itself: hq.h and holder.h are.
#pragma once

#include <cstdint>

namespace tally::lease_model {

constexpr int kLots = 2;
constexpr int kEpochs = 5;  // slots: one a (terminal, epoch), and one for the chain of a copied device
constexpr int kSeqs = 10;   // operations in a chain, with room for the returns of drain()
constexpr int kTerminals = 2;
constexpr int kClone = 2;  // the device that runs a copy of terminal A's disk
constexpr int kDevices = 3;

// Each fault is one literal or careless reading of a rule. RESULTS.md says what each one breaks.
enum Fault : uint32_t {
    kNoFault = 0,
    kFreeByTime = 1u << 0,           // a lease whose day is over is freed by the clock
    kExpireLeased = 1u << 1,         // expiry takes leased points too
    kReturnTheRest = 1u << 2,        // a return names no amount
    kWantUnchecked = 1u << 3,        // a Want counts whatever its after_seq
    kRedeemBeyond = 1u << 4,         // a redemption beyond L + W is folded
    kPrintFirst = 1u << 5,           // the receipt is printed before the lease is lowered durably
    kRefundLeased = 1u << 6,         // a refund takes leased points
    kNoWitness = 1u << 7,            // an older copy goes on in its old epoch
    kDoubtFreed = 1u << 8,           // what a superseded epoch held is freed at once
    kStateOutstanding = 1u << 9,     // State says what is outstanding instead of what was granted in all
    kReversalLocal = 1u << 10,       // reversing a redemption gives the points back at the till
    kWriteOffNoRisk = 1u << 11,      // a write-off keeps no record of the risk
    kGiveWithoutEpoch = 1u << 12,    // a transfer names the receiving terminal, not its epoch
    kGiveNotDurable = 1u << 13,      // a transfer is handed over before the giver's log holds it
    kGiveNotRelayed = 1u << 14,      // the receiver keeps no copy of the giver's operations
    kTakeDoesNotWait = 1u << 15,     // a short redemption is quarantined although its transfer is on its way
    kCutToLease = 1u << 16,          // the rest of a corrected price goes back to the lease
    kGrantInRecovery = 1u << 17,     // a restored HQ grants before every terminal has reported
    kFoldInRecovery = 1u << 18,      // a restored HQ folds refunds before every terminal has reported
    kAcknowledgedPruned = 1u << 19,  // a terminal drops what was acknowledged, not what a backup covers
    kClosedGoesOn = 1u << 20,        // a terminal reports to a restored HQ and goes on in its old epoch
    kSupersedeNamed = 1u << 21,      // only the epoch that a new one names is superseded
    kStateUnbound = 1u << 22,        // State is taken without comparing heads: matters to copied devices
    kGiveLKept = 1u << 23,           // a give does not carry the written-off part (the risk) along
    kWriteOffOneEpoch = 1u << 24,    // in recovery a person writes off one epoch, not the terminal
    kDrawNotFirst = 1u << 25,        // after recovery refunds fold before what closed epochs spent is set aside
};

struct Bounds {
    const char* name = "";
    const char* what = "";
    int lots = 1;
    int points[kLots] = {2, 0};
    int date[kLots] = {0, 1};      // the last day on which the lot may be granted
    int earner[kLots] = {-1, -1};  // the terminal whose chain earns it; -1: HQ has it from the beginning
    bool born_leased[kLots] = {true, true};
    int days = 3;
    int granted_max = 2;  // in all, a (epoch, lot)
    int ops_max = 5;      // operations of both terminals, without an epoch's first one
    int chain_max = 4;    // of one chain, likewise
    int restores = 0, write_offs = 0, refunds = 0, quarantines = 0, gives = 0, cuts = 0, crashes = 0;
    int backups = 0, hq_restores = 0, clones = 0;
    bool grant_to_b = true;
    bool explicit_holder = false;    // what a holder knows and has not written yet is modelled, not over-approximated
    bool wants = false;              // grants only on a Want
    bool lazy_fold = false;          // held operations fold in any order, whenever
    bool own_expired_first = false;  // a refund takes what has expired of its own lot before other lots (law X)
    uint32_t faults = kNoFault;
    bool has(Fault fault) const { return (faults & fault) != 0; }
};

}  // namespace tally::lease_model
