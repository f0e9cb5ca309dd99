// What an Intake holds between calls: caches over the store, all of them droppable at any time. Internal to this
// folder.
#pragma once

#include <map>
#include <unordered_map>

#include "hq-server/intake/held.h"
#include "hq-server/intake/intake.h"
#include "hq-server/intake/leases.h"
#include "hq-server/intake/ledger_work.h"

namespace tally::intake {

struct Intake::State {
    State(LedgerStore& store_in, const crypto::Device& hq_in) : store(store_in), hq(hq_in), cache(store_in) {}

    LedgerStore& store;
    const crypto::Device& hq;
    MemberCache cache;
    std::unordered_map<domain::TerminalId, DeviceRow> devices;
    std::unordered_map<domain::TerminalId, crypto::KeyWrap> wraps;
    std::unordered_map<domain::TerminalId, domain::Epoch> newest_epochs;  // whose first operation came last; zero: none
    std::optional<std::map<std::string, std::vector<domain::TerminalId>>> tills;  // active ones, by store
    std::map<std::uint64_t, domain::Programme> programmes;                        // by version: they never change
    std::optional<ProgrammeRow> newest;
    std::optional<HqRow> hq_row;
    std::optional<TimeZone> zone;  // of the newest programme
    std::optional<std::int64_t> version_seen;
    domain::Hlc own_hlc;
    std::map<domain::TerminalId, ContactRow> contacts;  // not written yet
    std::optional<std::uint64_t> walk_version;          // of a walk over all members that is under way: see expire()
    std::optional<Day> walk_day;                        // likewise, of a walk for the coupons of this day
    std::int64_t contacts_written_ms = INT64_MIN / 2;
    bool connections_forgotten = false;  // those of a server before this one

    void forget();
    // Drops the caches when another process committed. Inside a transaction, or before one that only reads.
    Status refresh();
    Result<const HqRow*> hq_identity();
    Result<const DeviceRow*> device(domain::TerminalId terminal);  // null: unknown
    void forget_device(domain::TerminalId terminal);               // its row changes
    Result<const crypto::KeyWrap*> wrap_for(const DeviceRow& device);
    Result<const domain::Programme*> programme(std::uint64_t version);  // null: never issued
    Result<const ProgrammeRow*> newest_programme();                     // null: none yet
    Result<const domain::Programme*> tiered_programme();                // the newest where it has tiers, else null
    Status use_budgets(LedgerWork& work);                               // of the newest programme
    Result<Day> today(std::int64_t now_ms);
    Status write_contacts(std::int64_t now_ms);
    // The same in a transaction of its own, unless the last one was just now.
    Status flush_contacts(std::int64_t now_ms);
    // Puts on record what a Hello reports and what it shows; writes only what is new. `follower`: see follower_of.
    Status note_incidents(const wire::Hello& hello, const std::optional<ChainRow>& chain, const ChainRow* follower,
                          std::int64_t now_ms);
    Status quarantine(domain::TerminalId terminal, const std::string& reason, std::int64_t now_ms);

    // commit.cpp
    Result<PushAnswer> accept_push(LedgerWork& work, PreparedPush& push, std::int64_t now_ms);
    Result<wire::Refused> keep_branch(const PreparedPush& push, std::size_t from, std::string reason,
                                      std::int64_t now_ms);
    Status accept_new(LedgerWork& work, PreparedPush& push, std::size_t from, const DeviceRow& device, wire::Ack& ack);

    struct OwnWork;  // own_work.h

    // page.cpp: which of the session's own operations the states read now have folded in.
    Status cover(wire::FeedPage& page, const Session& session);

    // grant.cpp
    Result<domain::Epoch> newest_epoch(domain::TerminalId terminal);  // zero: it never pushed
    Result<std::vector<Holder>> tills_of(const std::string& store, const Holder& first);
    // Of holders whose epoch is superseded nothing comes back by asking.
    Result<std::vector<Holder>> reachable(std::vector<Holder> holders);
    using Recalls = std::map<std::pair<domain::TerminalId, domain::MemberId>, domain::Epoch>;
    Status grant_wanted(LedgerWork& work, std::optional<OwnWork>& own, const LeaseAsk& ask, Recalls& recalls,
                        std::int64_t now_ms);
    Status grant_in_advance(LedgerWork& work, std::optional<OwnWork>& own, Recalls& recalls, std::int64_t now_ms);
    Result<wire::LeaseState> lease_state(const Session& session, const domain::MemberId& member, std::int64_t now_ms);
    // After the flush: what was decided, as messages.
    Result<LeaseAnswer> lease_answer(const LeaseAsk& ask, std::int64_t now_ms);
    Status tell_recalls(const Recalls& recalls, std::vector<Recall>& out, std::int64_t now_ms);

    // own_chain.cpp
    // `own` is begun by the first operation of a transaction.
    Result<domain::Folded> add_own(LedgerWork& work, std::optional<OwnWork>& own, OwnOp in, std::int64_t now_ms);
    Status finish_own(LedgerWork& work, std::optional<OwnWork>& own);

    // verdict.cpp
    Result<std::optional<domain::Folded>> rule(LedgerWork& work, std::optional<OwnWork>& own, const HeldOp& held,
                                               const Word& word, std::int64_t now_ms);

    // due.cpp
    Status use_tiers(LedgerWork& work, std::int64_t now_ms);
    // Writes the tier changes that this transaction's operations made due, as HQ's own operations; how many.
    Result<std::uint64_t> settle_tiers(LedgerWork& work, std::optional<OwnWork>& own, std::int64_t now_ms);
    // One transaction of HQ's own operations (own_work.h): `fill` adds them, then what they make due follows; all or
    // nothing.
    template <class Fill>
    std::invoke_result_t<Fill, LedgerWork&, std::optional<OwnWork>&> write_own(std::int64_t now_ms, const Fill& fill);
    // due_coupons.cpp. Each says how many operations it wrote.
    Result<std::uint64_t> settle_coupons(LedgerWork& work, std::optional<OwnWork>& own, std::int64_t now_ms);
    // kNotFound: the member's profile does not open, so nobody knows of a birthday.
    Result<std::uint64_t> give_by_day(LedgerWork& work, std::optional<OwnWork>& own, const MemberState& member,
                                      std::int64_t now_ms);
    // The one way in which headquarters issues: judged as the account stands in this transaction. None: it has had it,
    // or as many as one may have.
    Result<std::optional<domain::CouponId>> issue(LedgerWork& work, std::optional<OwnWork>& own,
                                                  const domain::MemberId& member, domain::CouponIssue issue,
                                                  std::int64_t now_ms);
    Result<bool> needs_walk();  // over all members, for the newest programme's tiers
};

// A terminal's chains but one: those that Welcome and pages name, the newest.
std::vector<ChainRow> newest_others(const std::vector<ChainRow>& chains, const domain::Epoch& but);
// The refusal of a device that is known but may not speak; empty when it may.
std::optional<wire::Refused> refusal_of_status(const DeviceRow& device);

}  // namespace tally::intake
