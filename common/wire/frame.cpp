#include "common/wire/frame.h"

namespace tally::wire {

static constexpr std::size_t kLengthBytes = 4;

static std::uint32_t load_u32(const std::uint8_t* at) {
    return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | std::uint32_t{at[3]};
}

Status append_frame(Bytes& out, std::uint8_t type, ByteView payload) {
    const std::size_t length = payload.size() + 1;
    if (length > kFrameBytesMax)
        return fail(Code::kOverflow, "a message of " + std::to_string(payload.size()) + " bytes does not fit a frame");
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(length >> shift));
    out.push_back(type);
    out.insert(out.end(), payload.begin(), payload.end());
    return {};
}

FrameReader::FrameReader(std::size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {
    TALLY_ASSERT(frame_bytes_max >= 1 && frame_bytes_max <= kFrameBytesMax,
                 "a frame maximum outside the wire's bounds");
}

Status FrameReader::feed(ByteView bytes) {
    if (damage_) return *damage_;
    if (read_ > 0 && (read_ == scanned_ || read_ > buffer_.size() / 2)) {
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
        scanned_ -= read_;
        read_ = 0;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return scan();
}

Status FrameReader::scan() {
    if (damage_) return *damage_;
    while (buffer_.size() - scanned_ >= kLengthBytes) {
        const std::uint32_t length = load_u32(buffer_.data() + scanned_);
        if (length == 0 || length > frame_bytes_max_) {
            damage_ = fail(Code::kDamaged, "a frame announces " + std::to_string(length) + " bytes, allowed are 1 to " +
                                               std::to_string(frame_bytes_max_));
            buffer_.resize(scanned_);
            return *damage_;
        }
        if (buffer_.size() - scanned_ < kLengthBytes + length) break;
        scanned_ += kLengthBytes + length;
    }
    return {};
}

std::optional<Frame> FrameReader::next() {
    if (read_ == scanned_) return std::nullopt;
    const std::uint32_t length = load_u32(buffer_.data() + read_);
    const std::uint8_t* body = buffer_.data() + read_ + kLengthBytes;
    Frame frame{body[0], Bytes(body + 1, body + length)};
    read_ += kLengthBytes + length;
    return frame;
}

Status FrameReader::set_frame_bytes_max(std::size_t frame_bytes_max) {
    TALLY_ASSERT(frame_bytes_max >= 1 && frame_bytes_max <= kFrameBytesMax,
                 "a frame maximum outside the wire's bounds");
    frame_bytes_max_ = frame_bytes_max;
    return scan();
}

}  // namespace tally::wire
