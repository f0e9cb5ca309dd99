// Frames of the write-ahead log, edited (edits.h): five transactions in twelve frames. Law: a page that is served is
// the page that was written there; and F6: a changed frame before an untouched one is found, with the commits behind
// it.
#include "tests/fuzz/edits.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/wal_image.h"

using namespace tally;
using namespace tally::store;

TALLY_FUZZ(wal_file) {
    static const fuzz::WalImage made = (crypto::start(), fuzz::WalImage());
    Bytes image = made.image, nothing, out(kFrameBytes);
    fuzz::edit(image, input, kWalHeaderBytes, kFrameBytes);
    fuzz::MemoryFile main_base(nothing), base(image);
    MainFile main(main_base.base(), made.keys, nullptr, {});
    WalFile file(base.base(), made.keys, &main);
    const auto same = [&](std::int64_t at, std::int64_t size) {
        const auto end = static_cast<std::size_t>(at + size);
        return end <= std::min(image.size(), made.image.size()) &&
               std::equal(image.begin() + at, image.begin() + at + size, made.image.begin() + at);
    };
    std::int64_t first_changed = -1, first_bad = -1;
    int commits = 0;
    for (std::size_t frame = 0; frame < image.size() / kFrameBytes + 1; ++frame) {
        const std::int64_t at = kWalHeaderBytes + static_cast<std::int64_t>(frame) * kFrameBytes;
        const bool whole = frame < fuzz::kCommitPages.size() && same(at, kFrameBytes);
        const bool salts_only = frame < fuzz::kCommitPages.size() && same(at, 8) && same(at + 16, kFrameBytes - 16);
        if (!whole && first_changed < 0) first_changed = static_cast<std::int64_t>(frame);
        if (whole && first_changed >= 0) first_bad = first_changed;
        if (whole && first_changed >= 0 && fuzz::kCommitPages[frame] != 0) ++commits;
        const bool served = file.read(out.data(), kPageBytes, at + kFrameHeaderBytes) == SQLITE_OK;
        TALLY_ASSERT(served == salts_only, "a page is served if nobody changed its frame, and only then (F5)");
        TALLY_ASSERT(!served || out[0] == frame + 1, "what is served was written there");
        const bool read = file.read(out.data(), kFrameBytes, at) == SQLITE_OK;
        TALLY_ASSERT(!read || out[24] == (salts_only ? frame + 1 : 0), "recovery reads that page or zeros");
        (void)file.read(out.data(), 8, at + 16);
    }
    WalScan scan;
    TALLY_ASSERT(file.scan(scan) == SQLITE_OK, "a scan ends");
    if (!same(0, kWalHeaderBytes)) return;
    TALLY_ASSERT(scan.first_bad == first_bad && scan.commits_from_bad >= commits, "F6: damage in the middle is found");
}
