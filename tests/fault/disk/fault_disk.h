// A disk that fails on demand, below everything: this program's own open, read, write, sync, truncate, unlink, rename
// and link stand before the C library's, for SQLite's code and for ours (disk_calls.cpp). It counts the calls on files
// of one folder, lets the n-th one fail in a chosen way, and remembers what was not synced, names as well as bytes, so
// that a power cut can be played. What it does not see: memory maps (the WAL's index, which SQLite makes anew after a
// crash), stat, locks. One thread; child processes that this one starts are let through.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/random.h"

namespace tally::fault {

enum class Call : std::uint8_t { kOpen, kCreate, kRead, kWrite, kSync, kTruncate, kRemove, kRename };
inline constexpr std::size_t kCalls = 8;
bool changes_disk(Call call);

enum class Fault : std::uint8_t {
    kNone,
    kError,       // that call fails, once
    kErrorOn,     // that call and every later one that changes the disk, until lift()
    kFull,        // from there on nothing can grow and no file can be made, until lift()
    kShortWrite,  // half of that write gets through, then kFull
    kDeath,       // the process does nothing any more
    kHalfWrite    // half of that write gets through, then kDeath
};

class FaultDisk {
  public:
    static FaultDisk& get();  // the one that most tests want
    // A further one, for a machine of its own. Its folder is in nobody else's, and end() comes before its end.
    FaultDisk() = default;
    FaultDisk(const FaultDisk&) = delete;
    FaultDisk& operator=(const FaultDisk&) = delete;
    ~FaultDisk() { end(); }
    // Whose a call is: of the disk that holds the file, else of get(), which lets it through.
    static FaultDisk& of(const char* path);
    static FaultDisk& of(int file);

    // Counts and remembers from here on; all files below `root` are closed then, and again at end().
    void begin(const std::string& root);
    void end();
    void arm(std::int64_t call, Fault fault);  // the call's number since begin(), from 0
    void lift();                               // no fault any more; what failed stays failed
    void die();
    // While it looks on, calls are let through and not counted: for a test that reads what a machine holds.
    void look_on(bool on) { looks_on_ = on; }
    bool struck() const { return struck_; }
    bool is_dead() const { return dead_; }
    const std::vector<Call>& calls() const { return calls_; }

    // What a power cut leaves, after the process is gone. `keep_percent` of the unsynced sectors and, of the unsynced
    // names (made, renamed, removed), a first part; `torn`: some sectors have only their first bytes, or none of their
    // own, within what was being written.
    void power_cut(Random& random, int keep_percent, bool torn);

    // For disk_calls.cpp: as the system calls of these names, errno included. `path` and files outside are let through.
    int open(const char* path, int flags, mode_t mode);
    int close(int file);
    ssize_t read(int file, void* out, std::size_t size, off64_t at);  // at < 0: at the file's own place
    ssize_t write(int file, const void* bytes, std::size_t size, off64_t at);
    int sync(int file, long number);
    int truncate(int file, off64_t size);
    int remove(const char* path, long number);
    int rename(const char* from, const char* to, unsigned flags);
    int link(const char* from, const char* to);

  private:
    struct Unsynced {
        std::int64_t offset;
        Bytes bytes;
        bool is_truncate;
        std::int64_t size_before;
        Bytes before;  // what the write covered, or what a truncation cut off
    };
    struct Node {  // one file, by whatever names
        int file = -1;
        bool is_index = false;  // "-shm"
        std::string folder;     // of a folder: its path
        std::vector<Unsynced> unsynced;
        ~Node();
    };
    struct NameChange {
        enum class Kind { kMade, kRemoved, kRenamed } kind;
        std::string path, to;
        std::string grave;  // what was removed, or renamed over; empty: nothing
    };
    enum class Verdict { kPass, kError, kFull, kHalf };

    bool is_inside(const char* path) const;
    Node* node_of(int file);
    Verdict next(Call call, bool grows);
    bool refuse(Verdict verdict) const;
    ssize_t put(Node& node, const void* bytes, std::size_t size, std::int64_t at);
    std::string bury(const std::string& path);
    void undo(const NameChange& change);
    void cut_bytes(Node& node, Random& random, int keep_percent, bool torn);

    bool active_ = false;
    pid_t process_ = 0;
    std::string root_, graves_;
    std::vector<Call> calls_;
    std::int64_t strike_at_ = -1;
    Fault fault_ = Fault::kNone;
    bool struck_ = false, dead_ = false, failing_ = false, full_ = false, looks_on_ = false;
    std::map<std::pair<dev_t, ino_t>, std::unique_ptr<Node>> nodes_;
    std::map<int, Node*> open_;
    std::vector<NameChange> names_;  // unsynced, in order
    int buried_ = 0;
};

}  // namespace tally::fault
