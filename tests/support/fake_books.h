// Books kept in memory: every device is known, the log is a count a chain, the feed's pages are empty of states. Can be
// made slow, full or picky. The books belong to the storage thread; the Ledger behind them is shared with the test.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "hq-server/net/books.h"

namespace tally::support {

struct FakeLedger {
    std::mutex mutex;  // of everything here
    std::condition_variable changed;
    std::map<domain::TerminalId, std::uint64_t> next_seq;
    std::uint64_t head = 0;
    std::uint64_t groups = 0;
    bool commits_wait = false;          // a commit blocks while this holds
    bool commit_waiting = false;        // and one does
    std::optional<Error> commit_error;  // for every commit
    domain::TerminalId poison = 0;      // a commit with a push of this terminal fails
    std::set<domain::TerminalId> revoked;
    domain::TerminalId recalled = 0;  // each want asks this one to give back
    domain::Epoch recalled_epoch;
    bool touched = false;                                       // another process wrote
    std::vector<std::pair<intake::ContactRow, bool>> contacts;  // as they were told; at once?
    std::size_t page_bytes = 0;                                 // ballast of a page

    void set(const std::function<void(FakeLedger&)>& change) {
        const std::lock_guard lock(mutex);
        change(*this);
        changed.notify_all();
    }
    template <class Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(30), [&] { return condition(*this); });
    }
};

class FakeBooks final : public hqnet::Books {
  public:
    explicit FakeBooks(FakeLedger& ledger) : ledger_(ledger) {}
    static hqnet::OpenBooks opener(FakeLedger& ledger) {
        return [&ledger]() -> Result<std::unique_ptr<hqnet::Books>> {
            return std::unique_ptr<hqnet::Books>(std::make_unique<FakeBooks>(ledger));
        };
    }

    Result<intake::HelloAnswer> hello(const crypto::PublicKey& device, const wire::Hello& hello,
                                      std::int64_t) override {
        const std::lock_guard lock(ledger_.mutex);
        devices_[device] = hello.terminal;
        if (ledger_.revoked.contains(hello.terminal)) return intake::HelloAnswer{refusal(), {}};
        wire::Welcome welcome;
        welcome.next_seq = std::max<std::uint64_t>(ledger_.next_seq[hello.terminal], 1);
        welcome.feed_head = ledger_.head;
        return intake::HelloAnswer{welcome, {hello.terminal, device, hello.epoch, hello.cursor}};
    }
    Result<hqnet::EnrolAnswer> enrol(const crypto::PublicKey&, const wire::Enrol&, std::int64_t) override {
        return hqnet::EnrolAnswer(wire::Refused{wire::Refusal::kTicket, "no tickets here"});
    }
    Result<intake::GroupAnswer> commit(std::span<intake::PreparedPush> pushes, std::span<const intake::LeaseAsk> wants,
                                       std::int64_t) override {
        std::unique_lock lock(ledger_.mutex);
        ledger_.commit_waiting = ledger_.commits_wait;
        ledger_.changed.notify_all();
        ledger_.changed.wait(lock, [this] { return !ledger_.commits_wait; });
        ledger_.commit_waiting = false;
        if (ledger_.commit_error) return *ledger_.commit_error;
        for (const intake::PreparedPush& push : pushes)
            if (push.terminal == ledger_.poison) return fail(Code::kInvalid, "this one is poison");
        for (const intake::LeaseAsk& ask : wants)
            if (ask.session.terminal == ledger_.poison) return fail(Code::kInvalid, "this one is poison");
        ++ledger_.groups;
        intake::GroupAnswer out;
        for (const intake::PreparedPush& push : pushes) {
            std::uint64_t& next = ledger_.next_seq[push.terminal];
            next = std::max(next, push.first_seq + push.ops.size());
            ledger_.head += push.ops.size();
            out.pushes.push_back({wire::Ack{push.epoch, push.first_seq + push.ops.size() - 1, {}}});
        }
        // Tells by its coverage what was committed before it.
        for (const intake::LeaseAsk& ask : wants) {
            wire::LeaseState state;
            state.page.covered_epoch = ask.session.epoch;
            state.page.covered_seq = std::max<std::uint64_t>(ledger_.next_seq[ask.session.terminal], 1) - 1;
            out.leases.push_back({state});
            if (ledger_.recalled == 0) continue;
            state.page.covered_epoch = ledger_.recalled_epoch;
            state.give_back = true;
            out.recalls.push_back({ledger_.recalled, state});
        }
        ledger_.changed.notify_all();
        return out;
    }
    Result<wire::FeedPage> page(const intake::Session& session, std::uint64_t cursor, const intake::PageLimits&,
                                std::int64_t) override {
        const std::lock_guard lock(ledger_.mutex);
        if (ledger_.revoked.contains(session.terminal)) return fail(Code::kRefused, "revoked");
        wire::FeedPage page;
        page.from = cursor;
        page.to = ledger_.page_bytes ? std::min(cursor + 1, ledger_.head) : ledger_.head;
        page.as_of = ledger_.head;
        page.covered_epoch = session.epoch;
        page.covered_seq = ledger_.next_seq[session.terminal];
        if (ledger_.page_bytes) page.members.push_back({{}, 1, Bytes(ledger_.page_bytes), {}, {}});
        return page;
    }
    Result<wire::OpsReturn> give_back(const intake::Session&, const wire::OpsWant& want) override {
        return wire::OpsReturn{want.epoch, want.first_seq, {}};
    }
    Status note_contacts(std::span<const intake::ContactRow> contacts, std::int64_t, bool at_once) override {
        const std::lock_guard lock(ledger_.mutex);
        for (const intake::ContactRow& contact : contacts) ledger_.contacts.push_back({contact, at_once});
        ledger_.changed.notify_all();
        return {};
    }
    Result<std::uint64_t> feed_head() override {
        const std::lock_guard lock(ledger_.mutex);
        return ledger_.head;
    }
    Result<bool> changed_elsewhere() override {
        const std::lock_guard lock(ledger_.mutex);
        return std::exchange(ledger_.touched, false);
    }
    Result<std::optional<wire::Refused>> refusal_of(const crypto::PublicKey& device) override {
        const std::lock_guard lock(ledger_.mutex);
        if (!ledger_.revoked.contains(devices_[device])) return std::optional<wire::Refused>();
        return std::optional(refusal());
    }
    Result<bool> run_day(std::int64_t) override { return false; }

  private:
    static wire::Refused refusal() { return {wire::Refusal::kRevoked, "revoked: stolen"}; }
    FakeLedger& ledger_;
    std::map<crypto::PublicKey, domain::TerminalId> devices_;
};

}  // namespace tally::support
