// Sentences that a cashier can read to a member.
#include "common/domain/explain_text.h"

namespace tally::domain {

namespace {

struct Speaker {
    const Programme& programme;
    const Because& line;
    Language language;

    bool zh() const { return language == Language::kChinese; }
    std::string say(const char* chinese, const char* english) const { return zh() ? chinese : english; }
    std::string points(Points value) const { return points_text(value, language); }
    std::string money(Minor value) const { return money_text(programme, value); }
    std::string day(Day value) const { return format_day(value); }

    // "2026-03-02 bill 1001 at S1: "
    std::string head() const {
        std::string out = line.day == 0 ? std::string() : day(line.day);
        const auto add = [&](const std::string& more) { out += (out.empty() ? "" : " ") + more; };
        const bool own_bill = line.kind != BecauseKind::kRefunded && line.kind != BecauseKind::kPending &&
                              line.kind != BecauseKind::kUndone;
        const std::string bill = own_bill ? line.bill_no : std::string();
        if (zh()) {
            if (!line.store.empty()) add(line.store + " 店");
            if (!bill.empty()) add("小票 " + bill);
        } else {
            if (!bill.empty()) add("bill " + bill);
            if (!line.store.empty()) add("at " + line.store);
        }
        return out.empty() ? out : out + say("：", ": ");
    }

    std::string sale() const {
        Points base = line.value;
        for (const EarnPart& part : line.parts)
            if (!part.rule.empty()) base -= part.points;
        std::string out = zh() ? "消费 " + money(line.amount_minor) + "，得 " + points(base)
                               : money(line.amount_minor) + " spent, " + points(base);
        for (const EarnPart& part : line.parts) {
            if (part.rule.empty()) continue;
            const std::string name = name_of(programme, part.rule, language);
            out += zh() ? "；规则“" + name + "”加 " + number_text(part.points)
                        : "; rule " + name + " added " + number_text(part.points);
        }
        return out;
    }

    // What has become of a lot's points.
    std::string rest() const {
        std::string out;
        const auto add = [&](Points value, const char* chinese, const char* english) {
            if (value == 0) return;
            out += out.empty() ? say("；", "; ") : say("，", ", ");
            out += zh() ? chinese + (" " + number_text(value)) : number_text(value) + " " + english;
        };
        add(line.used, "已用", "used");
        add(line.expired, "已过期", "expired");
        add(line.taken, "已扣回", "taken back");
        const bool left = line.value > line.used + line.expired + line.taken;
        if (left && line.until) out += say("；有效期至 ", "; usable through ") + day(*line.until);
        return out;
    }

    std::string owed() const {
        if (line.debt == 0) return {};
        return zh() ? "；其中 " + number_text(line.debt) + " 积分当时不足，记为欠分"
                    : "; " + number_text(line.debt) + " of them were not there and are owed";
    }

    std::string redeemed() const {
        std::string out = zh() ? "使用 " + points(-line.value) : points(-line.value) + " used";
        if (!line.rule.empty()) out += say("，兑换“", " for ") + name_of(programme, line.rule, language) + say("”", "");
        if (line.amount_minor > 0) out += say("，抵 ", ", worth ") + money(line.amount_minor);
        return out + owed();
    }

    std::string moved_back() const {
        if (line.value == 0) return say("积分不变", "no points");
        if (line.value > 0) return zh() ? "退还 " + points(line.value) : points(line.value) + " given back";
        return (zh() ? "扣回 " + points(-line.value) : points(-line.value) + " taken back") + owed();
    }

    std::string refunded() const {
        std::string out = say("退款 ", "refund ");
        if (!line.bill_no.empty()) out += line.bill_no + " ";
        if (!line.of_bill_no.empty())
            out += zh() ? "（原小票 " + line.of_bill_no + "）" : "of bill " + line.of_bill_no + " ";
        return out + (zh() ? money(line.amount_minor) : "of " + money(line.amount_minor)) + say("，", ": ") +
               moved_back();
    }

    std::string leased() const {
        Points sum = 0;
        for (const LotTake& lot : line.lots) sum += lot.points;
        const std::string holder = number_text(line.holder);
        const std::string end = line.until ? day(*line.until) : std::string();
        if (zh()) return "其中 " + points(sum) + " 预留给终端 " + holder + (end.empty() ? "" : "，至 " + end);
        return "of these " + points(sum) + " for terminal " + holder + " alone" +
               (end.empty() ? "" : ", leased through " + end);
    }

    std::string undone() const {
        std::string out = say("撤销", "undone");
        if (!line.of_bill_no.empty())
            out += zh() ? "（小票 " + line.of_bill_no + "）" : " (bill " + line.of_bill_no + ")";
        return out + say("，", ": ") + moved_back();
    }

    std::string body() const {
        const std::string value = points(line.value), minus = points(-line.value);
        switch (line.kind) {
            case BecauseKind::kSale: return sale() + rest();
            case BecauseKind::kBonus: {
                const std::string name = name_of(programme, line.rule, language);
                return (zh() ? "奖励“" + name + "”，得 " + value : "bonus " + name + ", " + value) + rest();
            }
            case BecauseKind::kAdjustedUp: return (zh() ? "人工增加 " + value : value + " added by hand") + rest();
            case BecauseKind::kOpening:
                return (zh() ? "原系统转入 " + value : value + " from the earlier system") + rest();
            case BecauseKind::kGivenBack:
                return (zh() ? "退还的 " + value + " 原已过期" : value + " given back whose date had passed") + rest();
            case BecauseKind::kRedeemed: return redeemed();
            case BecauseKind::kRefunded: return refunded();
            case BecauseKind::kUndone: return undone();
            case BecauseKind::kAdjustedDown: return (zh() ? "人工扣减 " + minus : minus + " taken by hand") + owed();
            case BecauseKind::kExpired: return zh() ? minus + " 已过期" : minus + " expired";
            case BecauseKind::kLocked:
                return zh() ? minus + " 锁定至 " + day(*line.until) : minus + " locked through " + day(*line.until);
            case BecauseKind::kPending:
                return zh() ? "退款 " + money(line.amount_minor) + " 等待原销售上传，积分暂未变动"
                            : "a reversal of " + money(line.amount_minor) + " waits for what it undoes; no points yet";
            case BecauseKind::kDebt:
                return zh() ? "尚欠 " + points(line.debt) + "，将从以后所得中扣除"
                            : points(line.debt) + " owed; to be taken from the next ones";
            case BecauseKind::kLeased: return leased();
            case BecauseKind::kLoss:
                return zh() ? "注销后仍被使用 " + value + "，由商家承担"
                            : value + " spent after a write-off, borne by the chain";
            case BecauseKind::kRule: break;
        }
        return name_of(programme, line.rule, language) + " " + number_text(line.value);
    }

    std::string rule_that_counts() const {
        if (line.rule == "growth_deductions")
            return say("成长值扣减（退款或未到店月份）", "deducted for refunds or idle months");
        return say("不低于零", "never below zero");
    }

    // A line of a tier's value.
    std::string counting(TierBasis basis) const {
        std::string what;
        switch (line.kind) {
            case BecauseKind::kSale:
                what = zh() ? "消费 " + money(line.amount_minor) : money(line.amount_minor) + " spent";
                break;
            case BecauseKind::kBonus:
                what = say("奖励“", "bonus ") + name_of(programme, line.rule, language) + say("”", "");
                break;
            case BecauseKind::kRefunded:
                what = zh() ? "无小票退款 " + money(line.amount_minor)
                            : "refund of " + money(line.amount_minor) + " without a bill";
                break;
            case BecauseKind::kLocked: what = say("积分锁定至 ", "points locked through ") + day(*line.until); break;
            default: what = rule_that_counts();
        }
        return what + say("，计入 ", ", counts ") + value_text(programme, line.value, basis, language);
    }
};

}  // namespace

std::string sentence(const Programme& programme, const Because& because, Language language) {
    const Speaker speaker{programme, because, language};
    return speaker.head() + (because.counts ? speaker.counting(*because.counts) : speaker.body());
}

}  // namespace tally::domain
