#include "hq-server/admin/lease_command.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/base/counted.h"
#include "common/domain/number_text.h"
#include "common/wire/codec.h"
#include "hq-server/admin/text_table.h"
#include "hq-server/admin/why.h"
#include "hq-server/intake/leases.h"

namespace tally::admin {

using namespace domain;

namespace {

constexpr std::size_t kWriteOffReasonBytesMax = 500;
constexpr std::size_t kEpochDigits = 8;

std::string so_many(Points points) { return counted(static_cast<std::uint64_t>(points), "point"); }

// What people are told of a holder.
struct HolderText {
    std::string heard;
    bool in_doubt = false;
};

class Holders {
  public:
    Holders(intake::LedgerStore& store, TimeZone zone, std::int64_t now_ms)
        : store_(store), zone_(std::move(zone)), now_ms_(now_ms) {}

    Result<HolderText> of(TerminalId terminal, const Epoch& epoch) {
        auto known = terminals_.find(terminal);
        if (known == terminals_.end()) {
            TALLY_TRY(const auto device, store_.device(terminal));
            TALLY_TRY(std::vector<intake::ChainRow> chains, store_.chains(terminal));
            std::string heard = device ? contact_text(*device, zone_, now_ms_) : std::string("not enrolled");
            known = terminals_.emplace(terminal, Known{std::move(heard), std::move(chains)}).first;
        }
        const auto& chains = known->second.chains;
        const bool begun =
            std::any_of(chains.begin(), chains.end(), [&](const auto& row) { return row.epoch == epoch; });
        return HolderText{known->second.heard, begun && chains.back().epoch != epoch};
    }

  private:
    struct Known {
        std::string heard;
        std::vector<intake::ChainRow> chains;
    };
    intake::LedgerStore& store_;
    TimeZone zone_;
    std::int64_t now_ms_;
    std::map<TerminalId, Known> terminals_;
};

// What one epoch of a terminal holds of one member.
struct Held {
    TerminalId terminal = 0;
    Epoch epoch;
    Points points = 0;
    std::optional<Day> through;
};

std::vector<Held> held_of(const Account& account) {
    std::vector<Held> out;
    for (const intake::Frozen& one : intake::frozen_slices(account)) {
        const Slice& slice = *one.slice;
        auto held = std::find_if(out.begin(), out.end(),
                                 [&](const Held& there) { return slice.is_of(there.terminal, there.epoch); });
        if (held == out.end()) held = out.insert(out.end(), {slice.holder, slice.epoch, 0, {}});
        held->points += slice.outstanding;
        if (slice.through) held->through = std::max(held->through.value_or(*slice.through), *slice.through);
    }
    return out;
}

std::string state_of(const Held& held, const HolderText& holder, Day today) {
    if (holder.in_doubt) return "in doubt";
    return held.through && today > *held.through ? "ended" : "held";
}

// The cells of one holder, after the member's.
std::vector<std::string> cells_of(const Held& held, const HolderText& holder, Day today) {
    return {std::to_string(held.terminal), held.epoch.hex().substr(0, kEpochDigits),
            number_text(held.points),      held.through ? format_day(*held.through) : "-",
            state_of(held, holder, today), holder.heard};
}

Result<Account> stored_account(intake::LedgerStore& store, const MemberId& member) {
    TALLY_TRY(const auto row, store.member(member));
    if (!row) return fail(Code::kNotFound, "the member has no account");
    return wire::decode_account(row->account);
}

Points loss_of(const Account& account) {
    Points sum = 0;
    for (const Lot& lot : account.lots) sum += lot.loss;
    return sum;
}

Points risk_of(const Account& account) {
    Points sum = 0;
    for (const Slice& slice : account.slices) sum += slice.risk;
    return sum;
}

struct Desk {
    Home home;
    Day today = 0;
    Holders holders;

    static Result<Desk> open(const Place& place, std::int64_t now_ms) {
        TALLY_TRY(Home home, open_home(place.dir, place.unlock));
        intake::Intake intake(*home.store, home.device);
        TALLY_TRY(const Programme programme, intake.programme());
        TALLY_TRY(TimeZone zone, TimeZone::load(programme.time_zone));
        TALLY_TRY(const Day today, intake.today(now_ms));
        Holders holders(*home.store, std::move(zone), now_ms);
        return Desk{std::move(home), today, std::move(holders)};
    }
};

}  // namespace

Result<Said> list_leases_command(const Place& place, const LeaseListRequest& request, std::int64_t now_ms) {
    TALLY_TRY(Desk desk, Desk::open(place, now_ms));
    Table table{{"member", "terminal", "epoch", "points", "through", "state", "last contact"}};
    const auto add = [&](const MemberId& member, const Account& account) -> Status {
        for (const Held& held : held_of(account)) {
            if (request.terminal != 0 && held.terminal != request.terminal) continue;
            TALLY_TRY(const HolderText holder, desk.holders.of(held.terminal, held.epoch));
            if (request.in_doubt && !holder.in_doubt) continue;
            table.push_back({uuid_text(member)});
            for (std::string& cell : cells_of(held, holder, desk.today)) table.back().push_back(std::move(cell));
        }
        return {};
    };
    if (!request.member.empty()) {
        TALLY_TRY(const MemberId member, member_of_ref(*desk.home.store, request.member));
        TALLY_TRY(const Account account, stored_account(*desk.home.store, member));
        TALLY_OK(add(member, account));
    } else {
        TALLY_OK(desk.home.store->each_member([&](const intake::MemberRow& row) -> Status {
            TALLY_TRY(const Account account, wire::decode_account(row.account));
            return add(row.member, account);
        }));
    }
    if (table.size() == 1) return Said{"no points are leased\n", {}, true};
    return Said{as_text(table, Cells::kWords), {}, true};
}

Result<Said> show_leases_command(const Place& place, const std::string& member, std::int64_t now_ms) {
    TALLY_TRY(Desk desk, Desk::open(place, now_ms));
    TALLY_TRY(const MemberId id, member_of_ref(*desk.home.store, member));
    TALLY_TRY(const Account account, stored_account(*desk.home.store, id));
    std::string out = "member " + uuid_text(id) + "\n";
    out += "balance on " + format_day(desk.today) + ": " + number_text(account.balance_on(desk.today)) + "\n";
    out += "  free, to be leased or redeemed: " + number_text(intake::grantable(account, desk.today)) + "\n";
    Table table{{"  terminal", "epoch", "points", "through", "state", "last contact"}};
    for (const Held& held : held_of(account)) {
        TALLY_TRY(const HolderText holder, desk.holders.of(held.terminal, held.epoch));
        table.push_back(cells_of(held, holder, desk.today));
        table.back().front().insert(0, "  ");
    }
    out += "  leased: " + number_text(account.leased_total()) + "\n";
    if (table.size() > 1) out += as_text(table, Cells::kWords);
    if (const Points risk = risk_of(account); risk > 0)
        out += "  written off and still at risk: " + number_text(risk) + "\n";
    if (const Points loss = loss_of(account); loss > 0) out += "  borne by the chain: " + number_text(loss) + "\n";
    return Said{out, {}, true};
}

Result<Said> write_off_command(const Place& place, const WriteOffRequest& request, std::int64_t now_ms) {
    if (request.by == 0) return fail(Code::kInvalid, "--by: the number of who decides this");
    TALLY_TRY(const std::string reason, clean_argument("--reason", request.reason, kWriteOffReasonBytesMax));
    TALLY_TRY(Desk desk, Desk::open(place, now_ms));
    TALLY_TRY(const MemberId id, member_of_ref(*desk.home.store, request.member));
    TALLY_TRY(const Account account, stored_account(*desk.home.store, id));
    std::vector<Held> meant;
    for (const Held& held : held_of(account))
        if (held.terminal == request.terminal && held.epoch.hex().starts_with(request.epoch)) meant.push_back(held);
    const std::string who = "terminal " + std::to_string(request.terminal);
    if (meant.empty()) return fail(Code::kNotFound, who + " holds no points of this member");
    if (!request.epoch.empty() && meant.size() > 1)
        return fail(Code::kInvalid, "--epoch: several epochs of " + who + " begin so");
    Points sum = 0;
    std::string told;
    for (const Held& held : meant) {
        TALLY_TRY(const HolderText holder, desk.holders.of(held.terminal, held.epoch));
        told += "  " + so_many(held.points) + " of epoch " + held.epoch.hex().substr(0, kEpochDigits) + ", " +
                state_of(held, holder, desk.today) + ", last contact: " + holder.heard + "\n";
        sum += held.points;
    }
    const std::string risk =
        "what it redeemed of them while it was away, or still redeems, is then lost to the chain: " + so_many(sum) +
        " at most\n";
    if (!request.yes)
        return Said{who + " holds, and a write-off would free:\n" + told + risk,
                    "tally-hq: nothing is changed; --yes writes it off\n", false};
    intake::Intake intake(*desk.home.store, desk.home.device);
    intake::Intake::WriteOff what{request.terminal, {}, id, request.by, reason};
    if (!request.epoch.empty()) what.epoch = meant.front().epoch;
    TALLY_TRY(const Points freed, intake.write_off(what, now_ms));
    return Said{
        "wrote off " + so_many(freed) + " that " + who + " held; they are free again\n" + told + risk, {}, true};
}

Result<Said> loss_command(const Place& place) {
    TALLY_TRY(const Home home, open_home(place.dir, place.unlock));
    Points loss = 0, risk = 0;
    std::map<MemberId, Account> folded;  // of members that cost the chain something, ever
    TALLY_OK(home.store->each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const Account account, wire::decode_account(row.account));
        loss += loss_of(account);
        risk += risk_of(account);
        const bool written_off = std::any_of(account.slices.begin(), account.slices.end(),
                                             [](const Slice& slice) { return slice.written_off > 0; });
        if (written_off) folded.emplace(row.member, Account{});
        return {};
    }));
    std::string out = "lost to write-offs: " + so_many(loss) + "; still at risk: " + number_text(risk) + "\n";
    if (folded.empty()) return Said{out, {}, true};
    Table table{{"operation", "date", "store", "by", "member", "points"}};
    TALLY_OK(home.store->each_op(0, [&](const intake::OpRow& row) -> Status {
        const auto member = folded.find(row.member);
        if (member == folded.end()) return {};
        TALLY_TRY(const Op op, wire::decode_op(row.bytes));
        TALLY_TRY(const auto decision, home.store->decision(row.pos));
        const Points loss_before = loss_of(member->second), risk_before = risk_of(member->second);
        TALLY_TRY(const Folded done, fold(member->second, op, decision ? decision->ruling : Ruling{}));
        const Points more = loss_of(member->second) - loss_before;
        const Points freed = risk_of(member->second) - risk_before;
        if (more == 0 && freed <= 0) return {};
        std::string what = more > 0   ? "lost " + number_text(more)
                           : more < 0 ? "came back " + number_text(-more)
                                      : "written off " + number_text(freed);
        table.push_back({op_text(op.id), format_day(op.business_day), op.store.empty() ? "-" : op.store,
                         std::to_string(op.cashier), uuid_text(op.member), std::move(what)});
        return {};
    }));
    return Said{out + as_text(table, Cells::kWords), {}, true};
}

}  // namespace tally::admin
