// A replica whose files are copied aside, put back, cut, flipped and deleted, as disks and people do. Tests only.
#pragma once

#include <filesystem>
#include <fstream>

#include "common/replica/witness.h"
#include "common/store/database_keys.h"
#include "fixture.h"

namespace tally::test {

namespace fs = std::filesystem;
using replica::Incident;
using replica::Replica;
using replica::Witness;
using replica::WitnessRecord;

inline constexpr std::int64_t kNow_ms = 1'700'000'000'000;

// A bench whose files can be copied while it is open, as a thief or a snapshot would copy them.
struct Files : Bench {
    Files() { CHECK_DONE(replica.guard(kNow_ms)); }

    std::string db() const { return Replica::database_path(dir.path()); }
    std::string head() const { return Replica::witness_path(dir.path()); }
    void sell(int count = 1) {
        for (int i = 0; i < count; ++i) add(member(1), earn(10));
    }
    std::string aside(const std::string& name) const { return dir / name; }
    // The database as it is now, WAL included; the witness only where asked.
    void copy_aside(const std::string& name, bool with_witness) const {
        fs::create_directories(aside(name));
        for (const char* end : {"", "-wal"})
            fs::copy_file(db() + end, aside(name) + "/replica.db" + end, fs::copy_options::overwrite_existing);
        if (with_witness) fs::copy_file(head(), aside(name) + "/replica.db.head", fs::copy_options::overwrite_existing);
    }
    // Ends this connection and puts the copy in the place of what is there.
    void put_back(const std::string& name) {
        close();
        fs::remove(db() + "-wal");
        fs::remove(db() + "-shm");
        for (const auto& file : fs::directory_iterator(aside(name)))
            fs::copy_file(file.path(), dir / file.path().filename().string(), fs::copy_options::overwrite_existing);
        again();
    }
    void close() { Replica gone = std::move(replica); }
    void again() {
        Replica opened = open();
        replica = std::move(opened);
    }
    void restart() {
        close();
        again();
        CHECK_DONE(replica.guard(kNow_ms));
    }
    std::vector<Incident> incidents() { return MUST(replica.incidents(100)); }
    std::int64_t epoch_no() { return MUST(replica.head()).epoch_no; }
};

inline std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
inline void spill(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}
inline void flip(const std::string& path, std::size_t at) {
    std::string bytes = slurp(path);
    REQUIRE(at < bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    spill(path, bytes);
}

}  // namespace tally::test
