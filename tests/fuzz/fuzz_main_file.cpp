// Pages of the main database file, edited (edits.h). Law: a page that is served is the page that was written there, and
// every page that was left alone is served.
#include "common/store/main_file.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/memory_vfs.h"
#include "tests/fuzz/target.h"

using namespace tally;
using namespace tally::store;

namespace {

constexpr std::size_t kPages = 6;

struct Made {
    Made() : keys(std::make_shared<const DatabaseKeys>(crypto::Secret::copy_of(Bytes(32, 1)))) {
        fuzz::MemoryFile base(image);
        MainFile file(base.base(), keys, nullptr, {});
        for (std::size_t page = 0; page < kPages; ++page) {
            plain[page].assign(kPageBytes, static_cast<std::uint8_t>('a' + page));
            std::fill_n(plain[page].end() - kReserveBytes, kReserveBytes, std::uint8_t{0});
            if (page == 0) std::memcpy(plain[0].data(), "SQLite format 3\0\x10\0\2\2\x28\x40\x20\x20", kClearBytes);
            const int code = file.write(plain[page].data(), kPageBytes, static_cast<std::int64_t>(page * kPageBytes));
            TALLY_ASSERT(code == SQLITE_OK, "a page is written");
        }
    }
    std::shared_ptr<const DatabaseKeys> keys;
    Bytes image;
    std::array<Bytes, kPages> plain;
};

}  // namespace

TALLY_FUZZ(main_file) {
    static const Made made = (crypto::start(), Made());
    Bytes image = made.image;
    fuzz::edit(image, input, 0, kPageBytes);
    fuzz::MemoryFile base(image);
    MainFile file(base.base(), made.keys, nullptr, {});
    const bool ours = image.size() >= kClearBytes && std::equal(image.begin(), image.begin() + 16, made.image.begin());
    if (image.size() >= kPageBytes) TALLY_ASSERT(!ours || file.recognise().has_value(), "a file of ours is known");
    Bytes out(kPageBytes);
    for (std::size_t page = 0; page < image.size() / kPageBytes + 2; ++page) {
        const auto at = static_cast<std::ptrdiff_t>(page * kPageBytes);
        const bool whole = page < kPages && image.size() >= (page + 1) * kPageBytes &&
                           std::equal(image.begin() + at, image.begin() + at + kPageBytes, made.image.begin() + at);
        const bool served = file.read(out.data(), kPageBytes, at) == SQLITE_OK;
        TALLY_ASSERT(served == whole, "a page is served if nobody changed it, and only then");
        TALLY_ASSERT(!served || out == made.plain[page], "what is served was written there");
        PageVerdict verdict{static_cast<std::uint32_t>(page + 1)};
        TALLY_ASSERT(file.control(kVerifyPageControl, &verdict) == SQLITE_OK && verdict.authentic == whole, "as said");
    }
    std::array<std::uint8_t, 16> counter{};
    if (file.read(counter.data(), 16, 24) == SQLITE_OK)
        TALLY_ASSERT(std::equal(counter.begin(), counter.end(), made.plain[0].begin() + 24), "an authentic counter");
    (void)file.read(out.data(), 100, 0);
}
