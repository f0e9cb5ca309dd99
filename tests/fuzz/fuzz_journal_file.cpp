// Page records of the rollback journal, edited (edits.h). Law: a page that is served is the page that was written
// there, under its number; every record that was left alone is served, with its checksum.
#include "common/store/journal_file.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/memory_vfs.h"
#include "tests/fuzz/target.h"

using namespace tally;
using namespace tally::store;

namespace {

constexpr std::size_t kRecords = 6;
constexpr std::int64_t kHeadBytes = 512, kRecordBytes = 4 + 4096 + 4;
constexpr std::array<std::uint8_t, 28> kHead = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, kRecords};

struct Made {
    Made() : keys(std::make_shared<const DatabaseKeys>(crypto::Secret::copy_of(Bytes(32, 1)))) {
        fuzz::MemoryFile base(image);
        JournalFile file(base.base(), keys, cipher_of_new_files());
        Bytes head(kHeadBytes), plain(kPageBytes);
        std::copy(kHead.begin(), kHead.end(), head.begin());
        int code = file.write(head.data(), kHeadBytes, 0);
        for (std::uint8_t record = 0; record < kRecords; ++record) {
            const std::int64_t at = kHeadBytes + record * kRecordBytes;
            const std::uint8_t page[4] = {0, 0, 0, static_cast<std::uint8_t>(record + 1)};
            std::fill_n(plain.begin(), kPlainBytes, static_cast<std::uint8_t>(record + 1));
            code |= file.write(page, 4, at);
            code |= file.write(plain.data(), kPageBytes, at + 4);
            code |= file.write(page, 4, at + kRecordBytes - 4);  // in the place of SQLite's checksum
        }
        TALLY_ASSERT(code == SQLITE_OK, "a journal is written");
    }
    std::shared_ptr<const DatabaseKeys> keys;
    Bytes image;
};

}  // namespace

TALLY_FUZZ(journal_file) {
    static const Made made = (crypto::start(), Made());
    Bytes image = made.image, out(kPageBytes);
    fuzz::edit(image, input, kHeadBytes, kRecordBytes);
    fuzz::MemoryFile base(image);
    JournalFile file(base.base(), made.keys, cipher_of_new_files());
    (void)file.read(out.data(), 28, 0);
    for (std::size_t record = 0; record < image.size() / kRecordBytes + 1; ++record) {
        const std::int64_t at = kHeadBytes + static_cast<std::int64_t>(record) * kRecordBytes;
        const auto same = [&](std::int64_t size) {
            return record < kRecords && image.size() >= static_cast<std::size_t>(at + size) &&
                   std::equal(image.begin() + at, image.begin() + at + size, made.image.begin() + at);
        };
        const bool served = file.read(out.data(), kPageBytes, at + 4) == SQLITE_OK;
        TALLY_ASSERT(served == same(kRecordBytes - 4), "a record is served if nobody changed it, and only then");
        TALLY_ASSERT(!served || out[0] == record + 1, "what is served was written there");
        if (file.read(out.data(), 4, at + kRecordBytes - 4) == SQLITE_OK && same(kRecordBytes))
            TALLY_ASSERT(out[3] == record + 1, "its checksum comes back");
    }
}
