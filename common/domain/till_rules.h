// What a till decides before it writes an operation: points of a sale, whether a redemption may be made, how a refund
// is put. Pure: programme, account and date are given; nothing is looked up.
#pragma once

#include "common/domain/account.h"
#include "common/domain/programme.h"

namespace tally::domain {

enum class RedeemVerdict : std::uint8_t {
    kAllowed,
    kNoProgramme,  // none received yet
    kNotPositive,  // zero or negative points
    kNotAStep,     // not a whole multiple of the programme's step
    kBelowMinimum,
    kOverBalance,
    kOverOrder,         // worth more than the bill it pays for
    kOverOfflineLimit,  // the programme's limit per member and outage
};

struct RedeemQuestion {
    Points points = 0;
    Minor order_minor = 0;  // 0: not tied to a bill
    bool offline = false;
    Points offline_used = 0;  // redeemed for this member here in this outage
};
RedeemVerdict judge_redeem(const Programme& programme, const Account& account, Day today,
                           const RedeemQuestion& question);

// The most that judge_redeem allows now; 0 when nothing is.
Points redeemable(const Programme& programme, const Account& account, Day today, const RedeemQuestion& question);

// Names the lots that `points` will come from, in redemption order, lots usable on `today` only.
std::vector<LotTake> plan_takes(const Account& account, Day today, Points points);

// A sale's earn: points and expiry by the programme. Excluded lines earn nothing; every other line gets its share of
// the points by largest remainder. kInvalid: an amount or lines out of range; kRefused: no programme yet.
Result<Earn> make_earn(const Programme& programme, const Account& account, Day today, const Bill& bill,
                       Minor amount_minor, std::vector<BillLine> lines = {});

// Shares `points` over the lines that are not excluded and have a positive amount, in proportion to their amounts:
// floors first, then one more to the largest remainders, ties to the earlier line. The shares sum up to `points` when
// there is such a line, else all are 0.
void share_points(std::vector<BillLine>& lines, Points points);

// A refund of `amount_minor` (> 0). `of_bill_no` empty: without a bill, points at today's rate. A sale that the account
// holds is named by its operation and gives `points` as they will be; one it does not hold is named by its number.
Result<Reverse> make_refund(const Programme& programme, const Account& account, const std::string& store,
                            const Bill& bill, const std::string& of_bill_no, Minor amount_minor);

}  // namespace tally::domain
