// Headquarters' decisions about what arrives: who may speak, whether a chain holds, what an operation does, what a
// terminal gets to see. Pure over LedgerStore (ledger_store.h): no clock, no network, no SQL. Used on the storage
// thread only, except prepare_push, which is pure and runs on the session's thread.
#pragma once

#include <span>
#include <variant>

#include "common/domain/programme.h"
#include "common/wire/messages.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

// A push after the costly checks that need no storage: decoded, hashed, linked inside, head signature good.
struct PreparedPush {
    domain::TerminalId terminal = 0;
    domain::Epoch epoch;
    std::uint64_t first_seq = 1;
    Hash previous_hash;  // that the first operation names
    std::vector<domain::Op> ops;
    std::vector<Hash> hashes;
    std::vector<wire::PushedOp> raw;
    crypto::Signature signature;
};
// kRefused with a Refusal: bad grammar, ids that are not this terminal's or not consecutive, a broken link, a bad
// signature.
std::variant<PreparedPush, wire::Refused> prepare_push(domain::TerminalId terminal, const crypto::PublicKey& device,
                                                       wire::Push push);

struct Session {  // of a terminal whose Hello was accepted
    domain::TerminalId terminal = 0;
    crypto::PublicKey device;
    domain::Epoch epoch;
    std::uint64_t cursor = 0;  // start of its feed (0 when its incarnation was another)
};
struct HelloAnswer {
    std::variant<wire::Welcome, wire::Refused> answer;
    Session session;      // when welcomed
    std::string alarm{};  // not empty: a person must look at headquarters itself; for the log
};

struct PushAnswer {
    std::variant<wire::Ack, wire::Refused> answer;
};

struct LeaseAsk {  // of an open session
    Session session;
    wire::LeaseWant want;
};
struct LeaseAnswer {
    std::variant<wire::LeaseState, wire::Refused> answer;
};
// For a terminal that holds what another wants, where it is connected in the epoch of `state.page.covered_epoch`.
struct Recall {
    domain::TerminalId terminal = 0;
    wire::LeaseState state;
};
struct GroupAnswer {
    std::vector<PushAnswer> pushes;   // in their order
    std::vector<LeaseAnswer> leases;  // in the order of the wants
    std::vector<Recall> recalls;
};

struct PageLimits {
    std::size_t changes_max = 500;
    std::size_t bytes_max = 1 << 20;
};

class Intake {
  public:
    // `hq` is HQ's working device: signs programmes and its own chain, wraps member keys.
    Intake(LedgerStore& store, const crypto::Device& hq);
    ~Intake();

    Result<HelloAnswer> hello(const crypto::PublicKey& device, const wire::Hello& hello, std::int64_t now_ms);
    Result<std::variant<wire::Enrolled, wire::Refused>> enrol(const crypto::PublicKey& device, const wire::Enrol& enrol,
                                                              std::int64_t now_ms);

    // Remembers who is on the line and since when who is not; written with the next transaction, or here where the last
    // one is some seconds old, or `at_once`. An error (a full disk, say) loses nothing but the freshness.
    Status note_contacts(std::span<const ContactRow> contacts, std::int64_t now_ms, bool at_once = false);

    // Why this device may not speak (unknown, revoked, quarantined); empty while it may.
    Result<std::optional<wire::Refused>> refusal_of(const crypto::PublicKey& device);

    // Commits all of `pushes` (from any terminals, each terminal's in its order) in one transaction and answers each. A
    // duplicate is acknowledged again without a second effect; a push that does not follow its chain's head is refused;
    // the others go on. On a storage error nothing was committed and the error is everybody's.
    //
    // Then come `wants`, in the same transaction: each is granted in whole, by an operation of HQ's own, or not at all
    // (leases.h), and answered with the member's state as it is then. And where the programme leases in advance, the
    // store of each member who shopped gets its part.
    Result<GroupAnswer> commit(std::span<PreparedPush> pushes, std::span<const LeaseAsk> wants, std::int64_t now_ms);
    Result<std::vector<PushAnswer>> commit(std::span<PreparedPush> pushes, std::int64_t now_ms);

    // The next page of a terminal's feed after `cursor`; an empty page (to == cursor) means nothing changed. The states
    // are read in one snapshot. kRefused: the terminal has been revoked or quarantined meanwhile.
    Result<wire::FeedPage> page(const Session& session, std::uint64_t cursor, const PageLimits& limits,
                                std::int64_t now_ms);

    // What HQ holds of the terminal's own operations, for a terminal that lost them: at most kOpsReturnMax from
    // `want.first_seq` on; none where it holds none.
    Result<wire::OpsReturn> give_back(const Session& session, const wire::OpsWant& want);

    // HQ's own operations (import, expire, changes of tier): completed with HQ's chain, folded and stored like a
    // terminal's.
    struct OwnOp {
        domain::Op op;  // id, previous hash and sealed hash are filled in
        domain::PersonalFields fields;
        // The row of another system that it came from: remembered in the same transaction (LedgerStore::imported).
        struct ImportKey {
            Hash key, content;
        };
        std::optional<ImportKey> imported;
        Bytes sealed{};     // of a release: what its operation was sent with, as it was; instead of fields
        std::string why{};  // of a release: a person's reason

        static OwnOp of(const domain::MemberId& member, Day business_day, domain::Body body) {
            OwnOp out;
            out.op.member = member;
            out.op.business_day = business_day;
            out.op.body = std::move(body);
            return out;
        }
    };
    Result<std::vector<domain::Folded>> append_own(std::span<OwnOp> ops, std::int64_t now_ms);

    // Coupons that a person gives: `count` of one template to each of `members`, in one transaction. Each is judged as
    // the account stands in it, so what another process issued meanwhile counts. With a `batch`, a member has each of
    // the batch's `count` once, however often this is called. kNotFound: no such template.
    struct HandOut {
        std::string template_id;
        std::string batch;  // its name; empty: as often as it is asked for
        std::uint32_t count = 1;
    };
    struct HandedOut {
        std::vector<domain::CouponId> coupons;  // in the order of the members
        std::uint64_t members = 0;              // that got any
    };
    Result<HandedOut> issue_by_hand(const HandOut& what, std::span<const domain::MemberId> members,
                                    std::int64_t now_ms);

    // A person frees what a silent holder has of this member: of `epoch`, or of all its epochs. What the holder
    // redeemed of it all the same is the chain's loss. Judged inside the transaction: how much it was. kNotFound: it
    // holds nothing.
    struct WriteOff {
        domain::TerminalId terminal = 0;
        std::optional<domain::Epoch> epoch;
        domain::MemberId member;
        std::uint32_t by = 0;  // staff
        std::string reason;
    };
    Result<domain::Points> write_off(const WriteOff& what, std::int64_t now_ms);

    // What a person decides of a conflict, once (verdict.cpp). kRelease, kReject: of one whose operation is held;
    // kSeen: of any other. A release is judged as of now, and written only where the operation then counts. kNotFound:
    // no such conflict, or branch; kRefused: decided before, not to be decided so, or it would not count, and why.
    enum class Choice : std::uint8_t { kRelease, kReject, kSeen };
    struct Word {
        Choice choice = Choice::kSeen;
        std::uint32_t by = 0;  // staff
        std::string why;       // at most kWhyBytesMax
    };
    // What a release came to; nothing of the others.
    Result<std::optional<domain::Folded>> decide(std::uint64_t conflict, const Word& word, std::int64_t now_ms);
    // The same of an operation that was kept as a branch, by its hash.
    Result<std::optional<domain::Folded>> decide_branch(const Hash& hash, const Word& word, std::int64_t now_ms);

    // R10, after headquarters was put back from an older copy: takes another incarnation, so that every terminal
    // fetches all states anew and pushes again what is lacking, and another epoch of HQ's own chain, since operations
    // of the old one that are lost here may be known elsewhere. The new epoch's first operation will name the old one
    // and its head. Both names are new, from the caller's randomness: else kInvalid. While nobody serves.
    struct Renewal {
        wire::Incarnation incarnation_before;
        domain::Epoch epoch_before;
        std::uint64_t own_operations = 0;  // that are here, of all epochs
        std::uint64_t head = 0;
    };
    Result<Renewal> begin_again(const wire::Incarnation& incarnation, const domain::Epoch& own_epoch);

    // Issues `programme` as the next version (its `version` is filled in), signed; it takes a position of its own.
    // kInvalid.
    Result<std::uint64_t> publish(domain::Programme programme, std::int64_t now_ms);
    Result<domain::Programme> programme();  // the newest

    // Writes `expire` for free points of lots past their date in the chain's zone, the changes of tier that are due
    // (all members are looked at once after the programme's tiers changed) and the coupons of birthdays and
    // anniversaries (all members once a day, where the programme gives such; who has a profile that does not open is
    // left out of these alone): one transaction over at most `members_max` members
    // after member number `after` (0: from the start), where all are looked at over a tenth of that, since each is then
    // decoded and written. Call until `next` is 0, at each change of day.
    struct ExpireStep {
        std::uint64_t next = 0;  // give this as `after`; 0: done
        std::uint64_t written = 0;
        std::uint64_t unopened = 0;  // members whose birthday nobody knows, because their profile does not open
    };
    Result<ExpireStep> expire(std::uint64_t after, std::size_t members_max, std::int64_t now_ms);
    // All of it, and how many operations were written. Long for a large chain: for commands, not for a server's thread.
    Result<std::uint64_t> expire_all(std::int64_t now_ms);
    Result<Day> today(std::int64_t now_ms);  // in the chain's zone

    // The last position; cheap. A server asks it to learn of what another process (import, programme) committed.
    Result<std::uint64_t> feed_head();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tally::intake
