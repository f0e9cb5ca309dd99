// What a coupon takes off (cases K1-K6), what goes together, and the codes that people type.
#include <algorithm>

#include "common/domain/coupons.h"
#include "tests/support/book.h"

using namespace tally;
using namespace tally::domain;
using support::Book;

namespace {

CouponId coupon_id(std::uint8_t number) {
    CouponId id;
    id.bytes[0] = 1;
    id.bytes[15] = number;
    return id;
}

struct Purse : Book {
    CouponTemplate& add_template(const std::string& id, CouponKind kind) {
        CouponTemplate from;
        from.id = id;
        from.kind = kind;
        from.percent_basis = 1000;
        from.amount_minor = 2000;
        programme.coupons.push_back(from);
        return programme.coupons.back();
    }
    CouponId give(const std::string& template_id, std::optional<Day> through = {}) {
        CouponIssue body;
        body.coupon = coupon_id(static_cast<std::uint8_t>(ops.size() + 1));
        body.template_id = template_id;
        body.valid_through = through;
        add(0, body);
        REQUIRE(last.outcome == Outcome::kAccepted);
        return body.coupon;
    }
    CouponOrder order(Minor amount_minor, Day day = 1) const {
        CouponOrder out;
        out.facts.day = day;
        out.facts.store = store;
        out.order_minor = amount_minor;
        return out;
    }
    CouponOffer offer(const CouponId& coupon, const CouponOrder& order, bool offline = false) const {
        return offer_of(programme, account, coupon, order, {terminal, ops.empty() ? Epoch{} : ops.front().id.epoch},
                        offline);
    }
    CouponVerdict verdict(const CouponId& coupon, const CouponOrder& order, bool offline = false) const {
        return offer(coupon, order, offline).verdict;
    }
};

}  // namespace

TEST_CASE("cases: K1 10 % on 100.00 leaves 90.00") {
    Purse purse;
    purse.add_template("ten", CouponKind::kPercent);
    const auto offer = purse.offer(purse.give("ten"), purse.order(10000));
    CHECK(offer.verdict == CouponVerdict::kAllowed);
    CHECK(10000 - offer.discount_minor == 9000);
}

TEST_CASE("cases: K2 a coupon counts after the price list's own discount") {
    Purse purse;
    purse.add_template("ten", CouponKind::kPercent);
    const Minor list_price = 10000 - percent_of(10000, 1000);
    CHECK(list_price - purse.offer(purse.give("ten"), purse.order(list_price)).discount_minor == 8100);
}

TEST_CASE("cases: K3 10 % of 28.75 is 2.88, half up") {
    Purse purse;
    purse.add_template("ten", CouponKind::kPercent);
    const auto offer = purse.offer(purse.give("ten"), purse.order(2875));
    CHECK(offer.discount_minor == 288);
    CHECK(2875 - offer.discount_minor == 2587);
}

TEST_CASE("coupons: a percentage rounds to the nearest, and a half up, for every small amount") {
    for (Minor amount = 0; amount <= 400; ++amount)
        for (std::uint32_t basis = 0; basis <= 10000; basis += 125) {
            const Minor off = percent_of(amount, basis);
            const std::int64_t twice = 2 * (amount * basis - off * 10000);  // twice what rounding took or gave
            CHECK(twice < 10000);
            CHECK(twice >= -10000);
        }
    CHECK(percent_of(kAmountMinorMax, 10000) == kAmountMinorMax);
}

TEST_CASE("cases: K4 another member's coupon is refused") {
    Purse purse, other;
    purse.add_template("ten", CouponKind::kPercent);
    other.programme = purse.programme;
    const CouponId coupon = purse.give("ten");
    CHECK(other.verdict(coupon, other.order(10000)) == CouponVerdict::kNoSuchCoupon);
    CouponRedeem body{coupon, {"7", "", 0}, 10000, 1000, true};
    other.add(1, body);
    CHECK(other.last.outcome == Outcome::kQuarantined);
    CHECK(other.account == Account{});
}

TEST_CASE("cases: K6 a campaign of one, used once, is over; a purse of ten of ten gets no more") {
    Purse purse;
    purse.add_template("one", CouponKind::kAmount).campaign_count = 1;
    const CouponId coupon = purse.give("one");
    CouponOrder order = purse.order(10000);
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kAllowed);
    order.campaign.uses = 1;
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kCampaignOver);
    for (int i = 1; i < 10; ++i) purse.give("one");
    CHECK(coupons_issued(purse.account, "one") == 10);
    purse.add(1, CouponVoid{coupon, false});
    CHECK(coupons_issued(purse.account, "one") == 9);
}

TEST_CASE("coupons: a percentage has a cap, an amount the order's own") {
    Purse purse;
    purse.add_template("capped", CouponKind::kPercent).cap_minor = 500;
    purse.add_template("twenty", CouponKind::kAmount);
    CHECK(purse.offer(purse.give("capped"), purse.order(10000)).discount_minor == 500);
    CHECK(purse.offer(purse.give("twenty"), purse.order(10000)).discount_minor == 2000);
    CHECK(purse.offer(purse.give("twenty"), purse.order(1500)).discount_minor == 1500);
    CHECK(purse.verdict(purse.give("twenty"), purse.order(0)) == CouponVerdict::kNothingToTakeOff);
}

TEST_CASE("coupons: a threshold is of the lines that the coupon is about") {
    Purse purse;
    CouponTemplate& from = purse.add_template("red", CouponKind::kThreshold);
    from.when.order_min_minor = 5000;
    const CouponId coupon = purse.give("red");
    CHECK(purse.verdict(coupon, purse.order(4999)) == CouponVerdict::kBelowThreshold);
    CHECK(purse.offer(coupon, purse.order(5000)).discount_minor == 2000);
    purse.programme.coupons[0].when.categories = {"red"};
    CouponOrder order = purse.order(9000);
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kConditions);  // its lines are not known
    order.lines = {{"a", "red", 1000, 4000, false, 0}, {"b", "blue", 1000, 5000, false, 0}};
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kBelowThreshold);
    order.lines[0].amount_minor = 5000;
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kAllowed);
}

TEST_CASE("coupons: free delivery pays for the delivery lines, which do not count for its threshold") {
    Purse purse;
    CouponTemplate& from = purse.add_template("free", CouponKind::kFreeDelivery);
    from.amount_minor = 0;
    from.when.order_min_minor = 10000;
    const CouponId coupon = purse.give("free");
    CouponOrder order = purse.order(15200);
    order.lines = {{"000", "blue", 1000, 11200, false, 0}, {"post", "delivery", 1000, 4000, false, 0}};
    CHECK(purse.offer(coupon, order).discount_minor == 4000);
    purse.programme.coupons[0].amount_minor = 2500;
    CHECK(purse.offer(coupon, order).discount_minor == 2500);
    order.order_minor = 13000;
    order.lines[0].amount_minor = 9000;
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kBelowThreshold);
    order.lines.pop_back();
    order.order_minor = order.lines[0].amount_minor = 12000;
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kNothingToTakeOff);
}

TEST_CASE("coupons: a gift takes nothing off and says what it is") {
    Purse purse;
    purse.add_template("mug", CouponKind::kGift).gift_sku = "MUG-1";
    const auto offer = purse.offer(purse.give("mug"), purse.order(0));
    CHECK(offer.verdict == CouponVerdict::kAllowed);
    CHECK(offer.discount_minor == 0);
    CHECK(offer.gift_sku == "MUG-1");
}

TEST_CASE("coupons: days, tiers, states and what the programme does not say each have their word") {
    Purse purse;
    purse.add_template("twenty", CouponKind::kAmount);
    const CouponOrder order = purse.order(10000, 5);
    CouponIssue later;
    later.coupon = coupon_id(200);
    later.template_id = "twenty";
    later.valid_from = 6;
    purse.add(0, later);
    CHECK(purse.verdict(later.coupon, order) == CouponVerdict::kNotYet);
    CHECK(purse.verdict(purse.give("twenty", 4), order) == CouponVerdict::kExpired);
    CHECK(purse.verdict(purse.give("twenty", 5), order) == CouponVerdict::kAllowed);
    const CouponId coupon = purse.give("twenty");
    purse.add(5, CouponVoid{coupon, false});
    CHECK(purse.verdict(coupon, order) == CouponVerdict::kVoid);
    const CouponId used = purse.give("twenty");
    purse.add(5, CouponRedeem{used, {"1", "", 0}, 10000, 2000, true});
    CHECK(purse.verdict(used, order) == CouponVerdict::kUsed);
    CHECK(purse.verdict(purse.give("unheard"), order) == CouponVerdict::kUnknownTemplate);
    const CouponId plain = purse.give("twenty");
    purse.programme.unknown = {"coupons[1].field 99"};
    CHECK(purse.verdict(plain, order) == CouponVerdict::kAllowed);
    purse.programme.unknown = {"coupons[0].field 99"};
    CHECK(purse.verdict(plain, order) == CouponVerdict::kUnknownTemplate);
    purse.programme.unknown.clear();
    purse.programme.coupons[0].when.tiers = {"gold"};
    CHECK(purse.verdict(plain, order) == CouponVerdict::kConditions);
}

TEST_CASE("coupons: of one group one coupon a bill, and one that does not stack stands alone") {
    Purse purse;
    purse.add_template("a", CouponKind::kAmount);
    purse.add_template("b", CouponKind::kPercent);
    purse.add_template("alone", CouponKind::kAmount).stacks = false;
    purse.programme.coupons[0].stack_group = purse.programme.coupons[1].stack_group = "money";
    purse.add_template("c", CouponKind::kAmount);
    const CouponId a = purse.give("a"), b = purse.give("b"), alone = purse.give("alone"), c = purse.give("c"),
                   again = purse.give("c");
    const auto with = [&](const CouponId& coupon, const CouponId& used) {
        CouponOrder order = purse.order(10000);
        order.used = {used};
        return purse.verdict(coupon, order);
    };
    CHECK(with(a, c) == CouponVerdict::kAllowed);
    CHECK(with(c, b) == CouponVerdict::kAllowed);
    CHECK(with(a, b) == CouponVerdict::kStacking);
    CHECK(with(a, a) == CouponVerdict::kStacking);
    CHECK(with(c, again) == CouponVerdict::kStacking);
    CHECK(with(alone, c) == CouponVerdict::kStacking);
    CHECK(with(c, alone) == CouponVerdict::kStacking);
    CHECK(with(c, coupon_id(250)) == CouponVerdict::kStacking);  // one that nobody knows
}

TEST_CASE("coupons: offline only a reservation of this till and of this day will do") {
    Purse purse;
    CouponTemplate& from = purse.add_template("twenty", CouponKind::kAmount);
    from.campaign_minor = 5000;
    const CouponId coupon = purse.give("twenty");
    const CouponOrder order = purse.order(10000, 3);
    CHECK(purse.verdict(coupon, order, true) == CouponVerdict::kNeedsHeadquarters);
    purse.add(3, CouponReserve{coupon, 2000});
    CHECK(purse.verdict(coupon, order, true) == CouponVerdict::kAllowed);
    CHECK(purse.verdict(coupon, purse.order(10000, 4), true) == CouponVerdict::kNeedsHeadquarters);
    CHECK(purse.verdict(coupon, purse.order(10000, 4)) == CouponVerdict::kAllowed);
    const Epoch epoch = purse.ops.front().id.epoch;
    Epoch later = epoch;
    later.bytes[1] = 1;
    for (const CouponHolder& other : {CouponHolder{purse.terminal + 1, epoch}, CouponHolder{purse.terminal, later}})
        CHECK(offer_of(purse.programme, purse.account, coupon, order, other, false).verdict ==
              CouponVerdict::kReservedElsewhere);
    purse.programme.coupons[0].amount_minor = 2001;  // more than was reserved of the budget
    CHECK(purse.verdict(coupon, order, true) == CouponVerdict::kNeedsHeadquarters);
    CouponOrder full = order;
    full.campaign = {0, 2, 4999};  // its own 2,000 among them
    CHECK(purse.verdict(coupon, full) == CouponVerdict::kAllowed);
    full.campaign.minor = 5000;
    CHECK(purse.verdict(coupon, full) == CouponVerdict::kCampaignOver);
}

TEST_CASE("coupons: a code is read whatever the case, the hyphens and the look-alikes") {
    Purse purse;
    CouponIssue body;
    for (std::size_t i = 0; i < body.coupon.bytes.size(); ++i) body.coupon.bytes[i] = static_cast<std::uint8_t>(37 * i);
    body.template_id = "ten";
    purse.add(0, body);
    std::string code = coupon_code(body.coupon);
    CHECK(code.size() == 11);
    CHECK(coupon_of_code(purse.account, code).value() == body.coupon);
    std::string typed;
    for (const char c : code)
        typed += c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(std::tolower(c));
    CHECK(coupon_of_code(purse.account, typed).value() == body.coupon);
    CHECK(coupon_of_code(purse.account, "").error().code == Code::kInvalid);
    CHECK(coupon_of_code(purse.account, code + "0").error().code == Code::kInvalid);
    CHECK(coupon_of_code(purse.account, "UUUUU-UUUUU").error().code == Code::kInvalid);  // U is no character of it
    CHECK(coupon_of_code(purse.account, "00000-00000").error().code == Code::kNotFound);
}

// The check is linear, so it is enough to try each wrong character and each pair of swapped ones at each place, over
// codes that hold each of the 32 characters at each place.
TEST_CASE("coupons: any one wrong and any two swapped characters of a code are caught, exhaustively") {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    Account nobody;
    const auto reads = [&](const std::string& code) {
        return coupon_of_code(nobody, code).error().code == Code::kNotFound;  // well formed, though nobody's
    };
    std::size_t wrong = 0, swapped = 0;
    for (unsigned a = 0; a < 32; ++a) {
        for (unsigned b = 0; b < 32; ++b) {
            CouponId id;  // the characters a and b by turns: each neighbouring pair at each place
            std::uint64_t value = 0;
            for (int i = 0; i < 9; ++i) value = value << 5 | (i % 2 ? b : a);
            for (std::size_t i = 16; i-- > 8; value >>= 8) id.bytes[i] = static_cast<std::uint8_t>(value & 255);
            std::string code = coupon_code(id);
            code.erase(5, 1);
            REQUIRE(code[0] == kAlphabet[a]);
            REQUIRE(reads(code));
            for (std::size_t at = 0; at < code.size(); ++at) {
                for (const char other : kAlphabet) {
                    if (other == code[at]) continue;
                    std::string typed = code;
                    typed[at] = other;
                    wrong += reads(typed);
                }
                for (std::size_t to = at + 1; to < code.size(); ++to) {
                    if (code[at] == code[to]) continue;
                    std::string typed = code;
                    std::swap(typed[at], typed[to]);
                    swapped += reads(typed);
                }
            }
        }
    }
    CHECK(wrong == 0);
    CHECK(swapped == 0);
}
