// The witness beside a replica: the chain's head after the newest operation, in a small file of its own, so that a log
// that lost its tail is contradicted. Layout and invariants W1.. : common/store/FILES.md, "Witness". Not the decision
// what follows from it (replica_guard.cpp). One object is used by one thread; several processes may write one file.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>

#include "common/crypto/secret.h"
#include "common/domain/ids.h"

namespace tally::replica {

struct WitnessRecord {
    domain::Epoch epoch;
    std::uint64_t seq = 0;                // of the newest operation of `epoch`; 0: none yet
    Hash hash;                            // of that operation; of seq 0: of the one before the epoch
    std::array<std::uint8_t, 16> boot{};  // the machine's boot in which it was written; zeros: unknown
    std::uint64_t count = 0;              // writes so far
};

enum class WitnessWrite {
    kCheap,   // survives a killed process, not a power cut
    kDurable  // synced: what was printed on its strength must not come back
};

class Witness {
  public:
    static constexpr std::size_t kSlotBytes = 512;  // a sector each: a power cut tears at most the one being written
    static constexpr std::size_t kRecordBytes = 136;

    Witness(std::string path, crypto::Secret key) : path_(std::move(path)), key_(std::move(key)) {}
    Witness(Witness&& other) noexcept;
    Witness& operator=(Witness&&) = delete;
    ~Witness();

    struct Missing {};
    struct Damaged {};  // there, and no slot is authentic under this key
    using Reading = std::variant<WitnessRecord, Missing, Damaged>;
    // kIo: it cannot be read; nothing is concluded from that.
    Result<Reading> read();

    // Makes the file when it is not there, synced. Else over the older slot; a record of the same epoch that is there
    // already and newer stays (another process was quicker). kFull, kIo, kRefused (not a plain file).
    Status write(domain::Epoch epoch, std::uint64_t seq, const Hash& hash, WitnessWrite how);
    // Makes `other` say the same under its own key (W7). One that is missing or damaged stays so: `other` is not made.
    Status hand_to(Witness& other);

  private:
    Status create(ByteView slot);
    Bytes encode(const WitnessRecord& record) const;
    bool open_file();  // false: not there
    Result<Bytes> read_slots();
    std::array<std::optional<WitnessRecord>, 2> decode(ByteView slots) const;

    std::string path_;
    crypto::Secret key_;
    int file_ = -1;
};

// What the witness in the folder of a lost or damaged replica says; empty: nothing that can be believed.
std::optional<WitnessRecord> read_lost_witness(const std::string& dir, const crypto::Secret& data_key);

}  // namespace tally::replica
