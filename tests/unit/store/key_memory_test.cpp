// Keys in this process's memory: there while the database is open, gone when it is closed, and never in a core dump.
// Not under a sanitizer: it maps terabytes of its own and keeps what was freed. The plain build runs these.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <functional>

#include "common/store/database_keys.h"
#include "common/store/rotate.h"
#include "tests/support/child.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;
using support::in_child;  // so that no other test's leavings count

namespace {

// A passphrase that stands nowhere in the program.
constexpr std::uint8_t kPhraseVeil = 0x5A;
constexpr auto kVeiledPhrase = [] {
    constexpr std::string_view kPhrase = "quite-long-phrase";
    std::array<std::uint8_t, kPhrase.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(kPhrase[i]) ^ kPhraseVeil;
    return out;
}();

constexpr PassphraseCost kCheap{1, 8192};
constexpr std::uint8_t kVeil = 0xA5;

// What is searched for, veiled, so that the search does not find itself.
Bytes veiled(ByteView secret) {
    Bytes out(secret.begin(), secret.end());
    for (std::uint8_t& byte : out) byte ^= kVeil;
    return out;
}

bool stands_at(const std::uint8_t* memory, const Bytes& secret) {
    for (std::size_t i = 0; i < secret.size(); ++i)
        if ((memory[i] ^ kVeil) != secret[i]) return false;
    return true;
}

// How often the secrets stand in readable memory of this process, through /proc/self/mem.
int count_in_memory(const std::vector<Bytes>& secrets) {
    int found = 0;
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::ifstream maps("/proc/self/maps");
    std::string line;
    static std::uint8_t window[(1 << 16) + 64];
    while (std::getline(maps, line)) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        char rights[5] = {};
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s", &begin, &end, rights) != 3) continue;
        if (rights[0] != 'r' || line.find("[v") != std::string::npos) continue;
        for (std::uint64_t at = begin; at < end; at += 1 << 16) {
            const auto own = reinterpret_cast<std::uint64_t>(window);
            if (at < own + sizeof window && own < at + sizeof window) continue;  // the window in itself
            const std::size_t wanted = std::min<std::uint64_t>(sizeof window, end - at);
            const ssize_t got = ::pread(memory, window, wanted, static_cast<off_t>(at));
            for (ssize_t i = 0; i < got && i < (1 << 16); ++i)
                for (const Bytes& secret : secrets)
                    if (i + static_cast<ssize_t>(secret.size()) <= got && stands_at(window + i, secret)) ++found;
        }
    }
    std::fill(std::begin(window), std::end(window), std::uint8_t{0});
    ::close(memory);
    return found;
}

}  // namespace

TEST_CASE("memory: the keys of a database stand in it while it is open, and nowhere after it is closed") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const int code = in_child([&] {
        std::vector<Bytes> keys;  // data key, main, WAL and journal keys, the key file's bytes
        std::vector<Bytes> live;  // what an open database needs
        if (!make_key_file(folder.file("k"))) return 2;
        {
            Result<crypto::Secret> key = create_keys(path, KeyFile{folder.file("k")});
            if (!key) return 3;
            {
                const DatabaseKeys derived(*key);
                keys = {veiled(key->view()), veiled(derived.main()), veiled(derived.wal()), veiled(derived.journal())};
                live = {keys[1], keys[2]};
                Result<crypto::Secret> content = read_key_file(KeyFile{folder.file("k")});
                if (!content) return 4;
                keys.push_back(veiled(content->view()));
            }
            OpenOptions options;
            options.create = true;
            Result<Db> db = Db::open(path, *key, options);
            if (!db || !db->exec("CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(100000))")) return 5;
            if (!db->check_pages()) return 6;
            if (count_in_memory(live) < 2) return 7;  // the search does find what is there
        }
        const int left = count_in_memory(keys);
        return left == 0 ? 0 : 100 + left;
    });
    CHECK(code == 0);
}

TEST_CASE("memory: a passphrase and the key it opens are gone after use, also after a new data key") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const int code = in_child([&] {
        std::vector<Bytes> secrets;
        {
            Bytes text(kVeiledPhrase.begin(), kVeiledPhrase.end());
            for (std::uint8_t& byte : text) byte ^= kPhraseVeil;
            Unlock unlock = Passphrase{crypto::Secret::copy_of(text)};
            secrets.push_back(veiled(text));
            crypto::wipe(text);
            Result<crypto::Secret> key = create_keys(path, unlock, kCheap);
            if (!key) return 2;
            secrets.push_back(veiled(key->view()));
            OpenOptions options;
            options.create = true;
            if (!Db::open(path, *key, options)) return 3;
            if (count_in_memory(secrets) < 2) return 4;
            if (!rotate_data_key(path, unlock)) return 5;
            Result<crypto::Secret> fresh = unlock_keys(path, unlock);
            if (!fresh) return 6;
            secrets.push_back(veiled(fresh->view()));
        }
        const int left = count_in_memory(secrets);
        return left == 0 ? 0 : 100 + left;
    });
    CHECK(code == 0);
}

TEST_CASE("memory: a program that forbade core dumps leaves none when it crashes, and nobody traces it") {
    const Folder folder;
    const int code = in_child([&] {
        crypto::forbid_core_dumps();
        rlimit limit{1, 1};
        if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0) return 2;
        return ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 3;
    });
    CHECK(code == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        crypto::forbid_core_dumps();
        ::signal(SIGABRT, SIG_DFL);
        if (::chdir(folder.path().c_str()) != 0) ::_exit(1);
        const crypto::Secret secret = crypto::Secret::random(32);
        ::raise(SIGABRT);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK_FALSE(WCOREDUMP(status));
    CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("memory: guarded pages are left out of a core dump even where one is allowed") {
    crypto::Secret secret = crypto::Secret::random(32);
    std::ifstream maps("/proc/self/smaps");
    const auto at = reinterpret_cast<std::uint64_t>(secret.view().data());
    std::string line;
    bool inside = false;
    bool checked = false;
    while (std::getline(maps, line)) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " ", &begin, &end) == 2) inside = begin <= at && at < end;
        if (!inside || !line.starts_with("VmFlags:")) continue;
        checked = true;
        CHECK(line.find(" dd") != std::string::npos);  // not dumped
    }
    CHECK(checked);
}

#endif
