// What cashiers do, through the real till.
#include "tests/sim/checks.h"
#include "tests/sim/programme.h"
#include "tests/sim/verbs.h"
#include "tests/sim/world.h"

namespace tally::sim {

namespace {

using replica::Till;

// One act at one till: who stands there, what it left behind, and whether it was printed.
class Counter {
  public:
    Counter(World& world, const Event& event)
        : world_(world), event_(event), machine_(world.machine(event.argument(0))) {
        if (machine_ && !machine_->is_running()) machine_ = nullptr;
    }
    bool is_open() const { return machine_ != nullptr; }
    Till& till() { return machine_->till(); }
    bool is_offline() const {
        const Line* line = world_.line_of(*machine_);
        return !line || !line->is_open();
    }

    static std::string phone_of(std::int64_t person) { return "138" + std::to_string(10'000'000 + person); }

    // Whoever is not known here is registered, as a cashier would.
    std::optional<Till::Found> find(std::int64_t person) {
        auto found = till().find_code(phone_of(person));
        if (!found) return finish(Status(found.error())), std::nullopt;
        if (*found) return **found;
        replica::RegisterRequest request;
        request.fields[domain::Field::kName] = "Person " + std::to_string(person);
        request.fields[domain::Field::kPhone] = phone_of(person);
        const auto answer = till().register_member(request);
        finish(answer ? Status{} : Status(answer.error()));
        if (!answer || machine_ == nullptr) return std::nullopt;
        found = till().find_code(phone_of(person));
        return found && *found ? **found : std::optional<Till::Found>();
    }

    // What follows every act: the checker hears of it, the line of what was written, and the machine may be dead.
    void finish(const Status& done) {
        ++world_.counts.of[Counts::kActs];
        if (!done) {
            ++world_.counts.of[Counts::kRefusedActs];
            world_.trouble(machine_->name() + ": " + to_string(done.error()));
            if (done.error().code == Code::kBug) world_.fault("bug", to_string(done.error()));
        }
        Machine& machine = *machine_;
        check_after_act(world_, machine, done.has_value());
        if (machine.is_dead()) machine_ = nullptr;
        world_.after_use(machine);
        if (machine_ == nullptr) return;
        world_.at(world_.now_ms() + 1, [&world = world_, &machine] {
            if (Line* line = world.line_of(machine)) line->look_at_log();
        });
    }
    void finish(const Result<replica::Receipt>& receipt, std::int64_t person, const domain::MemberId& member) {
        if (receipt)
            world_.by_event[event_.number] = {receipt->bill_no, person, receipt->amount_minor, receipt->op, member};
        finish(receipt ? Status{} : Status(receipt.error()));
    }
    const Done* done(std::size_t argument) const {
        const auto found = world_.by_event.find(static_cast<std::uint64_t>(event_.argument(argument)));
        return found == world_.by_event.end() ? nullptr : &found->second;
    }
    std::int64_t argument(std::size_t i) const { return event_.argument(i); }

  private:
    World& world_;
    const Event& event_;
    Machine* machine_;
};

std::string bill_of(std::int64_t number) { return number == 0 ? "" : "B" + std::to_string(number); }

Result<replica::Receipt> receipt_of(Result<replica::SaleAnswer> answer) {
    if (!answer) return answer.error();
    if (answer->receipt) return std::move(*answer->receipt);
    return fail(Code::kRefused, "points or coupons cannot be taken");
}

void sell(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    replica::SaleRequest request;
    request.member = found->member;
    request.presented = found->presented;
    request.amount_minor = at.argument(2);
    request.redeem_points = at.argument(3);
    request.bill_no = bill_of(at.argument(4));
    request.offline = at.is_offline();
    at.finish(receipt_of(at.till().check_out(request)), at.argument(1), found->member);
}

void sell_to_stranger(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    replica::SaleRequest request;
    request.amount_minor = at.argument(1);
    request.bill_no = bill_of(at.argument(2));
    request.offline = at.is_offline();
    at.finish(at.till().sale(request), 0, {});
}

void refund(World& world, const Event& event) {
    Counter at(world, event);
    const Done* sale = at.done(1);
    if (!at.is_open() || !sale || sale->bill_no.empty()) return;
    replica::RefundRequest request;
    if (sale->person != 0) {
        const auto found = at.find(sale->person);
        if (!found) return;
        request.member = found->member;
        request.presented = found->presented;
    }
    request.of_bill_no = sale->bill_no;
    request.amount_minor = std::max<std::int64_t>(sale->amount_minor * at.argument(2) / 1000, 1);
    at.finish(at.till().refund(request), 0, {});
}

// `held_before`: what was leased here when the cashier asked; beyond it nothing stays where nothing is redeemed.
void redeem_now(World& world, const Event& event, const Till::Found& found, domain::Points held_before) {
    Counter at(world, event);
    if (!at.is_open()) return;
    replica::RedeemRequest request;
    request.member = found.member;
    request.presented = found.presented;
    request.points = at.argument(2);
    request.order_minor = 100'000;
    const auto here = at.till().leased(found.member);
    const bool leased = here && *here >= request.points;
    auto answer = at.till().redeem(request, at.is_offline() || !leased);
    const bool refused = answer && !answer->receipt;
    at.finish(!answer           ? Result<replica::Receipt>(answer.error())
              : answer->receipt ? Result<replica::Receipt>(std::move(*answer->receipt))
                                : Result<replica::Receipt>(fail(Code::kRefused, "points cannot be redeemed")),
              at.argument(1), found.member);
    if (refused && at.is_open()) at.finish(at.till().return_beyond(found.member, held_before));
}

// As the store thread: headquarters is asked first, and the cashier waits so long.
void redeem(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    const auto held = at.till().leased(found->member);
    if (!held) return at.finish(Status(held.error()));
    Machine& machine = *world.machine(at.argument(0));
    Line* line = world.line_of(machine);
    if (!line || !line->is_open() || *held >= at.argument(2)) return redeem_now(world, event, *found, *held);
    machine.waiting = found->member;
    line->want_lease(found->member, at.argument(2));
    world.at(world.now_ms() + tuning::kLeaseWait_ms, [&world, &machine, event, who = *found, before = *held] {
        machine.waiting.reset();
        machine.move_to(world.now_ms());
        redeem_now(world, event, who, before);
    });
}

void undo_redeem(World& world, const Event& event) {
    Counter at(world, event);
    const Done* redeemed = at.done(1);
    if (!at.is_open() || !redeemed) return;
    at.finish(at.till().reverse_redeem(redeemed->member, redeemed->op), 0, {});
}

void adjust(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open() || at.argument(2) == 0) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    at.finish(at.till().adjust(found->member, at.argument(2), domain::AdjustReason::kGoodwill, "goodwill"), 0, {});
}

void review(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    at.finish(at.till().bonus(found->member, "review", "r" + std::to_string(at.argument(2))), 0, {});
}

void edit(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    domain::PersonalFields fields;
    fields[domain::Field::kName] = "Name " + std::to_string(event.number);
    at.finish(at.till().edit_profile(found->member, fields));
}

void consent(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    at.finish(at.till().set_consent(found->member, "marketing", at.argument(2) != 0, "v1"));
}

void late(World& world, const Event& event) {
    Counter at(world, event);
    const Done* sale = at.done(2);
    if (!at.is_open() || !sale || sale->person != 0 || sale->bill_no.empty()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    replica::LateRequest request;
    request.member = found->member;
    request.presented = found->presented;
    request.bill_no = sale->bill_no;
    request.amount_minor = sale->amount_minor;
    request.day = at.till().today();
    at.finish(at.till().late_points(request), 0, {});
}

// --- coupons

// The first of the member's coupons of this template, as the till sees it: held here, or to be asked for.
std::optional<replica::CouponLine> coupon_of(Counter& at, const domain::MemberId& member, std::int64_t which,
                                             bool held) {
    const auto lines = at.till().coupons(member, {}, at.is_offline());
    if (!lines) return std::nullopt;
    for (const replica::CouponLine& line : *lines)
        if (line.coupon.template_id == kTemplates[which % kTemplatesCount] && line.held == held) return line;
    return std::nullopt;
}

void reserve(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    const auto coupon = coupon_of(at, found->member, at.argument(2), false);
    if (!coupon) return;
    replica::CouponRequest request;
    request.member = found->member;
    request.presented = found->presented;
    request.coupon = coupon->coupon.id;
    request.order.order_minor = at.argument(3);
    const auto answer = at.till().reserve_coupon(request, at.is_offline());
    at.finish(answer ? Status{} : Status(answer.error()));
}

void use_coupon(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    const auto coupon = coupon_of(at, found->member, at.argument(2), true);
    if (!coupon) return;
    replica::SaleRequest request;
    request.member = found->member;
    request.presented = found->presented;
    request.amount_minor = at.argument(3);
    request.coupons = {coupon->coupon.id};
    request.offline = at.is_offline();
    at.finish(receipt_of(at.till().check_out(request)), at.argument(1), found->member);
}

void end_reservation(World& world, const Event& event) {
    Counter at(world, event);
    if (!at.is_open()) return;
    const auto found = at.find(at.argument(1));
    if (!found) return;
    const auto coupon = coupon_of(at, found->member, at.argument(2), true);
    if (coupon) at.finish(at.till().end_reservation(found->member, coupon->coupon.id));
}

}  // namespace

std::span<const Verb> till_verbs() {
    static const Verb all[] = {
        {"sale", "TILL PERSON MINOR POINTS BILL", "A sale, paying with at most so many points. BILL 0: the till's own.",
         sell},
        {"stranger", "TILL MINOR BILL", "A sale without a member.", sell_to_stranger},
        {"refund", "TILL SALE PERMILLE", "A part of the sale of that event is given back.", refund},
        {"redeem", "TILL PERSON POINTS", "Points are redeemed by themselves.", redeem},
        {"undo", "TILL REDEEM", "The redemption of that event is reversed.", undo_redeem},
        {"adjust", "TILL PERSON POINTS", "Points are given, or taken.", adjust},
        {"review", "TILL PERSON KEY", "A bonus that counts once a key.", review},
        {"edit", "TILL PERSON", "The person has another name.", edit},
        {"consent", "TILL PERSON GIVEN", "Consent is given (1) or withdrawn (0).", consent},
        {"late", "TILL PERSON SALE", "Points for the stranger's sale of that event.", late},
        {"reserve", "TILL PERSON TEMPLATE MINOR", "A coupon is shown, and headquarters asked to hold it.", reserve},
        {"use", "TILL PERSON TEMPLATE MINOR", "A sale with a coupon that is held here.", use_coupon},
        {"unreserve", "TILL PERSON TEMPLATE", "The coupon is put away.", end_reservation},
    };
    return all;
}

}  // namespace tally::sim
