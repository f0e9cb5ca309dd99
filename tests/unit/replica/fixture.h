// A replica in a folder of its own, enrolled, with operations made by hand. Tests only.
#pragma once

#include "common/replica/till.h"
#include "tests/support/check.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/replica/small_hq.h"

namespace tally::test {

inline constexpr Day kDay = 20'000;  // 2024-10-04

struct Bench {
    support::TempDir dir{support::fast_folder()};
    crypto::Secret data_key = crypto::Secret::random(32);
    SmallHq hq;
    replica::Replica replica;

    explicit Bench(const std::string& store = "S1", domain::TerminalId terminal = 2)
        : replica(MUST(replica::Replica::create(dir.path(), data_key))) {
        replica::Enrolment enrolment;
        enrolment.terminal = terminal;
        enrolment.store = store;
        enrolment.hq_key = hq.hq.public_key();
        CHECK_DONE(replica.save_enrolment(enrolment));
    }
    replica::Replica open(store::Sync sync = store::Sync::kFull) {
        return MUST(replica::Replica::open(dir.path(), data_key, sync));
    }
    void reopen() {
        replica::Replica again = open();
        replica = std::move(again);
    }

    static domain::MemberId member(std::uint8_t number) {
        domain::MemberId id;
        id.bytes[0] = 1;
        id.bytes[15] = number;
        return id;
    }
    domain::Op op(const domain::MemberId& id, domain::Body body, Day day = kDay) {
        domain::Op out;
        out.at = domain::hlc_tick(MUST(replica.last_hlc()), day * 86'400'000LL);
        out.business_day = day;
        out.member = id;
        out.body = std::move(body);
        return out;
    }
    static domain::Earn earn(domain::Points points, const std::string& bill = "") {
        domain::Earn out;
        out.bill.bill_no = bill;
        out.amount_minor = out.eligible_minor = points * 100;
        out.points = points;
        return out;
    }
    replica::Appended add(const domain::MemberId& id, domain::Body body, const domain::PersonalFields& fields = {}) {
        return MUST(replica.append(op(id, std::move(body)), fields));
    }
    replica::Appended sign_up(const domain::MemberId& id, const std::string& name, const std::string& phone = "") {
        domain::PersonalFields fields{{domain::Field::kName, name}};
        if (!phone.empty()) fields[domain::Field::kPhone] = phone;
        return add(id, domain::Register{.channel = "store", .identities = {}}, fields);
    }
    domain::Epoch epoch() { return MUST(replica.head()).epoch; }
    domain::Account overlay(const domain::MemberId& id) { return MUST(replica.member(id)).value().account; }
    void ack(std::size_t count_max = 1000) { CHECK_DONE(replica.record_ack(hq.pull(replica, count_max))); }
    void feed(std::size_t changes_max = 1000) { hq.feed(replica, changes_max); }
};

}  // namespace tally::test
