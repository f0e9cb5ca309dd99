// What a terminal remembers of having been revoked, and the way back: enrolled anew, as the same terminal.
#include "common/replica/replica_state.h"

namespace tally::replica {

Status ReplicaState::check_not_revoked() {
    TALLY_TRY(Query q, use("SELECT 1 FROM revocation"));
    TALLY_TRY(const bool revoked, q->step());
    if (revoked) return fail(Code::kRefused, "headquarters revoked this terminal: it records nothing more");
    return {};
}

Result<std::optional<Revocation>> Replica::revocation() {
    TALLY_TRY(Query q, state_->use("SELECT at_ms, reason FROM revocation"));
    TALLY_TRY(const bool revoked, q->step());
    if (!revoked) return std::optional<Revocation>();
    return std::optional(Revocation{q->int64(0), std::string(q->text(1))});
}

Status Replica::set_revocation(const std::optional<Revocation>& revocation) {
    TALLY_TRY(const std::optional<Revocation> before, this->revocation());
    if (before.has_value() == revocation.has_value() && (!before || before->reason == revocation->reason)) return {};
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    TALLY_OK(state_->db.exec("DELETE FROM revocation"));
    if (revocation) {
        TALLY_TRY(Query q, state_->use("INSERT INTO revocation(id, at_ms, reason) VALUES(1, ?1, ?2)"));
        q->bind(1, revocation->at_ms).bind(2, std::string_view(revocation->reason));
        TALLY_OK(q->run());
    }
    return transaction.commit();
}

void Replica::forget_enrolment() { state_->forget_enrolment(); }

Status Replica::renew_enrolment(const Enrolment& enrolment) {
    TALLY_TRY(store::Transaction transaction, store::Transaction::begin(state_->db));
    state_->forget_enrolment();
    TALLY_TRY(const Enrolment* there, state_->enrolment());
    if (!there) return fail(Code::kNotFound, "this terminal was never enrolled");
    // The log names terminal and store in every operation, and headquarters' key seals what goes there.
    if (there->terminal != enrolment.terminal || there->store != enrolment.store || there->hq_key != enrolment.hq_key)
        return fail(Code::kRefused, "this is terminal " + std::to_string(there->terminal) + " of store " +
                                        there->store + ", and its log cannot go on as another's");
    TALLY_TRY(Query q, state_->use("UPDATE enrolment SET store_name = ?1, hq_host = ?2, hq_port = ?3, root_key = ?4, "
                                   "recovery_key = ?5 WHERE id = 1"));
    q->bind(1, std::string_view(enrolment.store_name)).bind(2, std::string_view(enrolment.hq_host));
    q->bind(3, std::int64_t{enrolment.hq_port}).bind(4, enrolment.root_key.view());
    q->bind(5, enrolment.recovery_key.view());
    TALLY_OK(q->run());
    TALLY_OK(state_->db.exec("DELETE FROM revocation"));
    TALLY_OK(transaction.commit());
    state_->forget_enrolment();
    return {};
}

}  // namespace tally::replica
