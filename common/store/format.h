// The numbers of the database's byte layout, shared by everything that reads or writes it. FILES.md is the prose of it;
// "F3" and the like in this folder's comments are its numbered invariants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tally::store {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kNonceBytes = 24;
inline constexpr std::size_t kTagBytes = 16;
inline constexpr std::size_t kReserveBytes = kNonceBytes + kTagBytes;   // F1: at the end of every page
inline constexpr std::size_t kPlainBytes = kPageBytes - kReserveBytes;  // what SQLite uses of a page

// Page 1 of the main file.
inline constexpr std::size_t kClearBytes = 24;  // F3: bytes 0..23 are clear and bound
inline constexpr std::array<std::uint8_t, 6> kMagic = {'T', 'L', 'Y', 'D', 'B', '\n'};
inline constexpr std::uint8_t kFormatVersion = 1;
inline constexpr std::uint8_t kCipherXChaCha20Poly1305 = 1;
inline constexpr std::uint8_t kCipherAes256Ocb = 2;
// The faster on this processor: AES-256-OCB takes a third of the time where AES is built in, and far longer elsewhere.
std::uint8_t cipher_of_new_files();
inline constexpr std::size_t kVersionAt = 6;
inline constexpr std::size_t kCipherAt = 7;
inline constexpr std::size_t kDatabaseIdAt = 8;
inline constexpr std::size_t kDatabaseIdBytes = 8;
inline constexpr char kSqliteMagic[16 + 1] = "SQLite format 3";  // 16 bytes with its zero: what SQLite sees
inline constexpr std::size_t kSqliteHeaderBytes = 100;
inline constexpr std::int64_t kLockByte = 0x40000000;  // F9: the page there is never written

// WAL.
inline constexpr std::int64_t kWalHeaderBytes = 32;
inline constexpr std::int64_t kFrameHeaderBytes = 24;
// Whether the deciphered header of a WAL frame that fails still reads like the end of a transaction, of plausible
// sizes. Chance gives that once in 2^24.
inline bool reads_as_commit(std::uint32_t page, std::uint32_t commit_pages) {
    constexpr std::uint32_t kPlausiblePages = 1u << 28;
    return page != 0 && page < kPlausiblePages && commit_pages != 0 && commit_pages < kPlausiblePages;
}
inline constexpr std::int64_t kFrameBytes = kFrameHeaderBytes + static_cast<std::int64_t>(kPageBytes);
inline constexpr std::size_t kFrameSaltAt = 8;

// Temporary files: blocks of kPageBytes plain bytes, each followed by nonce and tag.
inline constexpr std::int64_t kTempBlockBytes = static_cast<std::int64_t>(kPageBytes + kReserveBytes);

// First byte of the associated data: a page of one kind never passes for another (F2).
enum class PageKind : std::uint8_t { kMain = 1, kWal = 2, kJournal = 3, kTemporary = 4 };

using DatabaseId = std::array<std::uint8_t, kDatabaseIdBytes>;

}  // namespace tally::store
