// Bounds of what crosses the wire, known to both ends. Bytes and counts that a peer announces are checked against these
// before anything is allocated. How much is sent at once is tuning (sync/tuning.h) and stays below these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tally::wire {

// A frame's u32 length field counts type and payload; it must lie in 1..kFrameBytesMax. 4 MiB: a full batch or feed
// page (1 MiB) with room for one member whose state is far larger than any seen.
inline constexpr std::size_t kFrameBytesMax = 4u << 20;

// The same before Hello or Enrol was accepted: a stranger can make us hold this much and no more.
inline constexpr std::size_t kFirstFrameBytesMax = 16u << 10;

// Operations of one push: so the acknowledgement, which may give each a reason, fits into a frame too.
inline constexpr int kPushOpsMax = 4096;

// A terminal's epochs besides the current one, in Welcome and in a feed page. An epoch is begun by an incident or a
// restore.
inline constexpr int kOtherChainsMax = 256;
// Incidents that one Hello reports: it must fit into kFirstFrameBytesMax.
inline constexpr int kIncidentReportsMax = 16;
// Operations in one OpsReturn, and their bytes (one operation at least).
inline constexpr int kOpsReturnMax = 500;
inline constexpr std::size_t kOpsReturnBytesMax = 1u << 20;

// The programme's document: it travels in one feed page.
inline constexpr std::size_t kProgrammeBytesMax = 1u << 20;

inline constexpr std::size_t kFrameHeaderBytes = 4 + 1;  // u32 length, u8 type

}  // namespace tally::wire
