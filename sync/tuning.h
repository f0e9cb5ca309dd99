// Every knob of syncing, with its unit and its reason. Bounds that both ends must agree on are in common/wire/limits.h;
// these may differ between two ends and two releases. Constants only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tally::tuning {

// --- Push: operations up ---

// One batch costs one signature and one group commit at HQ. 1,000 small operations make both negligible (sync.md: 122
// k/s).
inline constexpr std::size_t kBatchOpsMax = 1000;
// Caps a batch. HQ says nothing before a batch is whole, and silence of kSilence_ms ends the connection: with this a
// line of 1.5 KB/s still gets a backlog up, batch by batch. Bytes of operations, their sealed parts included.
inline constexpr std::size_t kBatchBytesMax = 64u << 10;
// Batches sent and not yet acknowledged. 4 keep HQ busy over 100 ms of round trip; after a cut at most so many are sent
// twice.
inline constexpr std::size_t kBatchesInFlightMax = 4;

// --- Leases: what a cashier waits for ---

// A till has one cashier; more wants than this at a time are not of people.
inline constexpr std::size_t kLeaseWantsMax = 16;
// A cashier waits so long for headquarters to lease what a redemption needs; then what is leased already decides.
// Milliseconds.
inline constexpr std::int64_t kLeaseWait_ms = 800;

// --- Feed: confirmed state down ---

// One page is one transaction in the replica, during which the screen's writer waits: small enough for a few
// milliseconds.
inline constexpr std::size_t kPageMembersMax = 500;
// With kPagesInFlightMax pages a session stays far below kSendQueueBytesHigh, so a slow line is not taken for one that
// does not read.
inline constexpr std::size_t kPageBytesMax = 128u << 10;
// Pages that HQ may have sent beyond the last one the terminal confirmed: one on the way while one is applied.
inline constexpr std::size_t kPagesInFlightMax = 4;
// HQ waits so long before it pushes a live change, so that a burst of operations makes one page. Milliseconds.
inline constexpr std::int64_t kLiveCoalesce_ms = 5;

// --- Life of a connection ---

// Resolving, TCP and TLS together. A till on a mobile line needs a few seconds; a dead address must not hold the agent
// longer.
inline constexpr std::int64_t kConnect_ms = 10'000;
// A name's next address is tried so long after the one before, which goes on (RFC 8305): a dead IPv6 address costs
// this and not the whole of kConnect_ms. Milliseconds.
inline constexpr std::int64_t kConnectStagger_ms = 250;
// Addresses of one name that are tried; with the stagger the last still has most of kConnect_ms.
inline constexpr std::size_t kAddressesMax = 8;
// Names being looked up at a time by one process. Each has a thread that cannot be cut short; a name server that never
// answers must not gather them.
inline constexpr int kLookupsMax = 8;
// A connection that has not finished TLS by then is dropped by the listener. Milliseconds.
inline constexpr std::int64_t kHandshake_ms = 10'000;
// From an open connection to an accepted Hello, on both ends. Milliseconds.
inline constexpr std::int64_t kHello_ms = 10'000;
// Each end sends something at least so often: keeps NAT entries of shop routers alive (commonly 30 to 60 s).
// Milliseconds.
inline constexpr std::int64_t kHeartbeat_ms = 15'000;
// Nothing received for so long: the line is dead, whatever TCP says. Three heartbeats. Milliseconds.
inline constexpr std::int64_t kSilence_ms = 45'000;
// A closing end waits so long for its last bytes to be taken before it cuts. Milliseconds.
inline constexpr std::int64_t kCloseLinger_ms = 2'000;

// Bytes that one connection may hold unsent; a sender that ignores back-pressure is refused at this line, not served
// memory. Two full frames.
inline constexpr std::size_t kSendQueueBytesMax = 8u << 20;
// Above this a sender should stop producing and wait for on_drained.
inline constexpr std::size_t kSendQueueBytesHigh = 1u << 20;
// Bytes read at a time: one TLS record.
inline constexpr std::size_t kReadBytes = 16u << 10;

// --- Reconnect ---

// Delay before attempt n: uniform in [d/2, d], d = min(kBackoffMax, kBackoffBase << n). The spread keeps a chain's
// thousand tills from knocking at the same moment when HQ is back. Milliseconds.
inline constexpr std::int64_t kBackoffBase_ms = 500;
inline constexpr std::int64_t kBackoffMax_ms = 30'000;
// A refusal (revoked, wrong key, quarantined) is not cured by haste. Milliseconds.
inline constexpr std::int64_t kBackoffRefused_ms = 60'000;
// "Busy" passes by itself and soon; drawn from the upper half too, so that those who were sent away do not come back
// together. At 2,000 strangers a time the last of a chain of 20,000 tills is in after about half a minute.
// Milliseconds.
inline constexpr std::int64_t kBackoffBusy_ms = 4'000;
// A connection that lived so long makes the next backoff start anew. Milliseconds.
inline constexpr std::int64_t kBackoffForget_ms = 10'000;

// --- Headquarters ---

// Pushes of one session that HQ holds undecided before it stops reading that connection. Above kBatchesInFlightMax, so
// an honest terminal is never paused.
inline constexpr std::size_t kSessionPushesMax = 8;
// The same in bytes of operations: with it a session can make HQ hold this, a frame, and its send queue.
inline constexpr std::size_t kSessionPushBytesMax = 4u << 20;
// Bytes of all sessions' undecided pushes above which each session may add only one push at a time.
inline constexpr std::size_t kStorageQueueBytesHigh = 64u << 20;
// Feed credit that a session can hold. More is wanted by nobody honest; it is cut to this.
inline constexpr std::uint32_t kFeedCreditMax = 16;
// Lease wants of one session that HQ holds undecided before it stops reading that connection. Above what one cashier
// and one screen can have under way.
inline constexpr std::size_t kSessionLeaseWantsMax = 4;
// The rate at which one session may want leases, and how far it may run ahead: 50 a second, 100 at once. Each can be an
// operation in HQ's own chain. Milliseconds.
inline constexpr std::int64_t kLeaseWantEvery_ms = 20;
inline constexpr std::int64_t kLeaseWantBurst_ms = 2'000;
// Connections that have not said an acceptable Hello yet, at a time; one more is told to come back.
inline constexpr std::size_t kStrangersMax = 2048;
// Operations of one transaction at HQ. Large enough to share a disk sync among all, small enough that an
// acknowledgement is not kept waiting (about 50 ms of work).
inline constexpr std::size_t kGroupOpsMax = 8000;
// Storage serves feed pages so long before it looks for pushes again. Milliseconds.
inline constexpr std::int64_t kPageSlice_ms = 10;
// How often HQ writes down who is on the line, in one transaction for all: `tally-hq terminals` is as old as this and a
// heartbeat. Milliseconds.
inline constexpr std::int64_t kContactWrite_ms = 30'000;
// How often HQ looks whether another process (import, revoke) wrote. PRAGMA data_version: microseconds. Milliseconds.
inline constexpr std::int64_t kPollLedger_ms = 200;

// --- Agent ---

// How often the agent asks SQLite whether another process wrote (PRAGMA data_version; microseconds of work). The
// screen's own appends arrive at once by notify(). Milliseconds.
inline constexpr std::int64_t kPollReplica_ms = 100;

}  // namespace tally::tuning
