// members.csv of an import. Law: each row is taken or is a fault with its line; a taken row's values are clean, and
// written again they are taken as the same member.
#include "common/base/csv.h"
#include "common/base/utf8.h"
#include "hq-server/admin/import_rows.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/text_file.h"

using namespace tally;
using domain::Field;

static std::string written(const std::vector<admin::MemberRow>& rows) {
    std::string out = "member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel\n";
    for (const admin::MemberRow& row : rows) {
        const auto value = [&](Field field) {
            const auto found = row.fields.find(field);
            return found == row.fields.end() ? std::string() : found->second;
        };
        const std::string phone = value(row.phone_unreadable ? Field::kPhoneAsWritten : Field::kPhone);
        const std::string joined = row.joined_day ? format_day(*row.joined_day) : "";
        std::string line;
        for (const std::string& text : {row.member_ref, value(Field::kName), phone, value(Field::kCard),
                                        value(Field::kEmail), value(Field::kBirthday), row.tier, joined, row.channel})
            line += (line.empty() ? "" : ",") + csv_field(text);
        out += line + "\n";
    }
    return out;
}

TALLY_FUZZ(members_csv) {
    const fuzz::TextFile file(text_of(input));
    const auto members = admin::read_member_rows(file.path());
    if (!members) return;
    for (const admin::RowRemark& fault : members->faults) TALLY_ASSERT(fault.line > 1 && !fault.why.empty(), "a fault");
    for (const admin::MemberRow& row : members->rows) {
        TALLY_ASSERT(!row.member_ref.empty() && row.member_ref.size() <= 128, "a member has a reference");
        for (const auto& [field, text] : row.fields)
            TALLY_ASSERT(text.size() <= domain::kFieldBytesMax && is_valid_utf8(text) && !text.empty(),
                         "a clean value");
    }
    const fuzz::TextFile file_again(written(members->rows));
    const auto again = admin::read_member_rows(file_again.path());
    TALLY_ASSERT(again.has_value() && again->faults.empty(), "a row that was taken is taken again");
    TALLY_ASSERT(again->rows.size() == members->rows.size(), "each as one member");
    for (std::size_t i = 0; i < again->rows.size(); ++i) {
        const admin::MemberRow &a = members->rows[i], &b = again->rows[i];
        TALLY_ASSERT(a.member_ref == b.member_ref && a.fields == b.fields && a.phone_unreadable == b.phone_unreadable &&
                         a.tier == b.tier && a.joined_day == b.joined_day && a.channel == b.channel,
                     "the same member");
    }
}
