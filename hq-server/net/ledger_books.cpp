#include "hq-server/net/ledger_books.h"

#include "common/base/log.h"

namespace tally::hqnet {

namespace {

// Members looked at in one step of the day's work: a few milliseconds between two groups.
constexpr std::size_t kExpireStepMembers = 5000;

class LedgerBooks final : public Books {
  public:
    LedgerBooks(std::unique_ptr<intake::LedgerStore> store, const crypto::Device& hq)
        : store_(std::move(store)), intake_(*store_, hq) {}

    Status open() {
        TALLY_TRY(foreign_version_, store_->foreign_version());
        return {};
    }

    Result<intake::HelloAnswer> hello(const crypto::PublicKey& device, const wire::Hello& hello,
                                      std::int64_t now_ms) override {
        return intake_.hello(device, hello, now_ms);
    }
    Result<EnrolAnswer> enrol(const crypto::PublicKey& device, const wire::Enrol& enrol, std::int64_t now_ms) override {
        return intake_.enrol(device, enrol, now_ms);
    }
    Result<intake::GroupAnswer> commit(std::span<intake::PreparedPush> pushes, std::span<const intake::LeaseAsk> wants,
                                       std::int64_t now_ms) override {
        return intake_.commit(pushes, wants, now_ms);
    }
    Result<wire::FeedPage> page(const intake::Session& session, std::uint64_t cursor, const intake::PageLimits& limits,
                                std::int64_t now_ms) override {
        return intake_.page(session, cursor, limits, now_ms);
    }
    Result<wire::OpsReturn> give_back(const intake::Session& session, const wire::OpsWant& want) override {
        return intake_.give_back(session, want);
    }
    Status note_contacts(std::span<const intake::ContactRow> contacts, std::int64_t now_ms, bool at_once) override {
        return intake_.note_contacts(contacts, now_ms, at_once);
    }
    Result<std::uint64_t> feed_head() override { return intake_.feed_head(); }

    Result<bool> changed_elsewhere() override {
        TALLY_TRY(const std::int64_t version, store_->foreign_version());
        return std::exchange(foreign_version_, version) != version;
    }

    Result<std::optional<wire::Refused>> refusal_of(const crypto::PublicKey& device) override {
        return intake_.refusal_of(device);
    }

    Result<bool> run_day(std::int64_t now_ms) override {
        TALLY_TRY(const Day today, intake_.today(now_ms));
        if (today != day_) {
            day_ = today;
            day_done_ = false;
            after_member_ = 0;
        }
        if (day_done_) return false;
        TALLY_TRY(const auto step, intake_.expire(after_member_, kExpireStepMembers, now_ms));
        after_member_ = step.next;
        day_done_ = step.next == 0;
        if (step.unopened > 0)
            spdlog::warn("{} members' profiles do not open: they get no coupons by birthday or anniversary",
                         step.unopened);
        return step.written > 0;
    }

  private:
    std::unique_ptr<intake::LedgerStore> store_;
    intake::Intake intake_;
    std::int64_t foreign_version_ = 0;
    std::optional<Day> day_;  // whose expiry is being written or is done
    bool day_done_ = false;
    std::uint64_t after_member_ = 0;
};

}  // namespace

OpenBooks books_of_ledger(Server::OpenLedger open, const crypto::Device& hq) {
    return [open = std::move(open), &hq]() -> Result<std::unique_ptr<Books>> {
        TALLY_TRY(auto store, open());
        auto books = std::make_unique<LedgerBooks>(std::move(store), hq);
        TALLY_OK(books->open());
        return std::unique_ptr<Books>(std::move(books));
    };
}

}  // namespace tally::hqnet
