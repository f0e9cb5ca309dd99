// How rows of another system's files are known again: the texts that are hashed of a row and of the operation it
// became. Pure. What is stored is these hashes keyed with a secret (LedgerStore::imported_tag), never as they are: a
// member reference is short enough to be guessed.
#pragma once

#include <optional>

#include "common/domain/op.h"

namespace tally::intake {

// Parts with their lengths, so that no two different rows share a text.
Hash hash_of_texts(std::initializer_list<std::string_view> parts);

Hash import_key_of_member(std::string_view member_ref);
Hash import_content_of_member(const domain::PersonalFields& fields, std::string_view tier,
                              const std::optional<Day>& joined_day, std::string_view channel);
Hash import_key_of_bill(std::string_view store, std::string_view till, Day day, std::string_view bill_no,
                        bool is_refund);
// `amount_minor` >= 0; `refund_of_bill`: empty where nothing is named.
Hash import_content_of_bill(domain::Minor amount_minor, std::string_view member_ref, std::string_view refund_of_bill);

// `number`: of the lots of this member and these two days in its file, from 0.
Hash import_key_of_balance(const domain::MemberId& member, Day earned_day, const std::optional<Day>& expires,
                           std::uint32_t number);
Hash import_content_of_balance(domain::Points points);

// The key of the sale or refund that an operation of HQ's own chain came from; none of another kind.
std::optional<Hash> import_key_of_bill(const domain::Op& op);

}  // namespace tally::intake
