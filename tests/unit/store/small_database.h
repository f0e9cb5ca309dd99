// What the tests of a new data key share: a small database with one passphrase slot, and what must be true of it after
// anything that happened to it.
#pragma once

#include <filesystem>
#include <set>

#include "common/store/rotate.h"
#include "common/store/rotation_files.h"
#include "tests/unit/store/fixture.h"

namespace tally::store::test {

inline constexpr PassphraseCost kCheap{1, 8192};
inline constexpr int kRows = 60;

inline Unlock passphrase(std::string_view text) { return Passphrase{crypto::Secret::copy_of(view_of(text))}; }

// A database with one passphrase slot, "one", and some rows.
inline void make(const std::string& path) {
    const Result<crypto::Secret> key = create_keys(path, passphrase("one"), kCheap);
    REQUIRE_OK(key);
    OpenOptions options;
    options.create = true;
    Result<Db> db = Db::open(path, *key, options);
    REQUIRE_OK(db);
    fill(*db, kRows, 900);
}

inline Result<Db> open_with(const std::string& path, const Unlock& with) {
    TALLY_TRY(const crypto::Secret key, unlock_keys(path, with));
    return Db::open(path, key, {});
}

// Opens with the passphrase, has every row, and is whole.
inline void check_whole(const std::string& path, std::string_view with = "one") {
    Result<Db> db = open_with(path, passphrase(with));
    REQUIRE_OK(db);
    CHECK(db->query_int64("SELECT count(*) FROM t").value() == kRows);
    REQUIRE_OK(db->check_pages());
}

inline std::set<std::string> names(const Folder& folder) {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        out.insert(entry.path().filename().string());
    return out;
}
inline const std::set<std::string> kOrderly = {"a.db", "a.db.keys", "a.db-use"};

inline void copy_all(const Folder& from, const Folder& to) {
    for (const auto& entry : std::filesystem::directory_iterator(to.path())) std::filesystem::remove(entry.path());
    for (const auto& entry : std::filesystem::directory_iterator(from.path()))
        std::filesystem::copy_file(entry.path(), to.path() / entry.path().filename());
}

}  // namespace tally::store::test
