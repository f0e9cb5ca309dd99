// What a programme may say: every bound that earning, pricing and tiers rely on. The parts are checked in the order of
// the document (programme_check_rules.cpp, programme_check_benefits.cpp).
//
// References go one way: levels name benefits, benefits name coupons, and conditions name levels and segments, which
// are told from the account alone. So nothing can refer to itself. What comes nearest to a circle is a gift for
// reaching a level that only levels below it may use; that is refused (check_coupons).
#include <algorithm>

#include "common/base/utf8.h"
#include "common/domain/programme_findings.h"

namespace tally::domain {

namespace {

template <class Rule>
void collect(std::set<std::string>& out, const std::vector<Rule>& rules, std::size_t most) {
    for (std::size_t i = 0; i < rules.size() && i < most; ++i) out.insert(rules[i].id);
}

// Bounds that programmes in force were issued under: they may be widened only. So the name's characters are no finding
// but a warning (programme_warnings); what is not UTF-8 never was a document.
void check_general(Checking& checking) {
    const Programme& in = checking.programme;
    Findings& out = checking.findings;
    if (in.version == 0) out.add("version", "1 or more");
    if (in.chain_name.empty()) out.add("chain_name", "empty");
    if (in.chain_name.size() > kWordsBytesMax)
        out.add("chain_name", number_text(std::ssize(in.chain_name)) + " bytes long, at most 200");
    else if (!is_valid_utf8(in.chain_name))
        out.add("chain_name", "not UTF-8");
    if (in.time_zone.size() > 100 || !TimeZone::load(in.time_zone)) out.add("time_zone", "not a known IANA name");
    if (in.currency.size() != 3) out.add("currency", "three letters (ISO 4217)");
    out.range("currency_digits", in.currency_digits, 0, 4);
}

void check_dates(Checking& checking) {
    const Programme& in = checking.programme;
    Findings& out = checking.findings;
    out.range("unlock_days", in.unlock_days, 0, kDaysMax);
    if (in.expiry_rule > ExpiryRule::kYearEnd) out.add("expiry_rule", "never, days, months, month_end or year_end");
    out.range("expiry_count", in.expiry_count, 0, 36'500);
    out.range("give_back_grace_days", in.give_back_grace_days, 0, kDaysMax);
    out.range("floor_limit_points", in.floor_limit_points, 0, kPointsMax);
    out.range("lease_share_milli", in.lease_share_milli, 0, 1000);
    out.range("lease_cap_points", in.lease_cap_points, 0, kPointsMax);
    out.range("lease_days", in.lease_days, in.lease_share_milli > 0 ? 1 : 0, kDaysMax);
}

}  // namespace

std::vector<std::string> programme_findings(const Programme& programme) {
    Checking checking{programme, {}, {}};
    collect(checking.names.levels, programme.tiers.levels, 5);
    collect(checking.names.segments, programme.segments, kSegmentsMax);
    collect(checking.names.benefits, programme.benefits, kListedRulesMax);
    collect(checking.names.coupons, programme.coupons, kListedRulesMax);
    for (const auto part : {check_general, check_earning_rules, check_bonuses, check_redeeming, check_dates,
                            check_tiers, check_coupons, check_segments, check_limits})
        if (!checking.findings.is_full()) part(checking);
    return checking.findings.lines();
}

Status check_programme(const Programme& programme) {
    const std::vector<std::string> findings = programme_findings(programme);
    if (findings.empty()) return {};
    const std::size_t more = findings.size() - 1;
    const std::string rest = more == 0 ? ""
                                       : std::string(findings.size() == kFindingsMax ? " (and at least " : " (and ") +
                                             std::to_string(more) + " more)";
    return fail(Code::kInvalid, findings.front() + rest);
}

}  // namespace tally::domain
