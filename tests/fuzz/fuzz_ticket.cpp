// An enrolment ticket as typed. Law: what decodes is, written again, the text without its blanks. The checksum is no
// secret: where the first byte is odd the rest are a ticket's bytes and get theirs.
#include "common/crypto/base64.h"
#include "common/crypto/hash.h"
#include "common/wire/ticket.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(ticket) {
    std::string text;
    if (fuzz::take_choice(input) % 2 != 0) {
        Bytes bytes(input.begin(), input.end());
        const Hash sum = crypto::hash_of(input);
        bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.begin() + 4);
        text = std::string(wire::kTicketPrefix) + crypto::to_base64url(bytes);
    } else {
        text = text_of(input);
    }
    const auto ticket = wire::decode_ticket(text);
    if (!ticket) return;
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    TALLY_ASSERT(wire::encode_ticket(*ticket) == text, "a ticket has one text");
    TALLY_ASSERT(ticket->port != 0 && ticket->expires_ms >= 0 && !ticket->host.empty(), "a ticket is in range");
}
