// States that are stored and sent (account, profile, programme) and personal fields. Law: what decodes survives its own
// encoding, and that encoding is final.
#include "common/wire/codec.h"
#include "tests/fuzz/target.h"

using namespace tally;

template <class Value>
static bool is_whole(const Value&) {
    return true;
}
// What this program does not know of a document is listed, and the signed bytes are what is kept.
static bool is_whole(const domain::Programme& programme) { return programme.unknown.empty(); }

template <class Value>
static void law(ByteView input, Result<Value> (*decode)(ByteView), Bytes (*encode)(const Value&)) {
    const auto value = decode(input);
    if (!value || !is_whole(*value)) return;
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
