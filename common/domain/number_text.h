// Numbers as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace tally::domain {

// "8,000", "-25"
inline std::string number_text(std::int64_t value) {
    std::string digits = std::to_string(value);
    const std::size_t sign = value < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > sign + 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

}  // namespace tally::domain
