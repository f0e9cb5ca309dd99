// "1 operation", "3 operations": a number and its noun in English, for what commands and logs say. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tally {

// `many`: where it is not `one` with an s.
inline std::string counted(std::uint64_t number, std::string_view one, std::string_view many = {}) {
    std::string out = std::to_string(number) + " ";
    if (number == 1) return out.append(one);
    return many.empty() ? out.append(one).append("s") : out.append(many);
}

}  // namespace tally
