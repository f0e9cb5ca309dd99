// What somebody with a disk editor does to a file of ours: a script of steps, six bytes each (kind, position u16,
// operand u16, value u8; little-endian). So a fuzzer spends its bytes on changes and not on an image that is random.
#pragma once

#include <algorithm>

#include "common/base/bytes.h"

namespace tally::fuzz {

inline constexpr std::size_t kEditBytes = 6;
inline constexpr std::size_t kEditedFileBytesMax = 1 << 20;

// Units (pages, frames, records) of `unit_bytes` stand one behind the other after `head_bytes`.
inline void edit(Bytes& file, ByteView script, std::size_t head_bytes, std::size_t unit_bytes) {
    for (; script.size() >= kEditBytes && !file.empty(); script = script.subspan(kEditBytes)) {
        const std::size_t position = (script[1] | script[2] << 8u) % file.size();
        const std::size_t operand = script[3] | script[4] << 8u;
        const std::size_t units = file.size() < head_bytes ? 0 : (file.size() - head_bytes) / unit_bytes;
        const auto unit = [&](std::size_t n) {
            return file.begin() + static_cast<std::ptrdiff_t>(head_bytes + n * unit_bytes);
        };
        const auto at = file.begin() + static_cast<std::ptrdiff_t>(position);
        const std::size_t length = std::min<std::size_t>(operand, file.size() - position);
        switch (script[0] % 6) {
            case 0: *at ^= script[5]; break;
            case 1: std::fill_n(at, length, script[5]); break;
            case 2: file.resize(position); break;
            case 3: file.erase(at, at + static_cast<std::ptrdiff_t>(length)); break;
            case 4:  // one unit over another
                if (units > 0) std::copy_n(unit(operand % units), unit_bytes, unit(position % units));
                break;
            case 5:  // one unit once more, at the end
                if (units == 0 || file.size() + unit_bytes > kEditedFileBytesMax) break;
                file.resize(file.size() + unit_bytes);
                std::copy_n(unit(operand % units), unit_bytes, file.end() - static_cast<std::ptrdiff_t>(unit_bytes));
                break;
        }
    }
}

}  // namespace tally::fuzz
