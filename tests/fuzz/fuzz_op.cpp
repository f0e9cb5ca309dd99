// An operation's bytes. Law: what decodes has passed check_op, survives its own encoding, and that encoding is final.
#include "common/wire/codec.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(op) {
    const auto op = wire::decode_op(input);
    if (!op) return;
    TALLY_ASSERT(domain::check_op(*op).has_value(), "a decoded operation is in range");
    const Bytes bytes = wire::encode_op(*op);
    const auto again = wire::decode_op(bytes);
    TALLY_ASSERT(again.has_value(), "our own encoding decodes");
    TALLY_ASSERT(*again == *op, "no value is lost by encoding");
    TALLY_ASSERT(wire::encode_op(*again) == bytes, "an operation has one encoding");
}
