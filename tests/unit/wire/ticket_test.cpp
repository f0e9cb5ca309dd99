// Tickets survive as text; a text that somebody typed wrong, cut or made up is refused.
#include "common/wire/ticket.h"

#include "tests/support/seed.h"

#include <doctest/doctest.h>

using namespace tally;

static wire::Ticket sample() {
    wire::Ticket ticket;
    ticket.host = "hq.example";
    ticket.port = 7400;
    for (std::size_t i = 0; i < ticket.hq_key.bytes.size(); ++i)
        ticket.hq_key.bytes[i] = static_cast<std::uint8_t>(i + 1);
    SeededRandom random(5);
    random.fill(ticket.secret.bytes);
    ticket.expires_ms = 1'800'000'000'000;
    return ticket;
}

TEST_CASE("ticket: survives as text, also between blanks") {
    const wire::Ticket ticket = sample();
    const std::string text = wire::encode_ticket(ticket);
    CHECK(text.rfind("TALLY1-", 0) == 0);
    const auto back = wire::decode_ticket(text);
    REQUIRE(back.has_value());
    CHECK(back->host == ticket.host);
    CHECK(back->port == ticket.port);
    CHECK(back->hq_key == ticket.hq_key);
    CHECK(back->secret == ticket.secret);
    CHECK(back->expires_ms == ticket.expires_ms);
}

TEST_CASE("ticket: a cut, altered or random text is refused") {
    const std::string text = wire::encode_ticket(sample());
    for (std::size_t cut = 0; cut < text.size(); ++cut)
        CHECK_FALSE(wire::decode_ticket(text.substr(0, cut)).has_value());
    SeededRandom random(support::seed());
    int accepted = 0;
    for (std::size_t i = 7; i < text.size(); ++i) {
        std::string altered = text;
        altered[i] = altered[i] == 'A' ? 'B' : 'A';
        if (wire::decode_ticket(altered).has_value()) ++accepted;
    }
    CHECK(accepted == 0);
    for (int round = 0; round < 1000; ++round) {
        std::string noise(random.below(120), ' ');
        for (char& c : noise) c = static_cast<char>(random.below(256));
        CHECK_FALSE(wire::decode_ticket("TALLY1-" + noise).has_value());
    }
}
