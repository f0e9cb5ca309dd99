#include "tests/fault/disk/fault_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/result.h"

namespace tally::fault {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kSector = 512;

int sys_open(const char* path, int flags, mode_t mode) {
    return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
ssize_t sys_read(int file, void* out, std::size_t size, off64_t at) {
    return at < 0 ? ::syscall(SYS_read, file, out, size) : ::syscall(SYS_pread64, file, out, size, at);
}
ssize_t sys_write(int file, const void* bytes, std::size_t size, off64_t at) {
    return at < 0 ? ::syscall(SYS_write, file, bytes, size) : ::syscall(SYS_pwrite64, file, bytes, size, at);
}
int sys_link(const std::string& from, const std::string& to) {
    return static_cast<int>(::syscall(SYS_link, from.c_str(), to.c_str()));
}
int sys_rename(const std::string& from, const std::string& to) {
    return static_cast<int>(::syscall(SYS_rename, from.c_str(), to.c_str()));
}
int sys_unlink(const std::string& path) { return static_cast<int>(::syscall(SYS_unlink, path.c_str())); }
int sys_remove(const char* path) {
    const auto done = static_cast<int>(::syscall(SYS_unlink, path));
    return done != 0 && errno == EISDIR ? static_cast<int>(::syscall(SYS_rmdir, path)) : done;
}
bool is_there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}
std::int64_t size_of(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 ? status.st_size : 0;
}
bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}
// Those between begin() and end(): none for most of a program's life, so that asking costs nothing.
std::vector<FaultDisk*>& active_disks() {
    static auto* const disks = new std::vector<FaultDisk*>;
    return *disks;
}
void must_be_played(bool done) { TALLY_ASSERT(done, "the power cut can be played"); }

}  // namespace

bool changes_disk(Call call) { return call != Call::kOpen && call != Call::kRead; }

FaultDisk::Node::~Node() {
    if (file >= 0) ::syscall(SYS_close, file);
}

FaultDisk& FaultDisk::get() {
    static auto* const instance = new FaultDisk;  // calls come before main and after it
    return *instance;
}

FaultDisk& FaultDisk::of(const char* path) {
    for (FaultDisk* disk : active_disks())
        if (disk->is_inside(path)) return *disk;
    return get();
}

FaultDisk& FaultDisk::of(int file) {
    for (FaultDisk* disk : active_disks())
        if (disk->node_of(file) != nullptr) return *disk;
    return get();
}

void FaultDisk::begin(const std::string& root) {
    end();
    root_ = root + "/";
    graves_ = root + ".graves";
    fs::create_directories(graves_);
    process_ = ::getpid();
    active_ = true;
    active_disks().push_back(this);
}

void FaultDisk::end() {
    active_ = false;
    std::erase(active_disks(), this);
    lift();
    calls_.clear();
    struck_ = false;
    open_.clear();
    nodes_.clear();
    names_.clear();
    if (!graves_.empty()) fs::remove_all(graves_);
    graves_.clear();
}

void FaultDisk::arm(std::int64_t call, Fault fault) {
    strike_at_ = call;
    fault_ = fault;
}

void FaultDisk::lift() {
    strike_at_ = -1;
    fault_ = Fault::kNone;
    dead_ = failing_ = full_ = false;
}

void FaultDisk::die() { dead_ = true; }

bool FaultDisk::is_inside(const char* path) const {
    if (!active_ || ::getpid() != process_ || path == nullptr) return false;
    const std::string_view text(path);
    return text.substr(0, root_.size()) == root_ || text == std::string_view(root_).substr(0, root_.size() - 1);
}

FaultDisk::Node* FaultDisk::node_of(int file) {
    if (!active_) return nullptr;
    const auto found = open_.find(file);
    return found == open_.end() || ::getpid() != process_ ? nullptr : found->second;
}

FaultDisk::Verdict FaultDisk::next(Call call, bool grows) {
    if (looks_on_) return Verdict::kPass;
    if (dead_) return Verdict::kError;
    const auto number = static_cast<std::int64_t>(calls_.size());
    calls_.push_back(call);
    if (number == strike_at_) {
        struck_ = true;
        switch (fault_) {
            case Fault::kNone: break;
            case Fault::kError: return Verdict::kError;
            case Fault::kErrorOn: failing_ = true; break;
            case Fault::kFull: full_ = true; break;
            case Fault::kShortWrite:
                full_ = true;
                if (call == Call::kWrite) return Verdict::kHalf;
                break;
            case Fault::kDeath: dead_ = true; return Verdict::kError;
            case Fault::kHalfWrite: dead_ = true; return call == Call::kWrite ? Verdict::kHalf : Verdict::kError;
        }
    }
    if (failing_ && changes_disk(call)) return Verdict::kError;
    return full_ && grows ? Verdict::kFull : Verdict::kPass;
}

// True, with errno, when the call must fail.
bool FaultDisk::refuse(Verdict verdict) const {
    if (verdict == Verdict::kError) errno = EIO;
    if (verdict == Verdict::kFull) errno = ENOSPC;
    return verdict == Verdict::kError || verdict == Verdict::kFull;
}

int FaultDisk::open(const char* path, int flags, mode_t mode) {
    if (!is_inside(path)) return sys_open(path, flags, mode);
    const bool makes = (flags & O_CREAT) != 0 && !is_there(path);
    if (refuse(next(makes ? Call::kCreate : Call::kOpen, makes))) return -1;
    TALLY_ASSERT((flags & (O_TRUNC | O_APPEND)) == 0, "the disk knows how this file is opened");
    const int file = sys_open(path, flags, mode);
    if (file < 0) return file;
    struct stat status {};
    TALLY_ASSERT(::fstat(file, &status) == 0, "an open file has a status");
    std::unique_ptr<Node>& node = nodes_[{status.st_dev, status.st_ino}];
    if (node == nullptr) {
        node = std::make_unique<Node>();
        if (S_ISDIR(status.st_mode)) node->folder = path;
        // Its own way to the file: never closed before end(), for that would drop the process's locks on it.
        const std::string own = "/proc/self/fd/" + std::to_string(file);
        if (S_ISREG(status.st_mode)) node->file = sys_open(own.c_str(), O_RDWR | O_CLOEXEC, 0);
        node->is_index = ends_with(path, "-shm");
    }
    if (makes) names_.push_back({NameChange::Kind::kMade, path, {}, {}});
    open_[file] = node.get();
    return file;
}

int FaultDisk::close(int file) {
    if (node_of(file) != nullptr) open_.erase(file);
    return static_cast<int>(::syscall(SYS_close, file));
}

ssize_t FaultDisk::read(int file, void* out, std::size_t size, off64_t at) {
    if (node_of(file) != nullptr && refuse(next(Call::kRead, false))) return -1;
    return sys_read(file, out, size, at);
}

ssize_t FaultDisk::put(Node& node, const void* bytes, std::size_t size, std::int64_t at) {
    const std::int64_t before = size_of(node.file);
    Unsynced write{at, {}, false, before, {}};
    const auto* from = static_cast<const std::uint8_t*>(bytes);
    write.bytes.assign(from, from + size);
    const std::int64_t covered = std::clamp<std::int64_t>(before - at, 0, static_cast<std::int64_t>(size));
    write.before.resize(static_cast<std::size_t>(covered));
    if (covered > 0) sys_read(node.file, write.before.data(), write.before.size(), at);
    const ssize_t done = sys_write(node.file, bytes, size, at);
    if (done >= 0 && !node.is_index) node.unsynced.push_back(std::move(write));
    return done;
}

ssize_t FaultDisk::write(int file, const void* bytes, std::size_t size, off64_t at) {
    Node* node = node_of(file);
    if (node == nullptr) return sys_write(file, bytes, size, at);
    const off64_t place = at < 0 ? ::lseek64(file, 0, SEEK_CUR) : at;
    const Verdict verdict = next(Call::kWrite, place + static_cast<off64_t>(size) > size_of(file));
    if (refuse(verdict)) return -1;
    const std::size_t part = verdict == Verdict::kHalf ? size / 2 : size;
    if (part == 0) {
        errno = ENOSPC;
        return -1;
    }
    const ssize_t done = put(*node, bytes, part, place);
    if (at < 0 && done > 0) ::lseek64(file, done, SEEK_CUR);
    return done;
}

int FaultDisk::sync(int file, long number) {
    Node* node = node_of(file);
    if (node == nullptr) return static_cast<int>(::syscall(number, file));
    if (refuse(next(Call::kSync, false))) return -1;
    node->unsynced.clear();
    if (node->folder.empty()) return 0;
    const auto here = [&](const NameChange& change) {
        return fs::path(change.path).parent_path() == fs::path(node->folder);
    };
    std::erase_if(names_, here);
    return 0;
}

int FaultDisk::truncate(int file, off64_t size) {
    Node* node = node_of(file);
    if (node == nullptr) return static_cast<int>(::syscall(SYS_ftruncate, file, size));
    const std::int64_t before = size_of(file);
    if (refuse(next(Call::kTruncate, size > before))) return -1;
    Unsynced cut{size, {}, true, before, Bytes(static_cast<std::size_t>(std::max<std::int64_t>(before - size, 0)))};
    if (!cut.before.empty()) sys_read(node->file, cut.before.data(), cut.before.size(), size);
    const auto done = static_cast<int>(::syscall(SYS_ftruncate, file, size));
    if (done == 0 && !node->is_index) node->unsynced.push_back(std::move(cut));
    return done;
}

// Keeps what loses its name here, for a power cut may bring the name back.
std::string FaultDisk::bury(const std::string& path) {
    if (!is_there(path)) return {};
    const std::string grave = graves_ + "/" + std::to_string(buried_++);
    return sys_link(path, grave) == 0 ? grave : std::string();
}

int FaultDisk::remove(const char* path, long number) {
    const auto pass = [&] { return number < 0 ? sys_remove(path) : static_cast<int>(::syscall(number, path)); };
    if (!is_inside(path)) return pass();
    if (refuse(next(Call::kRemove, false))) return -1;
    const std::string grave = bury(path);
    const int done = pass();
    if (done == 0) names_.push_back({NameChange::Kind::kRemoved, path, {}, grave});
    return done;
}

int FaultDisk::rename(const char* from, const char* to, unsigned flags) {
    const auto pass = [&] { return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags)); };
    if (!is_inside(from)) return pass();
    if (refuse(next(Call::kRename, false))) return -1;
    const std::string grave = bury(to);
    const int done = pass();
    if (done == 0) names_.push_back({NameChange::Kind::kRenamed, from, to, grave});
    return done;
}

int FaultDisk::link(const char* from, const char* to) {
    if (!is_inside(to)) return sys_link(from, to);
    if (refuse(next(Call::kRename, true))) return -1;
    const int done = sys_link(from, to);
    if (done == 0) names_.push_back({NameChange::Kind::kMade, to, {}, {}});
    return done;
}

void FaultDisk::undo(const NameChange& change) {
    switch (change.kind) {
        case NameChange::Kind::kMade: sys_unlink(change.path); break;
        case NameChange::Kind::kRemoved:
            if (!change.grave.empty()) must_be_played(sys_rename(change.grave, change.path) == 0);
            break;
        case NameChange::Kind::kRenamed:
            must_be_played(sys_rename(change.to, change.path) == 0);
            if (!change.grave.empty()) must_be_played(sys_rename(change.grave, change.to) == 0);
            break;
    }
}

void FaultDisk::cut_bytes(Node& node, Random& random, int keep_percent, bool torn) {
    const auto keeps = [&] { return random.below(100) < static_cast<std::uint64_t>(keep_percent); };
    const auto resize = [&](std::int64_t size) { must_be_played(::syscall(SYS_ftruncate, node.file, size) == 0); };
    const std::int64_t size_at_end = size_of(node.file);
    for (auto write = node.unsynced.rbegin(); write != node.unsynced.rend(); ++write) {  // back to what is durable
        if (!write->before.empty()) sys_write(node.file, write->before.data(), write->before.size(), write->offset);
        resize(write->size_before);
    }
    for (const Unsynced& write : node.unsynced) {  // and forward with what got through
        if (write.is_truncate) {
            if (keeps()) resize(write.offset);
            continue;
        }
        const auto size = static_cast<std::int64_t>(write.bytes.size());
        for (std::int64_t at = 0, part = 0; at < size; at += part) {  // sector by sector of the disk
            part = std::min(kSector - (write.offset + at) % kSector, size - at);
            if (!keeps()) continue;
            Bytes bytes(write.bytes.begin() + at, write.bytes.begin() + at + part);
            if (torn && random.below(6) == 0) {
                bytes.resize(random.below(static_cast<std::uint64_t>(part)));
                const std::size_t own = bytes.size();
                if (random.below(2) == 0) bytes.resize(static_cast<std::size_t>(part));
                for (std::size_t i = own; i < bytes.size(); ++i)
                    bytes[i] = static_cast<std::uint8_t>(random.below(256));
            }
            sys_write(node.file, bytes.data(), bytes.size(), write.offset + at);
        }
    }
    // A file system may have made the file longer before it wrote what was to be there.
    if (torn && size_of(node.file) < size_at_end && random.below(4) == 0) resize(size_at_end);
    node.unsynced.clear();
}

void FaultDisk::power_cut(Random& random, int keep_percent, bool torn) {
    TALLY_ASSERT(open_.empty(), "after a power cut nothing is open");
    active_ = false;  // what follows is not the machine's doing
    for (auto& [id, node] : nodes_)
        if (node->file >= 0 && !node->is_index) cut_bytes(*node, random, keep_percent, torn);
    std::size_t kept = names_.size();
    if (keep_percent == 0) kept = 0;
    if (keep_percent > 0 && keep_percent < 100) kept = random.below(names_.size() + 1);
    for (; names_.size() > kept; names_.pop_back()) undo(names_.back());
    for (const auto& entry : fs::directory_iterator(root_)) {  // memory that nobody synced: anything, or nothing
        if (!ends_with(entry.path().string(), "-shm")) continue;
        const std::string path = entry.path().string();
        Bytes noise(static_cast<std::size_t>(entry.file_size()));
        random.fill(noise);
        const int file = sys_open(path.c_str(), O_WRONLY | O_CLOEXEC, 0);
        must_be_played(file >= 0 && sys_write(file, noise.data(), noise.size(), 0) >= 0);
        ::syscall(SYS_close, file);
        if (random.below(2) == 0) sys_unlink(path);
    }
    end();
}

}  // namespace tally::fault
