#include "common/store/keys.h"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "common/crypto/hash.h"
#include "common/store/slot_file.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

constexpr PassphraseCost kCheap{1, 8192};

Unlock passphrase(std::string_view text) { return Passphrase{crypto::Secret::copy_of(view_of(text))}; }
Unlock key_file(const std::string& path) { return KeyFile{path}; }

// The unkeyed hash at the end made to fit again: the work of somebody who changes the file on purpose.
void rehash(Bytes& bytes) {
    const std::size_t body = bytes.size() - kSlotHashBytes;
    const Hash hash = crypto::hash_of(ByteView(bytes).first(body));
    std::copy(hash.bytes.begin(), hash.bytes.end(), bytes.begin() + static_cast<std::ptrdiff_t>(body));
}

}  // namespace

TEST_CASE("keys: a passphrase slot gives the data key back, and only to that passphrase") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const Result<crypto::Secret> made = create_keys(path, passphrase("correct horse"), kCheap);
    REQUIRE_OK(made);
    CHECK(made->size() == 32);
    const Result<crypto::Secret> again = unlock_keys(path, passphrase("correct horse"));
    REQUIRE_OK(again);
    CHECK(crypto::same(made->view(), again->view()));
    CHECK_CODE(unlock_keys(path, passphrase("correct horsf")), Code::kWrongKey);
    CHECK_CODE(unlock_keys(path, passphrase("")), Code::kInvalid);
    CHECK_CODE(unlock_keys(path, passphrase(std::string(1025, 'x'))), Code::kInvalid);
    CHECK_CODE(unlock_keys(folder.file("b.db"), passphrase("x")), Code::kNotFound);
}

TEST_CASE("keys: a passphrase, a key file and HQ's recovery device open the same database") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const crypto::Device hq = crypto::Device::create();
    const crypto::Device stranger = crypto::Device::create();
    REQUIRE_OK(make_key_file(folder.file("till.key")));
    const Result<crypto::Secret> key = create_keys(path, key_file(folder.file("till.key")));
    REQUIRE_OK(key);
    REQUIRE_OK(add_slot(path, key_file(folder.file("till.key")), passphrase("open sesame"), kCheap));
    REQUIRE_OK(add_recovery_slot(path, passphrase("open sesame"), hq.public_key()));
    for (const Unlock& with :
         {key_file(folder.file("till.key")), passphrase("open sesame"), Unlock(RecoveryKey{&hq})}) {
        const Result<crypto::Secret> opened = unlock_keys(path, with);
        REQUIRE_OK(opened);
        CHECK(crypto::same(key->view(), opened->view()));
    }
    CHECK_CODE(unlock_keys(path, RecoveryKey{&stranger}), Code::kWrongKey);
    CHECK_CODE(unlock_keys(path, RecoveryKey{nullptr}), Code::kInvalid);
    const Result<std::vector<SlotInfo>> slots = list_slots(path);
    REQUIRE_OK(slots);
    REQUIRE(slots->size() == 3);
    CHECK((*slots)[2].kind == SlotKind::kRecovery);
    OpenOptions options;
    options.create = true;
    REQUIRE_OK(Db::open(path, *key, options));
}

TEST_CASE("keys: a changed passphrase rewraps the same data key, and the old one opens no more") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    const Result<crypto::Secret> key = create_keys(path, passphrase("old"), kCheap);
    REQUIRE_OK(key);
    REQUIRE_OK(add_slot(path, passphrase("old"), passphrase("new"), kCheap));
    REQUIRE_OK(remove_slot(path, passphrase("new"), 0));
    CHECK_CODE(unlock_keys(path, passphrase("old")), Code::kWrongKey);
    CHECK(crypto::same(unlock_keys(path, passphrase("new"))->view(), key->view()));
}

TEST_CASE("keys: the last slot stays, a slot without authority is not added, and the table has an end") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    CHECK_CODE(remove_slot(path, passphrase("a"), 0), Code::kRefused);
    CHECK_CODE(remove_slot(path, passphrase("a"), 5), Code::kNotFound);
    CHECK_CODE(remove_slot(path, passphrase("a"), -1), Code::kNotFound);
    CHECK_CODE(add_slot(path, passphrase("b"), passphrase("c"), kCheap), Code::kWrongKey);
    CHECK_CODE(add_slot(path, passphrase("a"), passphrase("c"), {11, 8192}), Code::kInvalid);
    for (std::size_t i = 1; i < kSlotsMax; ++i) REQUIRE_OK(add_slot(path, passphrase("a"), passphrase("c"), kCheap));
    CHECK_CODE(add_slot(path, passphrase("a"), passphrase("d"), kCheap), Code::kRefused);
}

TEST_CASE("keys: a database or slot file that is there is not given new keys") {
    const Folder folder;
    REQUIRE_OK(create_keys(folder.file("a.db"), passphrase("a"), kCheap));
    const Bytes before = read_all(folder.file("a.db.keys"));
    CHECK_CODE(create_keys(folder.file("a.db"), passphrase("b"), kCheap), Code::kExists);
    CHECK(read_all(folder.file("a.db.keys")) == before);
    write_all(folder.file("b.db"), Bytes(10));
    CHECK_CODE(create_keys(folder.file("b.db"), passphrase("b"), kCheap), Code::kExists);
    REQUIRE_OK(make_key_file(folder.file("k")));
    CHECK_CODE(make_key_file(folder.file("k")), Code::kExists);
}

TEST_CASE("keys: a key file must be exactly 32 bytes and its owner's alone") {
    const Folder folder;
    const std::string file = folder.file("k");
    REQUIRE_OK(make_key_file(file));
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    REQUIRE_OK(create_keys(folder.file("a.db"), key_file(file)));
    REQUIRE(::chmod(file.c_str(), 0640) == 0);
    CHECK_CODE(unlock_keys(folder.file("a.db"), key_file(file)), Code::kWrongKey);
    REQUIRE(::chmod(file.c_str(), 0600) == 0);
    Bytes bytes = read_all(file);
    bytes.push_back(1);
    write_all(file, bytes);
    CHECK_CODE(unlock_keys(folder.file("a.db"), key_file(file)), Code::kWrongKey);
    bytes.resize(31);
    write_all(file, bytes);
    CHECK_CODE(unlock_keys(folder.file("a.db"), key_file(file)), Code::kWrongKey);
    CHECK_CODE(unlock_keys(folder.file("a.db"), key_file(folder.file("none"))), Code::kWrongKey);
    CHECK_CODE(unlock_keys(folder.file("a.db"), key_file(folder.path().string())), Code::kWrongKey);
}

TEST_CASE("keys: any flipped byte of a slot file is damage, not a wrong passphrase") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    const Bytes good = read_all(path + ".keys");
    SeededRandom random(seed());
    for (std::size_t at = 0; at < good.size(); ++at) {
        Bytes bytes = good;
        bytes[at] ^= static_cast<std::uint8_t>(1 + random.below(255));
        const Result<SlotFile> parsed = parse_slots(bytes);
        REQUIRE(!parsed.has_value());
        CHECK((parsed.error().code == Code::kDamaged || (at == 8 && parsed.error().code == Code::kNewer)));
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        CHECK_CODE(parse_slots(ByteView(good).first(size)), Code::kDamaged);
}

TEST_CASE("keys: absurd costs are refused before they are run, even in a file whose hash fits") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    const Bytes good = read_all(path + ".keys");
    for (const std::size_t at : {std::size_t{8}, std::size_t{16}}) {  // operations, memory
        for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{1} << 40, UINT64_MAX}) {
            Bytes bytes = good;
            std::memcpy(bytes.data() + kSlotHeadBytes + at, &value, 8);
            rehash(bytes);
            write_all(path + ".keys", bytes);
            CHECK_CODE(unlock_keys(path, passphrase("a")), Code::kDamaged);
        }
    }
}

TEST_CASE("keys: a table changed by somebody without the key is noticed by its keyed check") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    REQUIRE_OK(add_slot(path, passphrase("a"), passphrase("b"), kCheap));
    SlotFile file = parse_slots(read_all(path + ".keys")).value();
    file.slots.pop_back();
    write_all(path + ".keys", write_slots(file));
    CHECK_CODE(unlock_keys(path, passphrase("a")), Code::kDamaged);
}

TEST_CASE("keys: a changed byte that no field holds is damage too, though the hash fits (K2)") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    const Bytes good = read_all(path + ".keys");
    int fillers = 0;
    for (std::size_t at = 0; at < kSlotHeadBytes + kSlotBytes; ++at) {
        CAPTURE(at);
        Bytes bytes = good;
        bytes[at] ^= 0x01;
        rehash(bytes);
        const Result<SlotFile> parsed = parse_slots(bytes);
        if (good[at] == 0 && !parsed) ++fillers;
        if (parsed) CHECK(write_slots(*parsed) == bytes);
    }
    CHECK(fillers > 40);
}

TEST_CASE("keys: random bytes for a slot file are damage, never more") {
    const Folder folder;
    const std::string path = folder.file("a.db");
    REQUIRE_OK(create_keys(path, passphrase("a"), kCheap));
    const Bytes good = read_all(path + ".keys");
    SeededRandom random(seed());
    for (int round = 0; round < 2000; ++round) {
        Bytes bytes(random.below(kSlotFileBytesMax + 100));
        random.fill(bytes);
        if (round % 2 == 0) std::copy_n(good.begin(), std::min<std::size_t>(10, bytes.size()), bytes.begin());
        if (round % 4 == 0 && bytes.size() > kSlotHashBytes) rehash(bytes);
        const Result<SlotFile> parsed = parse_slots(bytes);
        REQUIRE(!parsed.has_value());
    }
    write_all(path + ".keys", Bytes(1 << 20, 'x'));
    CHECK_CODE(unlock_keys(path, passphrase("a")), Code::kDamaged);
}

TEST_CASE("keys: a slot wrapped for two keys opens to one only") {
    // The keyed check commits to the data key: the same slots with another key's check do not pass.
    const Folder folder;
    REQUIRE_OK(create_keys(folder.file("a.db"), passphrase("a"), kCheap));
    REQUIRE_OK(create_keys(folder.file("b.db"), passphrase("a"), kCheap));
    SlotFile a = parse_slots(read_all(folder.file("a.db.keys"))).value();
    const SlotFile b = parse_slots(read_all(folder.file("b.db.keys"))).value();
    a.check = b.check;
    write_all(folder.file("a.db.keys"), write_slots(a));
    CHECK_CODE(unlock_keys(folder.file("a.db"), passphrase("a")), Code::kDamaged);
}
