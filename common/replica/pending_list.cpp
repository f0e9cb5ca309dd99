#include "common/replica/pending_list.h"

namespace tally::replica {

Bytes encode_positions(const std::vector<std::int64_t>& rising) {
    Bytes out;
    std::int64_t before = 0;
    for (const std::int64_t pos : rising) {
        TALLY_ASSERT(pos > before, "positions rise from 1");
        auto rest = static_cast<std::uint64_t>(pos - before);
        for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<std::uint8_t>(rest | 0x80));
        out.push_back(static_cast<std::uint8_t>(rest));
        before = pos;
    }
    return out;
}

Result<std::vector<std::int64_t>> decode_positions(ByteView bytes) {
    std::vector<std::int64_t> out;
    std::int64_t before = 0;
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint64_t difference = 0;
        int shift = 0;
        for (;; shift += 7) {
            if (at == bytes.size() || shift > 56) return fail(Code::kDamaged, "a list of positions does not parse");
            const std::uint8_t byte = bytes[at++];
            difference |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
            if ((byte & 0x80) == 0) break;
        }
        if (difference == 0 || difference > static_cast<std::uint64_t>(INT64_MAX - before))
            return fail(Code::kDamaged, "a list of positions does not rise");
        before += static_cast<std::int64_t>(difference);
        out.push_back(before);
    }
    return out;
}

}  // namespace tally::replica
