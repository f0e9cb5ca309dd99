// A headquarters of a hundred lines for the replica's tests: takes pushed operations, folds them with domain::fold, and
// makes feed pages by the contract of wire/messages.h. Says what a right page is, with no network and no database.
#pragma once

#include <map>

#include "common/crypto/hash.h"
#include "common/replica/replica.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "tests/support/check.h"

namespace tally::test {

class SmallHq {
  public:
    explicit SmallHq(std::uint8_t incarnation = 1) { incarnation_.bytes[0] = incarnation; }

    crypto::KeyWrap wrap_to(replica::Replica& replica) {
        const crypto::Device device = MUST(replica.device());
        return MUST(crypto::KeyWrap::between(hq, device.public_key()));
    }
    // Both ends compute the same wrap; the replica's side of it.
    crypto::KeyWrap wrap_at(replica::Replica& replica) {
        const crypto::Device device = MUST(replica.device());
        return MUST(crypto::KeyWrap::between(device, hq.public_key()));
    }

    // Takes every operation of the replica's current epoch that is not here yet; answers as far as they reach.
    wire::Ack pull(replica::Replica& replica, std::size_t count_max = 1000) {
        return pull_epoch(replica, MUST(replica.head()).epoch, count_max);
    }
    wire::Ack pull_epoch(replica::Replica& replica, const domain::Epoch& epoch, std::size_t count_max = 1000) {
        std::uint64_t& next = next_seq_[epoch];
        if (next == 0) next = 1;
        const crypto::KeyWrap wrap = wrap_at(replica);
        const crypto::KeyWrap from = wrap_to(replica);
        for (wire::PushedOp& pushed : MUST(replica.operations_from(epoch, next, count_max, 1 << 20, wrap))) {
            take(pushed, from);
            ++next;
            logs_[epoch].push_back(std::move(pushed));
        }
        return {epoch, next - 1, {}};
    }
    // What it holds of an epoch from `first_seq` on, as it gives it back.
    wire::OpsReturn give_back(const domain::Epoch& epoch, std::uint64_t first_seq, std::size_t count_max = 1000) {
        wire::OpsReturn out{epoch, first_seq, {}};
        const std::vector<wire::PushedOp>& log = logs_[epoch];
        for (std::size_t i = first_seq - 1; i < log.size() && out.ops.size() < count_max; ++i)
            out.ops.push_back(log[i]);
        return out;
    }

    void take(const wire::PushedOp& pushed, const crypto::KeyWrap& from) {
        const domain::Op op = MUST(wire::decode_op(pushed.bytes));
        ++position_;
        if (op.member.is_zero()) {
            const domain::StoreMove move = domain::move_of_sale(op);
            move_store(move);
            return;
        }
        Member& member = members_[op.member];
        if (!pushed.wrapped_key.empty() && member.key.empty()) member.key = MUST(from.open(pushed.wrapped_key));
        domain::PersonalFields fields;
        if (!pushed.sealed.empty()) {
            REQUIRE(crypto::hash_of(pushed.sealed) == op.sealed_hash);
            fields = MUST(wire::open_fields(member.key, op.member, pushed.sealed));
        }
        const domain::Account before = member.account;
        const domain::Folded folded = MUST(domain::fold(member.account, op));
        for (const domain::StoreMove& move : folded.moves) move_store(move);
        domain::fold_profile(member.profile, op, fields, op.at.ms());
        if (!member.key.empty()) member.sealed = wire::seal_profile(member.key, op.member, member.profile);
        member.position = position_;
        member.seq += 1;
    }

    // A person registered elsewhere.
    domain::MemberId add_member(const domain::PersonalFields& fields, std::uint64_t number) {
        domain::MemberId id;
        for (int i = 0; i < 8; ++i)
            id.bytes[static_cast<std::size_t>(15 - i)] = static_cast<std::uint8_t>(number >> (8 * i));
        id.bytes[0] = 1;
        Member& member = members_[id];
        const crypto::Secret key = crypto::Secret::random(crypto::kMemberKeyBytes);
        member.key.assign(key.view().begin(), key.view().end());
        domain::Op op;
        op.id = {domain::kHqTerminal, {}, ++position_};
        op.id.epoch.bytes[0] = 9;
        op.member = id;
        op.body = domain::Register{.channel = "import", .identities = {}};
        member.account = {};
        (void)MUST(domain::fold(member.account, op));
        domain::fold_profile(member.profile, op, fields, 1);
        member.sealed = wire::seal_profile(member.key, id, member.profile);
        member.position = position_;
        member.seq = 1;
        return id;
    }
    // An operation of another till, folded here.
    void elsewhere(const domain::MemberId& id, domain::Op op) {
        Member& member = members_[id];
        op.member = id;
        const domain::Folded folded = MUST(domain::fold(member.account, op));
        ++position_;
        for (const domain::StoreMove& move : folded.moves) move_store(move);
        member.position = position_;
        member.seq += 1;
    }

    // The page after `from`: at most `changes_max` members in order of position, states as they are now.
    wire::FeedPage page(replica::Replica& replica, std::uint64_t from, std::size_t changes_max = 1000) {
        const replica::ChainHead head = MUST(replica.head());
        const crypto::KeyWrap wrap = wrap_to(replica);
        wire::FeedPage out;
        out.incarnation = incarnation_;
        out.from = from;
        out.as_of = position_;
        out.to = position_;
        out.hq_ms = 1'000'000 + static_cast<std::int64_t>(position_);
        out.covered_epoch = head.epoch;
        out.covered_seq = next_seq_[head.epoch] == 0 ? 0 : next_seq_[head.epoch] - 1;
        for (const auto& [epoch, next] : next_seq_)
            if (epoch != head.epoch && next > 1) out.covered_earlier.push_back({epoch, next - 1});
        std::map<std::uint64_t, domain::MemberId> changed;
        for (const auto& [id, member] : members_)
            if (member.position > from) changed[member.position] = id;
        for (const auto& [position, id] : changed) {
            if (out.members.size() == changes_max) {
                out.to = last_of(out);
                break;
            }
            const Member& member = members_[id];
            wire::MemberChange change{id, member.seq, wire::encode_account(member.account), member.sealed, {}};
            if (!member.key.empty()) change.wrapped_key = wrap.wrap(member.key);
            out.members.push_back(std::move(change));
        }
        for (const auto& [key, day] : days_)
            if (day.position > from && day.position <= out.to)
                out.stores.push_back({key.first, key.second, day.totals});
        if (programme_ && programme_position_ > from && programme_position_ <= out.to) out.programme = *programme_;
        return out;
    }
    // The member's state beside the feed.
    wire::LeaseState lease_state(replica::Replica& replica, const domain::MemberId& id) {
        wire::LeaseState out;
        out.page = page(replica, 0);
        std::erase_if(out.page.members, [&](const wire::MemberChange& change) { return change.member != id; });
        out.page.from = out.page.to = out.page.as_of = 0;
        out.page.stores.clear();
        out.page.programme.reset();
        return out;
    }
    // Everything that there is for this replica, applied.
    void feed(replica::Replica& replica, std::size_t changes_max = 1000) {
        const crypto::KeyWrap wrap = wrap_at(replica);
        for (;;) {
            replica::FeedCursor cursor = MUST(replica.cursor());
            if (cursor.incarnation != incarnation_) cursor.position = 0;
            const wire::FeedPage next = page(replica, cursor.position, changes_max);
            CHECK_DONE(replica.apply_page(next, wrap, hq.public_key()));
            if (next.to == next.as_of) return;
        }
    }

    // `more`: further bytes of the document, of a later version of its format.
    void publish(const domain::Programme& programme, const Bytes& more = {}) {
        wire::SignedProgramme out{wire::encode_programme(programme), {}};
        out.bytes.insert(out.bytes.end(), more.begin(), more.end());
        out.signature = hq.sign(wire::kProgrammeContext, out.bytes);
        programme_ = std::move(out);
        programme_position_ = ++position_;
    }

    const domain::Account& account(const domain::MemberId& id) { return members_[id].account; }
    domain::StoreDay store_total(const std::string& store) const {
        domain::StoreDay sum;
        for (const auto& [key, day] : days_)
            if (key.first == store) sum += day.totals;
        return sum;
    }
    void move_store(const domain::StoreMove& move) {
        Day_& day = days_[{move.store, move.day}];
        day.totals += move.by;
        day.position = position_;
    }
    std::uint64_t position() const { return position_; }

    crypto::Device hq = crypto::Device::create();

  private:
    struct Member {
        std::uint64_t position = 0, seq = 0;
        domain::Account account;
        domain::Profile profile;
        Bytes sealed, key;
    };
    struct Day_ {
        std::uint64_t position = 0;
        domain::StoreDay totals;
    };
    std::uint64_t last_of(const wire::FeedPage& page) { return members_[page.members.back().member].position; }

    wire::Incarnation incarnation_;
    std::uint64_t position_ = 0;
    std::map<domain::MemberId, Member> members_;
    std::map<std::pair<std::string, Day>, Day_> days_;
    std::map<domain::Epoch, std::uint64_t> next_seq_;
    std::map<domain::Epoch, std::vector<wire::PushedOp>> logs_;
    std::optional<wire::SignedProgramme> programme_;
    std::uint64_t programme_position_ = 0;
};

}  // namespace tally::test
