// A headquarters on an encrypted database in a temporary folder, and terminals that write their own chains by hand, so
// that they can be made to lie. Tests only.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "common/crypto/hash.h"
#include "common/domain/till_rules.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/intake.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "tests/support/temp_dir.h"

namespace tally::test {

using namespace tally::domain;

inline constexpr std::int64_t kNoon_ms = 1'700'000'000'000;  // 2023-11-14 22:13:20 UTC
inline constexpr Day kToday = 19'676;                        // that day's date in Shanghai is 2023-11-15

inline std::uint64_t seed_of_run() {
    const char* given = std::getenv("TALLY_SEED");
    const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : 20261122;
    MESSAGE("TALLY_SEED=" << seed);
    return seed;
}

template <class T>
T must(Result<T> result) {
    if (!result) FAIL(to_string(result.error()));
    return std::move(result).value();
}
inline void must(Status status) {
    if (!status) FAIL(to_string(status.error()));
}

using TemporaryFolder = support::TempDir;

// Takes schema 7 off a database, for tests that make one of an earlier schema.
inline constexpr std::string_view kWithoutSchema7 =
    "DROP INDEX conflict_other; ALTER TABLE conflict DROP COLUMN other_terminal;"
    "ALTER TABLE conflict DROP COLUMN other_epoch; ALTER TABLE conflict DROP COLUMN other_seq;"
    "DROP TABLE verdict; DROP TABLE seen;";

inline Programme plain_programme() {
    Programme programme;
    programme.chain_name = "Test chain";
    return programme;
}

struct Hq {
    TemporaryFolder folder;
    crypto::Secret key = crypto::Secret::random(32);
    crypto::Device device = crypto::Device::create();
    std::unique_ptr<storage::SqliteLedgerStore> store;
    std::unique_ptr<intake::Intake> intake;
    std::int64_t now_ms = kNoon_ms;

    explicit Hq(const Programme& programme = plain_programme()) {
        crypto::start();
        intake::HqRow row;
        crypto::SystemRandom random;
        random.fill(row.incarnation.bytes);
        random.fill(row.own_epoch.bytes);
        const crypto::Device root = crypto::Device::create();
        row.root_key = root.public_key();
        row.certificate = root.sign(intake::kHqKeyContext, device.public_key().view());
        store = must(storage::SqliteLedgerStore::create(path(), key, row, device));
        intake = std::make_unique<intake::Intake>(*store, device);
        must(intake->publish(programme, now_ms));
    }
    std::string path() const { return folder / "hq.db"; }
    // Another connection on the same database, as another process would have.
    std::unique_ptr<storage::SqliteLedgerStore> other_connection() {
        return must(storage::SqliteLedgerStore::open(path(), key));
    }
    void reopen() {
        intake.reset();
        store.reset();
        store = must(storage::SqliteLedgerStore::open(path(), key));
        intake = std::make_unique<intake::Intake>(*store, device);
    }
    void exec(std::string_view sql) { must(store->db().exec(sql)); }
    std::int64_t count(const std::string& table) {
        return must(store->db().query_int64("SELECT count(*) FROM " + table));
    }
    Bytes add_ticket(const std::string& code, const std::string& name) {
        const crypto::Secret secret = crypto::Secret::random(16);
        const Bytes out(secret.view().begin(), secret.view().end());
        auto scope = must(intake::WriteScope::begin(*store));
        must(store->add_ticket({crypto::hash_of(out), code, name, now_ms + 3'600'000, 0}));
        must(scope.commit());
        return out;
    }
    intake::PushAnswer commit(intake::PreparedPush push) {
        auto answers = must(intake->commit(std::span(&push, 1), now_ms));
        REQUIRE(answers.size() == 1);
        return answers.front();
    }
    Account account(const MemberId& member) {
        const auto row = must(store->member(member));
        REQUIRE(row.has_value());
        return must(wire::decode_account(row->account));
    }
    StoreDay store_day(const std::string& code, Day day) {
        const auto row = must(store->store_day(code, day));
        return row ? row->totals : StoreDay{};
    }
};

struct Terminal {
    Hq& hq;
    crypto::Device device = crypto::Device::create();
    TerminalId id = 0;
    std::string store;
    Epoch epoch;
    std::uint64_t next_seq = 1;
    Hash head;
    Epoch previous_epoch;
    std::vector<wire::PushedOp> log;
    std::vector<Hash> hashes;
    std::map<MemberId, crypto::Secret> keys;
    std::uint64_t programme_version = 1;
    std::string over_limit;  // the till's own mark on what it writes

    Terminal(Hq& hq_in, std::string code) : hq(hq_in), store(std::move(code)) {
        new_epoch();
        wire::Enrol enrol{{wire::kProtocolVersion}, hq.add_ticket(store, "Store " + store), "test"};
        const auto answer = must(hq.intake->enrol(device.public_key(), enrol, hq.now_ms));
        REQUIRE(std::holds_alternative<wire::Enrolled>(answer));
        id = std::get<wire::Enrolled>(answer).terminal;
    }
    void new_epoch() {
        previous_epoch = epoch;
        crypto::SystemRandom random;
        random.fill(epoch.bytes);
        next_seq = 1;
        log.clear();
        hashes.clear();
    }
    OpId next_id() const { return {id, epoch, next_seq}; }
    crypto::KeyWrap wrap() const { return must(crypto::KeyWrap::between(device, hq.device.public_key())); }

    // Appends an operation to this terminal's own chain; nothing is sent.
    OpId write(const MemberId& member, Body body, const PersonalFields& fields = {}, Day day = kToday) {
        Op op;
        op.id = next_id();
        op.previous_hash = head;
        if (next_seq == 1) op.previous_epoch = previous_epoch;
        op.at = Hlc::of(hq.now_ms, 0);
        op.business_day = day;
        op.store = store;
        op.member = member;
        op.programme_version = programme_version;
        op.over_limit = over_limit;
        op.body = std::move(body);
        wire::PushedOp pushed;
        if (!fields.empty()) {
            auto key = keys.find(member);
            if (key == keys.end()) key = keys.emplace(member, crypto::Secret::random(crypto::kMemberKeyBytes)).first;
            pushed.sealed = wire::seal_fields(key->second.view(), member, fields);
            pushed.wrapped_key = wrap().wrap(key->second.view());
            op.sealed_hash = crypto::hash_of(pushed.sealed);
        }
        must(check_op(op));
        pushed.bytes = wire::encode_op(op);
        head = crypto::hash_of(pushed.bytes);
        log.push_back(std::move(pushed));
        hashes.push_back(head);
        next_seq += 1;
        return op.id;
    }
    OpId earn(const MemberId& member, Minor amount, const std::string& bill_no = {}, Day day = kToday) {
        Earn body;
        body.bill.bill_no = bill_no.empty() ? store + "-" + std::to_string(next_seq) : bill_no;
        body.amount_minor = body.eligible_minor = amount;
        body.points = amount / 100;
        return write(member, body, {}, day);
    }
    OpId redeem(const MemberId& member, Points points, Minor value) {
        Redeem body;
        body.points = points;
        body.value_minor = value;
        return write(member, body);
    }
    OpId refund(const MemberId& member, const std::string& of_bill, Minor amount) {
        Reverse body;
        body.target_bill_no = of_bill;
        body.amount_minor = amount;
        return write(member, body);
    }
    wire::Push batch(std::uint64_t first_seq, std::uint64_t count) const {
        wire::Push push;
        push.epoch = epoch;
        push.first_seq = first_seq;
        push.ops.assign(log.begin() + first_seq - 1, log.begin() + first_seq - 1 + count);
        const OpId last{id, epoch, first_seq + count - 1};
        push.signature =
            device.sign(wire::kChainHeadContext, wire::chain_head_text(last, hashes[first_seq + count - 2]));
        return push;
    }
    intake::PreparedPush prepared(std::uint64_t first_seq, std::uint64_t count) const {
        auto out = intake::prepare_push(id, device.public_key(), batch(first_seq, count));
        if (auto* refused = std::get_if<wire::Refused>(&out)) FAIL(refused->text);
        return std::get<intake::PreparedPush>(std::move(out));
    }
    intake::PushAnswer push(std::uint64_t first_seq, std::uint64_t count) {
        return hq.commit(prepared(first_seq, count));
    }
    // Pushes what HQ has not acknowledged yet; every outcome of it.
    std::map<std::uint64_t, wire::OpOutcome> push_all(std::uint64_t from = 0) {
        if (from == 0) from = acknowledged + 1;
        const auto answer = push(from, next_seq - from).answer;
        if (const auto* refused = std::get_if<wire::Refused>(&answer)) FAIL(refused->text);
        const auto& ack = std::get<wire::Ack>(answer);
        CHECK(ack.epoch == epoch);
        CHECK(ack.through_seq == next_seq - 1);
        acknowledged = ack.through_seq;
        std::map<std::uint64_t, wire::OpOutcome> out;
        for (const wire::OpOutcome& outcome : ack.not_simply_accepted) out[outcome.seq] = outcome;
        return out;
    }
    std::uint64_t acknowledged = 0;

    wire::Hello hello() const {
        wire::Hello out;
        out.versions = {wire::kProtocolVersion};
        out.terminal = id;
        out.epoch = epoch;
        out.next_seq = next_seq;
        out.head = head;
        out.software = "test";
        return out;
    }
    intake::Session session() const { return {id, device.public_key(), epoch, 0}; }
};

inline MemberId member_number(std::uint64_t n) {
    MemberId member;
    for (int i = 0; i < 8; ++i) member.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    member.bytes[6] = 0x70;
    member.bytes[8] = 0x80;
    return member;
}

// What a terminal that applies pages holds: the newest states, byte by byte.
struct Follower {
    Terminal* terminal;
    std::uint64_t cursor = 0;
    std::map<MemberId, Bytes> accounts;
    std::map<MemberId, Bytes> profiles;  // opened and encoded again
    std::map<std::pair<std::string, Day>, StoreDay> days;
    std::vector<wire::OpOutcome> notices;
    std::optional<wire::SignedProgramme> programme;
    std::uint64_t covered_seq = 0;
    int pages = 0;

    // One page; false when it had caught up.
    bool step(const intake::PageLimits& limits) {
        Hq& hq = terminal->hq;
        const auto page = must(hq.intake->page(terminal->session(), cursor, limits, hq.now_ms));
        CHECK(page.from == cursor);
        CHECK(page.to <= page.as_of);
        const auto wrap = terminal->wrap();
        for (const auto& change : page.members) {
            accounts[change.member] = change.account;
            if (change.sealed_profile.empty()) {
                CHECK(change.wrapped_key.empty());
                continue;
            }
            const auto key = must(wrap.open(change.wrapped_key));
            profiles[change.member] =
                wire::encode_profile(must(wire::open_profile(key, change.member, change.sealed_profile)));
        }
        for (const auto& change : page.stores) days[{change.store, change.day}] = change.totals;
        notices.insert(notices.end(), page.notices.begin(), page.notices.end());
        if (page.programme) programme = page.programme;
        covered_seq = page.covered_seq;
        const bool moved = page.to > cursor;
        cursor = page.to;
        pages += moved;
        return moved;
    }
    void catch_up(const intake::PageLimits& limits = {}) {
        while (step(limits)) {
        }
    }
};

}  // namespace tally::test
