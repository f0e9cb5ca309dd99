// `keys ...`: what they say and what they change, without a person and without a network.
#include "sync/agent/keys_commands.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sync/agent/enrol.h"
#include "tests/support/child.h"
#include "tests/unit/agent/fakes.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;
using support::descriptor_with;

namespace {

constexpr store::PassphraseCost kCheap{1, 8192};

bool says(const Result<std::string>& said, const std::string& part) {
    return said.has_value() && said->find(part) != std::string::npos;
}

struct Till {
    Folder folder;
    std::string key_file = folder.path() + "/till.key";
    std::string database = replica::Replica::database_path(folder.path());
    KeysPlace place;
    Till() {
        crypto::start();
        REQUIRE(store::make_key_file(key_file));
        REQUIRE(open_or_create(folder.path(), store::KeyFile{key_file}).has_value());
        place = keys_place(folder.path(), key_file, -1).value();
        place.unlock.may_ask = false;
    }
    KeysPlace with_passphrase(const std::string& text) const {
        KeysPlace out = place;
        out.unlock.key_file.clear();
        out.unlock.passphrase_fd = descriptor_with(text);
        return out;
    }
};

}  // namespace

TEST_CASE("keys: status names the slots, what is in force, and whom it keeps out") {
    const Till till;
    const auto said = keys_status(till.place);
    CHECK(says(said, "slot 0     key file"));
    CHECK(says(said, "which opens slot 0"));
    CHECK(says(said, "same disk"));  // the key file lies beside the data
    CHECK(says(said, "recovery      NONE"));
    const crypto::Device hq = crypto::Device::create();
    REQUIRE(store::add_recovery_slot(till.database, store::KeyFile{till.key_file}, hq.public_key()));
    CHECK(says(keys_status(till.place), "headquarters can open this replica"));
}

TEST_CASE("keys: status says so when what would be used does not open, or nothing is there") {
    Till till;
    REQUIRE(store::make_key_file(till.folder.path() + "/other.key"));
    till.place.unlock.key_file = till.folder.path() + "/other.key";
    CHECK(says(keys_status(till.place), "in force      NOTHING"));
    till.place.unlock.key_file.clear();
    CHECK(says(keys_status(till.place), "does not start by itself"));
    till.place.unlock.key_file = till.key_file;
    REQUIRE(keys_add_passphrase(till.place, descriptor_with("typed"), kCheap).has_value());
    till.place.unlock.key_file.clear();
    CHECK(says(keys_status(till.place), "passphrase, typed at every start"));
}

TEST_CASE("keys: the settings' key file and an added passphrase open, a removed slot does not") {
    Till till;
    std::ofstream(till.folder.path() + "/terminal.toml") << "[key]\nfile = \"" << till.key_file << "\"\n";
    const KeysPlace by_settings = keys_place(till.folder.path(), "", -1).value();
    CHECK(says(keys_status(by_settings), "key file " + till.key_file));
    REQUIRE(keys_add_passphrase(by_settings, descriptor_with("one\n"), kCheap).has_value());
    CHECK(says(keys_change_passphrase(till.with_passphrase("one"), descriptor_with("two"), kCheap), "rotate"));
    CHECK(keys_remove(till.with_passphrase("one"), 0).error().code == Code::kWrongKey);
    const std::string stick = till.folder.path() + "/stick.key";
    CHECK(says(keys_add_key_file(till.with_passphrase("two"), stick), "(made)"));
    REQUIRE(keys_remove(till.with_passphrase("two"), 0).has_value());
    CHECK(store::unlock_keys(till.database, store::KeyFile{till.key_file}).error().code == Code::kWrongKey);
    REQUIRE(store::unlock_keys(till.database, store::KeyFile{stick}).has_value());
}

TEST_CASE("keys: a key file that could not be added is not left behind") {
    const Till till;
    const std::string stick = till.folder.path() + "/stick.key";
    CHECK(keys_add_key_file(till.with_passphrase("wrong"), stick).error().code == Code::kWrongKey);
    CHECK_FALSE(std::filesystem::exists(stick));
    for (int i = 1; i < 8; ++i) REQUIRE(keys_add_passphrase(till.place, descriptor_with("x"), kCheap).has_value());
    CHECK(keys_add_key_file(till.place, stick).error().code == Code::kRefused);
    CHECK_FALSE(std::filesystem::exists(stick));
}

TEST_CASE("keys: rotate keeps what is given, and waits for nobody while the terminal runs") {
    const Till till;
    REQUIRE(keys_add_passphrase(till.place, descriptor_with("typed"), kCheap).has_value());
    RotateRequest request;
    CHECK(keys_rotate(till.place, request).error().code == Code::kRefused);
    request.keep_passphrase_fds = {descriptor_with("typed")};
    {
        const auto key = store::unlock_keys(till.database, store::KeyFile{till.key_file});
        REQUIRE(key.has_value());
        const auto replica = replica::Replica::open(till.folder.path(), *key, store::Sync::kFull);
        REQUIRE(replica.has_value());
        CHECK(keys_rotate(till.place, request).error().code == Code::kBusy);
    }
    request.keep_passphrase_fds = {descriptor_with("typed")};
    CHECK(says(keys_rotate(till.place, request), "2 key slots kept, 0 dropped"));
    const auto key = store::unlock_keys(till.database, store::KeyFile{till.key_file});
    REQUIRE(key.has_value());
    REQUIRE(replica::Replica::open(till.folder.path(), *key, store::Sync::kFull).has_value());
}
