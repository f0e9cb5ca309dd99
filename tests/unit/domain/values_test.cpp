// Ids, the hybrid clock, checks of operations, identities.
#include "common/domain/profile.h"
#include "tests/support/book.h"
#include "tests/support/data.h"

#include <sstream>

using namespace tally;
using namespace tally::domain;

namespace {

std::vector<std::vector<std::string>> rows_of(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> fields(1);
        for (const char c : line)
            c == ',' ? fields.emplace_back() : fields.back(), c != ',' ? fields.back().push_back(c) : void();
        rows.push_back(fields);
    }
    return rows;
}

}  // namespace

TEST_CASE("ids: a member id carries its time, version and variant, and sorts by time") {
    SeededRandom random(1);
    const MemberId id = make_member_id(1645557742000, random);
    CHECK(uuid_text(id).substr(0, 14) == "017f22e2-79b0-");
    CHECK(uuid_text(id)[14] == '7');
    CHECK((id.bytes[8] & 0xC0) == 0x80);
    CHECK(make_member_id(1645557742001, random) > id);
}

TEST_CASE("hlc: the published eight-step history") {
    const auto file = support::data("vectors/hlc_history.csv");
    if (!file) return;
    Hlc clock;
    const auto rows = rows_of(support::slurp(*file));
    REQUIRE(rows.size() == 9);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const std::int64_t wall = std::stoll(row[1]);
        clock = row[2] == "SEND"
                    ? hlc_tick(clock, wall)
                    : hlc_hear(clock, Hlc::of(std::stoll(row[3]), static_cast<std::uint16_t>(std::stoi(row[4]))), wall);
        CHECK(clock.ms() == std::stoll(row[5]));
        CHECK(clock.counter() == std::stoi(row[6]));
    }
}

TEST_CASE("hlc: a clock far ahead does not poison ours; a full counter moves to the next millisecond") {
    const Hlc ours = Hlc::of(1000, 0);
    CHECK(hlc_hear(ours, Hlc::of(1000 + kHlcAheadMsMax + 1, 5), 1000).ms() == 1000);
    CHECK(hlc_hear(ours, Hlc::of(2000, 5), 1000) == Hlc::of(2000, 6));
    CHECK(hlc_tick(Hlc::of(1000, 0xFFFF), 900) == Hlc::of(1001, 0));
    CHECK(hlc_tick(Hlc::of(1000, 3), -50) == Hlc::of(1000, 4));
}

TEST_CASE("op: what the grammar cannot say is refused, each by its name") {
    support::Book book;
    const auto refused = [&](Op op, std::string_view part) {
        const Status status = check_op(op);
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Code::kInvalid);
        CHECK_MESSAGE(status.error().detail.find(part) != std::string::npos, status.error().detail);
    };
    Earn earn;
    earn.amount_minor = kAmountMinorMax + 1;
    refused(book.op(0, earn), "amount");
    earn.amount_minor = -1;
    refused(book.op(0, earn), "amount");
    earn.amount_minor = 10;
    earn.eligible_minor = 11;
    refused(book.op(0, earn), "eligible");
    earn.eligible_minor = 10;
    earn.points = -1;
    refused(book.op(0, earn), "points");
    earn.points = 0;
    earn.bill.bill_no = std::string(65, 'x');
    refused(book.op(0, earn), "bill number");
    refused(book.op(0, Adjust{0, AdjustReason::kOther, {}}), "points");
    refused(book.op(0, Expire{{{book.op(0, Note{}).id, 1}}}), "headquarters");
    refused(book.op(0, Redeem{.points = 5, .takes = {{book.op(0, Note{}).id, 6}}}), "exceed");
    refused(book.op(0, Sale{}), "member");
    Op nobody = book.op(0, Note{});
    nobody.member = {};
    refused(nobody, "member");
    Op far = book.op(0, Note{});
    far.business_day = 2'932'897;
    refused(far, "business day");
    Reverse both;
    both.target = book.op(0, Note{}).id;
    both.target_bill_no = "1";
    refused(book.op(0, both), "two targets");
}

TEST_CASE("identity: one written form") {
    CHECK(*normal_identity(IdentityKind::kPhone, "138 0013 8000") == "+8613800138000");
    CHECK_FALSE(normal_identity(IdentityKind::kPhone, "010-62345678").has_value());
    CHECK(*normal_identity(IdentityKind::kCard, "ab12-34 56") == "AB123456");
    CHECK_FALSE(normal_identity(IdentityKind::kCard, "12;DROP").has_value());
    CHECK(*normal_identity(IdentityKind::kEmail, "Li.Lei@Example.COM") == "li.lei@example.com");
    CHECK_FALSE(normal_identity(IdentityKind::kEmail, "@x").has_value());
    CHECK_FALSE(normal_identity(IdentityKind::kName, "Li Lei").has_value());
}

TEST_CASE("programme: a bad field is named") {
    Programme programme;
    CHECK(check_programme(programme).error().detail.substr(0, 7) == "version");
    programme.version = 1;
    programme.chain_name = "Chain";
    CHECK(check_programme(programme).has_value());
    programme.time_zone = "Asia/Nowhere";
    CHECK(check_programme(programme).error().detail.substr(0, 9) == "time_zone");
    programme.time_zone = "UTC";
    programme.earn_minor = 0;
    CHECK(check_programme(programme).error().detail.substr(0, 10) == "earn_minor");
}
