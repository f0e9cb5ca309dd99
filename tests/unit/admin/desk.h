// A headquarters with files to import, and what the tests of importing look at. Tests only.
#pragma once

#include <fstream>

#include "hq-server/admin/import.h"
#include "hq-server/admin/verify.h"
#include "tests/unit/intake/fixture.h"

namespace tally::test {

inline constexpr const char* kMembersHeader = "member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel\n";
inline constexpr const char* kSalesHeader = "time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill\n";

inline std::string text_of(const std::vector<admin::RowRemark>& remarks) {
    std::string out;
    for (const admin::RowRemark& remark : remarks) out += admin::remark_text(remark) + "\n";
    return out;
}

struct Desk {
    Hq hq;
    admin::ImportOptions more;  // stores file, dry run
    std::string file(const std::string& name, const std::string& text) {
        const std::string path = hq.folder / name;
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Result<admin::ImportSummary> run(const std::string& members, const std::string& sales, bool strict = false) {
        admin::ImportOptions options = more;
        if (!members.empty()) options.members_csv = file("members.csv", kMembersHeader + members);
        if (!sales.empty()) options.sales_csv = file("sales.csv", kSalesHeader + sales);
        options.strict = strict;
        return admin::import_history(*hq.intake, *hq.store, options, hq.now_ms);
    }
    MemberId find(const std::string& ref) {
        const auto holders = must(hq.store->members_of_identity(IdentityKind::kExternalRef, ref));
        REQUIRE(holders.size() == 1);
        return holders.front();
    }
    Profile profile(const std::string& ref) {
        const auto row = must(hq.store->profile(find(ref)));
        return must(wire::open_profile(row->keys.front(), find(ref), row->sealed_profile));
    }
    void check_sound() {
        const auto report = must(admin::verify_ledger(*hq.store, hq.device.public_key()));
        CHECK(report.faults == std::vector<std::string>{});
    }
};

}  // namespace tally::test
