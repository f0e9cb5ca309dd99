// Frames: the envelope of every message on a connection. Not the messages themselves (messages.h), and no I/O.
//
//     frame = u32 big-endian length of (type + payload), u8 type, payload
//
// Pure; an object belongs to one thread at a time.
#pragma once

#include <optional>

#include "common/base/bytes.h"
#include "common/wire/limits.h"

namespace tally::wire {

struct Frame {
    std::uint8_t type = 0;
    Bytes payload;
};

// Appends one frame to `out`. kOverflow, and nothing appended: the payload is above kFrameBytesMax - 1 bytes.
Status append_frame(Bytes& out, std::uint8_t type, ByteView payload);

// Cuts a byte stream into frames, however the bytes arrive. Memory grows with the bytes received, never with the length
// that a peer announces.
class FrameReader {
  public:
    // `frame_bytes_max`: the largest length field accepted, 1..kFrameBytesMax.
    explicit FrameReader(std::size_t frame_bytes_max = kFrameBytesMax);

    // kDamaged: a length of zero or above the maximum; from then on every feed() says the same and next() gives only
    // frames that were complete before the fault.
    Status feed(ByteView bytes);

    // The next complete frame, in order of arrival.
    std::optional<Frame> next();

    // Raises or lowers the maximum for lengths not looked at yet (after Hello was accepted). kDamaged as feed().
    Status set_frame_bytes_max(std::size_t frame_bytes_max);

    // Bytes held of a frame that is not complete: more than 0 when a connection ends means a cut inside a frame.
    std::size_t partial_bytes() const { return buffer_.size() - scanned_; }

  private:
    Status scan();

    Bytes buffer_;  // from read_ to scanned_ complete frames, then at most one incomplete
    std::size_t read_ = 0;
    std::size_t scanned_ = 0;
    std::size_t frame_bytes_max_;
    std::optional<Error> damage_;
};

}  // namespace tally::wire
