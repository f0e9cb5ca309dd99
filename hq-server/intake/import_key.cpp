#include "hq-server/intake/import_key.h"

#include "common/crypto/hash.h"
#include "common/domain/bill_key.h"

namespace tally::intake {

using namespace domain;

Hash hash_of_texts(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    return crypto::hash_of(view_of(text));
}

Hash import_key_of_member(std::string_view member_ref) { return hash_of_texts({"member", member_ref}); }

Hash import_content_of_member(const PersonalFields& fields, std::string_view tier, const std::optional<Day>& joined_day,
                              std::string_view channel) {
    std::string text;
    for (const auto& [field, value] : fields)
        text += std::to_string(static_cast<int>(field)) + "=" + std::to_string(value.size()) + ":" + value;
    return hash_of_texts({text, tier, joined_day ? format_day(*joined_day) : "", channel});
}

Hash import_key_of_bill(std::string_view store, std::string_view till, Day day, std::string_view bill_no,
                        bool is_refund) {
    return hash_of_texts({"bill", store, till, format_day(day), bill_no, is_refund ? "refund" : "sale"});
}

Hash import_content_of_bill(Minor amount_minor, std::string_view member_ref, std::string_view refund_of_bill) {
    return hash_of_texts({std::to_string(amount_minor), member_ref, refund_of_bill});
}

Hash import_key_of_balance(const MemberId& member, Day earned_day, const std::optional<Day>& expires,
                           std::uint32_t number) {
    return hash_of_texts({"balance", uuid_text(member), format_day(earned_day), expires ? format_day(*expires) : "",
                          std::to_string(number)});
}

Hash import_content_of_balance(Points points) { return hash_of_texts({std::to_string(points)}); }

std::optional<Hash> import_key_of_bill(const Op& op) {
    const auto key = bill_key(op.body);
    if (!key || (key->kind != BillKind::kSale && key->kind != BillKind::kRefund)) return std::nullopt;
    return import_key_of_bill(op.store, key->bill.till, op.business_day, key->bill.bill_no,
                              key->kind == BillKind::kRefund);
}

}  // namespace tally::intake
