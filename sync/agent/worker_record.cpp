// What the agent puts on record in the replica: damage that it met, and that headquarters revoked this terminal or
// accepts it again.
#include "common/base/log.h"
#include "sync/agent/worker.h"

namespace tally::agent {

void Worker::note_damage(const Error& error) {
    wire::IncidentReport incident;
    incident.kind = wire::IncidentKind::kDamagedPage;
    incident.at_ms = now().wall_ms;
    if (const Status noted = store_->note_incident(incident, error.detail); !noted)
        spdlog::warn("damage could not be put on record: {}", to_string(noted.error()));
}

// At Hello or in the middle of a session. Durable, so that the till does not begin to sell again with its next start.
void Worker::note_revoked(const std::string& reason) {
    const auto before = store_->revocation();
    const replica::Revocation revocation{now().wall_ms, reason};
    const Status noted = store_->set_revocation(revocation);
    if (!noted)
        spdlog::error("that headquarters revoked this terminal could not be kept: {}", to_string(noted.error()));
    if (!before || !*before) tell_revoked(revocation);
}

void Worker::note_accepted() {
    const auto before = store_->revocation();
    if (before && !*before) return;
    const Status noted = store_->set_revocation(std::nullopt);
    if (noted)
        spdlog::info("headquarters accepts this terminal again");
    else  // it goes on refusing to sell until the next connection
        spdlog::error("that headquarters accepts this terminal again could not be kept: {}", to_string(noted.error()));
}

// Another process may have enrolled this terminal anew, which ends the revocation: the refusal is not waited out.
void Worker::look_for_new_enrolment() {
    if (!status_.refusal || status_.refusal->code != wire::Refusal::kRevoked || session_) return;
    const auto kept = store_->revocation();
    if (!kept || *kept) return;
    if (const Status read = store_->reread_enrolment(); !read) return;  // looked for again
    status_.refusal.reset();
    touch();
    retry_now();
}

void Worker::tell_revoked(const replica::Revocation& revocation) {
    std::string unsent = "operations that";
    if (const auto counts = store_->counts()) unsent = std::to_string(counts->unacknowledged) + " " + unsent;
    spdlog::warn(
        "headquarters revoked this terminal ({}): it records nothing more; {} never reached headquarters stay "
        "in {} until it is enrolled anew",
        revocation.reason, unsent, options_.dir);
}

}  // namespace tally::agent
