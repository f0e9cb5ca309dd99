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

// What only operations of the later kinds leave: nothing for a log that has none.
std::string line_of_benefits(const Account& account) {
    std::ostringstream out;
    const auto day_of = [](std::optional<Day> day) { return day ? std::to_string(*day) : "none"; };
    if (account.bonus_total + account.opening_total + account.given_back_total > 0)
        out << "issued bonus=" << account.bonus_total << " opening=" << account.opening_total
            << " given_back=" << account.given_back_total << "\n";
    if (account.standing != TierStanding{})
        out << "standing since=" << day_of(account.standing.since) << " through=" << day_of(account.standing.through)
            << " floor=" << account.standing.floor << " floor_through=" << day_of(account.standing.floor_through)
            << "\n";
    for (const RuleUse& use : account.uses)
        out << "use " << use.rule << " total=" << use.total << " day=" << use.day << " on_day=" << use.on_day
            << " times=" << use.times << "\n";
    for (const OnceKey& once : account.once)
        out << "once " << once.rule << " " << once.key << " " << once.op.seq << "\n";
    for (const Coupon& coupon : account.coupons)
        out << "coupon " << coupon.id.hex() << " " << coupon.template_id << " state=" << static_cast<int>(coupon.state)
            << " through=" << day_of(coupon.valid_through) << " reserved=" << coupon.reserved_by
            << " redeemed=" << coupon.redeemed_by.seq << " discount=" << coupon.discount_minor << "\n";
    return out.str();
}

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
            << " reversed=" << lot.reversed << " amount=" << lot.amount_minor << " refunded=" << lot.refunded_minor;
        if (lot.source > LotSource::kAdjustment) out << " source=" << static_cast<int>(lot.source) << " " << lot.rule;
        if (lot.unlocks) out << " unlocks=" << *lot.unlocks;
        for (const EarnPart& part : lot.parts) out << " part=" << part.rule << ":" << part.points;
        if (lot.minute != 0) out << " day=" << lot.day << " minute=" << lot.minute;
        out << "\n";
    }
    return out.str() + line_of_benefits(account);
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
    Op op;
    Bytes bytes;
    const auto add = [&](Day day, Body body, const PersonalFields& fields = {}, const std::string& over_limit = "") {
        op = book.op(day, std::move(body));
        op.over_limit = over_limit;
        op.id.seq = ++seq;
        op.previous_hash = head;
        Bytes sealed;
        if (!fields.empty()) {
            sealed = wire::seal_fields(key.view(), op.member, fields);
            op.sealed_hash = crypto::hash_of(sealed);
        }
        bytes = wire::encode_op(op);
        head = crypto::hash_of(bytes);
        REQUIRE(fold(account, op).has_value());
        fold_profile(profile, op, fields, op.at.ms());
        out << "op " << to_hex(bytes) << " " << to_hex(sealed) << "\n";
        return op.id;
    };
    book.terminal = kHqTerminal;  // one chain with what only headquarters may write
    const Day day = day_of_civil(2026, 11, 22);
    const auto coupon = [](std::uint8_t number) {
        CouponId id;
        id.bytes[0] = 1, id.bytes[15] = number;
        return id;
    };
    add(day, Register{"import", day - 400, "", {}}, {{Field::kName, "\xE6\x9D\x8E\xE9\x9B\xB7"}});
    add(day, OpeningBalance{500, day - 90, day + 60});
    const OpId welcome = add(day, Bonus{"welcome", "", 200, day + 365, day + 2, 0, 0});
    add(day, Bonus{"welcome", "", 200, day + 365, day + 2, 0, 200});  // once only
    Earn earn{{"2001", "T1", 0}, 20'000, 18'000, {}, "basic", 0, true, 300, day + 30, day + 7, false};
    earn.lines = {{"sku1", "tea", 2000, 12'000, false, 200}, {"sku2", "cake", 1000, 8'000, false, 100}};
    earn.minute = 1'110;
    earn.channel = "web";
    earn.occasions = 1u << 1 | 1u << 5;
    earn.segments = {"new"};
    earn.paid_with_points_minor = 2'000;
    earn.parts = {{"", 180, 0, 0}, {"tea-days", 120, 0, 0}};
    const OpId sale = add(day + 1, earn);
    Earn late{{"1990", "T1", 0}, 3'000, 3'000, {}, "basic", 300, false, 30, day + 30, {}, false};
    late.late_for = day - 2;
    late.parts = {{"", 20, 300, 0}, {"tea-days", 10, 120, 120}};
    add(day + 1, late);
    add(day + 1, TierChange{"silver", TierCause::kUpgrade, 23'000, day + 366});
    add(day + 1, CouponIssue{coupon(1), "gift", CouponCause::kTierGift, "silver", {}, day + 1, day + 31});
    add(day + 1, CouponIssue{coupon(2), "gift", CouponCause::kTierGift, "silver", {}, day + 1, day + 31});  // once
    add(day + 1, CouponIssue{coupon(3), "next", CouponCause::kNextOrder, "", sale, day + 2, {}});
    add(day + 2, CouponReserve{coupon(1), 5'000});
    earn = {{"2002", "T1", 0}, 9'000, 9'000, {}, "silver", 0, false, 90, day + 32, {}, false};
    const OpId second = add(day + 2, earn);
    add(day + 2, CouponRedeem{coupon(1), {"2002", "T1", 0}, 10'000, 1'000, true});
    add(day + 2, CouponVoid{coupon(3), false});
    Redeem cup{{"2003", "T1", 0}, 400, 0, 9'000, 760, {}, false};
    cup.reward = "cup";
    cup.count = 4;
    const OpId spent = add(day + 3, cup);
    add(day + 4, Reverse{second, "", "", {"2004", "T1", 0}, true, 9'000, 90});  // gives the coupon back
    add(day + 5, TierChange{"gold", TierCause::kManual, 0, day + 100}, {{Field::kReason, "a guest of the house"}});
    add(day + 6, Adjust{-10, AdjustReason::kCorrection, {}, "typing"}, {{Field::kReason, "typing error"}});
    Reverse graced{spent, "", "", {}, false, 0, 300, day + 80};
    add(day + 70, graced);  // the opening balance has expired meanwhile
    add(day + 70, Reverse{welcome, "", "", {}, false, 0, 50});
    add(day + 71, TierChange{"", TierCause::kManualEnd, 0, {}});
    add(day + 400, TierChange{"basic", TierCause::kDowngrade, 0, {}});
    add(day + 401, Expire{due_to_expire(account, day + 401)});
    earn = {{"2005", "T1", 0}, 6'000, 6'000, {}, "basic", 0, false, 60, day + 500, {}, false};
    add(day + 402, earn, {}, "bills_hour");
    const Release release{bytes, std::make_shared<const Op>(op), false};
    add(day + 402, Reverse{op.id, "", "", {"2006", "T1", 0}, true, 2'000, 20});  // waits for it
    add(day + 403, release);
    Op branch = book.op(day + 402, Bonus{"event", "", 5, day + 500, {}, 0, 0});
    branch.id.seq = 1;
    add(day + 404, Release{wire::encode_op(branch), std::make_shared<const Op>(branch), true});
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
