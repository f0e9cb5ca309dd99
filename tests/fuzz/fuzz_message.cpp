// Every message between a terminal and headquarters; the first byte is its type. Law: what decodes has one encoding,
// and that decodes to it again.
#include "common/wire/frame.h"
#include "common/wire/messages.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(message) {
    const std::uint8_t type = fuzz::take_choice(input);
    const auto message = wire::decode_message(type, input);
    if (!message) return;
    const Bytes bytes = wire::encode_message(*message);
    wire::FrameReader reader;
    const Status fed = reader.feed(bytes);
    const auto frame = reader.next();
    TALLY_ASSERT(fed.has_value() && frame && frame->type == type, "a message is one frame of its type");
    const auto again = wire::decode_message(type, frame->payload);
    TALLY_ASSERT(again.has_value(), "our own encoding decodes");
    TALLY_ASSERT(wire::encode_message(*again) == bytes, "a message has one encoding");
}
