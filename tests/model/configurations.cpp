#include "tests/model/configurations.h"

#include <cstring>

namespace tally::lease_model {
namespace {

constexpr Bounds kShort[] = {
    {.name = "one-lot", .what = "HQ's lot of 2, leases and returns", .points = {2}, .ops_max = 4, .chain_max = 3},
    {.name = "explicit", .what = "messages, appends and prints as steps of their own; crashes", .points = {2}, .days = 2,
     .ops_max = 3, .chain_max = 2, .crashes = 1, .explicit_holder = true},
    {.name = "want", .what = "grants only on a Want", .points = {2}, .days = 1, .ops_max = 3, .chain_max = 3,
     .grant_to_b = false, .wants = true},
    {.name = "restore", .what = "a restore and a write-off", .points = {2}, .ops_max = 4, .chain_max = 3, .restores = 1,
     .write_offs = 1},
    {.name = "two-restores", .what = "two restores of one terminal or both", .points = {1}, .granted_max = 1, .ops_max = 2,
     .chain_max = 2, .restores = 2},
    {.name = "refund", .what = "a born-leased lot of A and a lot of HQ, a refund", .lots = 2, .points = {1, 1},
     .date = {0, 1}, .earner = {0, -1}, .granted_max = 1, .ops_max = 4, .chain_max = 3, .refunds = 1},
    {.name = "quarantine", .what = "a quarantine, a refund", .lots = 2, .points = {1, 1}, .date = {0, 1}, .earner = {0, -1},
     .days = 2, .granted_max = 1, .ops_max = 4, .chain_max = 3, .refunds = 1, .quarantines = 1},
    {.name = "transfer", .what = "a transfer between tills, a restore, a write-off", .points = {1}, .days = 1,
     .granted_max = 1, .ops_max = 4, .chain_max = 3, .restores = 1, .write_offs = 1, .gives = 1},
    {.name = "hq-restore", .what = "HQ's own restore", .points = {1}, .days = 1, .granted_max = 1, .ops_max = 3,
     .chain_max = 2, .backups = 1, .hq_restores = 1},
    {.name = "hq-restore-restore", .what = "HQ's own restore and a terminal's", .points = {1}, .days = 1, .granted_max = 1,
     .ops_max = 2, .chain_max = 2, .restores = 1, .backups = 1, .hq_restores = 1},
    {.name = "hq-restore-write-off", .what = "HQ's own restore and a write-off that it forgets", .points = {1}, .days = 1,
     .granted_max = 1, .ops_max = 3, .chain_max = 2, .write_offs = 1, .backups = 1, .hq_restores = 1},
    {.name = "hq-restore-refund", .what = "HQ's own restore, a refund", .points = {1}, .days = 1, .granted_max = 2,
     .ops_max = 3, .chain_max = 2, .refunds = 1, .backups = 1, .hq_restores = 1},
    {.name = "clone", .what = "A's disk copied", .points = {2}, .days = 1, .granted_max = 2, .ops_max = 4, .chain_max = 3,
     .clones = 1},
    {.name = "price", .what = "a price corrected downwards", .points = {2}, .days = 2, .ops_max = 3, .chain_max = 3,
     .write_offs = 1, .refunds = 1, .cuts = 1},
};
constexpr Bounds kLong[] = {
    {.name = "long-one-lot", .what = "HQ's lot of 2, longer chains", .points = {2}, .ops_max = 6, .chain_max = 4},
    {.name = "long-transfer", .what = "two transfers of 2 points, a restore, a write-off", .points = {2}, .days = 1, .ops_max = 4,
     .chain_max = 3, .restores = 1, .write_offs = 1, .gives = 2},
    {.name = "long-clone", .what = "A's disk copied, longer chains", .points = {2}, .days = 1, .granted_max = 2, .ops_max = 5,
     .chain_max = 4, .refunds = 1, .clones = 1},
    {.name = "long-any-order", .what = "held operations fold in any order", .lots = 2, .points = {1, 1}, .earner = {0, -1},
     .days = 2, .granted_max = 1, .ops_max = 4, .chain_max = 3, .refunds = 1, .quarantines = 1, .lazy_fold = true},
    {.name = "long-own-expired", .what = "a refund takes its own expired points first", .lots = 2, .points = {1, 1},
     .earner = {0, -1}, .granted_max = 1, .ops_max = 4, .chain_max = 3, .refunds = 1, .quarantines = 1, .own_expired_first = true},
    {.name = "long-faults", .what = "a restore, a write-off, a refund, a quarantine; lots of A and of HQ", .lots = 2, .points = {1, 1},
     .earner = {0, -1}, .granted_max = 1, .ops_max = 4, .chain_max = 3, .restores = 1, .write_offs = 1, .refunds = 1,
     .quarantines = 1},
    {.name = "long-hq-restore-refund", .what = "HQ's own restore, a born-leased lot, a refund", .lots = 2, .points = {1, 1},
     .date = {0, 1}, .earner = {0, -1}, .days = 1, .granted_max = 1, .ops_max = 3, .chain_max = 3, .refunds = 1,
     .backups = 1, .hq_restores = 1},
};

constexpr Planted kPlanted[] = {
    {kFreeByTime, "one-lot", "a lease is freed when its day is over"},
    {kExpireLeased, "one-lot", "expiry takes leased points"},
    {kReturnTheRest, "one-lot", "a return means the rest"},
    {kWantUnchecked, "want", "a Want counts whatever its after_seq"},
    {kRedeemBeyond, "clone", "a redemption beyond L + W is folded"},
    {kPrintFirst, "explicit", "the receipt prints before the lease is lowered"},
    {kRefundLeased, "refund", "a refund takes leased points"},
    {kNoWitness, "restore", "an older copy goes on in its epoch"},
    {kDoubtFreed, "restore", "what is in doubt is freed when the epoch is superseded"},
    {kStateOutstanding, "one-lot", "State says what is outstanding"},
    {kReversalLocal, "price", "reversing a redemption gives points at the till"},
    {kWriteOffNoRisk, "restore", "a write-off leaves no W"},
    {kSupersedeNamed, "two-restores", "only the epoch that a new one names is superseded"},
    {kGiveWithoutEpoch, "transfer", "a transfer names a terminal, not its epoch"},
    {kGiveNotDurable, "transfer", "a transfer is used before the giver's log holds it"},
    {kGiveNotRelayed, "transfer", "the receiver keeps no copy of the giver's operations"},
    {kTakeDoesNotWait, "transfer", "what draws on a transfer does not wait for it"},
    {kGiveLKept, "transfer", "a transfer of written-off points leaves the risk behind"},
    {kCutToLease, "price", "what a lower price leaves goes back to the lease"},
    {kGrantInRecovery, "hq-restore", "a restored HQ grants at once"},
    {kFoldInRecovery, "hq-restore", "a restored HQ folds at once"},
    {kAcknowledgedPruned, "hq-restore", "terminals drop what was acknowledged"},
    {kClosedGoesOn, "hq-restore", "a terminal reports and goes on in its epoch"},
    {kWriteOffOneEpoch, "hq-restore-restore", "a write-off in recovery covers one epoch"},
    {kDrawNotFirst, "hq-restore", "after recovery spent points are not set aside first"},
    {kStateUnbound, "clone", "State is taken without comparing heads"},
};

}  // namespace

std::span<const Bounds> short_configurations() { return kShort; }
std::span<const Bounds> long_configurations() { return kLong; }
std::span<const Planted> planted_faults() { return kPlanted; }

const Bounds* find_configuration(const char* name) {
  for (const auto& list : {short_configurations(), long_configurations()}) {
    for (const Bounds& b : list) {
      if (std::strcmp(b.name, name) == 0) return &b;
    }
  }
  return nullptr;
}

}  // namespace tally::lease_model
