#include "common/domain/ids.h"

namespace tally::domain {

MemberId make_member_id(std::int64_t wall_ms, Random& random) {
    MemberId id;
    random.fill(id.bytes);
    for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(wall_ms >> (40 - 8 * i));
    id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0F));
    id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));
    return id;
}

std::string uuid_text(const MemberId& id) {
    const std::string hex = id.hex();
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
           hex.substr(20);
}

std::string op_text(const OpId& id) {
    return std::to_string(id.terminal) + "/" + id.epoch.hex().substr(0, 8) + "/" + std::to_string(id.seq);
}

}  // namespace tally::domain
