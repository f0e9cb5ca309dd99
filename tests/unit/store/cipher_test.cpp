// The parts below the VFS: page cipher, header cipher, temporary file.
#include <algorithm>
#include <set>

#include "common/store/header_cipher.h"
#include "common/store/page_cipher.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

TEST_CASE("page cipher: opens what it sealed, and nothing that differs in a byte, a key or what it is bound to") {
    SeededRandom random(seed());
    const Bytes key(32, 3);
    const PageCipher cipher{ByteView(key)};
    const DatabaseId id{1, 2, 3};
    Bytes plain(kPlainBytes);
    random.fill(plain);
    Bytes sealed(kPageBytes);
    AssociatedData bound(PageKind::kMain, id);
    bound.add(std::uint32_t{7});
    cipher.seal(sealed.data(), plain.data(), plain.size(), bound);
    Bytes out(kPlainBytes);
    REQUIRE(cipher.open(out.data(), sealed.data(), plain.size(), bound));
    CHECK(out == plain);
    for (int i = 0; i < 500; ++i) {
        Bytes changed = sealed;
        changed[random.below(kPageBytes)] ^= static_cast<std::uint8_t>(1 + random.below(255));
        CHECK(!cipher.open(out.data(), changed.data(), plain.size(), bound));
    }
    AssociatedData other_page(PageKind::kMain, id);
    other_page.add(std::uint32_t{8});
    AssociatedData other_kind(PageKind::kWal, id);
    other_kind.add(std::uint32_t{7});
    AssociatedData other_database(PageKind::kMain, DatabaseId{1, 2, 4});
    other_database.add(std::uint32_t{7});
    for (const AssociatedData& wrong : {other_page, other_kind, other_database})
        CHECK(!cipher.open(out.data(), sealed.data(), plain.size(), wrong));
    const Bytes other_key(32, 4);
    CHECK(!PageCipher{ByteView(other_key)}.open(out.data(), sealed.data(), plain.size(), bound));
}

TEST_CASE("page cipher: the same page sealed again shares no bytes with before: every nonce is fresh") {
    const Bytes key(32, 3);
    const PageCipher cipher{ByteView(key)};
    const AssociatedData bound(PageKind::kMain, DatabaseId{});
    const Bytes plain(kPlainBytes, 0);
    std::set<Bytes> nonces;
    Bytes sealed(kPageBytes);
    for (int i = 0; i < 1000; ++i) {
        cipher.seal(sealed.data(), plain.data(), plain.size(), bound);
        nonces.insert(Bytes(sealed.begin() + kPlainBytes, sealed.begin() + kPlainBytes + kNonceBytes));
    }
    CHECK(nonces.size() == 1000);
}

TEST_CASE("header cipher: deciphers what it enciphered, under the same tweak only, and spreads every bit") {
    SeededRandom random(seed());
    const Bytes key(16, 5);
    const HeaderCipher cipher{ByteView(key)};
    for (std::uint64_t tweak = 0; tweak < 500; ++tweak) {
        HeaderCipher::Block plain;
        random.fill(plain);
        HeaderCipher::Block block = plain;
        cipher.encipher(block, tweak);
        CHECK(block != plain);
        HeaderCipher::Block wrong = block;
        cipher.decipher(wrong, tweak + 1);
        CHECK(wrong != plain);
        HeaderCipher::Block back = block;
        cipher.decipher(back, tweak);
        CHECK(back == plain);
        HeaderCipher::Block near = plain;
        near[random.below(16)] ^= static_cast<std::uint8_t>(1u << random.below(8));
        cipher.encipher(near, tweak);
        int same = 0;
        for (std::size_t i = 0; i < 16; ++i) same += near[i] == block[i];
        CHECK(same < 8);
    }
}

TEST_CASE("temporary file: any sequence of writes, truncations and reads gives the bytes of a plain one") {
    REQUIRE_OK(register_vfs());
    SeededRandom random(seed());
    sqlite3_vfs* vfs = sqlite3_vfs_find("tally");
    std::vector<std::max_align_t> space(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
    auto* file = reinterpret_cast<sqlite3_file*>(space.data());
    constexpr int kFlags = SQLITE_OPEN_SUBJOURNAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE |
                           SQLITE_OPEN_DELETEONCLOSE;
    int out_flags = 0;
    REQUIRE(vfs->xOpen(vfs, nullptr, file, kFlags, &out_flags) == SQLITE_OK);
    Bytes model;
    for (int step = 0; step < 5000; ++step) {
        const std::size_t offset = random.below(random.below(20) == 0 ? 400'000 : model.size() + 100);
        const std::size_t size = 1 + random.below(random.below(5) == 0 ? 20'000 : 300);
        switch (random.below(10)) {
            case 0: {
                if (random.below(5) != 0) break;
                const std::size_t left = random.below(model.size() + 5000);
                REQUIRE(file->pMethods->xTruncate(file, static_cast<sqlite3_int64>(left)) == SQLITE_OK);
                model.resize(left);
                break;
            }
            case 1:
            case 2:
            case 3:
            case 4: {
                Bytes bytes(size);
                random.fill(bytes);
                REQUIRE(file->pMethods->xWrite(file, bytes.data(), static_cast<int>(size),
                                               static_cast<sqlite3_int64>(offset)) == SQLITE_OK);
                if (model.size() < offset + size) model.resize(offset + size);
                std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(offset));
                break;
            }
            default: {
                Bytes bytes(size, 0xAA);
                const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(size),
                                                       static_cast<sqlite3_int64>(offset));
                const bool whole = offset + size <= model.size();
                REQUIRE(code == (whole ? SQLITE_OK : SQLITE_IOERR_SHORT_READ));
                Bytes expected(size);  // zeros beyond the end
                const std::size_t there = offset < model.size() ? std::min(size, model.size() - offset) : 0;
                std::copy_n(model.begin() + static_cast<std::ptrdiff_t>(there == 0 ? 0 : offset), there,
                            expected.begin());
                REQUIRE(bytes == expected);
            }
        }
        sqlite3_int64 bytes = 0;
        REQUIRE(file->pMethods->xFileSize(file, &bytes) == SQLITE_OK);
        REQUIRE(bytes == static_cast<sqlite3_int64>(model.size()));
    }
    file->pMethods->xClose(file);
}
