// The till's acts, from a cashier's point of view.
#include "tests/unit/replica/fixture.h"

#include "common/wire/sealed.h"

using namespace tally;
using namespace tally::test;
using replica::Till;

namespace {

domain::Programme test_programme() {
    domain::Programme programme;
    programme.version = 1;
    programme.chain_name = "Test";
    programme.time_zone = "Asia/Shanghai";
    return programme;
}

struct TillBench : Bench {
    ManualClock clock{1'728'000'000'000};  // 2024-10-04 08:00 in Shanghai, 00:00 UTC
    SeededRandom random{7};
    Till till;

    explicit TillBench(bool with_programme = true) : till(started(with_programme)) {}
    Till started(bool with_programme) {
        if (with_programme) {
            hq.publish(test_programme());
            feed();
        }
        return MUST(Till::start(replica, clock, random));
    }
    domain::MemberId sign_up_at_till(const std::string& name, const std::string& phone, const std::string& card = "") {
        replica::RegisterRequest request;
        request.fields[domain::Field::kName] = name;
        request.fields[domain::Field::kPhone] = phone;
        request.fields[domain::Field::kCard] = card;
        const auto answer = MUST(till.register_member(request));
        CHECK_FALSE(answer.existed);
        return answer.member;
    }
    replica::Receipt sell(const domain::MemberId& who, domain::Minor amount, const std::string& bill = "") {
        replica::SaleRequest request;
        request.member = who;
        request.amount_minor = amount;
        request.bill_no = bill;
        return MUST(till.sale(request));
    }
    replica::RefundRequest refund_of(const domain::MemberId& who, domain::Minor amount, const std::string& of_bill) {
        replica::RefundRequest request;
        request.member = who;
        request.amount_minor = amount;
        request.of_bill_no = of_bill;
        return request;
    }
    replica::RedeemRequest redeeming(const domain::MemberId& who, domain::Points points) {
        replica::RedeemRequest request;
        request.member = who;
        request.points = points;
        return request;
    }
};

}  // namespace

TEST_CASE("till: it does not start before enrolment") {
    support::TempDir dir;
    const crypto::Secret key = crypto::Secret::random(32);
    replica::Replica replica = MUST(replica::Replica::create(dir.path(), key));
    SystemClock clock;
    SeededRandom random(1);
    CHECK_FAILS(Till::start(replica, clock, random), Code::kRefused);
}

TEST_CASE("till: without a programme a member's sale is refused and a sale without a member is not") {
    TillBench bench(false);
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    replica::SaleRequest request;
    request.amount_minor = 1000;
    CHECK(MUST(bench.till.sale(request)).amount_minor == 1000);
    request.member = anna;
    CHECK_FAILS(bench.till.sale(request), Code::kRefused);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 100), false)).verdict == domain::RedeemVerdict::kNoProgramme);
}

TEST_CASE("till: the business day is the chain's, whatever the machine's zone") {
    TillBench bench;
    CHECK(format_day(bench.till.today()) == "2024-10-04");
    bench.clock.set_wall_ms(1'728'000'000'000 + 16 * 3'600'000 - 1);  // one millisecond before midnight in Shanghai
    CHECK(format_day(bench.till.today()) == "2024-10-04");
    bench.clock.advance_ms(1);
    CHECK(format_day(bench.till.today()) == "2024-10-05");
}

TEST_CASE("till: a sale earns what its preview said, and its bill is numbered once") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    replica::SaleRequest request;
    request.member = anna;
    request.amount_minor = 12'345;
    const auto preview = MUST(bench.till.preview_sale(request));
    const auto receipt = MUST(bench.till.sale(request));
    CHECK(preview.points == 123);
    CHECK(receipt.points == 123);
    CHECK(receipt.balance == preview.balance);
    CHECK(receipt.bill_no == preview.bill_no);
    CHECK(receipt.bill_no == "S1-2-20241004-2");
    CHECK(MUST(bench.till.sale(request)).bill_no == "S1-2-20241004-3");
    CHECK(MUST(bench.replica.head()).next_seq == 4);
}

TEST_CASE("till: a bill entered again gives the first receipt, with another amount it is refused") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    const auto first = bench.sell(anna, 5000, "B1");
    const auto again = bench.sell(anna, 5000, "B1");
    CHECK(again.folded.outcome == domain::Outcome::kDuplicate);
    CHECK(again.op == first.op);
    CHECK(again.points == 50);
    CHECK(again.balance == 50);
    replica::SaleRequest request;
    request.member = anna;
    request.amount_minor = 5001;
    request.bill_no = "B1";
    CHECK_FAILS(bench.till.sale(request), Code::kExists);
    CHECK(MUST(bench.till.card(anna)).balance == 50);
}

TEST_CASE("till: a refund takes back its sale's points; one of an unknown sale waits for it") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    bench.sell(anna, 10'000, "B1");
    const auto part = MUST(bench.till.refund(bench.refund_of(anna, 2'500, "B1")));
    CHECK(part.points == -25);
    CHECK(part.amount_minor == -2'500);
    CHECK(part.balance == 75);
    const auto waiting = MUST(bench.till.refund(bench.refund_of(anna, 1'000, "ELSEWHERE-1")));
    CHECK(waiting.folded.outcome == domain::Outcome::kWaiting);
    CHECK(waiting.points == 0);
    CHECK(waiting.balance == 75);
    const auto without = MUST(bench.till.refund(bench.refund_of(anna, 500, "")));
    CHECK(without.points == -5);
    CHECK(without.balance == 70);
    const auto preview = MUST(bench.till.preview_refund(bench.refund_of(anna, 7'500, "B1")));
    CHECK(preview.points == -75);
}

TEST_CASE("till: a preview of a sale leaves waiting refunds of other bills alone") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    (void)MUST(bench.till.refund(bench.refund_of(anna, 1'000, "LATER")));
    replica::SaleRequest request;
    request.member = anna;
    request.amount_minor = 10'000;
    request.bill_no = "OTHER";
    CHECK(MUST(bench.till.preview_sale(request)).folded.settled.empty());
    request.bill_no = "LATER";
    CHECK(MUST(bench.till.preview_sale(request)).folded.settled.size() == 1);
    CHECK(MUST(bench.till.sale(request)).balance == 90);
}

TEST_CASE("till: offline redemption keeps within the programme's limit of one outage") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    bench.sell(anna, 200'000, "B1");
    CHECK(MUST(bench.till.card(anna)).redeemable == 2000);
    CHECK(MUST(bench.till.card(anna, true)).redeemable == 500);
    const auto first = MUST(bench.till.redeem(bench.redeeming(anna, 300), true));
    REQUIRE(first.receipt.has_value());
    CHECK(first.receipt->points == -300);
    CHECK(first.receipt->value_minor == 300);
    CHECK(first.receipt->balance == 1700);
    CHECK(MUST(bench.till.card(anna)).offline_used == 300);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 300), true)).verdict ==
          domain::RedeemVerdict::kOverOfflineLimit);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 50), true)).verdict == domain::RedeemVerdict::kNotAStep);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 5000), false)).verdict == domain::RedeemVerdict::kOverBalance);
    CHECK(MUST(bench.till.preview_redeem(bench.redeeming(anna, 200), true)).receipt->balance == 1500);
    // Undone it counts no longer; covered by headquarters a new outage begins.
    CHECK(MUST(bench.till.reverse_redeem(anna, first.receipt->op)).points == 300);
    CHECK(MUST(bench.till.card(anna)).offline_used == 0);
    CHECK_FAILS(bench.till.reverse_redeem(anna, first.receipt->op), Code::kRefused);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 500), true)).receipt.has_value());
    bench.ack();
    CHECK(MUST(bench.till.card(anna)).offline_used == 500);
    bench.feed();
    CHECK(MUST(bench.till.card(anna)).offline_used == 0);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, 500), true)).receipt.has_value());
}

TEST_CASE("till: a registration with an identity that is there answers with that member and writes nothing") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "138 0013 8000", "8800-1234");
    const auto next = MUST(bench.replica.head()).next_seq;
    for (const auto& [field, text] :
         {std::pair{domain::Field::kPhone, "+86 13800138000"}, std::pair{domain::Field::kCard, "88001234"}}) {
        replica::RegisterRequest request;
        request.fields = {{domain::Field::kName, "Somebody"}, {field, text}};
        const auto answer = MUST(bench.till.register_member(request));
        CHECK(answer.existed);
        CHECK(answer.member == anna);
    }
    CHECK(MUST(bench.replica.head()).next_seq == next);
}

TEST_CASE("till: a phone that does not parse asks again; a landline is kept and is no identity") {
    TillBench bench;
    replica::RegisterRequest request;
    for (const char* bad : {"1-800-FLOWERS", "12", "13800138000 13900139000", "abc"}) {
        request.fields = {{domain::Field::kName, "Anna"}, {domain::Field::kPhone, bad}};
        CHECK_FAILS(bench.till.register_member(request), Code::kInvalid);
    }
    CHECK(MUST(bench.replica.head()).next_seq == 1);
    request.fields = {{domain::Field::kName, "Anna"}, {domain::Field::kPhone, "010-62345678"}};
    const auto answer = bench.till.register_member(request);
    if (answer) {
        const auto view = MUST(bench.replica.member(answer->member)).value();
        CHECK(view.profile.identities.empty());
        CHECK_FALSE(MUST(bench.till.find_code("01062345678")).has_value());
    }
}

TEST_CASE("till: wrong fields are refused by name and nothing is written") {
    TillBench bench;
    const std::pair<domain::Field, std::string> wrong[] = {{domain::Field::kName, std::string(101, 'n')},
                                                           {domain::Field::kName, "a\nb"},
                                                           {domain::Field::kName, "\xC3\x28"},
                                                           {domain::Field::kCard, "1;DROP"},
                                                           {domain::Field::kEmail, "no-at"},
                                                           {domain::Field::kBirthday, "2001-02-29"},
                                                           {domain::Field::kBirthday, "2999-01-01"},
                                                           {domain::Field::kNote, "not here"}};
    for (const auto& [field, text] : wrong) {
        replica::RegisterRequest request;
        request.fields = {{field, text}};
        CHECK_FAILS(bench.till.register_member(request), Code::kInvalid);
    }
    CHECK_FAILS(bench.till.register_member({}), Code::kInvalid);
    CHECK(MUST(bench.replica.head()).next_seq == 1);
    CHECK(MUST(bench.replica.member_count()) == 0);
}

TEST_CASE("till: absurd amounts and texts of a sale are refused") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    for (const domain::Minor amount : {domain::Minor{-1}, domain::kAmountMinorMax + 1, INT64_MAX, INT64_MIN}) {
        replica::SaleRequest request;
        request.member = anna;
        request.amount_minor = amount;
        CHECK_FAILS(bench.till.sale(request), Code::kInvalid);
        request.member.reset();
        CHECK_FAILS(bench.till.sale(request), Code::kInvalid);
        CHECK_FAILS(bench.till.refund(bench.refund_of(anna, amount, "")), Code::kInvalid);
    }
    replica::SaleRequest request;
    request.amount_minor = 1;
    request.bill_no = std::string(65, 'b');
    CHECK_FAILS(bench.till.sale(request), Code::kInvalid);
    request.bill_no =
        "\xE2\x80\xAE"
        "1B";
    CHECK_FAILS(bench.till.sale(request), Code::kInvalid);
    CHECK(MUST(bench.till.redeem(bench.redeeming(anna, INT64_MIN), false)).verdict ==
          domain::RedeemVerdict::kNotPositive);
    CHECK_FAILS(bench.till.adjust(anna, INT64_MIN, domain::AdjustReason::kOther, "x"), Code::kInvalid);
    CHECK_FAILS(bench.till.adjust(anna, 5, domain::AdjustReason::kOther, "  "), Code::kInvalid);
    CHECK(MUST(bench.replica.head()).next_seq == 2);
}

TEST_CASE("till: a code finds by card, phone, e-mail or reference, and carries the identity's tag") {
    TillBench bench;
    replica::RegisterRequest request;
    request.fields = {{domain::Field::kName, "Anna"},
                      {domain::Field::kPhone, "13800138000"},
                      {domain::Field::kCard, "ab12-0001"},
                      {domain::Field::kEmail, "Anna@Example.org"},
                      {domain::Field::kExternalRef, "crm/77"}};
    const auto anna = MUST(bench.till.register_member(request)).member;
    const Bytes key(32, 0);
    for (const auto& [code, kind, normal] :
         {std::tuple{"AB120001", domain::IdentityKind::kCard, "AB120001"},
          std::tuple{"+86 138-0013-8000", domain::IdentityKind::kPhone, "+8613800138000"},
          std::tuple{"anna@example.ORG", domain::IdentityKind::kEmail, "anna@example.org"},
          std::tuple{" crm/77 ", domain::IdentityKind::kExternalRef, "crm/77"}}) {
        const auto found = MUST(bench.till.find_code(code));
        REQUIRE_MESSAGE(found.has_value(), code);
        CHECK(found->member == anna);
        CHECK(found->presented.kind == kind);
        const auto secret = MUST(bench.replica.member_key(anna));
        CHECK(found->presented.tag == wire::identity_tag(secret->view(), kind, normal));
    }
    CHECK_FALSE(MUST(bench.till.find_code("ZZ99")).has_value());
    CHECK_FAILS(bench.till.find_code(""), Code::kInvalid);
    CHECK_FAILS(bench.till.find_code("\x1B[2J"), Code::kInvalid);
    CHECK_FAILS(bench.till.find_code(std::string(100'000, '9')), Code::kInvalid);
    // The registration's hashed bytes name the identities by tags only.
    const auto logged = MUST(bench.replica.last_operations(1)).at(0);
    CHECK(std::get<domain::Register>(logged.op.body).identities.size() == 4);
    CHECK_FALSE(std::get<domain::Register>(logged.op.body).identities[0].tag.is_zero());
    CHECK(logged.fields.at(domain::Field::kName) == "Anna");
}

TEST_CASE("till: search finds names from their start and inside, Chinese and Latin, and the end of a phone") {
    TillBench bench;
    const auto wang = bench.sign_up_at_till("王小明", "13800138001");
    const auto ouyang = bench.sign_up_at_till("欧阳王珊", "13800138002");
    const auto smith = bench.sign_up_at_till("John Goldsmith", "13900131234");
    const auto names = [&](const char* text) {
        std::vector<domain::MemberId> out;
        for (const auto& hit : MUST(bench.till.search(text, 10))) out.push_back(hit.member);
        return out;
    };
    using Ids = std::vector<domain::MemberId>;
    CHECK(names("王") == Ids{wang, ouyang});  // from the start first
    CHECK(names("小明") == Ids{wang});
    CHECK(names("明") == Ids{wang});
    CHECK(names("珊") == Ids{ouyang});
    CHECK(names("JOHN") == Ids{smith});
    CHECK(names("gold") == Ids{smith});
    CHECK(names("smith") == Ids{smith});
    CHECK(names("ｊｏｈｎ　ｇｏｌｄ") == Ids{smith});
    CHECK(names("1234") == Ids{smith});
    CHECK(names("0138002") == Ids{ouyang});
    CHECK(names("+86 138 0013 8001") == Ids{wang});
    CHECK(names("xyz").empty());
    CHECK(names("   ").empty());
    CHECK(MUST(bench.till.search("王", 1)).size() == 1);
    const auto hit = MUST(bench.till.search("1234", 5)).at(0);
    CHECK(hit.phone_masked == "+86139****1234");
    CHECK(hit.name == "John Goldsmith");
}

TEST_CASE("till: an edited phone finds the member, the old one no longer does") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    const auto berta = bench.sign_up_at_till("Berta", "13800138111");
    CHECK_FAILS(bench.till.edit_profile(anna, {{domain::Field::kPhone, "13800138111"}}), Code::kExists);
    CHECK_DONE(bench.till.edit_profile(anna, {{domain::Field::kPhone, "13700137000"}}));
    CHECK(MUST(bench.till.find_code("13700137000"))->member == anna);
    CHECK_FALSE(MUST(bench.till.find_code("13800138000")).has_value());
    CHECK_DONE(bench.till.bind_identity(berta, domain::IdentityKind::kCard, "CARD-77"));
    CHECK(MUST(bench.till.find_code("card77"))->member == berta);
    CHECK_FAILS(bench.till.bind_identity(anna, domain::IdentityKind::kCard, "card77"), Code::kExists);
    bench.ack();
    bench.feed();
    CHECK(MUST(bench.till.find_code("13700137000"))->member == anna);
    CHECK_FALSE(MUST(bench.till.find_code("13800138000")).has_value());
    CHECK(MUST(bench.till.find_code("card77"))->member == berta);
}

TEST_CASE("till: consent names what it observed; notes and adjustments keep their words sealed") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    CHECK_DONE(bench.till.set_consent(anna, "marketing", true, "v1"));
    CHECK(MUST(bench.replica.member(anna))->profile.has_consent("marketing"));
    CHECK_DONE(bench.till.set_consent(anna, "marketing", false, "v1"));
    CHECK_FALSE(MUST(bench.replica.member(anna))->profile.has_consent("marketing"));
    CHECK(std::get<domain::Consent>(MUST(bench.replica.last_operations(1)).at(0).op.body).observed.size() == 1);
    CHECK_DONE(bench.till.add_note(anna, "likes tea"));
    CHECK(MUST(bench.till.adjust(anna, 40, domain::AdjustReason::kGoodwill, "late delivery")).balance == 40);
    const auto card = MUST(bench.till.card(anna));
    CHECK(card.view.profile.notes.at(0).text == "likes tea");
    CHECK(card.recent.size() == 5);
    CHECK(card.recent.front().fields.at(domain::Field::kReason) == "late delivery");
    CHECK_FAILS(bench.till.card(Bench::member(99)), Code::kNotFound);
    CHECK_FAILS(bench.till.add_note(Bench::member(99), "x"), Code::kNotFound);
}

TEST_CASE("till: time that jumps back never makes an operation older than the one before") {
    TillBench bench;
    const auto anna = bench.sign_up_at_till("Anna", "13800138000");
    bench.sell(anna, 100);
    const auto before = MUST(bench.replica.last_hlc());
    bench.clock.set_wall_ms(5);
    bench.sell(anna, 100);
    CHECK(MUST(bench.replica.last_hlc()) > before);
    bench.clock.set_wall_ms(-5'000'000'000'000'000);  // the chain goes on, or says what is wrong
    replica::SaleRequest request;
    request.member = anna;
    request.amount_minor = 100;
    const auto sold = bench.till.sale(request);
    if (!sold) CHECK(sold.error().code == Code::kInvalid);
    CHECK_DONE(bench.replica.verify_log());
}
