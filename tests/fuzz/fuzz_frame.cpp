// Frames of a connection. Law: however the bytes arrive, the same frames come out and the same fault is found; and the
// frames, written again, are the bytes that came in.
#include "common/wire/frame.h"
#include "tests/fuzz/target.h"

using namespace tally;

namespace {

struct Cut {
    Bytes written;  // the frames again
    bool damaged = false;
    std::size_t partial_bytes = 0;
};

Cut cut(ByteView stream, std::size_t piece_bytes) {
    wire::FrameReader reader(wire::kFirstFrameBytesMax);
    Cut out;
    while (!stream.empty()) {
        const ByteView piece = stream.first(std::min(piece_bytes, stream.size()));
        stream = stream.subspan(piece.size());
        if (!reader.feed(piece)) out.damaged = true;
        while (const auto frame = reader.next()) {
            const Status framed = wire::append_frame(out.written, frame->type, frame->payload);
            TALLY_ASSERT(framed.has_value(), "a frame that came in goes out");
        }
    }
    out.partial_bytes = reader.partial_bytes();
    return out;
}

}  // namespace

TALLY_FUZZ(frame) {
    const std::size_t piece_bytes = 1 + fuzz::take_choice(input);
    const Cut whole = cut(input, input.size() + 1);
    const Cut pieces = cut(input, piece_bytes);
    TALLY_ASSERT(whole.written == pieces.written, "the same frames, however the bytes arrive");
    TALLY_ASSERT(whole.damaged == pieces.damaged, "the same fault, however the bytes arrive");
    TALLY_ASSERT(std::equal(whole.written.begin(), whole.written.end(), input.begin()), "frames are the bytes sent");
    if (!whole.damaged)
        TALLY_ASSERT(whole.written.size() + whole.partial_bytes == input.size(), "no byte is lost or kept twice");
}
