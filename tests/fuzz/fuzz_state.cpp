// States that are stored and sent (account, profile, programme) and personal fields. Law: what decodes survives its own
// encoding, and that encoding is final.
#include "common/wire/codec.h"
#include "tests/fuzz/target.h"

using namespace tally;

template <class Value>
static void law(ByteView input, Result<Value> (*decode)(ByteView), Bytes (*encode)(const Value&)) {
    const auto value = decode(input);
    if (!value) return;
    const Bytes bytes = encode(*value);
    const auto again = decode(bytes);
    TALLY_ASSERT(again.has_value(), "our own encoding decodes");
    TALLY_ASSERT(*again == *value, "no value is lost by encoding");
    TALLY_ASSERT(encode(*again) == bytes, "a state has one encoding");
}

TALLY_FUZZ(state) {
    switch (fuzz::take_choice(input) % 4) {
        case 0: return law(input, wire::decode_account, wire::encode_account);
        case 1: return law(input, wire::decode_profile, wire::encode_profile);
        case 2: return law(input, wire::decode_programme, wire::encode_programme);
        default: return law(input, wire::decode_fields, wire::encode_fields);
    }
}
