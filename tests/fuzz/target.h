// A fuzz target: TALLY_FUZZ(what) { ... } with `input`, hostile bytes. What must hold of every input is a TALLY_ASSERT.
// Preset fuzz makes of it the function that libFuzzer calls; elsewhere it is entered in the list that replay.cpp runs.
#pragma once

#include "common/base/bytes.h"

namespace tally::fuzz {

using Target = void (*)(ByteView input);

struct Registration {
    Registration(const char* name, Target function) : what(name), target(function), next(first) { first = this; }
    const char* what;
    Target target;
    const Registration* next;
    static inline const Registration* first = nullptr;
};

// The first byte of an input where it chooses between several laws, taken off; 0 when there is none.
inline std::uint8_t take_choice(ByteView& input) {
    if (input.empty()) return 0;
    const std::uint8_t choice = input[0];
    input = input.subspan(1);
    return choice;
}

}  // namespace tally::fuzz

#ifdef TALLY_LIBFUZZER
#define TALLY_FUZZ(what)                                                                 \
    static void fuzz_##what(tally::ByteView input);                                      \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) { \
        fuzz_##what({bytes, size});                                                      \
        return 0;                                                                        \
    }                                                                                    \
    static void fuzz_##what([[maybe_unused]] tally::ByteView input)
#else
#define TALLY_FUZZ(what)                                                            \
    static void fuzz_##what(tally::ByteView input);                                 \
    static const tally::fuzz::Registration registration_##what(#what, fuzz_##what); \
    static void fuzz_##what([[maybe_unused]] tally::ByteView input)
#endif
