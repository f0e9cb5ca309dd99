// `tally-hq coupon issue` to many, broken off.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <map>

#include "common/wire/codec.h"
#include "hq-server/admin/coupon_command.h"
#include "tests/support/seed.h"
#include "tests/unit/admin/office.h"

using namespace tally;
using namespace tally::test;

namespace {

constexpr std::uint64_t kMembers = 1200;  // three transactions

struct Batch : Office {
    Batch() {
        (void)must(init());
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        intake::Intake intake(*home.store, home.device);
        Programme programme = must(intake.programme());
        CouponTemplate ten;
        ten.id = "ten";
        ten.amount_minor = 1000;
        programme.coupons = {ten};
        Segment all;
        all.id = "all";
        programme.segments = {all};
        (void)must(intake.publish(programme, kNoon_ms));
        std::vector<intake::Intake::OwnOp> ops;
        for (std::uint64_t i = 1; i <= kMembers; ++i)
            ops.push_back(intake::Intake::OwnOp::of(member_number(i), kToday, Register{.channel = "store"}));
        (void)must(intake.append_own(ops, kNoon_ms));
    }
    bool issue() const {
        const auto said = admin::issue_coupons_command(place, {"ten", "", "all", "", 1}, kNoon_ms);
        return said.has_value();
    }
    // How many members have so many coupons.
    std::map<std::size_t, std::size_t> coupons() const {
        const admin::Home home = must(admin::open_home(place.dir, place.unlock));
        std::map<std::size_t, std::size_t> out;
        must(home.store->each_member([&](const intake::MemberRow& row) -> Status {
            TALLY_TRY(const Account account, wire::decode_account(row.account));
            out[account.coupons.size()] += 1;
            return {};
        }));
        return out;
    }
};

}  // namespace

TEST_CASE("coupon: a batch killed at any moment and run again gives each member one") {
    SeededRandom random(support::seed());
    Batch batch;
    for (int round = 0; round < 8; ++round) {
        const pid_t child = ::fork();
        if (child == 0) ::_exit(batch.issue() ? 0 : 1);
        ::usleep(static_cast<useconds_t>(random.below(120'000)));
        REQUIRE(::kill(child, SIGKILL) == 0);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
        for (const auto& [count, members] : batch.coupons()) CHECK(count <= 1);
    }
    REQUIRE(batch.issue());
    CHECK(batch.coupons() == std::map<std::size_t, std::size_t>{{1, kMembers}});
    CHECK(must(admin::verify_command(batch.place)).well);
}

TEST_CASE("coupon: a batch that meets a full disk says so, and is given when there is space") {
    Batch batch;
    for (const rlim_t more : {rlim_t{4'096}, rlim_t{200'000}}) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{more, more};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            ::_exit(batch.issue() ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CAPTURE(more);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 1);
        for (const auto& [count, members] : batch.coupons()) CHECK(count <= 1);
        CHECK(must(admin::verify_command(batch.place)).well);
    }
    REQUIRE(batch.issue());
    CHECK(batch.coupons() == std::map<std::size_t, std::size_t>{{1, kMembers}});
    CHECK(must(admin::verify_command(batch.place)).well);
}
