// A programme with coupons and campaigns, and what tests do with it. Tests only.
#pragma once

#include "hq-server/admin/verify.h"
#include "tests/unit/intake/till_at_hq.h"

namespace tally::test {

inline Programme coupon_programme() {
    Programme programme = plain_programme();
    CouponTemplate twenty;
    twenty.id = "twenty";
    twenty.amount_minor = 2000;
    programme.coupons = {twenty};
    CouponTemplate last = twenty;
    last.id = "last";
    last.campaign_count = 1;
    programme.coupons.push_back(last);
    CouponTemplate budget = twenty;
    budget.id = "budget";
    budget.campaign_minor = 3000;
    programme.coupons.push_back(budget);
    return programme;
}

// With a rule of one point more for each unit, which gives all members together no more than `most`.
inline Programme with_campaign(Programme programme, const std::string& id, Points most) {
    EarnRule rule;
    rule.id = id;
    rule.points = 1;
    rule.per_minor = 100;
    rule.caps.campaign = most;
    programme.earn_rules = {rule};
    return programme;
}

inline CouponId coupon_number(std::uint8_t number) {
    CouponId id;
    id.bytes[0] = 1;
    id.bytes[15] = number;
    return id;
}

// Issued by headquarters.
inline CouponId give(Hq& hq, const MemberId& member, const std::string& template_id, std::uint8_t number) {
    intake::Intake::OwnOp own;
    own.op.member = member;
    own.op.business_day = kToday;
    CouponIssue body;
    body.coupon = coupon_number(number);
    body.template_id = template_id;
    own.op.body = body;
    const auto folded = must(hq.intake->append_own(std::span(&own, 1), hq.now_ms));
    REQUIRE(folded.front().outcome == Outcome::kAccepted);
    return body.coupon;
}

inline CampaignTotals campaign(Hq& hq, const std::string& id) {
    const auto row = must(hq.store->campaign(id));
    return row ? row->totals : CampaignTotals{};
}

inline std::vector<intake::ConflictKind> conflicts(Hq& hq) {
    std::vector<intake::ConflictKind> out;
    must(hq.store->each_conflict([&](const intake::ConflictRow& row) -> Status {
        out.push_back(row.kind);
        return {};
    }));
    return out;
}

inline void check_verified(Hq& hq) {
    const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key(), {}));
    INFO(admin::verify_text(report));
    CHECK(report.fault_count == 0);
}

inline std::int64_t days_ms(int days) { return days * 86'400'000LL; }

inline replica::CouponRequest request(const MemberId& member, const CouponId& coupon, Minor amount = 10000) {
    replica::CouponRequest out;
    out.member = member;
    out.coupon = coupon;
    out.order.order_minor = amount;
    return out;
}

// Asks for the coupon as headquarters has it, and hears the answer.
inline void hold(TillAtHq& at, const MemberId& member, const CouponId& coupon) {
    at.fetch();
    must(at.till->reserve_coupon(request(member, coupon), false));
    at.sync();
}

// Sells with the coupon; kAllowed: it is written.
inline CouponVerdict use(TillAtHq& at, const MemberId& member, const CouponId& coupon, bool offline,
                         const std::string& bill_no = "") {
    replica::SaleRequest sale;
    sale.member = member;
    sale.bill_no = bill_no;
    sale.amount_minor = 10000;
    sale.offline = offline;
    sale.coupons = {coupon};
    const auto answer = must(at.till->check_out(sale));
    CHECK(answer.receipt.has_value() == answer.coupons.empty());
    if (!answer.receipt) return answer.coupons.front().verdict;
    CHECK(answer.receipt->discount_minor == 2000);
    CHECK(answer.receipt->points == 80);  // E9: of the net amount
    return CouponVerdict::kAllowed;
}

// Two members with a coupon each of a campaign of one, at two tills.
struct LastOfCampaign {
    Hq hq{coupon_programme()};
    TillAtHq one{hq, "S1"}, other{hq, "S2"};
    MemberId anna = member_number(1), ben = member_number(2);
    CouponId of_anna = give(hq, anna, "last", 1), of_ben = give(hq, ben, "last", 2);
};

}  // namespace tally::test
