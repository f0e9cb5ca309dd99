// What a cashier's acts become: looks a member up, decides by the programme (domain/till_rules), writes the operation
// durably and says what happened. Blocking; on the store thread only. Nothing here waits for the network.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/domain/coupons.h"
#include "common/domain/tiers.h"
#include "common/domain/till_rules.h"
#include "common/replica/till_act.h"

namespace tally::replica {

struct MemberHit {
    domain::MemberId member;
    std::string name;
    std::string phone_masked;  // +86138****1234
    std::string card;
};

struct MemberCard {
    MemberView view;
    domain::Points balance = 0;            // today
    domain::Points locked = 0;             // of lots whose first day has not come; not in the balance
    std::optional<domain::TierView> tier;  // none: the programme has no tiers
    std::string tier_name;                 // the level's id, or the text of an import where the programme has no tiers
    struct Expiring {
        domain::Points points = 0;
        Day through = 0;  // last usable day
    };
    std::optional<Expiring> soonest;      // all that expires next, on one day; none: nothing does
    std::vector<domain::Coupon> coupons;  // that may be used, today or later
    domain::Points redeemable = 0;        // here and now
    domain::Points leased = 0;            // what is leased here of it, which needs nobody to be asked
    domain::Points offline_used = 0;      // redeemed here in this outage
    std::int64_t confirmed_ms = 0;        // "as of"; 0: never
    std::vector<LoggedOp> recent;         // of this till
};

struct SaleRequest {
    std::optional<domain::MemberId> member;  // none: a sale without a member
    domain::Presented presented;
    std::string bill_no;  // empty: numbered by the till (store-terminal-date-count)
    std::string till;
    domain::Minor amount_minor = 0;  // > 0, or 0; before coupons, after every other discount
    std::vector<domain::BillLine> lines;
    std::string channel;            // empty: the store
    bool offline = false;           // HQ cannot be asked: the floor limit holds, rules with a campaign cap give nothing
    std::uint32_t approved_by = 0;  // the second person; 0: none
    domain::Points redeem_points = 0;       // as money, at most: what the bill cannot take is left (case R7)
    std::string reward;                     // instead: of the programme
    std::uint32_t reward_count = 0;         // at most
    std::vector<domain::CouponId> coupons;  // in this order
};
// A bill that was sold without a member, brought afterwards. Where this till sold it, its log says day and amount.
struct LateRequest {
    domain::MemberId member;
    domain::Presented presented;
    std::string bill_no;
    std::string till;
    std::optional<Day> day;          // of the sale; needed where this till did not sell it
    domain::Minor amount_minor = 0;  // likewise
};
struct RefundRequest {
    std::optional<domain::MemberId> member;
    domain::Presented presented;
    std::string bill_no;  // of the refund; empty: numbered by the till
    std::string till;
    std::string of_bill_no;          // empty: without a bill
    domain::Minor amount_minor = 0;  // > 0: what is given back
};
struct RedeemRequest {
    domain::MemberId member;
    domain::Presented presented;
    std::string bill_no;
    domain::Points points = 0;
    domain::Minor order_minor = 0;
    std::string reward;  // instead of points: of the programme
    std::uint32_t reward_count = 0;
    std::uint32_t approved_by = 0;  // the second person; 0: none
};
struct RegisterRequest {
    domain::PersonalFields fields;  // as typed; cleaned and normalised here
    bool marketing_consent = false;
    std::string consent_wording;  // version of the text shown
    std::string channel = "store";
    std::string tier;
    std::optional<domain::MemberId> referrer;  // who brought this person
};

// What is printed and shown when an act is durable.
struct Receipt {
    domain::OpId op;
    std::string bill_no;
    domain::Points points = 0;  // signed: earned +, taken or redeemed -; of the first operation alone (case R5)
    domain::Minor amount_minor = 0;
    domain::Minor value_minor = 0;  // that points paid
    domain::Points balance = 0;     // afterwards, today
    domain::Folded folded;
    std::int64_t time_ms = 0;
    // What else happened in the same step.
    domain::Points redeemed = 0;       // on a sale, >= 0
    std::string reward;                // empty: points as money
    std::uint32_t reward_count = 0;    // what was given, may be fewer than asked
    domain::Minor discount_minor = 0;  // by coupons; `amount_minor` is what was left
    domain::Points given_back = 0;     // with a refund: redeemed on its sale
    domain::Points bonus = 0;          // besides `points`
    struct RulePoints {
        std::string rule;  // empty: the base rate
        domain::Words name;
        domain::Points points = 0;
    };
    std::vector<RulePoints> by_rule;
    std::string held;  // the limit that an operation exceeds: it is recorded and waits for a person; empty: none
};
struct CouponRefusal {
    domain::CouponId coupon;
    domain::CouponVerdict verdict = domain::CouponVerdict::kNoSuchCoupon;
};
// Either everything that was asked for is allowed, though perhaps less of it, or nothing is written.
struct SaleAnswer {
    domain::RedeemVerdict redeem = domain::RedeemVerdict::kAllowed;
    std::vector<CouponRefusal> coupons;
    std::optional<Receipt> receipt;  // when all is allowed
};
struct RedeemAnswer {
    domain::RedeemVerdict verdict = domain::RedeemVerdict::kAllowed;
    std::optional<Receipt> receipt;  // when allowed
};
struct RegisterAnswer {
    domain::MemberId member;
    bool existed = false;      // somebody with one of these identities was there already: nothing was written
    bool consent_kept = true;  // false: the member is registered, and the consent that was asked for is not recorded
    domain::Points bonus = 0;  // of this member: for signing up, for the profile, for having been referred
};

// A coupon of a member, as it may be used on an order now (till_coupon.cpp).
struct CouponLine {
    domain::Coupon coupon;  // pending operations of this till included
    std::string code;       // as people type it
    domain::Words name;
    domain::CouponOffer offer;
    bool held = false;     // headquarters has confirmed this till's reservation: it can be redeemed, also offline
    bool waiting = false;  // this till has asked for one, and headquarters has not answered yet
};
struct CouponRequest {
    domain::MemberId member;
    domain::Presented presented;
    domain::CouponId coupon;
    domain::CouponOrder order;  // amount, lines, channel, coupons used; the rest is filled in here
};
struct CouponAnswer {
    CouponLine line;                 // line.offer.verdict says why not
    std::optional<domain::OpId> op;  // what was written
};

class Till {
  public:
    // `replica` must be enrolled (kRefused otherwise) and outlive the Till.
    static Result<Till> start(Replica& replica, const Clock& clock, Random& random);

    // The time zone is the programme's; UTC until one came.
    Day today() const;
    const Enrolment& enrolment() const { return enrolment_; }
    Result<domain::Programme> programme();

    // A scanned or typed code: card number, phone, e-mail, external reference, in this order. Bad text: kInvalid.
    struct Found {
        domain::MemberId member;
        domain::Presented presented;
    };
    Result<std::optional<Found>> find_code(std::string_view text);
    // A name's part or the last four digits or more of a phone; at most `count`.
    Result<std::vector<MemberHit>> search(std::string_view text, std::size_t count);
    // kNotFound. `offline`: HQ cannot be asked now, so `redeemable` keeps within the programme's floor limit.
    Result<MemberCard> card(const domain::MemberId& member, bool offline = false);

    // A sale with all that happens on its bill, in one durable step: what it earns, and then what the member pays with
    // points and takes off by coupons. The preview writes nothing. kRefused: no programme yet; kNewer: the programme
    // holds what this till does not know. A sale without a member always goes through. The same order once more (its
    // number, amount and claims) has the first receipt again and no second effect (case R4).
    Result<SaleAnswer> preview_check_out(const SaleRequest& request);
    Result<SaleAnswer> check_out(const SaleRequest& request);
    // The same, where a refused claim is an error: kRefused.
    Result<Receipt> preview_sale(const SaleRequest& request);
    Result<Receipt> sale(const SaleRequest& request);
    // A full refund gives back what was redeemed on the sale, in the same step. kExists: this till sold the bill to
    // another member (case F4).
    Result<Receipt> preview_refund(const RefundRequest& request);
    Result<Receipt> refund(const RefundRequest& request);
    // Points for a forgotten bill, once, within the programme's days. kExists: it has been counted for a member;
    // kRefused: too late, or the programme gives none; kNotFound: not sold here, and no day and amount are given.
    Result<Receipt> preview_late_points(const LateRequest& request);
    Result<Receipt> late_points(const LateRequest& request);
    // `offline`: HQ cannot be asked now; the programme's floor limit holds.
    Result<RedeemAnswer> preview_redeem(const RedeemRequest& request, bool offline);
    Result<RedeemAnswer> redeem(const RedeemRequest& request, bool offline);
    // Coupons. Every one counts once in the chain, so it is used on a bill (check_out) under a reservation that
    // headquarters has accepted and the feed has brought: reserve, wait until coupons() says `held`, check out. Offline
    // without one: kNeedsHeadquarters. A reservation counts on its own day; end it when the sale is abandoned. What is
    // left of another day ends with the next thing that the till writes. Of `order` the amount, the lines, the channel
    // and the coupons used are looked at.
    Result<std::vector<CouponLine>> coupons(const domain::MemberId& member, const domain::CouponOrder& order,
                                            bool offline);
    Result<CouponAnswer> reserve_coupon(const CouponRequest& request, bool offline);
    // kRefused: it is reserved for this terminal, but this epoch of its log never asked: headquarters alone frees it.
    Status end_reservation(const domain::MemberId& member, const domain::CouponId& coupon);
    // kRefused: it was used, or is reserved for another terminal or an earlier epoch of this one.
    Status void_coupon(const domain::MemberId& member, const domain::CouponId& coupon);
    // Leases. What the member may spend here now without headquarters, whatever the policy.
    Result<domain::Points> leased(const domain::MemberId& member);
    // Returns what this till holds and should not keep: slices past their end or written off, and when headquarters
    // `can_be_asked` those that were born leased here; of a member in `wanted_elsewhere` all; of one in `abandoned`,
    // whose cashier did not wait for the answer, those that end today. Members in `waiting`, for whom a cashier waits,
    // keep theirs. How many operations were written.
    struct SettleLeases {
        bool can_be_asked = false;
        std::vector<domain::MemberId> abandoned{};
        std::vector<domain::MemberId> wanted_elsewhere;
        std::vector<domain::MemberId> waiting;
    };
    Result<std::size_t> settle_leases(const SettleLeases& how);
    // A cashier gave up: what was leased beyond `keep` points goes back.
    Status return_beyond(const domain::MemberId& member, domain::Points keep);
    // The member, and what the programme gives for signing up, in one durable step.
    Result<RegisterAnswer> register_member(const RegisterRequest& request);
    // A bonus of the programme. `key`: of a rule that counts once a key (a review, an event); otherwise empty.
    // kRefused: had before, its limit is reached, or its conditions do not hold; kNotFound: no such rule or member.
    Result<Receipt> bonus(const domain::MemberId& member, const std::string& rule, const std::string& key = {});
    // What the programme gives both sides of a referral, once for the one who came; kRefused: nothing.
    Result<Receipt> refer(const domain::MemberId& referrer, const domain::MemberId& referred);
    // `code`: one of the programme's reason codes. `approved_by`: the second person.
    Result<Receipt> adjust(const domain::MemberId& member, domain::Points points, domain::AdjustReason reason,
                           const std::string& words, const std::string& code = {}, std::uint32_t approved_by = 0);
    Result<Receipt> reverse_redeem(const domain::MemberId& member, const domain::OpId& redeem);
    // With the bonus for a complete profile where the edit completes it; `bonus` (may be null): how many points.
    Status edit_profile(const domain::MemberId& member, const domain::PersonalFields& fields,
                        domain::Points* bonus = nullptr);
    Status bind_identity(const domain::MemberId& member, domain::IdentityKind kind, std::string_view value);
    Status set_consent(const domain::MemberId& member, const std::string& purpose, bool granted,
                       const std::string& wording);
    Status add_note(const domain::MemberId& member, const std::string& text);

  private:
    Till(Replica& replica, const Clock& clock, Random& random, Enrolment enrolment, TimeZone zone)
        : replica_(&replica),
          clock_(&clock),
          random_(&random),
          enrolment_(std::move(enrolment)),
          zone_(std::move(zone)) {}

    static domain::Points redeemed_in_outage(const MemberView& view);
    // The programme in force; moves the till to its time zone.
    Result<domain::Programme> rules();
    // An operation of this moment, without its id and chain. kRefused: headquarters revoked this terminal.
    Result<domain::Op> draft(const domain::Programme& programme, const domain::MemberId& member,
                             const domain::Presented& presented, domain::Body body);
    Result<domain::Account> account_of(const domain::MemberId& member);  // of an unknown member: an empty one
    Result<std::string> number_bill(Day day);                            // store-terminal-date-count
    Result<domain::Bill> clean_bill(const std::string& bill_no, const std::string& till);
    std::uint16_t minute_now() const { return minute_at(clock_->wall_ms()); }
    std::uint16_t minute_at(std::int64_t wall_ms) const;  // of the local day

    // --- acts (till_act.cpp)
    struct ActBy {
        domain::Presented presented;
        std::uint32_t approved_by = 0;
    };
    Result<Act> begin_act();
    // Marks what exceeds a limit, and folds into the member's account, which is read where the act has none yet.
    Status add(Act& act, const domain::Programme& programme, const domain::MemberId& member, const ActBy& by,
               domain::Body body, domain::PersonalFields fields = {});
    Receipt receipt_of(const domain::Programme& programme, const Act& act) const;
    Result<Receipt> write(const domain::Programme& programme, Act act);
    Result<Receipt> finish(const domain::Programme& programme, Act act, bool commit);

    // --- leases (till_lease.cpp)
    // What this till may spend of the member's points without asking, as of `account`, which may be ahead of the
    // replica by operations of `act`.
    Result<std::vector<domain::LotTake>> leased_here(const domain::MemberId& member, const domain::Account& account);
    // Adds the return of what is held of lots that `wanted` accepts, at most `points`, before a debit that cannot take
    // it.
    Status add_return(Act& act, const domain::Programme& programme, const domain::MemberId& member,
                      const std::function<bool(const HeldSlice&)>& wanted, domain::Points points);

    // --- sales (till_sale.cpp, till_coupon.cpp)
    struct SaleBasis {
        domain::Programme programme;
        domain::Bill bill;
        ActBy by;
        domain::Account account;  // the overlay; of an unknown member: an empty one
        domain::PersonFacts person;
        domain::Order order;
        domain::Points offline_used = 0;
        domain::TotalsById campaigns;  // of the rules that have one
        domain::TotalsById pending;    // what this till adds to what headquarters told of campaigns
    };
    domain::Facts facts_for(const domain::Programme& programme, const domain::Account& account,
                            const domain::PersonFacts& person, const std::string& channel, Day day,
                            std::uint16_t minute) const;
    Result<SaleBasis> sale_basis(const SaleRequest& request);
    Status read_campaigns(const SaleRequest& request, SaleBasis& out);
    // The receipt of the same order, entered here today; none: it was not.
    Result<std::optional<Receipt>> sold_before(const SaleRequest& request, const SaleBasis& basis);
    Result<domain::RedeemVerdict> add_sale(Act& act, const domain::MemberId& member, SaleBasis basis,
                                           domain::RedeemQuestion claim);
    Result<std::vector<domain::CouponRedeem>> coupons_on(const SaleRequest& request, const SaleBasis& basis,
                                                         std::vector<CouponRefusal>& refused);
    // `account`: the overlay. `pending`: what this till adds to what headquarters told of campaigns.
    Result<CouponLine> coupon_line(const domain::Programme& programme, const domain::MemberId& member,
                                   domain::Account account, const domain::CouponId& id, domain::CouponOrder order,
                                   const domain::TotalsById& pending, bool offline);
    Result<domain::TotalsById> pending_of_coupons(bool offline);
    Result<domain::CouponOrder> order_now(const domain::Programme& programme, const MemberView& view,
                                          domain::CouponOrder order);
    // till_reserve.cpp
    // This terminal in its current epoch: what an earlier one reserved stays so until a person ends it at headquarters.
    Result<domain::CouponHolder> holder();
    Status end_coupon(const domain::MemberId& member, const domain::CouponVoid& body);
    // Adds the end of every reservation of an earlier day to an act: once a day, with what is written anyway.
    Status end_old_reservations(Act& act, const domain::Programme& programme);
    Result<SaleAnswer> check_out(const SaleRequest& request, bool commit);
    Result<Receipt> refund(const RefundRequest& request, bool commit);
    Result<Receipt> late_points(const LateRequest& request, bool commit);
    Result<RedeemAnswer> redeem(const RedeemRequest& request, bool offline, bool commit);

    // --- bonuses (till_bonus.cpp)
    struct Person {
        domain::MemberId member;
        domain::PersonFacts facts;
        std::vector<domain::Field> known;
    };
    static Person person_of(const MemberView& view);
    // Adds each bonus of this source that is due; `key`: of rules that count once a key. What is not due is left out.
    Status add_bonuses(Act& act, const domain::Programme& programme, const Person& person, domain::BonusSource source,
                       const std::string& key);
    Status bind_or_unbind(Act& act, const domain::Programme& programme, const domain::MemberId& member,
                          domain::IdentityKind kind, const std::string& value, bool bound);

    Replica* replica_;
    const Clock* clock_;
    Random* random_;
    Enrolment enrolment_;
    TimeZone zone_;
    std::optional<Day> reservations_day_;  // on which the old ones were ended
};

}  // namespace tally::replica
