#include "hq-server/admin/coupon_command.h"

#include <algorithm>

#include "common/base/counted.h"
#include "common/domain/coupons.h"
#include "common/domain/earning.h"
#include "common/domain/tiers.h"
#include "common/wire/codec.h"
#include "hq-server/admin/text_table.h"
#include "hq-server/intake/owed.h"
#include "hq-server/intake/person.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr std::size_t kMembersPerStep = 500;  // of one transaction
constexpr std::uint32_t kCountMax = 100;

Result<MemberId> find_member(intake::LedgerStore& store, const std::string& text) {
    std::string hex = text;
    std::erase(hex, '-');
    if (const auto bytes = from_hex(hex); bytes) {
        if (const auto id = MemberId::from(*bytes); id) {
            TALLY_TRY(const auto row, store.member(*id));
            if (row) return *id;
        }
    }
    for (const IdentityKind kind :
         {IdentityKind::kCard, IdentityKind::kPhone, IdentityKind::kEmail, IdentityKind::kExternalRef}) {
        const auto value = normal_identity(kind, text);
        if (!value) continue;
        TALLY_TRY(const std::vector<MemberId> found, store.members_of_identity(kind, *value));
        if (found.size() > 1) return fail(Code::kInvalid, "--member: several members have this identity; give the id");
        if (found.size() == 1) return found.front();
    }
    return fail(Code::kNotFound, "--member: nobody is found by '" + text + "'");
}

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
    std::vector<MemberId> all, out;
    TALLY_OK(store.each_member([&](const intake::MemberRow& row) -> Status {
        all.push_back(row.member);
        return {};
    }));
    for (const MemberId& member : all) {
        TALLY_TRY(const Account account, account_of(store, member));
        if (!request.tier.empty()) {
            if (tier_name(programme, account, today) == request.tier) out.push_back(member);
            continue;
        }
        intake::Persons persons(store);
        TALLY_TRY(const intake::Person* person, persons.find(member));
        if (names(segments_of(programme, account, person->profile.joined_day, today), request.segment))
            out.push_back(member);
    }
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

intake::Intake::OwnOp own_op(const MemberId& member, Day today, Body body) {
    intake::Intake::OwnOp out;
    out.op.member = member;
    out.op.business_day = today;
    out.op.body = std::move(body);
    return out;
}

struct Issued {
    std::uint64_t coupons = 0;
    std::uint64_t members = 0;
    std::vector<CouponId> ids;  // of the first member
};

Result<Issued> issue_to(const Home& home, intake::Intake& intake, const CouponTemplate& from,
                        const std::vector<MemberId>& members, std::uint32_t count, std::int64_t now_ms) {
    TALLY_TRY(const Day today, intake.today(now_ms));
    crypto::SystemRandom random;
    Issued out;
    std::vector<intake::Intake::OwnOp> ops;
    const auto write = [&]() -> Status {
        TALLY_TRY(const std::vector<Folded> folded, intake.append_own(ops, now_ms));
        out.coupons += static_cast<std::uint64_t>(std::count_if(
            folded.begin(), folded.end(), [](const Folded& one) { return one.outcome == Outcome::kAccepted; }));
        ops.clear();
        return {};
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
        TALLY_TRY(Account account, account_of(*home.store, members[i]));
        const std::size_t before = ops.size();
        for (std::uint32_t n = 0; n < count; ++n) {
            auto issue = intake::coupon_by_hand(from, account, today);
            if (!issue) break;
            issue->coupon = *CouponId::from(make_member_id(now_ms, random).view());  // a UUIDv7 as well
            account.coupons.push_back({.id = issue->coupon, .template_id = from.id});
            if (i == 0) out.ids.push_back(issue->coupon);
            ops.push_back(own_op(members[i], today, *std::move(issue)));
        }
        out.members += ops.size() > before;
        if (!ops.empty() && (i + 1) % kMembersPerStep == 0) TALLY_OK(write());
    }
    if (!ops.empty()) TALLY_OK(write());
    return out;
}

const char* state_name(const Coupon& coupon, Day today) {
    switch (coupon.state) {
        case CouponState::kRedeemed: return "used";
        case CouponState::kVoid: return "void";
        case CouponState::kReserved: return "reserved";
        case CouponState::kIssued: break;
    }
    return coupon.valid_through && today > *coupon.valid_through ? "expired" : "issued";
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
        TALLY_TRY(const MemberId member, find_member(*home.store, request.member));
        members.push_back(member);
    }
    const CouponTemplate& from = *coupon_of(programme, request.template_id);
    TALLY_TRY(const Issued issued, issue_to(home, intake, from, members, request.count, now_ms));
    Said out;
    out.text = "issued " + counted(issued.coupons, "coupon") + " to " + counted(issued.members, "member") + "\n";
    if (!request.member.empty())
        for (const CouponId& id : issued.ids) out.text += coupon_code(id) + "\n";
    out.well = issued.coupons > 0 || members.empty();
    if (!out.well) out.warnings = "tally-hq: every one of them has as many as the template allows\n";
    return out;
}

Result<Said> list_coupons_command(const Place& place, const std::string& member, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Day today, intake.today(now_ms));
    TALLY_TRY(const MemberId id, find_member(*home.store, member));
    TALLY_TRY(const Account account, account_of(*home.store, id));
    Table table{{"code", "coupon", "state", "from", "through", "used", "off"}};
    for (const Coupon& coupon : account.coupons) {
        const bool used = coupon.state == CouponState::kRedeemed;
        table.push_back({coupon_code(coupon.id), coupon.template_id, state_name(coupon, today),
                         format_day(coupon.valid_from), coupon.valid_through ? format_day(*coupon.valid_through) : "",
                         used ? format_day(coupon.redeemed_day) + " " + coupon.store + " " + coupon.bill_no : "",
                         used ? std::to_string(coupon.discount_minor) : ""});
    }
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<Said> void_coupon_command(const Place& place, const std::string& member, const std::string& code, CouponEnd what,
                                 std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Day today, intake.today(now_ms));
    TALLY_TRY(const MemberId id, find_member(*home.store, member));
    TALLY_TRY(const Account account, account_of(*home.store, id));
    TALLY_TRY(const CouponId coupon, coupon_of_code(account, code));
    const bool reservation = what == CouponEnd::kReservation;
    if (reservation && find_coupon(account, coupon)->state != CouponState::kReserved)
        return fail(Code::kRefused, "the coupon is not reserved");
    auto op = own_op(id, today, CouponVoid{coupon, reservation});
    TALLY_TRY(const std::vector<Folded> folded, intake.append_own(std::span(&op, 1), now_ms));
    if (folded.front().outcome != Outcome::kAccepted) return fail(Code::kRefused, folded.front().reason);
    return Said{
        "coupon " + coupon_code(coupon) + (reservation ? " is not reserved any more\n" : " is void\n"), {}, true};
}

}  // namespace tally::admin
