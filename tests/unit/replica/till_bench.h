// A till with a programme that a test writes, and the acts that its cases share. Tests only.
#pragma once

#include "tests/unit/replica/fixture.h"

namespace tally::test {

inline constexpr std::int64_t kMorning_ms = 1'728'000'000'000;  // 2024-10-04 08:00 in Shanghai, 00:00 UTC

struct Shop : Bench {
    ManualClock clock{kMorning_ms};
    SeededRandom random{7};
    std::uint64_t version = 0;  // of the newest programme
    replica::Till till;

    explicit Shop(domain::Programme programme) : till(started(std::move(programme))) {}
    replica::Till started(domain::Programme programme) {
        publish(std::move(programme));
        return MUST(replica::Till::start(replica, clock, random));
    }
    void publish(domain::Programme programme, const Bytes& more = {}) {
        programme.version = ++version;
        programme.time_zone = "Asia/Shanghai";
        hq.publish(programme, more);
        feed();
    }
    // One point a unit of money; 100 points are worth 1.
    static domain::Programme plain() {
        domain::Programme out;
        out.chain_name = "Test";
        return out;
    }
    replica::RegisterAnswer join(const std::string& name, const std::string& phone = "",
                                 const std::string& birthday = "") {
        replica::RegisterRequest request;
        request.fields[domain::Field::kName] = name;
        request.fields[domain::Field::kPhone] = phone;
        request.fields[domain::Field::kBirthday] = birthday;
        return MUST(till.register_member(request));
    }
    replica::SaleRequest bill(const domain::MemberId& who, domain::Minor amount, const std::string& number = "") {
        replica::SaleRequest out;
        out.member = who;
        out.amount_minor = amount;
        out.bill_no = number;
        return out;
    }
    replica::Receipt give(const domain::MemberId& who, domain::Points points) {
        return MUST(till.adjust(who, points, domain::AdjustReason::kGoodwill, "for the test"));
    }
    domain::Points balance(const domain::MemberId& who) { return MUST(till.card(who)).balance; }
    std::uint64_t ops() { return MUST(replica.head()).next_seq - 1; }
    std::vector<domain::OpKind> last_kinds(std::size_t count) {  // oldest first
        std::vector<domain::OpKind> out;
        for (const replica::LoggedOp& logged : MUST(replica.last_operations(count)))
            out.insert(out.begin(), domain::kind_of(logged.op.body));
        return out;
    }
    // Everything reaches headquarters and comes back.
    void sync() {
        ack();
        feed();
    }
    void check_sound() {
        CHECK_DONE(replica.verify_log());
        (void)MUST(replica.check_fold());
    }
};

}  // namespace tally::test
