#include "common/wire/ticket.h"

#include "common/crypto/base64.h"
#include "common/crypto/hash.h"

namespace tally::wire {

namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kHostBytesMax = 253;
constexpr std::size_t kFixedBytes = 2 + crypto::PublicKey::kSize + TicketSecret::kSize + 8;

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > kHostBytesMax) return false;
    for (const char c : host)
        if (c <= ' ' || c >= 0x7F) return false;
    return true;
}

void put_number(Bytes& out, std::uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint64_t take_number(ByteView& from, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | from[i];
    from = from.subspan(bytes);
    return value;
}

}  // namespace

std::string encode_ticket(const Ticket& ticket) {
    TALLY_ASSERT(is_host(ticket.host) && ticket.port != 0 && ticket.expires_ms >= 0, "a ticket's fields are in range");
    Bytes bytes;
    put_number(bytes, ticket.port, 2);
    bytes.insert(bytes.end(), ticket.hq_key.bytes.begin(), ticket.hq_key.bytes.end());
    bytes.insert(bytes.end(), ticket.secret.bytes.begin(), ticket.secret.bytes.end());
    put_number(bytes, static_cast<std::uint64_t>(ticket.expires_ms), 8);
    bytes.insert(bytes.end(), ticket.host.begin(), ticket.host.end());
    const Hash sum = crypto::hash_of(bytes);
    bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.begin() + kChecksumBytes);
    return std::string(kTicketPrefix) + crypto::to_base64url(bytes);
}

Result<Ticket> decode_ticket(std::string_view text) {
    if (text.size() > 2 * kTicketTextBytesMax) return fail(Code::kInvalid, "not a ticket: too long");
    std::string clean;
    for (const char c : text)
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t') clean.push_back(c);
    if (!clean.starts_with(kTicketPrefix)) return fail(Code::kInvalid, "not a ticket: one begins with TALLY1-");
    clean.erase(0, kTicketPrefix.size());
    if (clean.size() > kTicketTextBytesMax) return fail(Code::kInvalid, "not a ticket: too long");
    auto decoded = crypto::from_base64url(clean);
    if (!decoded) return fail(Code::kInvalid, "not a ticket: it holds characters that do not belong, or is cut off");
    const Bytes bytes = std::move(decoded).value();
    if (bytes.size() <= kFixedBytes + kChecksumBytes) return fail(Code::kInvalid, "not a ticket: cut off");
    ByteView rest = ByteView(bytes).first(bytes.size() - kChecksumBytes);
    const Hash sum = crypto::hash_of(rest);
    if (std::memcmp(sum.bytes.data(), bytes.data() + rest.size(), kChecksumBytes) != 0)
        return fail(Code::kInvalid, "the ticket was copied wrongly: its check digits do not fit");
    Ticket ticket;
    ticket.port = static_cast<std::uint16_t>(take_number(rest, 2));
    ticket.hq_key = *crypto::PublicKey::from(rest.first(crypto::PublicKey::kSize));
    rest = rest.subspan(crypto::PublicKey::kSize);
    ticket.secret = *TicketSecret::from(rest.first(TicketSecret::kSize));
    rest = rest.subspan(TicketSecret::kSize);
    const std::uint64_t expires = take_number(rest, 8);
    if (expires > static_cast<std::uint64_t>(INT64_MAX))
        return fail(Code::kInvalid, "not a ticket: its end is out of range");
    ticket.expires_ms = static_cast<std::int64_t>(expires);
    ticket.host = std::string(text_of(rest));
    if (ticket.port == 0 || !is_host(ticket.host)) return fail(Code::kInvalid, "not a ticket: no usable address");
    return ticket;
}

}  // namespace tally::wire
