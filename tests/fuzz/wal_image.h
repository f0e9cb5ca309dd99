// A write-ahead log of five transactions in twelve frames, written by WalFile: what fuzz_wal_file.cpp edits. The page
// of frame f holds the byte f + 1.
#pragma once

#include "common/store/main_file.h"
#include "common/store/wal_file.h"
#include "tests/fuzz/memory_vfs.h"

namespace tally::fuzz {

using namespace tally::store;

inline constexpr std::array<std::uint8_t, 12> kCommitPages = {0, 0, 3, 0, 0, 4, 4, 0, 5, 0, 0, 6};

struct WalImage {
    WalImage() : keys(std::make_shared<const DatabaseKeys>(crypto::Secret::copy_of(Bytes(32, 1)))) {
        Bytes nothing;
        MemoryFile main_base(nothing), base(image);
        MainFile main(main_base.base(), keys, nullptr, {});
        WalFile file(base.base(), keys, &main);
        Bytes head(kWalHeaderBytes, 0x5A), plain(kPageBytes);
        TALLY_ASSERT(file.write(head.data(), kWalHeaderBytes, 0) == SQLITE_OK, "a header is written");
        for (std::size_t frame = 0; frame < kCommitPages.size(); ++frame) {
            const std::int64_t at = kWalHeaderBytes + static_cast<std::int64_t>(frame) * kFrameBytes;
            Bytes header(kFrameHeaderBytes, 0x5A);
            header = {0, 0, 0, static_cast<std::uint8_t>(1 + frame % 5), 0, 0, 0, kCommitPages[frame]};
            header.resize(kFrameHeaderBytes, 0x5A);
            std::fill_n(plain.begin(), kPlainBytes, static_cast<std::uint8_t>(frame + 1));
            TALLY_ASSERT(file.write(header.data(), kFrameHeaderBytes, at) == SQLITE_OK &&
                             file.write(plain.data(), kPageBytes, at + kFrameHeaderBytes) == SQLITE_OK,
                         "a frame");
        }
    }
    std::shared_ptr<const DatabaseKeys> keys;
    Bytes image;
};

}  // namespace tally::fuzz
