// The beginning of a connection: our chains against headquarters', and what it gives back of those that lost some.
#include <algorithm>

#include "sync/session/session.h"

namespace tally::session {

using wire::Refusal;

// --- opening ---

void TerminalSession::on_welcome(const wire::Welcome& welcome) {
    if (welcome.version < wire::kProtocolVersionOldest || welcome.version > wire::kProtocolVersion)
        return close(CloseReason::kVersion,
                     fail(Code::kNewer, "HQ chose protocol version " + std::to_string(welcome.version) +
                                            ", this program speaks " + std::to_string(wire::kProtocolVersion)));
    if (welcome.next_seq == 0) return refuse(Refusal::kBadMessage, fail(Code::kDamaged, "HQ expects operation 0"));
    // R10: an HQ that was put back begins a new incarnation; one that does not would send a feed with a hole in it.
    if (welcome.incarnation == own_.incarnation && welcome.feed_head < own_.cursor)
        return refuse(Refusal::kBrokenChain,
                      fail(Code::kRefused, "HQ's log ends at " + std::to_string(welcome.feed_head) +
                                               ", this terminal has had changes up to " + std::to_string(own_.cursor) +
                                               " of it: HQ was restored from an older copy"));
    welcome_ = welcome;
    state_ = State::kChecking;
    // R6: a cursor counts in one history of HQ only.
    cursor_ = welcome.incarnation == own_.incarnation ? own_.cursor : 0;
    // HQ read its clock between our sending and our receiving; by the steady clock half of that has passed since.
    const std::int64_t round_trip_ms = now_.steady_ms - hello_steady_ms_;
    const bool restored = !own_.incarnation.is_zero() && welcome.incarnation != own_.incarnation;
    effects_.emplace_back(Opened{welcome, welcome.hq_ms - (hello_wall_ms_ + round_trip_ms / 2), restored});
    plan_chains();
    // Nothing else is asked of HQ over a connection that only ends in a new epoch.
    const Chain& current = chains_.back();
    if (current.hq_next > current.own.next_seq)
        return close_as_old(own_.epoch, current.hq_next - 1,
                            "HQ holds operations up to " + std::to_string(current.hq_next - 1) +
                                " of this epoch, this replica only up to " + std::to_string(current.own.next_seq - 1) +
                                ": it is an older copy");
    if (const wire::ChainState* later = later_epoch())
        return close_as_old(later->epoch, later->next_seq - 1,
                            "HQ holds operations of a later epoch that began elsewhere: this replica is an older copy, "
                            "or a second one is in use");
    credit_ = limits_.pages_in_flight;
    send(wire::FeedWant{limits_.pages_in_flight});
    check_heads();
}

void TerminalSession::close_as_old(const domain::Epoch& hq_epoch, std::uint64_t hq_seq, std::string why) {
    close(CloseReason::kReplicaOld, fail(Code::kRefused, std::move(why)));
    auto& closed = std::get<Close>(effects_.back());
    closed.hq_epoch = hq_epoch;
    closed.hq_seq = hq_seq;
}

// R15. The current epoch is pushed only when all others that HQ held have been given back, one operation at least. So
// one that we do not know, once HQ has operations of ours, has begun since.
const wire::ChainState* TerminalSession::later_epoch() const {
    if (chains_.back().hq_next == 1) return nullptr;
    const wire::ChainState* out = nullptr;
    for (const wire::ChainState& theirs : welcome_.other_chains) {
        const auto same = [&](const OwnChain& own) { return own.epoch == theirs.epoch; };
        const bool known = theirs.epoch == own_.epoch || std::any_of(own_.earlier.begin(), own_.earlier.end(), same);
        if (!known && theirs.next_seq > 1) out = &theirs;
    }
    return out;
}

// Epochs that HQ alone knows of come first, ours in their order after them. HQ of version 1 tells of the current one
// only, so only that is pushed.
void TerminalSession::plan_chains() {
    chains_.clear();
    if (welcome_.version >= 2) {
        for (const OwnChain& own : own_.earlier) chains_.push_back({own, 1, {}, 1, 0});
        for (const wire::ChainState& theirs : welcome_.other_chains) {
            if (theirs.epoch == own_.epoch) continue;
            Chain* chain = chain_of(theirs.epoch);
            if (!chain) {
                OwnChain lost;
                lost.epoch = theirs.epoch;
                chain = &*chains_.insert(chains_.begin(), Chain{lost, 1, {}, 1, 0});
            }
            chain->hq_next = theirs.next_seq;
            chain->hq_head = theirs.head;
        }
    }
    OwnChain current;
    current.epoch = own_.epoch;
    current.next_seq = current.returned_next = own_.next_seq;
    current.head = own_.head;
    current.acked_through = own_.acked_through;
    chains_.push_back({current, welcome_.next_seq, welcome_.head, 1, 0});
    checking_ = pushing_ = 0;
}

TerminalSession::Chain* TerminalSession::chain_of(const domain::Epoch& epoch) {
    const auto found =
        std::find_if(chains_.begin(), chains_.end(), [&](const Chain& c) { return c.own.epoch == epoch; });
    return found == chains_.end() ? nullptr : &*found;
}

// R1: nothing is pushed before our log is known to continue the chains that HQ holds.
void TerminalSession::check_heads() {
    for (; checking_ < chains_.size(); ++checking_) {
        Chain& chain = chains_[checking_];
        if (chain.own.branched || chain.hq_next == 1 || chain.hq_next > chain.own.next_seq) {
            settle_head(chain);
        } else if (chain.hq_next < chain.own.next_seq) {
            effects_.emplace_back(NeedHash{chain.own.epoch, chain.hq_next - 1});
            return;
        } else if (chain.own.head == chain.hq_head) {
            settle_head(chain);
        } else {
            return branch(checking_);
        }
    }
    become_open();
}

Effects TerminalSession::on_hash(const Hash& hash, Moment now) {
    now_ = now;
    if (state_ != State::kChecking) return take();
    Chain& chain = chains_[checking_];
    if (hash != chain.hq_head) {
        branch(checking_);
        return take();
    }
    settle_head(chain);
    ++checking_;
    check_heads();
    return take();
}

// Where pushing begins (R2), and what Welcome acknowledges (R4). Of a chain that HQ holds more of, what is here was
// compared when the first operation was given back.
void TerminalSession::settle_head(Chain& chain) {
    const bool lost_some = chain.hq_next > chain.own.next_seq;
    chain.push_next = chain.own.branched || lost_some ? chain.own.next_seq : chain.hq_next;
    chain.acknowledged = chain.push_next - 1;
    const bool compared = !lost_some || chain.own.returned_next > chain.own.next_seq;
    if (!chain.own.branched && compared && chain.acknowledged > 0)
        effects_.emplace_back(RecordAck{{chain.own.epoch, chain.acknowledged, {}}});
}

// Both sides name a fork. What HQ has not acknowledged to us is pushed again, so that the operation that differs, and
// what follows it, is kept there too: HQ refuses it as a branch.
void TerminalSession::branch(std::size_t at) {
    Chain& chain = chains_[at];
    state_ = State::kBranching;
    pages_.clear();
    returning_.reset();
    in_flight_.clear();
    batch_asked_ = false;
    pushing_ = at;
    const std::uint64_t differs_by = std::min(chain.hq_next, chain.own.next_seq) - 1;
    branch_first_ = std::min(chain.own.acked_through + 1, std::max<std::uint64_t>(differs_by, 1));
    chain.push_next = branch_first_;
    chain.acknowledged = branch_first_ - 1;
    effects_.emplace_back(Branched{chain.own.epoch, chain.own.next_seq - 1, chain.hq_next - 1});
    ask_for_batch();
}

void TerminalSession::become_open() {
    state_ = State::kOpen;
    ask_for_returned();
    ask_for_batch();
}

// --- what HQ gives back ---

void TerminalSession::ask_for_returned() {
    if (state_ != State::kOpen || returning_) return;
    for (std::size_t i = 0; i + 1 < chains_.size(); ++i) {
        const Chain& chain = chains_[i];
        if (chain.own.branched || chain.own.returned_next >= chain.hq_next) continue;
        returning_ = i;
        return send(wire::OpsWant{chain.own.epoch, chain.own.returned_next});
    }
}

void TerminalSession::on_ops(wire::OpsReturn ops) {
    const bool expected = returning_ && !keeping_ && ops.epoch == chains_[*returning_].own.epoch &&
                          ops.first_seq == chains_[*returning_].own.returned_next && !ops.ops.empty();
    if (!expected) return refuse(Refusal::kBadMessage, fail(Code::kDamaged, "HQ gave back what was not asked for"));
    keeping_ = true;
    effects_.emplace_back(KeepReturned{std::move(ops)});
}

Effects TerminalSession::on_kept(std::uint64_t next_seq, bool branches, Moment now) {
    now_ = now;
    keeping_ = false;
    if (state_ != State::kOpen || !returning_) return take();
    const std::size_t at = *std::exchange(returning_, std::nullopt);
    if (branches) {
        branch(at);
        return take();
    }
    chains_[at].own.returned_next = next_seq;
    ask_for_returned();
    ask_for_batch();
    apply_next_page();
    return take();
}

}  // namespace tally::session
