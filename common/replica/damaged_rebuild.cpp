// A new replica of what was saved of a damaged one: the unbroken part of its log, folded from nothing.
#include "common/domain/bill_key.h"
#include "common/replica/damaged.h"
#include "common/replica/replica_state.h"
#include "common/wire/codec.h"

namespace tally::replica {
namespace {

class Rebuild {
  public:
    Rebuild(ReplicaState& replica, const SavedReplica& saved) : replica_(replica), saved_(saved) {}

    // Inside a transaction, over the tables of a replica that was just made.
    Status run() {
        TALLY_OK(replace_identity());
        TALLY_OK(write_epochs());
        TALLY_TRY(state_, replica_.load_state());
        const std::size_t count = unbroken(saved_.log);
        for (std::size_t i = 0; i < count; ++i) TALLY_OK(write_op(saved_.log[i]));
        for (auto& [id, subject] : subjects_) TALLY_OK(write_member(subject));
        for (const auto& [version, programme] : saved_.programmes) TALLY_OK(write_programme(version, programme));
        state_.epoch_no = epoch_no_;
        state_.members = static_cast<std::int64_t>(subjects_.size());
        state_.next_member_no = state_.members + 1;
        state_.pending = state_.pos;
        return replica_.save_state(state_);
    }

  private:
    struct Subject {
        MemberRow member;
        OwnRow own;
    };

    Status replace_identity() {
        TALLY_TRY(Query q, replica_.use("UPDATE device SET seed = ?1 WHERE id = 1"));
        return q->bind(1, saved_.device_seed->view()).run();
    }

    // The log's epochs as they come; without operations the oldest one known, so that the next one can name it.
    Status write_epochs() {
        TALLY_TRY(Query gone, replica_.use("DELETE FROM epoch"));
        TALLY_OK(gone->run());
        if (unbroken(saved_.log) > 0) return {};
        if (saved_.epochs.empty()) return fail(Code::kDamaged, "no epoch of the log is readable any more");
        return write_epoch(saved_.epochs.front(), {}, 1);
    }
    Status write_epoch(const domain::Epoch& epoch, const domain::Epoch& previous, std::int64_t first_pos) {
        TALLY_TRY(Query q,
                  replica_.use("INSERT INTO epoch(no, epoch, previous_epoch, first_pos) VALUES(?1, ?2, ?3, ?4)"));
        q->bind(1, ++epoch_no_).bind(2, epoch.view()).bind(3, previous.view()).bind(4, first_pos);
        return q->run();
    }

    Status write_op(const SavedOp& saved) {
        const domain::Op& op = saved.op;
        if (op.id.terminal != saved_.enrolment->terminal)
            return fail(Code::kDamaged, domain::op_text(op.id) + " is another terminal's operation");
        if (op.id.seq == 1) TALLY_OK(write_epoch(op.id.epoch, op.previous_epoch, saved.pos));
        Subject* subject = op.member.is_zero() ? nullptr : &subject_of(op.member);
        {
            TALLY_TRY(Query q,
                      replica_.use("INSERT INTO op_log(pos, epoch_no, seq, kind, member_no, previous_pos, hash, "
                                   "bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
            q->bind(1, saved.pos).bind(2, epoch_no_).bind(3, static_cast<std::int64_t>(op.id.seq));
            q->bind(4, static_cast<std::int64_t>(domain::kind_of(op.body)));
            if (subject != nullptr) {
                q->bind(5, subject->member.no);
            } else {
                q->bind_null(5);
            }
            q->bind(6, subject != nullptr ? subject->own.last_pos : 0).bind(7, saved.hash.view());
            TALLY_OK(q->bind(8, ByteView(saved.bytes)).run());
        }
        if (subject != nullptr) TALLY_OK(add_to(*subject, saved));
        TALLY_OK(guard_bill(saved));
        state_.pos = saved.pos;
        state_.seq = op.id.seq;
        state_.hash = saved.hash;
        state_.hlc = op.at;
        return {};
    }

    Subject& subject_of(const domain::MemberId& id) {
        const auto [found, fresh] = subjects_.try_emplace(id);
        Subject& out = found->second;
        if (fresh) {
            out.member.no = static_cast<std::int64_t>(subjects_.size());
            out.member.id = id;
            out.member.generation = state_.generation;
            if (const auto key = saved_.keys.find(id); key != saved_.keys.end()) out.member.key = key->second;
        }
        return out;
    }

    Status add_to(Subject& subject, const SavedOp& saved) {
        subject.own.last_pos = saved.pos;
        subject.own.pending.push_back(saved.pos);
        if (saved.sealed.empty()) return {};
        TALLY_TRY(Query q, replica_.use("INSERT INTO op_sealed(pos, sealed, with_key) VALUES(?1, ?2, ?3)"));
        q->bind(1, saved.pos).bind(2, ByteView(saved.sealed)).bind(3, std::int64_t{!subject.own.key_sent});
        subject.own.key_sent = true;
        return q->run();
    }

    Status guard_bill(const SavedOp& saved) {
        const auto key = domain::bill_key(saved.op.body);
        if (!key) return {};
        TALLY_TRY(Query q, replica_.use("INSERT OR IGNORE INTO own_bill(day, kind, till, bill_no, part, pos) "
                                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6)"));
        q->bind(1, std::int64_t{domain::bill_day(saved.op)}).bind(2, static_cast<std::int64_t>(key->kind));
        q->bind(3, std::string_view(key->bill.till)).bind(4, std::string_view(key->bill.bill_no));
        return q->bind(5, std::int64_t{key->bill.part}).bind(6, saved.pos).run();
    }

    Status write_member(Subject& subject) {
        TALLY_OK(replica_.save_member(subject.member));
        TALLY_TRY(const domain::Account account, replica_.refold(subject.member, subject.own));
        subject.own.account = wire::encode_account(account);
        TALLY_OK(replica_.save_own(subject.member.no, subject.own));
        TALLY_TRY(const domain::Profile profile, replica_.overlay_profile(subject.member, subject.own));
        return replica_.replace_lookup(subject.member.no, {}, profile);
    }

    Status write_programme(std::uint64_t version, const wire::SignedProgramme& programme) {
        TALLY_TRY(Query q, replica_.use("INSERT INTO programme(version, bytes, signature) VALUES(?1, ?2, ?3)"));
        q->bind(1, static_cast<std::int64_t>(version)).bind(2, ByteView(programme.bytes));
        return q->bind(3, programme.signature.view()).run();
    }

    ReplicaState& replica_;
    const SavedReplica& saved_;
    TillState state_;
    std::int64_t epoch_no_ = 0;
    std::map<domain::MemberId, Subject> subjects_;
};

}  // namespace

Result<Replica> rebuild_replica(const std::string& dir, const crypto::Secret& data_key, const SavedReplica& saved) {
    if (!saved.device_seed || !saved.enrolment)
        return fail(Code::kDamaged, "the terminal's identity is not readable any more: enrol this till anew; " +
                                        std::to_string(saved.log.size()) + " operations were readable");
    {
        TALLY_TRY(Replica replica, Replica::create(dir, data_key));
        TALLY_OK(replica.save_enrolment(*saved.enrolment));
        Rebuild rebuild(replica.state(), saved);
        TALLY_TRY(store::Transaction transaction, store::Transaction::begin(replica.db()));
        TALLY_OK(rebuild.run());
        TALLY_OK(transaction.commit());
        TALLY_OK(replica.set_revocation(saved.revocation));
    }
    return Replica::open(dir, data_key, store::Sync::kFull);
}

}  // namespace tally::replica
