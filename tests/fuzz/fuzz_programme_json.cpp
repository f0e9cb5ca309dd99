// The programme as people write it. Laws: what is read, written and read again is the same; what passes check_programme
// survives its stored form; and nothing changes between a programme and itself.
#include "common/wire/codec.h"
#include "common/wire/programme_diff.h"
#include "common/wire/programme_json.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(programme_json) {
    domain::Programme chain;
    chain.version = 1;
    const auto programme = wire::programme_from_json(text_of(input), chain);
    if (!programme) return;
    const auto again = wire::programme_from_json(wire::programme_to_json(*programme), chain);
    TALLY_ASSERT(again.has_value() && *again == *programme, "a programme survives being written and read");
    if (!domain::check_programme(*programme)) return;
    (void)domain::programme_warnings(*programme);
    const auto stored = wire::decode_programme(wire::encode_programme(*programme));
    TALLY_ASSERT(stored.has_value() && *stored == *programme, "a programme in range survives its stored form");
    TALLY_ASSERT(wire::programme_changes(*programme, *stored).empty(), "a programme does not differ from itself");
}
