#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

static wire::Refusal refusal_of(const intake::HelloAnswer& answer) {
    REQUIRE(std::holds_alternative<wire::Refused>(answer.answer));
    CHECK_FALSE(std::get<wire::Refused>(answer.answer).text.empty());
    return std::get<wire::Refused>(answer.answer).code;
}

TEST_CASE("hello: a known device is welcomed where its chain stands; who is not is told why") {
    Hq hq;
    Terminal till(hq, "S1");
    for (int i = 0; i < 3; ++i) till.earn(member_number(1), 1000);
    till.push_all();
    wire::Hello hello = till.hello();
    const auto ask = [&] { return must(hq.intake->hello(till.device.public_key(), hello, hq.now_ms)); };
    SUBCASE("in step") {
        const auto answer = ask();
        REQUIRE(std::holds_alternative<wire::Welcome>(answer.answer));
        const auto& welcome = std::get<wire::Welcome>(answer.answer);
        CHECK(welcome.next_seq == 4);
        CHECK(welcome.head == till.head);
        CHECK(welcome.feed_head == 4);  // the programme took position 1
        CHECK(answer.session.cursor == 0);
        CHECK(must(hq.store->device(till.id))->software == "test");
    }
    SUBCASE("ahead") {
        till.earn(member_number(1), 1);
        hello = till.hello();
        CHECK(std::get<wire::Welcome>(ask().answer).next_seq == 4);
    }
    SUBCASE("its cursor holds within the same incarnation only") {
        hello.incarnation = must(hq.store->hq()).incarnation;
        hello.cursor = 3;
        CHECK(ask().session.cursor == 3);
        hello.incarnation.bytes[0] ^= 1;
        CHECK(ask().session.cursor == 0);
        hello.incarnation.bytes[0] ^= 1;
        hello.cursor = 4;
        CHECK(ask().session.cursor == 4);
        CHECK(ask().alarm.empty());
    }
    SUBCASE("its cursor lies beyond the log: it alone is refused, in plain words, and its claim changes nothing") {
        const wire::Incarnation before = must(hq.store->hq()).incarnation;
        const domain::Epoch own_epoch = must(hq.store->hq()).own_epoch;
        hello.incarnation = before;
        for (const std::uint64_t claimed : {std::uint64_t{5}, std::uint64_t{INT64_MAX}, UINT64_MAX}) {
            hello.cursor = claimed;
            const auto answer = ask();
            CHECK(refusal_of(answer) == wire::Refusal::kBrokenChain);
            const std::string& text = std::get<wire::Refused>(answer.answer).text;
            CHECK(text.find("has seen " + std::to_string(claimed)) != std::string::npos);
            CHECK(text.find("headquarters holds 4") != std::string::npos);
            CHECK(text.find("tally-hq restored") != std::string::npos);
            CHECK(answer.alarm == text);
        }
        hq.reopen();
        CHECK(must(hq.store->hq()).incarnation == before);
        CHECK(must(hq.store->hq()).own_epoch == own_epoch);
        hello.cursor = 4;  // and others go on where they were
        CHECK(ask().session.cursor == 4);
        CHECK(ask().alarm.empty());
    }
    SUBCASE("a person says that it was put back: everybody starts from zero, whatever the cursor was") {
        const wire::Incarnation before = must(hq.store->hq()).incarnation;
        wire::Incarnation next = before;
        next.bytes[3] ^= 1;
        domain::Epoch epoch;
        epoch.bytes.fill(7);
        must(hq.intake->begin_again(next, epoch));
        hello.incarnation = before;
        hello.cursor = 5;
        const auto answer = ask();
        const auto& welcome = std::get<wire::Welcome>(answer.answer);
        CHECK(welcome.incarnation == next);
        CHECK(welcome.next_seq == 4);
        CHECK(welcome.feed_head == 4);
        CHECK(answer.session.cursor == 0);
        CHECK(answer.alarm.empty());
        CHECK(must(hq.intake->page(answer.session, 0, {}, hq.now_ms)).incarnation == next);
    }
    SUBCASE("behind: an older copy of its disk") {
        hello.next_seq = 2;
        hello.head = till.hashes[0];
        hello.versions = {1};  // a later one finds it in Welcome and mends it
        CHECK(refusal_of(ask()) == wire::Refusal::kBrokenChain);
        CHECK(must(hq.store->incidents(till.id)).at(0).report.kind == wire::IncidentKind::kOlderCopy);
    }
    SUBCASE("another head") {
        hello.head.bytes[5] ^= 1;
        hello.versions = {1};
        CHECK(refusal_of(ask()) == wire::Refusal::kBrokenChain);
        CHECK(must(hq.store->incidents(till.id)).at(0).report.kind == wire::IncidentKind::kFork);
    }
    SUBCASE("version") {
        hello.versions = {76, 77};
        CHECK(refusal_of(ask()) == wire::Refusal::kVersion);
    }
    SUBCASE("another's number") {
        hello.terminal = 99;
        CHECK(refusal_of(ask()) == wire::Refusal::kUnknownDevice);
    }
    SUBCASE("unknown") {
        const auto stranger = crypto::Device::create();
        CHECK(refusal_of(must(hq.intake->hello(stranger.public_key(), hello, hq.now_ms))) ==
              wire::Refusal::kUnknownDevice);
        CHECK(must(hq.intake->refusal_of(stranger.public_key()))->code == wire::Refusal::kUnknownDevice);
    }
    SUBCASE("HQ's own device is no terminal") {
        hello.terminal = kHqTerminal;
        CHECK(refusal_of(must(hq.intake->hello(hq.device.public_key(), hello, hq.now_ms))) ==
              wire::Refusal::kUnknownDevice);
    }
    SUBCASE("no sequence number") {
        hello.next_seq = 0;
        CHECK(refusal_of(ask()) == wire::Refusal::kBadMessage);
    }
    SUBCASE("revoked by another process, while cached here") {
        ask();
        auto other = hq.other_connection();
        auto scope = must(intake::WriteScope::begin(*other));
        must(other->set_device_status(till.id, intake::DeviceStatus::kRevoked, "stolen", hq.now_ms));
        must(scope.commit());
        CHECK(refusal_of(ask()) == wire::Refusal::kRevoked);
        till.earn(member_number(1), 1);
        CHECK(std::get<wire::Refused>(till.push(4, 1).answer).code == wire::Refusal::kRevoked);
        const auto page = hq.intake->page(till.session(), 0, {}, hq.now_ms);
        REQUIRE_FALSE(page.has_value());
        CHECK(page.error().code == Code::kRefused);
        CHECK(hq.count("op_log") == 3);
    }
}

TEST_CASE("enrol: a ticket admits one device, before its end") {
    Hq hq;
    const Bytes ticket = hq.add_ticket("S1", "Store 1");
    const auto device = crypto::Device::create(), other = crypto::Device::create();
    wire::Enrol enrol{{wire::kProtocolVersion}, ticket, "test"};
    const auto ask = [&](const crypto::Device& who) {
        return must(hq.intake->enrol(who.public_key(), enrol, hq.now_ms));
    };
    const auto refused = [&](const crypto::Device& who) {
        const auto answer = ask(who);
        REQUIRE(std::holds_alternative<wire::Refused>(answer));
        return std::get<wire::Refused>(answer).code;
    };
    SUBCASE("used once; the same device may ask again") {
        const auto first = std::get<wire::Enrolled>(ask(device));
        CHECK(first.terminal == 2);
        CHECK(first.store == "S1");
        CHECK(first.store_name == "Store 1");
        CHECK(std::get<wire::Enrolled>(ask(device)).terminal == 2);
        CHECK(refused(other) == wire::Refusal::kTicket);
        CHECK(hq.count("device") == 2);
        enrol.secret = hq.add_ticket("S2", "Store 2");
        CHECK(refused(device) == wire::Refusal::kTicket);  // enrolled already
        CHECK(std::get<wire::Enrolled>(ask(other)).terminal == 3);
    }
    SUBCASE("a revoked device with a new ticket of its store is the terminal that it was, and that is on record") {
        const auto first = std::get<wire::Enrolled>(ask(device));
        const auto revoke = [&] {
            auto scope = must(intake::WriteScope::begin(*hq.store));
            must(hq.store->set_device_status(first.terminal, intake::DeviceStatus::kRevoked, "stolen", hq.now_ms));
            must(scope.commit());
        };
        revoke();
        CHECK(refused(device) == wire::Refusal::kRevoked);  // the ticket that it used before
        enrol.secret = hq.add_ticket("S2", "Store 2");
        CHECK(refused(device) == wire::Refusal::kTicket);           // its operations name S1
        CHECK(std::get<wire::Enrolled>(ask(other)).terminal == 3);  // and the ticket was not used up
        enrol.secret = hq.add_ticket("S1", "Store 1");
        CHECK(std::get<wire::Enrolled>(ask(device)).terminal == first.terminal);
        CHECK(std::get<wire::Enrolled>(ask(device)).terminal == first.terminal);  // the answer was lost
        const auto row = must(hq.store->device(first.terminal));
        CHECK(row->status == intake::DeviceStatus::kActive);
        CHECK(row->reason == "enrolled anew; was revoked: stolen");
        CHECK(hq.count("device") == 3);
        revoke();
        CHECK(refused(device) == wire::Refusal::kRevoked);
        CHECK(must(hq.store->device(first.terminal))->status == intake::DeviceStatus::kRevoked);
    }
    SUBCASE("one enrolled anew is served at once, also where its revocation was remembered") {
        Terminal till(hq, "S1");
        till.earn(member_number(1), 100);
        const Bytes made_before = hq.add_ticket("S1", "Store 1");
        {
            auto elsewhere = hq.other_connection();  // `tally-hq revoke`, another process
            auto scope = must(intake::WriteScope::begin(*elsewhere));
            must(elsewhere->set_device_status(till.id, intake::DeviceStatus::kRevoked, "stolen", hq.now_ms));
            must(scope.commit());
        }
        CHECK(std::get<wire::Refused>(till.push(1, 1).answer).code == wire::Refusal::kRevoked);
        enrol.secret = made_before;
        CHECK(std::get<wire::Enrolled>(ask(till.device)).terminal == till.id);
        CHECK(till.push_all().empty());
        CHECK_NOTHROW(must(hq.intake->page(till.session(), {}, {}, hq.now_ms)));
    }
    SUBCASE("a quarantined device stays so, whatever ticket it has") {
        const auto first = std::get<wire::Enrolled>(ask(device));
        auto scope = must(intake::WriteScope::begin(*hq.store));
        must(hq.store->set_device_status(first.terminal, intake::DeviceStatus::kQuarantined, "branched", hq.now_ms));
        must(scope.commit());
        enrol.secret = hq.add_ticket("S1", "Store 1");
        CHECK(refused(device) == wire::Refusal::kTicket);
        CHECK(must(hq.store->device(first.terminal))->status == intake::DeviceStatus::kQuarantined);
    }
    SUBCASE("too late") {
        hq.now_ms += 3'600'001;
        CHECK(refused(device) == wire::Refusal::kTicket);
    }
    SUBCASE("guessed") {
        enrol.secret[3] ^= 1;
        CHECK(refused(device) == wire::Refusal::kTicket);
    }
    SUBCASE("of another length") {
        enrol.secret.clear();
        CHECK(refused(device) == wire::Refusal::kTicket);
    }
    SUBCASE("version") {
        enrol.versions = {};
        CHECK(refused(device) == wire::Refusal::kVersion);
    }
    SUBCASE("a key that is no key") {
        const auto answer = must(hq.intake->enrol(crypto::PublicKey{}, enrol, hq.now_ms));
        CHECK(std::get<wire::Refused>(answer).code == wire::Refusal::kUnknownDevice);
    }
}

TEST_CASE("contacts: written for all together and not at every message; the software stays; a new server forgets") {
    Hq hq;
    Terminal a(hq, "S1"), b(hq, "S2");
    const auto row = [&](const Terminal& till) { return must(hq.other_connection()->device(till.id)).value(); };
    const auto note = [&](std::vector<intake::ContactRow> contacts, bool at_once = false) {
        must(hq.intake->note_contacts(contacts, hq.now_ms, at_once));
    };
    must(hq.intake->hello(a.device.public_key(), a.hello(), hq.now_ms));
    CHECK(row(a).connected);
    CHECK(row(a).software == "test");
    CHECK(row(a).last_contact_ms == hq.now_ms);
    CHECK_FALSE(row(b).connected);

    const std::int64_t before_ms = hq.now_ms;
    hq.now_ms += 1'000;
    note({{a.id, hq.now_ms, true, ""}, {b.id, hq.now_ms, true, ""}});
    CHECK(row(a).last_contact_ms == before_ms);  // too soon after the last write
    hq.now_ms += 10'000;
    note({});
    CHECK(row(a).last_contact_ms == before_ms + 1'000);
    CHECK(row(b).connected);
    CHECK(row(a).software == "test");

    note({{b.id, hq.now_ms, false, ""}});
    CHECK(row(b).connected);
    b.earn(member_number(1), 100);
    b.push_all();  // a transaction takes it along
    CHECK_FALSE(row(b).connected);
    CHECK(row(b).last_contact_ms == hq.now_ms);

    hq.reopen();  // killed: a is left as connected
    CHECK(row(a).connected);
    note({{b.id, hq.now_ms, true, ""}}, true);
    CHECK_FALSE(row(a).connected);
    CHECK(row(b).connected);
}

TEST_CASE("contacts: what could not be written while another held the ledger is written later") {
    Hq hq;
    Terminal till(hq, "S1");
    const auto connected = [&] { return must(hq.other_connection()->device(till.id))->connected; };
    {
        auto other = hq.other_connection();  // another writer holds the ledger: kBusy
        must(other->db().exec("PRAGMA busy_timeout = 0"));
        must(hq.store->db().exec("PRAGMA busy_timeout = 0"));
        auto scope = must(intake::WriteScope::begin(*other));
        const intake::ContactRow contact{till.id, hq.now_ms, true, ""};
        CHECK(hq.intake->note_contacts(std::span(&contact, 1), hq.now_ms).error().code == Code::kBusy);
    }
    CHECK_FALSE(connected());
    must(hq.intake->note_contacts({}, hq.now_ms + 1'000));
    CHECK_FALSE(connected());  // no try at every turn
    must(hq.intake->note_contacts({}, hq.now_ms + 60'000));
    CHECK(connected());
}
