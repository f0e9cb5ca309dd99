#include "hq-server/admin/why.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/domain/coupons.h"
#include "common/domain/tiers.h"
#include "common/wire/codec.h"

namespace tally::admin {

using namespace domain;

namespace {

std::optional<MemberId> member_of_uuid(const std::string& text) {
    std::string digits;
    for (const char c : text)
        if (c != '-') digits += c;
    const auto bytes = from_hex(digits);
    const auto id = bytes ? MemberId::from(*bytes) : Result<MemberId>(fail(Code::kInvalid, "not hexadecimal"));
    return id ? std::optional(*id) : std::nullopt;
}

// What is said, in its parts, before it becomes text or JSON.
struct Answer {
    MemberId member;
    Day day = 0;
    Points balance = 0;
    std::vector<std::pair<Because, std::string>> lines;
    std::string tier, tier_sentence;
    std::vector<std::pair<Because, std::string>> tier_lines;
    struct CouponLine {
        std::string code, template_id, sentence;
        bool usable = false;
    };
    std::vector<CouponLine> coupons;
    std::vector<std::pair<std::string, std::string>> benefits;
};

Answer answer_of(const Programme& programme, const MemberId& member, const Account& account, Day day,
                 Language language) {
    Answer out;
    out.member = member;
    out.day = day;
    const auto told = [&](const Explanation& explanation, auto& lines) {
        for (const Because& line : explanation.lines) lines.emplace_back(line, sentence(programme, line, language));
    };
    const Explanation balance = explain_balance(account, day);
    out.balance = balance.number;
    told(balance, out.lines);
    out.tier = tier_name(programme, account, day);
    out.tier_sentence = tier_sentence(programme, account, day, language);
    if (const auto view = tier_of(programme, account, day)) {
        told(explain_tier_value(programme, account, day), out.tier_lines);
        for (const std::string& benefit : view->benefits) {
            const BenefitReason reason = explain_benefit(programme, account, benefit, day);
            out.benefits.emplace_back(benefit, language == Language::kChinese ? reason.words_zh : reason.words_en);
        }
    }
    for (const Coupon& coupon : account.coupons)
        out.coupons.push_back({coupon_code(coupon.id), coupon.template_id,
                               coupon_sentence(programme, coupon, day, language), coupon.usable_on(day)});
    return out;
}

std::string text_of(const Answer& answer, Language language) {
    const bool zh = language == Language::kChinese;
    std::string out = (zh ? "会员 " : "member ") + uuid_text(answer.member) + "\n";
    out += (zh ? "积分余额（" : "balance on ") + format_day(answer.day) + (zh ? "）：" : ": ") +
           std::to_string(answer.balance) + "\n";
    for (const auto& [line, words] : answer.lines) {
        std::string value = (line.value > 0 ? "+" : "") + std::to_string(line.value);
        value.insert(0, value.size() < 8 ? 8 - value.size() : 0, ' ');
        out += "  " + value + "  " + words + "\n";
    }
    out += (zh ? "等级：" : "tier: ") + answer.tier_sentence + "\n";
    for (const auto& [line, words] : answer.tier_lines) out += "  " + words + "\n";
    if (!answer.benefits.empty()) out += zh ? "权益\n" : "benefits\n";
    for (const auto& [id, words] : answer.benefits) out += "  " + words + "\n";
    if (!answer.coupons.empty()) out += zh ? "优惠券\n" : "coupons\n";
    for (const Answer::CouponLine& coupon : answer.coupons) out += "  " + coupon.code + "  " + coupon.sentence + "\n";
    return out;
}

nlohmann::ordered_json json_of(const std::pair<Because, std::string>& told) {
    const Because& line = told.first;
    nlohmann::ordered_json out;
    out["value"] = line.value;
    if (line.day != 0) out["day"] = format_day(line.day);
    if (!line.op.is_none()) out["operation"] = op_text(line.op);
    if (!line.store.empty()) out["store"] = line.store;
    if (!line.bill_no.empty()) out["bill_no"] = line.bill_no;
    if (!line.rule.empty()) out["rule"] = line.rule;
    if (line.amount_minor != 0) out["amount_minor"] = line.amount_minor;
    if (line.until) out["until"] = format_day(*line.until);
    if (line.debt != 0) out["debt"] = line.debt;
    if (line.holder != 0) out["terminal"] = line.holder;
    for (const LotTake& lot : line.lots)
        out["lots"].push_back({{"operation", op_text(lot.lot)}, {"points", lot.points}});
    for (const EarnPart& part : line.parts) out["parts"].push_back({{"rule", part.rule}, {"points", part.points}});
    out["sentence"] = told.second;
    return out;
}

std::string json_text_of(const Answer& answer) {
    nlohmann::ordered_json out;
    out["member"] = uuid_text(answer.member);
    out["on"] = format_day(answer.day);
    out["balance"] = {{"points", answer.balance}, {"lines", nlohmann::ordered_json::array()}};
    for (const auto& line : answer.lines) out["balance"]["lines"].push_back(json_of(line));
    out["tier"] = {
        {"level", answer.tier}, {"sentence", answer.tier_sentence}, {"lines", nlohmann::ordered_json::array()}};
    for (const auto& line : answer.tier_lines) out["tier"]["lines"].push_back(json_of(line));
    out["benefits"] = nlohmann::ordered_json::array();
    for (const auto& [id, words] : answer.benefits) out["benefits"].push_back({{"benefit", id}, {"sentence", words}});
    out["coupons"] = nlohmann::ordered_json::array();
    for (const Answer::CouponLine& coupon : answer.coupons)
        out["coupons"].push_back({{"code", coupon.code},
                                  {"template", coupon.template_id},
                                  {"usable", coupon.usable},
                                  {"sentence", coupon.sentence}});
    return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<MemberId> member_of_ref(intake::LedgerStore& store, const std::string& ref) {
    if (const auto id = member_of_uuid(ref)) {
        TALLY_TRY(const auto row, store.member(*id));
        if (row) return *id;
    }
    std::vector<MemberId> found;
    for (const IdentityKind kind : {IdentityKind::kPhone, IdentityKind::kCard, IdentityKind::kEmail,
                                    IdentityKind::kChannelUser, IdentityKind::kExternalRef}) {
        const auto normal = normal_identity(kind, ref);
        if (!normal) continue;
        TALLY_TRY(const std::vector<MemberId> holders, store.members_of_identity(kind, *normal));
        for (const MemberId& holder : holders)
            if (std::find(found.begin(), found.end(), holder) == found.end()) found.push_back(holder);
    }
    if (found.empty()) return fail(Code::kNotFound, "no member has this phone, card, e-mail, reference or member id");
    if (found.size() == 1) return found.front();
    std::string ids;
    for (const MemberId& member : found) ids += " " + uuid_text(member);
    return fail(Code::kInvalid, "several members have this identity; name one by its id:" + ids);
}

Result<Said> why_command(const Place& place, const WhyRequest& request, std::int64_t now_ms) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    intake::Intake intake(*home.store, home.device);
    TALLY_TRY(const Programme programme, intake.programme());
    TALLY_TRY(const Day today, intake.today(now_ms));
    if (request.on && *request.on < today)
        return fail(Code::kInvalid, "--on: today or a later day; what an account was is not kept");
    TALLY_TRY(const MemberId member, member_of_ref(*home.store, request.member));
    TALLY_TRY(const auto row, home.store->member(member));
    if (!row) return fail(Code::kNotFound, "the member has no account");
    TALLY_TRY(const Account account, wire::decode_account(row->account));
    const Answer answer = answer_of(programme, member, account, request.on.value_or(today), request.language);
    return Said{request.json ? json_text_of(answer) : text_of(answer, request.language), {}, true};
}

}  // namespace tally::admin
