// The key slot file. Law: what parses re-serialises to the very same bytes, so nothing in it is without meaning. The
// unkeyed hash at its end is no secret: where the first byte is odd it is put right, so that the table is reached.
#include "common/crypto/hash.h"
#include "common/store/slot_file.h"
#include "tests/fuzz/target.h"

using namespace tally;

TALLY_FUZZ(slots) {
    const bool hash = fuzz::take_choice(input) % 2 != 0;
    Bytes bytes(input.begin(), input.end());
    if (hash) {
        const Hash sum = crypto::hash_of(input);
        bytes.insert(bytes.end(), sum.bytes.begin(), sum.bytes.end());
    }
    const auto file = store::parse_slots(bytes);
    if (!file) return;
    for (const store::Slot& slot : file->slots)
        TALLY_ASSERT(slot.kind != store::SlotKind::kPassphrase || store::cost_in_bounds(slot.cost),
                     "no passphrase slot asks for more work than is allowed");
    TALLY_ASSERT(store::write_slots(*file) == bytes, "a slot file that parses re-serialises to the same");
}
