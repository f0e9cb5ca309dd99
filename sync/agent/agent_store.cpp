#include "sync/agent/agent_store.h"

#include "common/wire/sealed.h"

namespace tally::agent {

namespace {

// The agent rereads what it wrote last and little else.
constexpr int kCache_kib = 8 * 1024;

class ReplicaStore final : public AgentStore {
  public:
    ReplicaStore(replica::Replica replica, replica::Enrolment enrolment, crypto::Device device, crypto::KeyWrap wrap)
        : replica_(std::move(replica)),
          enrolment_(std::move(enrolment)),
          device_(std::move(device)),
          wrap_(std::move(wrap)) {}

    const replica::Enrolment& enrolment() const override { return enrolment_; }
    Status reread_enrolment() override {
        replica_.forget_enrolment();
        TALLY_TRY(const std::optional<replica::Enrolment> now, replica_.enrolment());
        if (now) enrolment_ = *now;
        return {};
    }
    const crypto::Device& device() const override { return device_; }
    Result<replica::ChainHead> head() override { return replica_.head(); }
    Result<replica::FeedCursor> cursor() override { return replica_.cursor(); }
    Result<std::vector<replica::OwnChain>> chains() override { return replica_.chains(); }
    Result<Hash> hash_of_operation(const domain::Epoch& epoch, std::uint64_t seq) override {
        return replica_.hash_of_operation(epoch, seq);
    }

    Result<wire::Push> batch(const domain::Epoch& epoch, std::uint64_t first_seq, std::size_t ops_max,
                             std::size_t bytes_max) override {
        wire::Push push;
        push.epoch = epoch;
        push.first_seq = first_seq;
        TALLY_TRY(push.ops, replica_.operations_from(epoch, first_seq, ops_max, bytes_max, wrap_));
        if (push.ops.empty()) return push;
        const std::uint64_t last_seq = first_seq + push.ops.size() - 1;
        TALLY_TRY(const Hash hash, replica_.hash_of_operation(epoch, last_seq));
        const Bytes text = wire::chain_head_text({enrolment_.terminal, epoch, last_seq}, hash);
        push.signature = device_.sign(wire::kChainHeadContext, text);
        return push;
    }

    Status record_ack(const wire::Ack& ack) override { return replica_.record_ack(ack); }
    Status apply_page(const wire::FeedPage& page) override {
        return replica_.apply_page(page, wrap_, enrolment_.hq_key);
    }

    Status take_leases(const wire::LeaseState& told) override { return replica_.take_lease_state(told); }

    Result<std::vector<wire::IncidentReport>> incidents(std::size_t count) override {
        TALLY_TRY(const std::vector<replica::Incident> found, replica_.incidents(count));
        std::vector<wire::IncidentReport> out;
        for (const replica::Incident& incident : found) out.push_back(incident.report);
        return out;
    }
    Status begin_epoch_after(const domain::Epoch& epoch, const wire::IncidentReport& incident) override {
        return replica_.begin_epoch_after(epoch, incident);
    }
    Result<replica::ReturnedKept> keep_returned(const wire::OpsReturn& returned) override {
        return replica_.keep_returned(returned);
    }
    Status mark_branch(const domain::Epoch& epoch, std::uint64_t first_seq, std::uint64_t through_seq) override {
        return replica_.mark_branch(epoch, first_seq, through_seq);
    }
    Status note_incident(const wire::IncidentReport& incident, const std::string& detail) override {
        return replica_.note_incident(incident, detail);
    }

    Result<std::optional<replica::Revocation>> revocation() override { return replica_.revocation(); }
    Status set_revocation(const std::optional<replica::Revocation>& revocation) override {
        return replica_.set_revocation(revocation);
    }

    Result<StoreCounts> counts() override {
        StoreCounts counts;
        TALLY_TRY(counts.unacknowledged, replica_.unacknowledged_count());
        TALLY_TRY(counts.pending, replica_.pending_count());
        return counts;
    }
    Result<std::int64_t> data_version() override { return replica_.data_version(); }

  private:
    replica::Replica replica_;
    replica::Enrolment enrolment_;
    crypto::Device device_;
    crypto::KeyWrap wrap_;
};

}  // namespace

Result<std::unique_ptr<AgentStore>> open_agent_store(const std::string& dir, const crypto::Secret& data_key) {
    TALLY_TRY(replica::Replica replica, replica::Replica::open(dir, data_key, store::Sync::kFull, kCache_kib));
    TALLY_TRY(const std::optional<replica::Enrolment> enrolment, replica.enrolment());
    if (!enrolment) return fail(Code::kRefused, "this terminal is not enrolled with a headquarters yet");
    TALLY_TRY(crypto::Device device, replica.device());
    TALLY_TRY(crypto::KeyWrap wrap, crypto::KeyWrap::between(device, enrolment->hq_key));
    return std::unique_ptr<AgentStore>(
        std::make_unique<ReplicaStore>(std::move(replica), *enrolment, std::move(device), std::move(wrap)));
}

}  // namespace tally::agent
