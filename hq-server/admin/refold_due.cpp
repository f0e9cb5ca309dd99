// Whether the stored date on which a member is looked at next is soon enough. Expiry follows from the account alone;
// what a tier's rules ask for depends on the day on which headquarters looked last, which is not stored: so that date
// may be earlier than need be, and on the date itself nothing may be due.
#include "common/domain/tiers.h"
#include "common/wire/codec.h"
#include "hq-server/admin/refold.h"
#include "hq-server/intake/judge.h"

namespace tally::admin {

using namespace domain;

// A stored "never" is asked about this far ahead.
static constexpr Day kHorizonDays = 3660;

static std::string day_text(const std::optional<Day>& day) { return day ? format_day(*day) : "no day"; }

Status Refold::read_programmes() {
    TALLY_TRY(const intake::HqRow hq, store_.hq());
    std::optional<Programme> walked;
    TALLY_OK(store_.each_programme([&](const intake::ProgrammeRow& row) -> Status {
        auto programme = wire::decode_programme(row.programme.bytes);
        if (!programme) return {};  // its own fault has been told
        had_tiers_ = had_tiers_ || !programme->tiers.levels.empty();
        if (row.version == hq.tiers_version) walked = *programme;
        newest_ = std::move(programme).value();
        return {};
    }));
    tiers_looked_at_ =
        newest_ && walked && walked->tiers == newest_->tiers && walked->currency_digits == newest_->currency_digits;
    return {};
}

void Refold::check_due(const intake::MemberRow& row, const Account& account, const std::string& who) {
    const std::optional<Day> expiry = intake::next_expiry_of(account);
    const bool late = expiry && (!row.next_due || *row.next_due > *expiry);
    if (late || (!had_tiers_ && row.next_due != expiry))
        report_(who + ": points expire next after " + day_text(expiry) + ", stored is " + day_text(row.next_due) +
                ": they would expire at another time");
    if (late || !tiers_looked_at_ || newest_->tiers.levels.empty()) return;
    const auto zone = TimeZone::load(newest_->time_zone);
    if (!zone) return;
    const Day last = zone->day_at(last_received_ms_);
    if (row.next_due && *row.next_due < last) return;
    const auto due = due_tier_change(*newest_, account, row.next_due.value_or(last + kHorizonDays));
    if (due)
        report_(who + ": looked at next after " + day_text(row.next_due) + ", but its tier changes to " + due->level +
                " before that");
}

}  // namespace tally::admin
