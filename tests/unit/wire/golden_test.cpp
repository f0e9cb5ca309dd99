// Golden logs: tests/golden/*.log hold operations as they were first written. Each folds to the same state for ever,
// its chain verifies, and the bytes re-encode to themselves. A new kind of operation adds a file; no file is ever
// changed. TALLY_GOLDEN_WRITE=<file> writes the log of this program's own history, once, when a new one is wanted.
#include "common/crypto/hash.h"
#include "common/crypto/seal.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "tests/support/book.h"
#include "tests/support/data.h"

#include <sstream>

using namespace tally;
using namespace tally::domain;

namespace {

std::string line_of(const Account& account) {
    std::ostringstream out;
    out << "account ops=" << account.folded_ops << " debt=" << account.debt << " earned=" << account.earned_total
        << " adjusted=" << account.adjusted_up_total << " reversed=" << account.reversed_total
        << " redeemed=" << account.redeemed_total << " spend=" << account.spend_minor << " bills=" << account.bills
        << " tier=" << account.tier << " waiting=" << account.waiting.size() << "\n";
    for (const Lot& lot : account.lots) {
        out << "lot " << lot.maker.seq << " expires=" << (lot.expires ? std::to_string(*lot.expires) : "never")
            << " issued=" << lot.issued << " free=" << lot.free << " redeemed=" << lot.redeemed
            << " expired=" << lot.expired << " taken=" << lot.taken << " netted=" << lot.netted
            << " reversed=" << lot.reversed << " amount=" << lot.amount_minor << " refunded=" << lot.refunded_minor
            << "\n";
    }
    return out.str();
}

std::string line_of(const Profile& profile) {
    std::ostringstream out;
    for (const auto& [field, value] : profile.fields)
        out << "field " << static_cast<int>(field) << " " << value.value << "\n";
    for (const Identity& identity : profile.identities)
        out << "identity " << static_cast<int>(identity.kind) << " " << identity.value << "\n";
    out << "consent news " << profile.has_consent("news") << "\nnotes " << profile.notes.size() << "\n";
    return out.str();
}

struct Log {
    Bytes key;
    std::vector<std::pair<Bytes, Bytes>> ops;  // bytes, sealed
    std::string head, expected;
};

Log read_log(const std::filesystem::path& path) {
    Log log;
    std::istringstream lines(support::slurp(path));
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        std::string kind, first, second;
        words >> kind >> first >> second;
        if (kind == "key")
            log.key = *from_hex(first);
        else if (kind == "op")
            log.ops.emplace_back(*from_hex(first), second.empty() ? Bytes() : *from_hex(second));
        else if (kind == "head")
            log.head = first;
        else
            log.expected += line + "\n";
    }
    return log;
}

void write_log(const std::string& path) {
    crypto::start();
    const crypto::Secret key = crypto::Secret::random(crypto::kMemberKeyBytes);
    support::Book book;
    std::ostringstream out;
    out << "# one member's operations: bytes, then sealed fields; the chain's head; the state they fold to\nkey "
        << to_hex(key.view()) << "\n";
    Hash head;
    Account account;
    Profile profile;
    std::uint64_t seq = 0;
    const auto add = [&](Day day, Body body, const PersonalFields& fields = {}) {
        Op op = book.op(day, std::move(body));
        op.id.seq = ++seq;
        op.previous_hash = head;
        Bytes sealed;
        if (!fields.empty()) {
            sealed = wire::seal_fields(key.view(), op.member, fields);
            op.sealed_hash = crypto::hash_of(sealed);
        }
        const Bytes bytes = wire::encode_op(op);
        head = crypto::hash_of(bytes);
        REQUIRE(fold(account, op).has_value());
        fold_profile(profile, op, fields, op.at.ms());
        out << "op " << to_hex(bytes) << " " << to_hex(sealed) << "\n";
        return op.id;
    };
    const Day day = day_of_civil(2026, 11, 22);
    Presented phone{IdentityKind::kPhone, wire::identity_tag(key.view(), IdentityKind::kPhone, "+8613800138000")};
    add(day, Register{"store", day, "Silver", {phone}},
        {{Field::kName, "\xE6\x9D\x8E\xE9\x9B\xB7"},
         {Field::kPhone, "+8613800138000"},
         {Field::kBirthday, "1990-02-28"}});
    add(day, Consent{"news", true, "v1", "store", {}});
    const OpId first = add(day, Earn{{"1001", "", 0},
                                     12'345,
                                     12'000,
                                     {{"sku1", "tea", 2000, 345, true, 0}, {"sku2", "cake", 1000, 12'000, false, 120}},
                                     "Silver",
                                     0,
                                     true,
                                     120,
                                     day + 30,
                                     {},
                                     false});
    add(day + 1, Earn{{"1002", "2", 1}, 5'000, 5'000, {}, "Silver", 0, false, 50, {}, {}, false});
    const OpId spent = add(day + 2, Redeem{{"1003", "", 0}, 100, 1'000, 9'000, 170, {{first, 100}}, true});
    add(day + 3, Adjust{25, AdjustReason::kGoodwill, day + 10}, {{Field::kReason, "late delivery"}});
    add(day + 3, Adjust{-5, AdjustReason::kCorrection, {}}, {{Field::kReason, "typing error"}});
    add(day + 4, Reverse{first, "", "", {"1004", "", 0}, true, 6'000, 58});
    add(day + 4, Reverse{spent, "", "", {}, false, 0, 40});
    add(day + 5, Reverse{{}, "S9", "7001", {"1005", "", 0}, true, 1'000, 0});
    add(day + 5, Reverse{{}, "", "", {"1006", "", 0}, true, 700, 7});
    add(day + 6, ProfileEdit{{Field::kName, Field::kEmail}},
        {{Field::kName, "\xE6\x9D\x8E\xE9\x9B\xB7\xF0\xA0\x80\x80"}, {Field::kEmail, "li@example.com"}});
    add(day + 6,
        IdentityBind{{IdentityKind::kCard, wire::identity_tag(key.view(), IdentityKind::kCard, "C001")},
                     true,
                     Verification::kDocument,
                     day + 6},
        {{Field::kIdentity, "C001"}});
    add(day + 6, Note{}, {{Field::kNote, "prefers paper receipts"}});
    out << "head " << head.hex() << "\n" << line_of(account) << line_of(profile);
    std::ofstream(path) << out.str();
}

}  // namespace

TEST_CASE("golden: every kept log verifies and folds to the state it folded to when it was written") {
    if (const char* path = std::getenv("TALLY_GOLDEN_WRITE")) write_log(path);
    int logs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(support::repository() / "tests/golden")) {
        if (entry.path().extension() != ".log") continue;
        CAPTURE(entry.path().filename().string());
        const Log log = read_log(entry.path());
        Hash head;
        Account account;
        Profile profile;
        for (const auto& [bytes, sealed] : log.ops) {
            const auto op = wire::decode_op(bytes);
            REQUIRE(op.has_value());
            CHECK(wire::encode_op(*op) == bytes);
            CHECK(op->previous_hash == head);
            head = crypto::hash_of(bytes);
            PersonalFields fields;
            if (!sealed.empty()) {
                CHECK(crypto::hash_of(sealed) == op->sealed_hash);
                const auto opened = wire::open_fields(log.key, op->member, sealed);
                REQUIRE(opened.has_value());
                fields = *opened;
            }
            REQUIRE(fold(account, *op).has_value());
            fold_profile(profile, *op, fields, op->at.ms());
        }
        CHECK(head.hex() == log.head);
        CHECK(line_of(account) + line_of(profile) == log.expected);
        ++logs;
    }
    CHECK(logs >= 1);
}
