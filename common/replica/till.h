// What a cashier's acts become: looks a member up, decides by the programme (domain/till_rules), writes the operation
// durably and says what happened. Blocking; on the store thread only. Nothing here waits for the network.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/domain/till_rules.h"
#include "common/replica/replica.h"

namespace tally::replica {

struct MemberHit {
    domain::MemberId member;
    std::string name;
    std::string phone_masked;  // +86138****1234
    std::string card;
};

struct MemberCard {
    MemberView view;
    domain::Points balance = 0;       // today
    domain::Points redeemable = 0;    // here and now
    domain::Points offline_used = 0;  // redeemed here in this outage
    std::int64_t confirmed_ms = 0;    // "as of"; 0: never
    std::vector<LoggedOp> recent;     // of this till
};

struct SaleRequest {
    std::optional<domain::MemberId> member;  // none: a sale without a member
    domain::Presented presented;
    std::string bill_no;  // empty: numbered by the till (store-terminal-date-count)
    std::string till;
    domain::Minor amount_minor = 0;  // > 0, or 0
    std::vector<domain::BillLine> lines;
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
};
struct RegisterRequest {
    domain::PersonalFields fields;  // as typed; cleaned and normalised here
    bool marketing_consent = false;
    std::string consent_wording;  // version of the text shown
    std::string channel = "store";
    std::string tier;
};

// What is printed and shown when an act is durable.
struct Receipt {
    domain::OpId op;
    std::string bill_no;
    domain::Points points = 0;  // signed: earned +, taken or redeemed -
    domain::Minor amount_minor = 0;
    domain::Minor value_minor = 0;
    domain::Points balance = 0;  // afterwards, today
    domain::Folded folded;
    std::int64_t time_ms = 0;
};
struct RedeemAnswer {
    domain::RedeemVerdict verdict = domain::RedeemVerdict::kAllowed;
    std::optional<Receipt> receipt;  // when allowed
};
struct RegisterAnswer {
    domain::MemberId member;
    bool existed = false;      // somebody with one of these identities was there already: nothing was written
    bool consent_kept = true;  // false: the member is registered, and the consent that was asked for is not recorded
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

    // What a sale would do, without writing: points and the balance afterwards.
    Result<Receipt> preview_sale(const SaleRequest& request);
    Result<Receipt> sale(const SaleRequest& request);
    Result<Receipt> preview_refund(const RefundRequest& request);
    Result<Receipt> refund(const RefundRequest& request);
    // `offline`: HQ cannot be asked now; the programme's floor limit holds.
    Result<RedeemAnswer> preview_redeem(const RedeemRequest& request, bool offline);
    Result<RedeemAnswer> redeem(const RedeemRequest& request, bool offline);
    Result<RegisterAnswer> register_member(const RegisterRequest& request);
    Result<Receipt> adjust(const domain::MemberId& member, domain::Points points, domain::AdjustReason reason,
                           const std::string& words);
    Result<Receipt> reverse_redeem(const domain::MemberId& member, const domain::OpId& redeem);
    Status edit_profile(const domain::MemberId& member, const domain::PersonalFields& fields);
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

    // The programme in force; moves the till to its time zone.
    Result<domain::Programme> rules();
    // An operation of this moment, without its id and chain. kRefused: headquarters revoked this terminal.
    Result<domain::Op> draft(const domain::Programme& programme, const domain::MemberId& member,
                             const domain::Presented& presented, domain::Body body);
    Result<domain::Account> account_of(const domain::MemberId& member);  // of an unknown member: an empty one
    Result<std::string> number_bill(Day day);                            // store-terminal-date-count
    Result<domain::Bill> clean_bill(const std::string& bill_no, const std::string& till);
    // What would become of `op`: folded, not written.
    Result<Receipt> try_out(domain::Op op);
    Result<Receipt> write(domain::Op op, const domain::PersonalFields& fields);
    Result<domain::Op> sale_op(const SaleRequest& request);
    Result<domain::Op> refund_op(const RefundRequest& request);
    struct Judged {
        domain::RedeemVerdict verdict;
        domain::Op op;  // when allowed
    };
    Result<Judged> judge(const RedeemRequest& request, bool offline);
    Status bind_or_unbind(const domain::MemberId& member, domain::IdentityKind kind, const std::string& value,
                          bool bound);

    Replica* replica_;
    const Clock* clock_;
    Random* random_;
    Enrolment enrolment_;
    TimeZone zone_;
};

}  // namespace tally::replica
