#include "terminal/app/store_thread.h"

#include <sys/stat.h>

#include <cstdio>

#include "common/base/log.h"
#include "sync/agent/enrol.h"
#include "terminal/app/answers.h"

namespace tally::terminal {

namespace {

constexpr std::size_t kLinesMax = 60;
constexpr std::size_t kHitsMax = 10;
constexpr std::int64_t kIncidentShown_ms = 3 * 86'400'000LL;  // how long the home screen speaks of one
constexpr auto kPoll = std::chrono::milliseconds(500);        // in case nobody tells us that the agent committed

// What an effect gets when it cannot be run.
struct Refusal {
    Error error;
    std::optional<Event> operator()(const FindMember& effect) const { return Found{effect.request, error, {}, false}; }
    std::optional<Event> operator()(const OpenMember& effect) const { return MemberOpened{effect.request, error}; }
    std::optional<Event> operator()(const ListOperations& effect) const {
        return OperationsListed{effect.request, error};
    }
    std::optional<Event> operator()(const MoneyAct& effect) const {
        if (effect.commit) return ActDone{effect.request, effect.act, effect.member, error};
        return Previewed{effect.request, error};
    }
    std::optional<Event> operator()(const RegisterMember& effect) const { return Registered{effect.request, error}; }
    std::optional<Event> operator()(const ReadStatus&) const { return std::nullopt; }
    std::optional<Event> operator()(const SaveLanguage&) const { return std::nullopt; }
};

void save_language(const std::string& path, Lang lang) {
    if (path.empty()) return;
    const std::string fresh = path + ".new";
    std::FILE* file = std::fopen(fresh.c_str(), "w");
    if (file == nullptr) return;
    (void)::fchmod(::fileno(file), 0600);
    std::fprintf(file, "lang = \"%s\"\n", lang == Lang::kZh ? "zh" : "en");
    if (std::fclose(file) == 0) std::rename(fresh.c_str(), path.c_str());
}

}  // namespace

StoreThread::StoreThread(StoreOptions options, Mailbox& mailbox)
    : options_(std::move(options)), mailbox_(mailbox), thread_([this] { main(); }) {}

StoreThread::~StoreThread() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    more_.notify_one();
    thread_.join();
}

void StoreThread::run(Effect effect) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < kQueueMax) {
            queue_.push_back(std::move(effect));
            more_.notify_one();
            return;
        }
    }
    if (auto answer = std::visit(Refusal{fail(Code::kBusy, "the store's queue is full")}, effect))
        mailbox_.post(std::move(*answer));
}

void StoreThread::look_for_changes() {
    {
        const std::lock_guard lock(mutex_);
        look_ = true;
    }
    more_.notify_one();
}

Status StoreThread::open() {
    TALLY_TRY(const crypto::Secret key, agent::unlock_terminal(options_.dir, options_.unlock));
    TALLY_TRY(auto opened, replica::Replica::open(options_.dir, key, store::Sync::kFull));
    replica_.emplace(std::move(opened));
    TALLY_TRY(auto till, replica::Till::start(*replica_, *options_.clock, random_));
    till_.emplace(std::move(till));
    TALLY_TRY(seen_version_, replica_->data_version());
    TALLY_TRY(const StatusRead now, status());
    mailbox_.post(Opened{now.shop, now.zone, now.revoked});
    if (options_.opened) options_.opened(*this, key);
    return {};
}

void StoreThread::main() {
    if (const Status opened = open(); !opened) {
        spdlog::error("open replica: {}", to_string(opened.error()));
        mailbox_.post(OpenFailed{opened.error().code});
        return;
    }
    std::unique_lock lock(mutex_);
    while (!stop_) {
        more_.wait_for(lock, kPoll, [&] { return stop_ || look_ || !queue_.empty(); });
        if (stop_) return;
        look_ = false;
        std::optional<Effect> effect;
        if (!queue_.empty()) {
            effect = std::move(queue_.front());
            queue_.pop_front();
        }
        lock.unlock();
        if (effect) perform(*effect);
        settle_leases();
        post_if_changed();
        if (options_.turned) options_.turned();
        lock.lock();
    }
}

void StoreThread::post_if_changed() {
    const auto version = replica_->data_version();
    if (!version || *version == seen_version_) return;
    seen_version_ = *version;
    mailbox_.post(ReplicaChanged{});
}

Event StoreThread::find(const FindMember& effect) {
    std::vector<MemberBrief> hits;
    const auto code = till_->find_code(effect.text);
    if (!code && code.error().code != Code::kInvalid) return Found{effect.request, code.error(), {}, false};
    if (code && *code) {
        auto brief = brief_of(*till_, (*code)->member);
        if (!brief) return Found{effect.request, brief.error(), {}, false};
        hits.push_back(std::move(*brief));
        return Found{effect.request, std::move(hits), (*code)->presented, true};
    }
    if (effect.scanned) return Found{effect.request, std::move(hits), {}, false};
    const auto found = till_->search(effect.text, kHitsMax);
    if (!found) return Found{effect.request, found.error(), {}, false};
    for (const replica::MemberHit& hit : *found) hits.push_back(brief_of(hit));
    domain::Presented presented;
    presented.kind = domain::IdentityKind::kName;
    return Found{effect.request, std::move(hits), presented, false};
}

Result<Outcome> StoreThread::money(const MoneyAct& effect) {
    if (effect.act == Act::kEarn) {
        replica::SaleRequest sale;
        sale.member = effect.member;
        sale.presented = effect.presented;
        sale.bill_no = effect.bill_no;
        sale.amount_minor = effect.amount_minor;
        sale.offline = effect.offline;
        TALLY_TRY(const replica::Receipt receipt, effect.commit ? till_->sale(sale) : till_->preview_sale(sale));
        Outcome out = outcome_of(receipt);
        TALLY_TRY(const domain::Programme programme, till_->programme());
        out.expires = domain::expiry_of(programme, till_->today());
        return out;
    }
    if (effect.act == Act::kRefund) {
        replica::RefundRequest refund;
        refund.member = effect.member;
        refund.presented = effect.presented;
        refund.of_bill_no = effect.bill_no;
        refund.amount_minor = effect.amount_minor;
        TALLY_TRY(const replica::Receipt receipt,
                  effect.commit ? till_->refund(refund) : till_->preview_refund(refund));
        return outcome_of(receipt);
    }
    return redeem(effect);
}

// Headquarters is asked first, when it can be: what it leases here is then redeemed as it would be offline. What was
// leased and not redeemed goes back.
Result<Outcome> StoreThread::redeem(const MoneyAct& effect) {
    replica::RedeemRequest redeem;
    redeem.member = effect.member;
    redeem.presented = effect.presented;
    redeem.bill_no = effect.bill_no;
    redeem.points = effect.points;
    bool offline = effect.offline;
    Outcome out;
    if (!effect.commit) {
        TALLY_TRY(const replica::RedeemAnswer answer, till_->preview_redeem(redeem, offline));
        if (answer.receipt) out = outcome_of(*answer.receipt);
        out.verdict = answer.verdict;
        return out;
    }
    TALLY_TRY(const domain::Points held_before, till_->leased(effect.member));
    if (!offline && effect.points > 0 && options_.leases) {
        const auto enough = [&] {
            const auto here = till_->leased(effect.member);
            return here && *here >= effect.points;
        };
        offline = !options_.leases->wait_for(effect.member, effect.points, enough);
    }
    TALLY_TRY(const replica::RedeemAnswer answer, till_->redeem(redeem, offline));
    if (answer.receipt) out = outcome_of(*answer.receipt);
    out.verdict = answer.verdict;
    if (!answer.receipt) TALLY_OK(till_->return_beyond(effect.member, held_before));
    return out;
}

// Once a minute, when the line came back, and when another terminal wants points.
void StoreThread::settle_leases() {
    constexpr std::int64_t kEvery_ms = 60'000;
    if (!options_.leases) return;
    const bool online = options_.leases->can_be_asked();
    replica::Till::SettleLeases how;
    how.can_be_asked = online;
    how.wanted_elsewhere = options_.leases->take_wanted_elsewhere();
    how.abandoned = options_.leases->take_abandoned();
    const std::int64_t now_ms = options_.clock->steady_ms();
    const bool came_back = online && !leases_online_;
    if (how.wanted_elsewhere.empty() && how.abandoned.empty() && !came_back && now_ms < leases_settled_ms_ + kEvery_ms)
        return;
    leases_settled_ms_ = now_ms;
    leases_online_ = online;
    const auto written = till_->settle_leases(how);
    if (!written) {
        spdlog::warn("giving back leases: {}", to_string(written.error()));
    } else if (*written > 0 && options_.appended) {
        options_.appended();
    }
}

Result<Registered::Answer> StoreThread::register_member(const RegisterMember& effect) {
    replica::RegisterRequest request;
    const auto put = [&](domain::Field field, const std::string& value) {
        if (!value.empty()) request.fields[field] = value;
    };
    put(domain::Field::kPhone, effect.phone);
    put(domain::Field::kName, effect.name);
    put(domain::Field::kCard, effect.card);
    if (effect.birthday) put(domain::Field::kBirthday, format_day(*effect.birthday));
    request.marketing_consent = effect.consent;
    request.consent_wording = "screen-1";
    TALLY_TRY(const replica::RegisterAnswer answer, till_->register_member(request));
    return Registered::Answer{answer.member, answer.existed, answer.consent_kept};
}

// So that headquarters hears of it, as far as this database can still be written.
void StoreThread::note_damage(const Error& error) {
    wire::IncidentReport incident;
    incident.kind = wire::IncidentKind::kDamagedPage;
    incident.at_ms = own_clock().wall_ms();
    if (const Status noted = replica_->note_incident(incident, error.detail); !noted)
        spdlog::warn("damage could not be put on record: {}", to_string(noted.error()));
}

Result<StatusRead> StoreThread::status() {
    StatusRead out;
    TALLY_TRY(out.shop.programme, till_->programme());
    const replica::Enrolment& enrolment = till_->enrolment();
    out.shop.store = enrolment.store;
    out.shop.store_name = enrolment.store_name;
    out.shop.till = enrolment.terminal;
    if (auto zone = TimeZone::load(out.shop.programme.time_zone)) out.zone = *zone;
    TALLY_TRY(const std::uint64_t waiting, replica_->unacknowledged_count());
    out.waiting = static_cast<std::int64_t>(waiting);
    TALLY_TRY(const replica::FeedCursor cursor, replica_->cursor());
    out.confirmed_ms = cursor.confirmed_ms;
    TALLY_TRY(const auto revocation, replica_->revocation());
    out.revoked = revocation.has_value();
    TALLY_TRY(const std::vector<replica::Incident> incidents, replica_->incidents(1));
    if (!incidents.empty() && incidents[0].report.at_ms > own_clock().wall_ms() - kIncidentShown_ms)
        out.incident = incident_shown(incidents[0]);
    return out;
}

void StoreThread::perform(const Effect& effect) {
    const auto log_failure = [this](const char* what, const Error& error) {
        if (error.code != Code::kInvalid) spdlog::warn("{}: {}", what, to_string(error));
        if (error.code == Code::kDamaged) note_damage(error);
        // It may have been revoked since the screen was told: then that comes first, and the answer is worded by it.
        if (error.code != Code::kRefused) return;
        if (const auto now = status()) mailbox_.post(*now);
    };
    if (const auto* ask = std::get_if<FindMember>(&effect)) {
        mailbox_.post(find(*ask));
    } else if (const auto* member = std::get_if<OpenMember>(&effect)) {
        const auto card = till_->card(member->member, member->offline);
        if (card) {
            mailbox_.post(MemberOpened{member->request, card_of(*card, till_->today())});
        } else {
            log_failure("member card", card.error());
            mailbox_.post(MemberOpened{member->request, card.error()});
        }
    } else if (const auto* list = std::get_if<ListOperations>(&effect)) {
        mailbox_.post(OperationsListed{list->request, till_lines(*replica_, *till_, kLinesMax)});
    } else if (const auto* act = std::get_if<MoneyAct>(&effect)) {
        const Result<Outcome> outcome = money(*act);
        if (!outcome) log_failure(act->commit ? "act" : "preview", outcome.error());
        if (!act->commit) {
            mailbox_.post(Previewed{act->request, outcome});
        } else {
            mailbox_.post(ActDone{act->request, act->act, act->member, outcome});
            if (outcome && options_.appended) options_.appended();
        }
    } else if (const auto* person = std::get_if<RegisterMember>(&effect)) {
        const auto answer = register_member(*person);
        if (!answer) log_failure("register", answer.error());
        mailbox_.post(Registered{person->request, answer});
        if (answer && options_.appended) options_.appended();
    } else if (std::holds_alternative<ReadStatus>(effect)) {
        if (const auto now = status()) mailbox_.post(*now);
    } else if (const auto* language = std::get_if<SaveLanguage>(&effect)) {
        save_language(options_.language_file, language->lang);
    }
}

}  // namespace tally::terminal
