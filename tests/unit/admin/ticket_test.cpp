#include "common/wire/ticket.h"

#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;

static wire::Ticket sample() {
    wire::Ticket ticket;
    ticket.host = "hq.example.com";
    ticket.port = 7070;
    ticket.hq_key = crypto::Device::create().public_key();
    crypto::SystemRandom random;
    random.fill(ticket.secret.bytes);
    ticket.expires_ms = kNoon_ms;
    return ticket;
}

TEST_CASE("ticket: what is written is read again, with blanks and line breaks anywhere") {
    crypto::start();
    const wire::Ticket ticket = sample();
    std::string text = wire::encode_ticket(ticket);
    CHECK(text.starts_with("TALLY1-"));
    CHECK(must(wire::decode_ticket(text)) == ticket);
    text.insert(20, "\r\n  ");
    CHECK(must(wire::decode_ticket(" " + text + "\n")) == ticket);
}

TEST_CASE("ticket: any other character in any place, and any cut, is refused") {
    crypto::start();
    const std::string text = wire::encode_ticket(sample());
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string other = text;
        other[at] = other[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(wire::decode_ticket(other).has_value());
        CHECK_FALSE(wire::decode_ticket(text.substr(0, at)).has_value());
    }
    for (const char* hostile : {"", "TALLY1-", "TALLY2-AAAA", "TALLY1-////", "TALLY1-\xff\xfe", "hello"})
        CHECK_FALSE(wire::decode_ticket(hostile).has_value());
    CHECK_FALSE(wire::decode_ticket(std::string(100'000, 'A')).has_value());
    CHECK_FALSE(wire::decode_ticket("TALLY1-" + std::string(900, 'A')).has_value());
}
