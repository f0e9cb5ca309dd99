#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/replica/till.h"
#include "sync/agent/agent.h"
#include "tests/lab/figures.h"
#include "tests/lab/terminal_files.h"
#include "tests/lab/worker_protocol.h"

namespace tally::lab {

namespace {

using nlohmann::json;

// A terminal as tally-terminal runs it, minus the screen: the till with its replica on this thread, the agent with its
// own connection on another.
class TillWorker {
  public:
    static Result<std::unique_ptr<TillWorker>> start(const WorkerOptions& options) {
        auto worker = std::make_unique<TillWorker>();
        worker->clock_.set_wall_ms(options.clock_ms);
        TALLY_TRY(const crypto::Secret key, open_terminal_key(options.dir));
        TALLY_TRY(auto opened, replica::Replica::open(options.dir, key, store::Sync::kFull));
        worker->replica_ = std::make_unique<replica::Replica>(std::move(opened));
        TALLY_TRY(auto till, replica::Till::start(*worker->replica_, worker->clock_, worker->random_));
        worker->till_ = std::make_unique<replica::Till>(std::move(till));
        agent::AgentOptions agent_options;
        agent_options.dir = options.dir;
        agent_options.open = [dir = options.dir, shared = std::make_shared<crypto::Secret>(key.clone())] {
            return agent::open_agent_store(dir, *shared);
        };
        agent_options.clock = &worker->clock_;
        agent_options.software = "tally-lab";
        agent_options.held = !options.line_up;
        // A day of the replay passes in a fraction of a second: a till that waited half a minute would sleep for weeks.
        agent_options.backoff = {.base_ms = 20, .max_ms = 400, .refused_ms = 400, .busy_ms = 40};
        TALLY_TRY(worker->agent_, agent::Agent::start(std::move(agent_options)));
        return worker;
    }

    // The answer to one request; the caller adds the id.
    Result<json> answer(const json& request) {
        const std::string what = request.at("do").get<std::string>();
        if (what == "sale") return sale(request);
        if (what == "line") {
            agent_->set_held(!request.at("up").get<bool>());
            return json::object();
        }
        if (what == "register") return register_member(request);
        if (what == "redeem") return redeem(request);
        if (what == "card") return card(request);
        if (what == "status") return status();
        if (what == "report") return report(request);
        if (what == "verify") {
            TALLY_OK(replica_->verify_log());
            return json::object();
        }
        if (what == "stop") {
            agent_->stop();
            return json::object();
        }
        return fail(Code::kInvalid, "unknown request");
    }

  private:
    Result<json> sale(const json& request) {
        clock_.set_wall_ms(request.at("at").get<std::int64_t>());
        const std::string ref = request.value("ref", "");
        std::optional<domain::MemberId> member;
        domain::Presented presented;
        if (request.count("code")) {
            TALLY_TRY(const auto found, by_code(request));
            member = found.member;
            presented = found.presented;
        }
        if (!ref.empty()) {
            TALLY_TRY(const std::string normal, domain::normal_identity(domain::IdentityKind::kExternalRef, ref));
            TALLY_TRY(member, replica_->find(domain::IdentityKind::kExternalRef, normal));
            if (!member) return fail(Code::kNotFound, "no member of this reference in the replica");
        }
        Result<replica::Receipt> receipt = fail(Code::kBug, "no receipt");
        if (request.at("refund").get<bool>()) {
            replica::RefundRequest refund;
            refund.member = member;
            refund.presented = presented;
            refund.bill_no = request.at("bill").get<std::string>();
            refund.of_bill_no = request.at("of").get<std::string>();
            refund.amount_minor = request.at("amount").get<std::int64_t>();
            receipt = till_->refund(refund);
        } else {
            replica::SaleRequest sale;
            sale.member = member;
            sale.presented = presented;
            sale.bill_no = request.at("bill").get<std::string>();
            sale.amount_minor = request.at("amount").get<std::int64_t>();
            receipt = till_->sale(sale);
        }
        if (!receipt) return receipt.error();
        agent_->notify();
        return json{{"points", receipt->points}};
    }

    Result<replica::Till::Found> by_code(const json& request) {
        TALLY_TRY(auto found, till_->find_code(request.at("code").get<std::string>()));
        if (!found) return fail(Code::kNotFound, "nobody has this code here");
        return std::move(*found);
    }

    Result<json> register_member(const json& request) {
        clock_.set_wall_ms(request.at("at").get<std::int64_t>());
        replica::RegisterRequest form;
        form.fields[domain::Field::kName] = request.at("name").get<std::string>();
        form.fields[domain::Field::kPhone] = request.at("phone").get<std::string>();
        form.fields[domain::Field::kCard] = request.at("card").get<std::string>();
        TALLY_TRY(const auto answer, till_->register_member(form));
        agent_->notify();
        return json{{"existed", answer.existed}};
    }

    Result<json> redeem(const json& request) {
        clock_.set_wall_ms(request.at("at").get<std::int64_t>());
        TALLY_TRY(const auto found, by_code(request));
        replica::RedeemRequest redeem;
        redeem.member = found.member;
        redeem.presented = found.presented;
        redeem.points = request.at("points").get<std::int64_t>();
        TALLY_TRY(const auto answer, till_->redeem(redeem, !agent_->status().online()));
        if (!answer.receipt) return fail(Code::kRefused, "the till does not allow it");
        agent_->notify();
        return json{{"points", answer.receipt->points}};
    }

    Result<json> card(const json& request) {
        TALLY_TRY(const auto found, by_code(request));
        TALLY_TRY(const auto shown, till_->card(found.member, !agent_->status().online()));
        return json{{"name", shown.view.profile.text(domain::Field::kName)},
                    {"balance", shown.balance},
                    {"bills", shown.view.account.bills},
                    {"pending", shown.view.pending.size()}};
    }

    Result<json> status() {
        TALLY_TRY(const auto waiting, replica_->unacknowledged_count());
        TALLY_TRY(const auto pending, replica_->pending_count());
        TALLY_TRY(const auto cursor, replica_->cursor());
        TALLY_TRY(const auto members, replica_->member_count());
        TALLY_TRY(const auto programme, replica_->programme());
        const agent::AgentStatus agent = agent_->status();
        return json{{"waiting", waiting},
                    {"pending", pending},
                    {"cursor", cursor.position},
                    {"members", members},
                    {"programme", programme.version},
                    {"online", agent.online()},
                    {"caught_up", agent.online() && agent.caught_up},
                    {"trouble", agent.last_error.detail}};
    }

    Result<json> report(const json& request) {
        Figures figures;
        TALLY_OK(replica_->each_member([&](const domain::MemberId& id, const domain::Account& account) -> Status {
            TALLY_TRY(const auto view, replica_->member(id));
            if (!view) return fail(Code::kBug, "a member that is walked cannot be read");
            std::string ref = view->profile.text(domain::Field::kExternalRef);
            if (ref.empty()) ref = domain::uuid_text(id);
            Totals totals;
            totals.bills = account.bills;
            totals.amount_minor = account.spend_minor;
            totals.points_earned = account.earned_total + account.adjusted_up_total;
            totals.points_reversed = account.reversed_total;
            totals.points_redeemed = account.redeemed_total;
            figures.members[ref] += totals;
            figures.balances[ref] += account.balance_on(till_->today());
            return {};
        }));
        TALLY_TRY(const auto days, replica_->store_days());
        for (const auto& row : days) {
            Totals& totals = figures.store_days[{row.store, row.day}];
            totals += Totals{row.totals.bills, row.totals.amount_minor, row.totals.points_earned,
                             row.totals.points_reversed, row.totals.points_redeemed};
        }
        TALLY_OK(write_members(request.at("members").get<std::string>(), figures));
        TALLY_OK(write_store_days(request.at("days").get<std::string>(), figures));
        return json::object();
    }

    ManualClock clock_;
    crypto::SystemRandom random_;
    std::unique_ptr<replica::Replica> replica_;
    std::unique_ptr<replica::Till> till_;
    std::unique_ptr<agent::Agent> agent_;  // last: ends first
};

Status serve(TillWorker& worker) {
    std::string line;
    while (std::getline(std::cin, line)) {
        json out;
        bool stop = false;
        try {  // foreign exceptions stop here
            const json request = json::parse(line);
            out["id"] = request.at("id");
            stop = request.at("do") == "stop";
            auto answer = worker.answer(request);
            if (answer)
                out.update(*answer);
            else
                out["error"] = to_string(answer.error());
        } catch (const json::exception& error) {
            return fail(Code::kInvalid, std::string("unreadable request: ") + error.what());
        }
        std::cout << out.dump() << "\n" << std::flush;
        if (stop) break;
    }
    return {};
}

Status run(const WorkerOptions& options) {
    if (!options.ticket_file.empty()) TALLY_OK(set_up_terminal(options.dir, options.ticket_file));
    TALLY_TRY(const auto worker, TillWorker::start(options));
    return serve(*worker);
}

}  // namespace

int run_till_worker(const WorkerOptions& options) {
    std::ios::sync_with_stdio(false);
    start_log("till-worker", "warn");
    crypto::start();
    const Status done = run(options);
    if (done) return 0;
    std::cerr << "till-worker: " << to_string(done.error()) << std::endl;
    return 1;
}

}  // namespace tally::lab
