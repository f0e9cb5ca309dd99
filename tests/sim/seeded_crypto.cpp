#include "tests/sim/seeded_crypto.h"

#include <sodium.h>

#include "common/base/random.h"

namespace tally::sim {

namespace {

SeededRandom& stream() {
    static SeededRandom random(0);
    return random;
}

const char* seeded_name() { return "seeded"; }
std::uint32_t seeded_word() { return static_cast<std::uint32_t>(stream().next_u64()); }
void seeded_fill(void* const out, const std::size_t size) { stream().fill({static_cast<std::uint8_t*>(out), size}); }

}  // namespace

void seed_crypto(std::uint64_t seed) {
    static randombytes_implementation seeded = {seeded_name, seeded_word, nullptr, nullptr, seeded_fill, nullptr};
    stream() = SeededRandom(seed);
    randombytes_set_implementation(&seeded);
}

}  // namespace tally::sim
