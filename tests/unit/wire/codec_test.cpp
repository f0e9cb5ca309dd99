// Operations and states survive their codec; hostile bytes do not get through it.
#include "common/wire/codec.h"

#include <algorithm>

#include "common/crypto/hash.h"
#include "common/wire/frame.h"
#include "common/wire/limits.h"
#include "common/wire/messages.h"
#include "common/wire/sealed.h"
#include "tests/support/book.h"
#include "tests/support/every_kind.h"
#include "tests/support/seed.h"

using namespace tally;
using namespace tally::domain;
using support::Book;
using support::every_kind;

TEST_CASE("codec: every kind of operation survives, and encodes to the same bytes again") {
    Book book;
    for (const Op& op : every_kind(book)) {
        const Bytes bytes = wire::encode_op(op);
        const auto back = wire::decode_op(bytes);
        REQUIRE_MESSAGE(back.has_value(), kind_name(kind_of(op.body)));
        CHECK(*back == op);
        CHECK(wire::encode_op(*back) == bytes);
    }
}

TEST_CASE("codec: a release carries its operation's bytes as they were, and no other release") {
    Book book;
    for (Op held : every_kind(book)) {
        if (kind_of(held.body) == OpKind::kCouponReserve) continue;
        Op release = book.op(3, Note{});
        release.id.terminal = kHqTerminal;
        release.member = held.member;
        const Bytes inner = wire::encode_op(held);
        release.body = Release{inner, std::make_shared<const Op>(held), true};
        const Bytes bytes = wire::encode_op(release);
        const auto back = wire::decode_op(bytes);
        REQUIRE(back.has_value());
        const auto& body = std::get<Release>(back->body);
        CHECK(body.bytes == inner);
        CHECK(*body.op == held);
        CHECK(body.renamed);
        CHECK(wire::encode_op(*back) == bytes);

        Op nest = release;
        nest.body = Release{bytes, std::make_shared<const Op>(release), false};
        const auto refused = wire::decode_op(wire::encode_op(nest));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().detail == "a release of another release");
    }
    Op empty = book.op(3, Note{});
    empty.id.terminal = kHqTerminal;
    empty.body = Release{Bytes{7}, std::make_shared<const Op>(book.op(1, Note{})), false};
    CHECK_FALSE(wire::decode_op(wire::encode_op(empty)).has_value());  // its bytes are no operation
    std::get<Release>(empty.body).bytes.clear();
    CHECK_FALSE(wire::decode_op(wire::encode_op(empty)).has_value());
}

TEST_CASE("codec: a cut, flipped or random operation is an error or another valid operation, never a fault") {
    Book book;
    SeededRandom random(support::seed());
    for (const Op& op : every_kind(book)) {
        const Bytes bytes = wire::encode_op(op);
        for (std::size_t cut = 0; cut < bytes.size(); ++cut)
            if (auto back = wire::decode_op({bytes.data(), cut})) CHECK(check_op(*back).has_value());
        for (int round = 0; round < 300; ++round) {
            Bytes flipped = bytes;
            flipped[random.below(flipped.size())] ^= static_cast<std::uint8_t>(1u << random.below(8));
            if (auto back = wire::decode_op(flipped)) CHECK(check_op(*back).has_value());
        }
    }
    for (int round = 0; round < 2000; ++round) {
        Bytes noise(random.below(200));
        random.fill(noise);
        CHECK_FALSE(wire::decode_op(noise).has_value());
    }
}

TEST_CASE("codec: an operation that its own encoding would change is refused") {
    Book book;
    Op presented = book.op(1, Register{"store", 20000, "", {}});
    presented.presented = {IdentityKind::kPhone, {{7}}};
    Bytes bytes = wire::encode_op(presented);
    const Bytes kind{0x08, 0x01, 0x12, 0x10, 7};  // Presented: kind 1, and the beginning of its tag
    const auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end());
    REQUIRE(at != bytes.end());
    at[1] = 0;  // no kind, and still a tag
    CHECK(wire::decode_op(bytes).error().code == Code::kDamaged);

    Reverse reverse{{2, Epoch{{1}}, 77}, "", "", {}, true, 500, 5};
    bytes = wire::encode_op(book.op(1, reverse));
    const Bytes seq{0x18, 77, 0x22};  // OpId: seq 77, then the refund's bill
    const auto there = std::search(bytes.begin(), bytes.end(), seq.begin(), seq.end());
    REQUIRE(there != bytes.end());
    there[1] = 0;  // a target without a number
    CHECK(wire::decode_op(bytes).error().code == Code::kDamaged);
}

TEST_CASE("codec: an account survives, and one that does not add up is refused") {
    Book book;
    const OpId sale = book.earn(0, 10000, 100, 50);
    book.redeem(1, 130);
    book.refund(2, sale, 5000);
    Reverse waiting;
    waiting.target_bill_no = "nowhere";
    waiting.amount_minor = 100;
    book.add(3, waiting);
    const auto back = wire::decode_account(wire::encode_account(book.account));
    REQUIRE(back.has_value());
    CHECK(*back == book.account);
    Account wrong = book.account;
    wrong.lots[0].free += 1;
    CHECK(wire::decode_account(wire::encode_account(wrong)).error().code == Code::kDamaged);
    REQUIRE(book.account.reversals.size() == 2);
    for (const Points points : {INT64_MIN, INT64_MAX, -kPointsMax - 1}) {
        wrong = book.account;
        wrong.reversals[1].points = points;
        CHECK(wire::decode_account(wire::encode_account(wrong)).error().code == Code::kDamaged);
    }
    wrong = book.account;
    wrong.reversals[0].amount_minor = -1;
    CHECK(wire::decode_account(wire::encode_account(wrong)).error().code == Code::kDamaged);
}

TEST_CASE("codec: a profile and a programme survive") {
    Profile profile;
    profile.joined_day = 3;
    profile.fields[Field::kName] = {"\xF0\xA0\x80\x80 \xE6\x9D\x8E", 5, {}};
    profile.identities.push_back({IdentityKind::kCard, "A1", Verification::kDocument, 4, {}});
    profile.consents["news"] = {{{}, true, "v1", "store", 3}};
    profile.notes.push_back({{}, 2, "S1", "text"});
    CHECK(*wire::decode_profile(wire::encode_profile(profile)) == profile);
    Programme programme;
    programme.version = 3;
    programme.chain_name = "C";
    programme.expiry_rule = ExpiryRule::kYearEnd;
    CHECK(*wire::decode_programme(wire::encode_programme(programme)) == programme);
    programme.earn_minor = 0;
    CHECK_FALSE(wire::decode_programme(wire::encode_programme(programme)).has_value());
}

TEST_CASE("sealed: fields open for their member and key only, and the tag tells nothing without the key") {
    crypto::start();
    const crypto::Secret key = crypto::Secret::random(32);
    const crypto::Secret other = crypto::Secret::random(32);
    MemberId member, stranger;
    member.bytes[0] = 1;
    stranger.bytes[0] = 2;
    const PersonalFields fields{{Field::kName, "Li Lei"}, {Field::kPhone, "+8613800138000"}};
    const Bytes sealed = wire::seal_fields(key.view(), member, fields);
    CHECK(text_of(sealed).find("Li Lei") == std::string_view::npos);
    CHECK(*wire::open_fields(key.view(), member, sealed) == fields);
    CHECK(wire::open_fields(key.view(), stranger, sealed).error().code == Code::kDamaged);
    CHECK(wire::open_fields(other.view(), member, sealed).error().code == Code::kDamaged);
    CHECK(wire::open_profile(key.view(), member, sealed).error().code == Code::kDamaged);
    const auto tag = wire::identity_tag(key.view(), IdentityKind::kPhone, "+8613800138000");
    CHECK(tag == wire::identity_tag(key.view(), IdentityKind::kPhone, "+8613800138000"));
    CHECK(tag != wire::identity_tag(key.view(), IdentityKind::kCard, "+8613800138000"));
    CHECK(tag != wire::identity_tag(other.view(), IdentityKind::kPhone, "+8613800138000"));
}

TEST_CASE("messages: what version 2 added survives, and its lists are bounded") {
    const auto through = [](const wire::Message& message) {
        wire::FrameReader reader;
        const Bytes bytes = wire::encode_message(message);
        REQUIRE(reader.feed(bytes).has_value());
        const auto frame = reader.next();
        REQUIRE(frame.has_value());
        return wire::decode_message(frame->type, frame->payload);
    };
    domain::Epoch epoch;
    epoch.bytes.fill(4);
    wire::Hello hello;
    wire::IncidentReport report;
    report.kind = wire::IncidentKind::kOtherHistory;
    report.at_ms = -5;
    report.epoch = report.begun = epoch;
    report.log_seq = 7;
    report.seen_seq = 9;
    hello.incidents = {report};
    const auto heard = std::get<wire::Hello>(through(hello).value());
    REQUIRE(heard.incidents.size() == 1);
    CHECK(heard.incidents[0].kind == report.kind);
    CHECK(heard.incidents[0].begun == epoch);
    CHECK(heard.incidents[0].at_ms == -5);
    CHECK(heard.incidents[0].seen_seq == 9);
    hello.incidents.assign(wire::kIncidentReportsMax + 1, report);
    CHECK(!through(hello).has_value());
    hello.incidents.assign(wire::kIncidentReportsMax, report);
    CHECK(wire::encode_message(hello).size() < wire::kFirstFrameBytesMax);

    wire::Welcome welcome;
    welcome.other_chains = {{epoch, 12, Hash{}}};
    CHECK(std::get<wire::Welcome>(through(welcome).value()).other_chains.at(0).next_seq == 12);
    welcome.other_chains[0].next_seq = 0;
    CHECK(!through(welcome).has_value());
    welcome.other_chains.assign(wire::kOtherChainsMax + 1, {epoch, 12, Hash{}});
    CHECK(!through(welcome).has_value());

    wire::FeedPage page;
    page.covered_earlier = {{epoch, 3}};
    CHECK(std::get<wire::FeedPage>(through(page).value()).covered_earlier.at(0).seq == 3);
    page.covered_earlier.assign(wire::kOtherChainsMax + 1, {epoch, 3});
    CHECK(!through(page).has_value());

    CHECK(std::get<wire::OpsWant>(through(wire::OpsWant{epoch, 5}).value()).first_seq == 5);
    CHECK(!through(wire::OpsWant{epoch, 0}).has_value());
    CHECK(!through(wire::OpsWant{{}, 5}).has_value());
    wire::OpsReturn back{epoch, 5, {{Bytes{1}, Bytes{2}, {}}}};
    CHECK(std::get<wire::OpsReturn>(through(back).value()).ops.at(0).sealed == Bytes{2});
    back.ops.assign(wire::kOpsReturnMax + 1, {Bytes{1}, {}, {}});
    CHECK(!through(back).has_value());
    const wire::Refused refused{wire::Refusal::kBrokenChain, "branched", 77};
    CHECK(std::get<wire::Refused>(through(refused).value()).seq == 77);
}

TEST_CASE("messages: random payloads of every type never get a fault through") {
    SeededRandom random(support::seed() + 9);
    for (int round = 0; round < 20000; ++round) {
        Bytes noise(random.below(120));
        random.fill(noise);
        (void)wire::decode_message(static_cast<std::uint8_t>(random.below(16)), noise).has_value();
    }
    CHECK(wire::decode_message(200, {}).error().code == Code::kNewer);
}
