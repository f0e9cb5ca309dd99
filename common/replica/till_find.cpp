// Finding a member at the till: scanned codes, typed names and numbers, the member's card.
#include <algorithm>

#include "common/base/utf8.h"
#include "common/domain/phone.h"
#include "common/replica/till.h"
#include "common/replica/till_text.h"
#include "common/wire/sealed.h"

namespace tally::replica {

using domain::IdentityKind;

static constexpr std::size_t kCodePointsMax = 254;  // the longest e-mail address
static constexpr std::size_t kRecentOperations = 20;

Result<std::optional<Till::Found>> Till::find_code(std::string_view text) {
    TALLY_TRY(const std::string code, clean_line(text, "code", kCodePointsMax, domain::kFieldBytesMax));
    if (code.empty()) return fail(Code::kInvalid, "code: empty");
    for (const IdentityKind kind :
         {IdentityKind::kCard, IdentityKind::kPhone, IdentityKind::kEmail, IdentityKind::kExternalRef}) {
        const auto value = domain::normal_identity(kind, code);
        if (!value) continue;
        TALLY_TRY(const std::optional<domain::MemberId> member, replica_->find(kind, *value));
        if (!member) continue;
        Found found{*member, {kind, {}}};
        TALLY_TRY(const std::optional<crypto::Secret> key, replica_->member_key(*member));
        if (key) found.presented.tag = wire::identity_tag(key->view(), kind, *value);
        return std::optional(found);
    }
    return std::optional<Found>();
}

namespace {

// The digits of a text that could be the end of a phone number; empty when it is something else.
std::string phone_digits(std::string_view text) {
    std::string out;
    while (const auto c = take_code_point(text)) {
        const char32_t digit = *c >= 0xFF10 && *c <= 0xFF19 ? *c - 0xFF10 + U'0' : *c;
        if (digit >= U'0' && digit <= U'9') {
            out.push_back(static_cast<char>(digit));
        } else if (!is_blank(*c) && *c != U'-' && *c != U'+' && *c != U'(' && *c != U')') {
            return {};
        }
    }
    return out;
}

std::string identity_value(const domain::Profile& profile, IdentityKind kind) {
    for (const domain::Identity& identity : profile.identities)
        if (identity.kind == kind) return identity.value;
    return {};
}

std::optional<MemberCard::Expiring> soonest_of(const domain::Account& account, Day today) {
    std::optional<MemberCard::Expiring> out;
    for (const domain::Lot& lot : account.lots) {
        if (lot.free <= 0 || !lot.expires || *lot.expires < today) continue;
        if (!out || *lot.expires < out->through) out = MemberCard::Expiring{0, *lot.expires};
        if (*lot.expires == out->through) out->points += lot.free;
    }
    return out;
}

MemberHit hit_of(const MemberView& view) {
    MemberHit hit;
    hit.member = view.member;
    hit.name = view.profile.text(domain::Field::kName);
    std::string phone = identity_value(view.profile, IdentityKind::kPhone);
    if (phone.empty()) phone = view.profile.text(domain::Field::kPhone);
    hit.phone_masked = mask_phone(phone);
    hit.card = identity_value(view.profile, IdentityKind::kCard);
    return hit;
}

}  // namespace

// Redeemed here and not yet covered by a received state, less what was undone of it.
domain::Points Till::redeemed_in_outage(const MemberView& view) {
    domain::Points sum = 0;
    for (const PendingOp& pending : view.pending) {
        if (pending.kind != domain::OpKind::kRedeem) continue;
        for (const domain::Redemption& redemption : view.account.redemptions)
            if (redemption.op == pending.id) sum += redemption.points - redemption.reversed;
    }
    return sum;
}

Result<std::vector<MemberHit>> Till::search(std::string_view text, std::size_t count) {
    TALLY_TRY(const std::string wanted, clean_line(text, "search", kCodePointsMax, domain::kFieldBytesMax));
    std::vector<MemberHit> hits;
    if (wanted.empty() || count == 0) return hits;
    std::vector<domain::MemberId> members;
    std::string digits = phone_digits(wanted);
    if (digits.size() >= 4) {
        if (const auto phone = domain::parse_phone(wanted)) digits = phone->e164.substr(1);
        TALLY_TRY(members, replica_->find_by_phone_tail(digits, count));
    }
    if (members.size() < count) {
        TALLY_TRY(const auto named, replica_->find_by_name(wanted, count));
        for (const domain::MemberId& id : named)
            if (members.size() < count && std::find(members.begin(), members.end(), id) == members.end())
                members.push_back(id);
    }
    for (const domain::MemberId& id : members) {
        TALLY_TRY(const std::optional<MemberView> view, replica_->member(id));
        if (view) hits.push_back(hit_of(*view));
    }
    return hits;
}

Result<MemberCard> Till::card(const domain::MemberId& member, bool offline) {
    TALLY_TRY(const domain::Programme programme, rules());
    TALLY_TRY(std::optional<MemberView> view, replica_->member(member));
    if (!view) return fail(Code::kNotFound, "no member " + domain::uuid_text(member));
    TALLY_TRY(const FeedCursor cursor, replica_->cursor());
    MemberCard out;
    out.balance = view->account.balance_on(today());
    out.locked = view->account.locked_on(today());
    out.tier = domain::tier_of(programme, view->account, today());
    out.tier_name = domain::tier_name(programme, view->account, today());
    out.soonest = soonest_of(view->account, today());
    for (const domain::Coupon& coupon : view->account.coupons)
        if (coupon.usable_on(std::max(today(), coupon.valid_from))) out.coupons.push_back(coupon);
    out.offline_used = redeemed_in_outage(*view);
    domain::RedeemQuestion question;
    question.offline = offline;
    question.offline_used = out.offline_used;
    TALLY_TRY(question.leased, leased_here(member, view->account));
    for (const domain::LotTake& slice : question.leased) out.leased += slice.points;
    out.redeemable = domain::redeemable(programme, view->account, today(), question);
    out.confirmed_ms = cursor.confirmed_ms;
    TALLY_TRY(out.recent, replica_->operations_of(member, kRecentOperations));
    out.view = *std::move(view);
    return out;
}

}  // namespace tally::replica
