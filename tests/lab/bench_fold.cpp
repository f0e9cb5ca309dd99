// The fold, as headquarters runs it over a log and as a till runs it over one member: decoded operations in, accounts
// out. No disk, no codec.
#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/base/random.h"
#include "common/domain/earning.h"
#include "common/domain/fold.h"
#include "common/domain/tiers.h"
#include "common/domain/till_rules.h"
#include "tests/lab/bench.h"

namespace tally::lab {
namespace {

using namespace domain;
using nlohmann::json;

// Of this process: other work on the machine does not count.
double processor_us() { return static_cast<double>(std::clock()) * (1e6 / CLOCKS_PER_SEC); }

Programme programme_of_bench() {
    Programme out;
    out.version = 1;
    out.chain_name = "Bench";
    out.redeem_step_points = out.redeem_step_minor = out.redeem_min_points = 1;
    out.expiry_rule = ExpiryRule::kYearEnd;
    out.expiry_count = 1;
    out.earn_rules.push_back({.id = "tea", .kind = EarnKind::kPerUnit, .points = 1, .per_minor = 200});
    out.earn_rules.back().when.categories = {"tea"};
    out.earn_rules.push_back({.id = "weekend", .kind = EarnKind::kFactor, .factor_milli = 1500});
    out.earn_rules.back().when.weekdays = 0b1100000;
    out.earn_rules.push_back({.id = "large", .kind = EarnKind::kFixed, .points = 20});
    out.earn_rules.back().when.order_min_minor = 15'000;
    out.tiers.levels = {{.id = "basic"},
                        {.id = "silver", .threshold = 500'000, .factor_milli = 1200},
                        {.id = "gold", .threshold = 2'000'000, .factor_milli = 1500}};
    return out;
}

// What a till writes for a member: of a hundred operations 60 earn, 20 redeem, 12 refund, 8 adjust.
class Shop {
  public:
    explicit Shop(const Programme& programme) : programme_(programme) {}

    Op next(const Account& account, std::size_t member, Day day) {
        Op op;
        op.id = {static_cast<TerminalId>(2 + random_.below(50)), {}, ++seq_};
        op.id.epoch.bytes[0] = 1;
        op.business_day = day;
        op.store = "S" + std::to_string(op.id.terminal);
        std::memcpy(op.member.bytes.data(), &member, sizeof member);
        op.member.bytes[15] = 7;
        op.programme_version = 1;
        op.body = body(account, op, random_.below(100));
        return op;
    }

  private:
    Body body(const Account& account, const Op& op, std::uint64_t kind) {
        if (kind >= 60 && kind < 80)
            if (const Points most = account.balance_on(op.business_day); most > 0) {
                Redeem redeem;
                redeem.points = 1 + static_cast<Points>(random_.below(static_cast<std::uint64_t>(most)));
                redeem.value_minor = redeem.order_minor = redeem.points;
                redeem.takes = plan_takes(account, op.business_day, redeem.points);
                return redeem;
            }
        if (kind >= 80 && kind < 92 && !account.lots.empty())
            if (const Lot& lot = account.lots[random_.below(account.lots.size())]; lot.kept_minor() > 0) {
                Reverse refund;
                refund.target = lot.maker;
                refund.bill.bill_no = "R" + std::to_string(seq_);
                refund.amount_minor =
                    1 + static_cast<Minor>(random_.below(static_cast<std::uint64_t>(lot.kept_minor())));
                return refund;
            }
        if (kind >= 92)
            return Adjust{random_.below(4) == 0 ? Points{-5} : Points{25}, AdjustReason::kGoodwill,
                          op.business_day + 90};
        return earn(op);
    }
    Earn earn(const Op& op) {
        Earn out;
        out.bill = {"B" + std::to_string(seq_), "", 0};
        out.lines = {{"1001", "tea", 1000, 1 + static_cast<Minor>(random_.below(9'000)), false, 0},
                     {"1002", "cups", 2000, 1 + static_cast<Minor>(random_.below(9'000)), false, 0}};
        for (const BillLine& line : out.lines) out.amount_minor += line.amount_minor;
        out.tier = "silver";
        out.minute = 720;
        Order order = order_of(out, op.store, op.business_day);
        if (const auto earned = compute_earning(programme_, order, {})) {
            out.points = earned->points;
            out.eligible_minor = earned->eligible_minor;
            out.parts = earned->parts;
            out.lines = earned->lines;
        }
        out.expires = expiry_of(programme_, op.business_day);
        return out;
    }
    const Programme& programme_;
    SeededRandom random_{kBenchSeed};
    std::uint64_t seq_ = 0;
};

// As headquarters does: the result again from what the operation recorded.
bool recompute(const Programme& programme, const Op& op) {
    const auto* earn = std::get_if<Earn>(&op.body);
    if (!earn) return true;
    const auto again = compute_earning(programme, order_of(*earn, op.store, op.business_day), caps_used_of(*earn));
    return again && again->points == earn->points;
}

struct Log {
    std::vector<Op> ops;
    std::vector<std::uint32_t> members;    // whose each is
    std::vector<std::uint32_t> by_member;  // places, member after member
};

Result<Log> make_log(const Programme& programme, std::size_t operations, std::size_t members) {
    Log log;
    std::vector<Account> accounts(members);
    Shop shop(programme);
    SeededRandom random(kBenchSeed + 1);
    for (std::size_t i = 0; i < operations; ++i) {
        const auto member = static_cast<std::uint32_t>(random.below(members));
        log.ops.push_back(shop.next(accounts[member], member, 20'000 + static_cast<Day>(i * 365 / operations)));
        log.members.push_back(member);
        log.by_member.push_back(static_cast<std::uint32_t>(i));
        TALLY_OK(fold(accounts[member], log.ops.back()));
    }
    std::stable_sort(log.by_member.begin(), log.by_member.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return log.members[a] < log.members[b]; });
    // A copy, one operation's memory after the other's as a decoder leaves them: these lie among the accounts made
    // here, and what is measured would allocate in the holes that the accounts leave.
    return Log(log);
}

// Million operations a second: `each(member's row, op)` over the log, on rows of its own.
template <class Row, class Each>
Result<double> rate_of(const Log& log, std::size_t members, bool by_member, std::vector<Row>& rows, const Each& each) {
    rows.clear();
    rows.resize(members);
    const double begin = processor_us();
    for (std::size_t i = 0; i < log.ops.size(); ++i) {
        const std::size_t at = by_member ? log.by_member[i] : i;
        TALLY_OK(each(rows[log.members[at]], log.ops[at]));
    }
    return static_cast<double>(log.ops.size()) / (processor_us() - begin);
}

// In turns: the fold in the log's order, that with recomputation, the fold member after member, and the floor, a
// record of a lot's size appended to its member's.
Status fold_log(const Programme& programme, std::size_t operations, std::size_t members, std::size_t rounds,
                const Print& print) {
    TALLY_TRY(const Log log, make_log(programme, operations, members));
    const auto folded = [](Account& account, const Op& op) -> Status {
        TALLY_OK(fold(account, op));
        return {};
    };
    const auto recomputed = [&](Account& account, const Op& op) -> Status {
        if (!recompute(programme, op)) return fail(Code::kBug, "a result differs from its recorded inputs");
        TALLY_OK(fold(account, op));
        return {};
    };
    const auto appended = [](std::vector<Lot>& lots, const Op& op) -> Status {
        Lot& lot = lots.emplace_back();
        lot.maker = op.id;
        lot.store = op.store;
        return {};
    };
    std::vector<double> rates[4];
    std::vector<Account> first, again;
    std::vector<std::vector<Lot>> floor;
    for (std::size_t round = 0; round < rounds; ++round) {
        TALLY_TRY(const double in_order, rate_of(log, members, false, first, folded));
        TALLY_TRY(const double with_inputs, rate_of(log, members, false, again, recomputed));
        if (first != again) return fail(Code::kBug, "two folds of one log differ");
        TALLY_TRY(const double in_turn, rate_of(log, members, true, again, folded));
        if (first != again) return fail(Code::kBug, "two folds of one log differ");
        again.clear();
        TALLY_TRY(const double plain, rate_of(log, members, false, floor, appended));
        floor.clear();
        rates[0].push_back(in_order), rates[1].push_back(with_inputs), rates[2].push_back(in_turn);
        rates[3].push_back(plain);
    }
    std::size_t lots = 0;
    for (const Account& account : first) {
        TALLY_OK(check_account(account));
        lots += account.lots.size();
    }
    print({{"bench", "fold"},
           {"what", "log"},
           {"operations", operations},
           {"members", members},
           {"lots", lots},
           {"rounds", rounds},
           {"million_ops_per_s", median(rates[0])},
           {"million_ops_per_s_recomputed", median(rates[1])},
           {"million_ops_per_s_by_member", median(rates[2])},
           {"million_ops_per_s_floor", median(rates[3])}});
    return {};
}

// One member's whole history, and what a card shows of it.
Status card(const Programme& programme, std::size_t operations, std::size_t rounds, const Print& print) {
    std::vector<Op> history;
    Account grown;
    Shop shop(programme);
    while (history.size() < operations) {
        const Day day = 20'000 + static_cast<Day>(history.size() * 730 / operations);
        history.push_back(shop.next(grown, 1, day));
        TALLY_OK(fold(grown, history.back()));
    }
    const Day today = 20'730;
    std::vector<double> times, floors;
    Points shown = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        double begin = processor_us();
        Account account;
        for (const Op& op : history) TALLY_OK(fold(account, op));
        const auto tier = tier_of(programme, account, today);
        shown += account.balance_on(today) + redeemable(programme, account, today, {}) + (tier ? tier->value : 0);
        times.push_back(processor_us() - begin);
        begin = processor_us();
        std::vector<Lot> lots;
        for (const Op& op : history) lots.emplace_back().maker = op.id;
        shown += static_cast<Points>(lots.size());
        floors.push_back(processor_us() - begin);
    }
    print({{"bench", "fold"},
           {"what", "member card"},
           {"operations", operations},
           {"lots", grown.lots.size()},
           {"rounds", rounds},
           {"card_us", median(times)},
           {"card_p99_us", percentile(times, 0.99)},
           {"floor_us", median(floors)},
           {"shown", shown != 0}});
    return {};
}

}  // namespace

Status bench_fold(const std::string&, const BenchOptions& options, const Print& print) {
    const Programme programme = programme_of_bench();
    TALLY_OK(check_programme(programme));
    const std::size_t members = std::min<std::size_t>(options.members, 100'000);
    TALLY_OK(fold_log(programme, 10 * members, members, std::min<std::size_t>(options.rounds, 5), print));
    return card(programme, 2'000, 200, print);
}

}  // namespace tally::lab
