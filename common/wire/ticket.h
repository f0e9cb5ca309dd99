// An enrolment ticket as text: what `tally-hq enrol` prints and a terminal is given once, typed, scanned or as a file.
// It lets one unknown device enrol before its end; HQ keeps only the secret's hash. Holds a secret: never logged.
#pragma once

#include <string>

#include "common/crypto/device.h"

namespace tally::wire {

using TicketSecret = FixedBytes<struct TicketSecretTag, 16>;

struct Ticket {
    std::string host;             // 1..253 bytes: name or address of headquarters, printable ASCII without blanks
    std::uint16_t port = 0;       // 1..65535
    crypto::PublicKey hq_key;     // pinned by the terminal
    TicketSecret secret;          // one use
    std::int64_t expires_ms = 0;  // milliseconds since 1970, >= 0
    bool operator==(const Ticket&) const = default;
};

inline constexpr std::string_view kTicketPrefix = "TALLY1-";
inline constexpr std::size_t kTicketTextBytesMax = 512;

// "TALLY1-" and base64url of the fields and a checksum of 4 bytes (a typing error is told apart from a refusal).
std::string encode_ticket(const Ticket& ticket);
// Blanks and line breaks around and inside are ignored. kInvalid says what is wrong and repeats nothing of the text.
Result<Ticket> decode_ticket(std::string_view text);

}  // namespace tally::wire
