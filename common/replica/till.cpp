// The till's ground: its time, its bill numbers, and how an operation is drafted. Acts: till_act.cpp.
#include "common/replica/till.h"

#include "common/replica/till_text.h"

namespace tally::replica {

// Until a programme names the chain's zone. Exists wherever zone files do.
static constexpr const char* kFirstZone = "UTC";

Result<Till> Till::start(Replica& replica, const Clock& clock, Random& random) {
    TALLY_TRY(const std::optional<Enrolment> enrolment, replica.enrolment());
    if (!enrolment) return fail(Code::kRefused, "this terminal is not enrolled");
    TALLY_OK(replica.guard(clock.wall_ms()));
    TALLY_TRY(TimeZone zone, TimeZone::load(kFirstZone));
    Till till(replica, clock, random, *enrolment, std::move(zone));
    TALLY_TRY(const domain::Programme programme, till.rules());
    return till;
}

Day Till::today() const { return zone_.day_at(clock_->wall_ms()); }

Result<domain::Programme> Till::programme() { return rules(); }

Result<domain::Programme> Till::rules() {
    TALLY_TRY(const domain::Programme programme, replica_->programme());
    if (programme.version != 0 && programme.time_zone != zone_.name()) {
        TALLY_TRY(zone_, TimeZone::load(programme.time_zone));
    }
    return programme;
}

Result<domain::Op> Till::draft(const domain::Programme& programme, const domain::MemberId& member,
                               const domain::Presented& presented, domain::Body body) {
    TALLY_TRY(const std::optional<Revocation> revoked, replica_->revocation());
    if (revoked) return fail(Code::kRefused, "headquarters revoked this terminal: it records nothing more");
    domain::Op op;
    TALLY_TRY(const domain::Hlc last, replica_->last_hlc());
    const bool is_confirmed = clock_->is_confirmed();  // first: headquarters may tell the time between the two
    const std::int64_t now_ms = clock_->wall_ms();
    // Once headquarters has told the time, a clock that ran far ahead is forgotten; `seq` alone orders a chain.
    const bool ran_ahead = is_confirmed && last.ms() > now_ms + domain::kHlcAheadMsMax;
    op.at = domain::hlc_tick(ran_ahead ? domain::Hlc{} : last, now_ms);
    op.business_day = today();
    op.store = enrolment_.store;
    op.member = member;
    op.presented = presented;
    op.programme_version = programme.version;
    op.body = std::move(body);
    return op;
}

Result<domain::Account> Till::account_of(const domain::MemberId& member) {
    TALLY_TRY(const std::optional<MemberView> view, replica_->member(member));
    return view ? view->account : domain::Account{};
}

// The chain's own count, so no number is given twice in an epoch, whatever crashes; a later epoch says which it is by
// its id, for its place may have been another one's before a copy was put back.
Result<std::string> Till::number_bill(Day day) {
    TALLY_TRY(const ChainHead head, replica_->head());
    const Civil civil = civil_of_day(day);
    char date[32];
    std::snprintf(date, sizeof date, "%04d%02d%02d", civil.year, civil.month, civil.day);
    std::string count = std::to_string(head.next_seq);
    if (head.epoch_no > 1) count = head.epoch.hex().substr(0, 6) + "." + count;
    const std::string tail = std::to_string(enrolment_.terminal) + "-" + date + "-" + count;
    const std::string full = enrolment_.store + "-" + tail;
    return full.size() <= domain::kBillNoBytesMax ? full : tail;  // the terminal alone is unique in the chain
}

Result<domain::Bill> Till::clean_bill(const std::string& bill_no, const std::string& till) {
    domain::Bill bill;
    TALLY_TRY(bill.bill_no, clean_line(bill_no, "bill number", domain::kBillNoBytesMax, domain::kBillNoBytesMax));
    TALLY_TRY(bill.till, clean_line(till, "till", domain::kStoreCodeBytesMax, domain::kStoreCodeBytesMax));
    if (bill.bill_no.empty()) {
        TALLY_TRY(bill.bill_no, number_bill(today()));
    }
    return bill;
}

std::uint16_t Till::minute_at(std::int64_t wall_ms) const {
    const std::string text = zone_.format_time(wall_ms, "%H%M");  // four digits
    const auto digit = [&](std::size_t i) { return i < text.size() ? text[i] - '0' : 0; };
    return static_cast<std::uint16_t>((digit(0) * 10 + digit(1)) * 60 + digit(2) * 10 + digit(3));
}

}  // namespace tally::replica
