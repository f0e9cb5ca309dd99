#include "tests/scenario/runner/sight.h"

#include "common/domain/till_rules.h"
#include "common/wire/codec.h"
#include "hq-server/admin/verify.h"

namespace tally::scenario {

Result<Sight> sight_at_hq(World& world, const domain::MemberId& member) {
    TALLY_TRY(Hq * hq, world.hq());
    Sight out;
    out.place = "HQ";
    TALLY_TRY(out.today, world.today());
    out.programme = world.programme();
    TALLY_TRY(const auto account, hq->account(member));
    out.known = account.has_value();
    if (!account) return out;
    out.account = *account;
    TALLY_TRY(out.profile, hq->profile(member));
    out.redeemable = domain::redeemable(world.programme(), out.account, out.today, {});
    return out;
}

Result<Sight> sight_at(World& world, Terminal& terminal, const domain::MemberId& member) {
    Sight out;
    out.place = terminal.name();
    out.today = terminal.till().today();
    TALLY_TRY(out.programme, terminal.till().programme());
    auto card = terminal.till().card(member, !world.is_online(terminal));
    if (!card && card.error().code == Code::kNotFound) return out;
    if (!card) return card.error();
    out.known = true;
    out.account = std::move(card->view.account);
    out.profile = std::move(card->view.profile);
    out.pending = card->view.pending.size();
    out.redeemable = card->redeemable;
    return out;
}

Result<Sight> sight_of(World& world, const std::string& place, const domain::MemberId& member) {
    if (place == "HQ") return sight_at_hq(world, member);
    TALLY_TRY(Terminal * terminal, world.terminal(place));
    return sight_at(world, *terminal, member);
}

Status check_sound(Step& step) {
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_TRY(const admin::VerifyReport report, admin::verify_ledger(hq->ledger(), hq->device().public_key()));
    for (const std::string& fault : report.faults) step.same("a sound ledger at HQ", fault);
    TALLY_OK(hq->ledger().each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const domain::Account account, wire::decode_account(row.account));
        if (const Status sound = domain::check_account(account); !sound)
            step.same("sound accounts at HQ", sound.error().detail);
        Sight sight;
        sight.account = account;
        sight.programme = step.world.programme();
        TALLY_TRY(sight.today, step.world.today());
        check_explained(step, sight, step.world.name_of(row.member));
        return {};
    }));
    for (const auto& terminal : step.world.terminals()) {
        if (const Status log = terminal->replica().verify_log(); !log)
            step.same("a sound log at " + terminal->name(), to_string(log.error()));
        if (const auto fold = terminal->replica().check_fold(); !fold)
            step.same("a sound replica at " + terminal->name(), to_string(fold.error()));
    }
    return {};
}

namespace {

Status compare(Step& step, Hq& hq, Terminal& terminal) {
    return hq.ledger().each_member([&](const intake::MemberRow& row) -> Status {
        TALLY_TRY(const auto there, terminal.replica().member(row.member));
        const std::string who = step.world.name_of(row.member);
        if (!there) {
            step.same(who + " at " + terminal.name(), "nobody");
            return {};
        }
        if (wire::encode_account(there->account) != row.account)
            step.same(terminal.name() + " has the account of " + who + " as HQ has it", "another account");
        TALLY_TRY(const domain::Profile profile, hq.profile(row.member));
        if (!(there->profile == profile))
            step.same(terminal.name() + " has the profile of " + who + " as HQ has it", "another profile");
        return {};
    });
}

}  // namespace

Status check_agreement(Step& step) {
    TALLY_OK(check_sound(step));
    TALLY_TRY(Hq * hq, step.world.hq());
    std::size_t compared = 0;
    for (const auto& terminal : step.world.terminals()) {
        if (!step.world.is_online(*terminal)) continue;
        TALLY_TRY(const std::uint64_t pending, terminal->replica().pending_count());
        step.same_number("pending at " + terminal->name(), 0, static_cast<std::int64_t>(pending));
        TALLY_OK(compare(step, *hq, *terminal));
        ++compared;
    }
    if (compared == 0) step.same("a terminal that is connected", "none");
    return {};
}

}  // namespace tally::scenario
