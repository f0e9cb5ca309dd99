#include "common/replica/witness.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "common/crypto/hash.h"
#include "common/store/durable_file.h"
#include "common/store/os_file.h"

namespace tally::replica {
namespace {

constexpr std::string_view kMagic = "TLYHEAD\n";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kSignedBytes = Witness::kRecordBytes - kMacBytes;
constexpr std::size_t kFileBytes = 2 * Witness::kSlotBytes;

void put_u64(std::uint8_t* out, std::uint64_t value) {
    for (int i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
}
std::uint64_t get_u64(const std::uint8_t* in) {
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i) out |= static_cast<std::uint64_t>(in[i]) << (8 * i);
    return out;
}

// Read once: it cannot change while this process lives.
const std::array<std::uint8_t, 16>& boot_id() {
    static const std::array<std::uint8_t, 16> id = [] {
        std::array<std::uint8_t, 16> out{};
        const auto file = store::read_small("/proc/sys/kernel/random/boot_id", 64);
        if (!file) return out;
        std::string digits;
        for (const std::uint8_t c : file->bytes)
            if (c != '-' && c != '\n') digits.push_back(static_cast<char>(c));
        const auto bytes = from_hex(digits);
        if (bytes && bytes->size() == out.size()) std::copy(bytes->begin(), bytes->end(), out.begin());
        return out;
    }();
    return id;
}

Error io_error(const char* what) { return store::io_error(std::string("witness, ") + what); }

}  // namespace

Witness::Witness(Witness&& other) noexcept
    : path_(std::move(other.path_)), key_(std::move(other.key_)), file_(std::exchange(other.file_, -1)) {}

Witness::~Witness() {
    if (file_ >= 0) ::close(file_);
}

Bytes Witness::encode(const WitnessRecord& record) const {
    Bytes out(kRecordBytes, 0);
    std::copy(kMagic.begin(), kMagic.end(), out.begin());
    out[8] = kVersion;
    put_u64(&out[16], record.count);
    std::copy(record.epoch.bytes.begin(), record.epoch.bytes.end(), out.begin() + 24);
    put_u64(&out[40], record.seq);
    std::copy(record.hash.bytes.begin(), record.hash.bytes.end(), out.begin() + 48);
    std::copy(record.boot.begin(), record.boot.end(), out.begin() + 80);
    const Bytes mac = crypto::keyed_hash(key_.view(), ByteView(out).first(kSignedBytes), kMacBytes);
    std::copy(mac.begin(), mac.end(), out.begin() + kSignedBytes);
    return out;
}

std::array<std::optional<WitnessRecord>, 2> Witness::decode(ByteView slots) const {
    std::array<std::optional<WitnessRecord>, 2> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (slots.size() < i * kSlotBytes + kRecordBytes) continue;
        const ByteView in = slots.subspan(i * kSlotBytes, kRecordBytes);
        const Bytes mac = crypto::keyed_hash(key_.view(), in.first(kSignedBytes), kMacBytes);
        if (!crypto::same(mac, in.subspan(kSignedBytes))) continue;
        if (in[8] != kVersion || std::memcmp(in.data(), kMagic.data(), kMagic.size()) != 0) continue;
        WitnessRecord record;
        record.count = get_u64(&in[16]);
        record.epoch = *domain::Epoch::from(in.subspan(24, 16));
        record.seq = get_u64(&in[40]);
        record.hash = *Hash::from(in.subspan(48, 32));
        std::copy_n(in.begin() + 80, record.boot.size(), record.boot.begin());
        out[i] = record;
    }
    return out;
}

bool Witness::open_file() {
    if (file_ >= 0 && (::fcntl(file_, F_GETFL) & O_ACCMODE) == O_RDONLY) ::close(std::exchange(file_, -1));
    if (file_ < 0) file_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return file_ >= 0;
}

Result<Bytes> Witness::read_slots() {
    Bytes out(kFileBytes, 0);
    std::size_t size = 0;
    while (size < out.size()) {
        const ssize_t done = ::pread(file_, out.data() + size, out.size() - size, static_cast<off_t>(size));
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return io_error("read");
        if (done == 0) break;
        size += static_cast<std::size_t>(done);
    }
    out.resize(size);
    return out;
}

Result<Witness::Reading> Witness::read() {
    if (file_ >= 0) {  // by its name: what this object has open may be gone from the folder
        ::close(file_);
        file_ = -1;
    }
    if (!open_file() && (errno == EROFS || errno == EACCES))  // a folder that can only be looked at
        file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file_ < 0) {
        if (errno == ENOENT || errno == ENOTDIR) return Reading(Missing{});
        if (errno == ELOOP || errno == EISDIR || errno == ENXIO) return Reading(Damaged{});
        return io_error("open");
    }
    struct stat status {};
    if (::fstat(file_, &status) != 0) return io_error("stat");
    if (!S_ISREG(status.st_mode)) return Reading(Damaged{});
    // Another process may be writing both slots just now: looked at again before damage is concluded.
    for (int look = 0; look < 3; ++look) {
        TALLY_TRY(const Bytes bytes, read_slots());
        const auto slots = decode(bytes);
        if (slots[0] && slots[1]) return Reading(slots[0]->count > slots[1]->count ? *slots[0] : *slots[1]);
        if (slots[0]) return Reading(*slots[0]);
        if (slots[1]) return Reading(*slots[1]);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return Reading(Damaged{});
}

Status Witness::hand_to(Witness& other) {
    TALLY_TRY(const Reading reading, read());
    const auto* record = std::get_if<WitnessRecord>(&reading);
    return record == nullptr ? Status() : other.write(record->epoch, record->seq, record->hash, WitnessWrite::kDurable);
}

Status Witness::create(ByteView slot) {
    Bytes whole(kFileBytes, 0);
    std::copy(slot.begin(), slot.end(), whole.begin());
    TALLY_OK(store::write_durably(path_, whole, store::IfThere::kReplace));
    if (file_ >= 0) ::close(std::exchange(file_, -1));
    if (!open_file()) return io_error("open");
    return {};
}

Status Witness::write(domain::Epoch epoch, std::uint64_t seq, const Hash& hash, WitnessWrite how) {
    WitnessRecord record{epoch, seq, hash, boot_id(), 1};
    if (!open_file()) {
        if (errno != ENOENT) return io_error("open");
        return create(encode(record));
    }
    TALLY_TRY(const Bytes bytes, read_slots());
    const auto slots = decode(bytes);
    if (!slots[0] && !slots[1]) return create(encode(record));  // nothing authentic in it that could be kept
    bool newer_there = false;
    std::size_t into = 0;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (!slots[i]) continue;
        newer_there |= slots[i]->epoch == epoch && slots[i]->seq > seq;  // W4
        if (slots[i]->count < record.count) continue;
        record.count = slots[i]->count + 1;
        into = 1 - i;  // W2
    }
    const Bytes slot = encode(record);
    for (std::size_t done = 0; !newer_there && done < slot.size();) {
        const ssize_t wrote =
            ::pwrite(file_, slot.data() + done, slot.size() - done, static_cast<off_t>(into * kSlotBytes + done));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return io_error("write");
        done += static_cast<std::size_t>(wrote);
    }
    if (how != WitnessWrite::kDurable) return {};
    if (::fdatasync(file_) != 0) return io_error("sync");
    return store::sync_folder_of(path_);  // the start that made the file may have failed in just this
}

}  // namespace tally::replica
