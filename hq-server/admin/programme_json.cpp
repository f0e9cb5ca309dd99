#include "hq-server/admin/programme_json.h"

#include <array>
#include <nlohmann/json.hpp>

namespace tally::admin {

using domain::ExpiryRule;
using domain::Programme;
using nlohmann::ordered_json;

namespace {

constexpr std::array<std::string_view, 5> kRules = {"never", "days", "months", "month_end", "year_end"};

Status wrong(const std::string& field, const char* what) { return fail(Code::kInvalid, field + ": " + what); }

Status take_text(const ordered_json& value, const std::string& field, std::string& out) {
    if (!value.is_string()) return wrong(field, "a text is expected");
    out = value.get<std::string>();
    return {};
}

template <class Number>
Status take_number(const ordered_json& value, const std::string& field, Number& out) {
    if (!value.is_number_integer()) return wrong(field, "a whole number is expected");
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
        return wrong(field, "out of range");
    const std::int64_t number = value.get<std::int64_t>();
    if constexpr (sizeof(Number) < 8) {
        if (number < 0 || number > UINT32_MAX) return wrong(field, "out of range");
    }
    out = static_cast<Number>(number);
    return {};
}

Status take_rule(const ordered_json& value, const std::string& field, ExpiryRule& out) {
    std::string text;
    TALLY_OK(take_text(value, field, text));
    for (std::size_t i = 0; i < kRules.size(); ++i) {
        if (text != kRules[i]) continue;
        out = static_cast<ExpiryRule>(i);
        return {};
    }
    return wrong(field, "one of never, days, months, month_end, year_end");
}

Status take_field(const std::string& field, const ordered_json& value, Programme& out) {
    if (field == "version") return {};
    if (field == "chain_name") return take_text(value, field, out.chain_name);
    if (field == "time_zone") return take_text(value, field, out.time_zone);
    if (field == "currency") return take_text(value, field, out.currency);
    if (field == "currency_digits") return take_number(value, field, out.currency_digits);
    if (field == "earn_points") return take_number(value, field, out.earn_points);
    if (field == "earn_minor") return take_number(value, field, out.earn_minor);
    if (field == "redeem_step_points") return take_number(value, field, out.redeem_step_points);
    if (field == "redeem_step_minor") return take_number(value, field, out.redeem_step_minor);
    if (field == "redeem_min_points") return take_number(value, field, out.redeem_min_points);
    if (field == "expiry_rule") return take_rule(value, field, out.expiry_rule);
    if (field == "expiry_count") return take_number(value, field, out.expiry_count);
    if (field == "floor_limit_points") return take_number(value, field, out.floor_limit_points);
    return wrong(field, "unknown field");
}

}  // namespace

Result<Programme> programme_from_json(const std::string& text, Programme base) {
    const ordered_json document = ordered_json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.is_object())
        return fail(Code::kInvalid, "the programme is no JSON object");
    for (const auto& [field, value] : document.items()) TALLY_OK(take_field(field, value, base));
    return base;
}

std::string programme_to_json(const Programme& programme) {
    ordered_json out;
    out["version"] = programme.version;
    out["chain_name"] = programme.chain_name;
    out["time_zone"] = programme.time_zone;
    out["currency"] = programme.currency;
    out["currency_digits"] = programme.currency_digits;
    out["earn_points"] = programme.earn_points;
    out["earn_minor"] = programme.earn_minor;
    out["redeem_step_points"] = programme.redeem_step_points;
    out["redeem_step_minor"] = programme.redeem_step_minor;
    out["redeem_min_points"] = programme.redeem_min_points;
    out["expiry_rule"] = std::string(kRules[static_cast<std::size_t>(programme.expiry_rule)]);
    out["expiry_count"] = programme.expiry_count;
    out["floor_limit_points"] = programme.floor_limit_points;
    return out.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tally::admin
