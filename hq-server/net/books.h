// What the network side of headquarters asks of the storage side: intake and ledger seen as one object. The seam at
// which the server's tests put slow, full and failing storage; production is books_of_ledger(). Not a protocol and not
// a decision: those are in session.h and in intake.
//
// One object is used by one thread, the one that opened it.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "common/base/clock.h"
#include "hq-server/intake/intake.h"

namespace tally::hqnet {

using EnrolAnswer = std::variant<wire::Enrolled, wire::Refused>;

class Books {
  public:
    virtual ~Books() = default;

    // As the functions of intake::Intake that have these names.
    virtual Result<intake::HelloAnswer> hello(const crypto::PublicKey& device, const wire::Hello& hello,
                                              std::int64_t now_ms) = 0;
    virtual Result<EnrolAnswer> enrol(const crypto::PublicKey& device, const wire::Enrol& enrol,
                                      std::int64_t now_ms) = 0;
    virtual Result<intake::GroupAnswer> commit(std::span<intake::PreparedPush> pushes,
                                               std::span<const intake::LeaseAsk> wants, std::int64_t now_ms) = 0;
    virtual Result<wire::FeedPage> page(const intake::Session& session, std::uint64_t cursor,
                                        const intake::PageLimits& limits, std::int64_t now_ms) = 0;

    virtual Result<wire::OpsReturn> give_back(const intake::Session& session, const wire::OpsWant& want) = 0;

    // Who is on the line, and who no longer is (Intake::note_contacts).
    virtual Status note_contacts(std::span<const intake::ContactRow> contacts, std::int64_t now_ms, bool at_once) = 0;
    // The position of the newest change.
    virtual Result<std::uint64_t> feed_head() = 0;
    // Whether another process wrote since the last call (PRAGMA data_version: microseconds).
    virtual Result<bool> changed_elsewhere() = 0;
    // Why this device may no longer speak; empty while it may.
    virtual Result<std::optional<wire::Refused>> refusal_of(const crypto::PublicKey& device) = 0;
    // Writes what is due on the business date of `now_ms` (expire operations). True when it wrote something.
    virtual Result<bool> run_day(std::int64_t now_ms) = 0;
};

// Called on the thread that will use the object.
using OpenBooks = std::function<Result<std::unique_ptr<Books>>()>;

}  // namespace tally::hqnet
