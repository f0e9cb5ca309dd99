#include "hq-server/admin/coupon_command.h"

#include <algorithm>

#include "common/base/counted.h"
#include "common/domain/coupons.h"
#include "common/domain/earning.h"
#include "common/domain/tiers.h"
#include "common/wire/codec.h"
#include "hq-server/admin/text_table.h"
#include "hq-server/admin/why.h"
#include "hq-server/intake/owed.h"
#include "hq-server/intake/person.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr std::size_t kMembersPerStep = 500;  // of one transaction
constexpr std::uint32_t kCountMax = 100;
constexpr std::int64_t kHolderAlive_ms = 3'600'000;

Result<Account> account_of(intake::LedgerStore& store, const MemberId& member) {
    TALLY_TRY(const auto row, store.member(member));
    if (!row) return Account{};
    return wire::decode_account(row->account);
}

bool names(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// Whom a segment or a tier holds today.
Result<std::vector<MemberId>> members_of(intake::LedgerStore& store, const Programme& programme,
                                         const CouponIssueRequest& request, Day today) {
    std::vector<MemberId> out;
    TALLY_OK(store.each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const Account account, wire::decode_account(row.account));
        if (!request.tier.empty()) {
            if (tier_name(programme, account, today) == request.tier) out.push_back(row.member);
            return {};
        }
        intake::Persons persons(store);
        const auto person = persons.find(row.member);
        if (!person && person.error().code != Code::kDamaged) return person.error();
        const Day joined = person ? (*person)->profile.joined_day : 0;  // not known of a profile that does not open
        if (names(segments_of(programme, account, joined, today), request.segment)) out.push_back(row.member);
        return {};
    }));
    return out;
}

Status check_request(const Programme& programme, const CouponIssueRequest& request) {
    if (request.member.empty() + request.segment.empty() + request.tier.empty() != 2)
        return fail(Code::kInvalid, "one of --member, --segment and --tier says to whom");
    if (request.count < 1 || request.count > kCountMax)
        return fail(Code::kInvalid, "--count: 1 to " + std::to_string(kCountMax));
    if (!coupon_of(programme, request.template_id))
        return fail(Code::kNotFound, "the programme has no coupon '" + request.template_id + "'");
    const auto has = [&](const auto& rules, const std::string& id) {
        return std::any_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule.id == id; });
    };
    if (!request.segment.empty() && !has(programme.segments, request.segment))
        return fail(Code::kNotFound, "the programme has no segment '" + request.segment + "'");
    if (!request.tier.empty() && !has(programme.tiers.levels, request.tier))
        return fail(Code::kNotFound, "the programme has no tier '" + request.tier + "'");
    return {};
}

Result<intake::Intake::HandedOut> issue_to(intake::Intake& intake, const intake::Intake::HandOut& what,
                                           std::span<const MemberId> members, std::int64_t now_ms) {
    intake::Intake::HandedOut out;
    for (std::size_t begin = 0; begin < members.size(); begin += kMembersPerStep) {
        const auto step = members.subspan(begin, std::min(kMembersPerStep, members.size() - begin));
        TALLY_TRY(const auto done, intake.issue_by_hand(what, step, now_ms));
        out.members += done.members;
        out.coupons.insert(out.coupons.end(), done.coupons.begin(), done.coupons.end());
    }
    return out;
}

Result<std::string> batch_of(const CouponIssueRequest& request, Day today) {
    if (!request.batch.empty()) return clean_argument("--batch", request.batch, kBatchBytesMax);
    if (!request.segment.empty()) return format_day(today) + " segment " + request.segment;
    if (!request.tier.empty()) return format_day(today) + " tier " + request.tier;
    return std::string();
}

std::string holder_of(const Coupon& coupon) { return "terminal " + std::to_string(coupon.reserved_by); }

// Of a till that is alive: it may be about to sell under what it holds.
Result<std::string> warning_of_holder(intake::LedgerStore& store, TerminalId terminal, std::int64_t now_ms) {
    TALLY_TRY(const auto device, store.device(terminal));
    if (!device || device->last_contact_ms == 0 || now_ms - device->last_contact_ms > kHolderAlive_ms)
        return std::string();
    return "tally-hq: terminal " + std::to_string(terminal) +
           " was in contact within the last hour: it lets go of the coupon by itself, and what it sells under it now " +
           "may count twice\n";
}

const char* state_name(const Coupon& coupon, Day today) {
    switch (coupon.state) {
        case CouponState::kRedeemed: return "used";
        case CouponState::kVoid: return "void";
        case CouponState::kReserved: return "reserved";
        case CouponState::kIssued: break;
    }
    return coupon.valid_through && today > *coupon.valid_through ? "expired" : "usable";
}

}  // namespace

Result<Said> issue_coupons_command(const Place& place, const CouponIssueRequest& request, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Programme programme, intake.programme());
    TALLY_OK(check_request(programme, request));
    TALLY_TRY(const Day today, intake.today(now_ms));
    std::vector<MemberId> members;
    if (request.member.empty()) {
        TALLY_TRY(members, members_of(*home.store, programme, request, today));
    } else {
        TALLY_TRY(const MemberId member, member_of_ref(*home.store, request.member));
        members.push_back(member);
    }
    TALLY_TRY(const std::string batch, batch_of(request, today));
    TALLY_TRY(const auto issued, issue_to(intake, {request.template_id, batch, request.count}, members, now_ms));
    Said out;
    out.text = "issued " + counted(issued.coupons.size(), "coupon") + " to " + counted(issued.members, "member") +
               (batch.empty() ? "\n" : ", batch '" + batch + "'\n");
    if (!request.member.empty())
        for (const CouponId& id : issued.coupons) out.text += coupon_code(id) + "\n";
    out.well = !issued.coupons.empty() || members.empty();
    if (!out.well)
        out.warnings = "tally-hq: every one of them has as many as the template allows" +
                       std::string(batch.empty() ? "\n" : ", or has had this batch's\n");
    return out;
}

Result<Said> list_coupons_command(const Place& place, const std::string& member, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Day today, intake.today(now_ms));
    TALLY_TRY(const MemberId id, member_of_ref(*home.store, member));
    TALLY_TRY(const Account account, account_of(*home.store, id));
    Table table{{"code", "coupon", "state", "from", "through", "used", "off", "held by", "since"}};
    for (const Coupon& coupon : account.coupons) {
        const bool used = coupon.state == CouponState::kRedeemed, held = coupon.state == CouponState::kReserved;
        table.push_back({coupon_code(coupon.id), coupon.template_id, state_name(coupon, today),
                         format_day(coupon.valid_from), coupon.valid_through ? format_day(*coupon.valid_through) : "",
                         used ? format_day(coupon.redeemed_day) + " " + coupon.store + " " + coupon.bill_no : "",
                         used ? std::to_string(coupon.discount_minor) : "", held ? holder_of(coupon) : "",
                         held ? format_day(coupon.reserved_day) : ""});
    }
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<Said> list_reserved_command(const Place& place, TerminalId terminal) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    Table table{{"code", "coupon", "member", "held by", "since"}};
    TALLY_OK(home.store->each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const Account account, wire::decode_account(row.account));
        for (const Coupon& coupon : account.coupons) {
            if (coupon.state != CouponState::kReserved) continue;
            if (terminal != 0 && coupon.reserved_by != terminal) continue;
            table.push_back({coupon_code(coupon.id), coupon.template_id, uuid_text(row.member), holder_of(coupon),
                             format_day(coupon.reserved_day)});
        }
        return {};
    }));
    if (table.size() == 1) return Said{"no coupon is held\n", {}, true};
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<Said> void_coupon_command(const Place& place, const std::string& member, const std::string& code, CouponEnd what,
                                 std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Day today, intake.today(now_ms));
    TALLY_TRY(const MemberId id, member_of_ref(*home.store, member));
    TALLY_TRY(const Account account, account_of(*home.store, id));
    TALLY_TRY(const CouponId coupon, coupon_of_code(account, code));
    const Coupon& there = *find_coupon(account, coupon);
    const bool reservation = what == CouponEnd::kReservation;
    if (reservation && there.state != CouponState::kReserved) return fail(Code::kRefused, "the coupon is not reserved");
    auto op = intake::Intake::OwnOp::of(id, today, CouponVoid{coupon, reservation});
    TALLY_TRY(const std::vector<Folded> folded, intake.append_own(std::span(&op, 1), now_ms));
    if (folded.front().outcome != Outcome::kAccepted) return fail(Code::kRefused, folded.front().reason);
    Said out{"coupon " + coupon_code(coupon), {}, true};
    if (!reservation) {
        out.text += " is void\n";
        return out;
    }
    out.text += " is not reserved for " + holder_of(there) + " any more\n";
    TALLY_TRY(out.warnings, warning_of_holder(*home.store, there.reserved_by, now_ms));
    return out;
}

}  // namespace tally::admin
