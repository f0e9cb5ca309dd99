// The programme as people write it. Law: what is read, written and read again is the same; and what passes
// check_programme survives its stored form.
#include "common/wire/codec.h"
#include "hq-server/admin/programme_json.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(programme_json) {
    domain::Programme base;
    base.version = 1;
    const auto programme = admin::programme_from_json(std::string(text_of(input)), base);
    if (!programme) return;
    const auto again = admin::programme_from_json(admin::programme_to_json(*programme), base);
    TALLY_ASSERT(again.has_value() && *again == *programme, "a programme survives being written and read");
    if (!domain::check_programme(*programme)) return;
    const auto stored = wire::decode_programme(wire::encode_programme(*programme));
    TALLY_ASSERT(stored.has_value() && *stored == *programme, "a programme in range survives its stored form");
}
