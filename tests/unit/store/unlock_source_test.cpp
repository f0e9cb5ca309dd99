// Where a secret is looked for, in which order, and what is said when there is none. The credentials are real ones:
// systemd decrypts them before a process sees the folder.
#include "common/store/unlock_source.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/child.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;
using support::descriptor_with;

namespace {

constexpr PassphraseCost kCheap{1, 8192};

Unlock passphrase(std::string_view text) { return Passphrase{crypto::Secret::copy_of(view_of(text))}; }

// $CREDENTIALS_DIRECTORY for the life of a test, as systemd sets it for a service.
class Credentials {
  public:
    Credentials() { ::setenv("CREDENTIALS_DIRECTORY", folder_.path().c_str(), 1); }
    ~Credentials() { ::unsetenv("CREDENTIALS_DIRECTORY"); }
    void put(const std::string& name, const Bytes& bytes) {
        write_all(folder_.file(name), bytes);
        ::chmod(folder_.file(name).c_str(), 0440);  // how an access list for the service's user reads
    }

  private:
    Folder folder_;
};

Bytes bytes_of(std::string_view text) {
    const ByteView view = view_of(text);
    return {view.begin(), view.end()};
}

UnlockChoice unasked() {
    UnlockChoice out;
    out.may_ask = false;
    return out;
}

struct Made {
    Folder folder;
    std::string path = folder.file("a.db");
    std::string key_file = folder.file("till.key");
    Made() {
        REQUIRE_OK(make_key_file(key_file));
        REQUIRE_OK(create_keys(path, KeyFile{key_file}));
        REQUIRE_OK(add_slot(path, KeyFile{key_file}, passphrase("typed"), kCheap));
    }
};

}  // namespace

TEST_CASE("unlock: a credential that systemd decrypted opens the database with nobody there") {
    const Made made;
    for (const bool by_key : {true, false}) {
        Credentials credentials;
        if (by_key) credentials.put(kCredentialKey, read_all(made.key_file));
        if (!by_key) credentials.put(kCredentialPassphrase, bytes_of("typed\n"));
        const Result<FoundUnlock> found = find_unlock(made.path, unasked());
        REQUIRE_OK(found);
        CHECK(found->source == UnlockSource::kCredential);
        const Result<Opened> opened = open_keys(made.path, found->unlock);
        REQUIRE_OK(opened);
        CHECK(opened->slot == (by_key ? 0 : 1));
    }
}

TEST_CASE("unlock: the command line goes before the credential, the credential before the settings' key file") {
    const Made made;
    Credentials credentials;
    credentials.put(kCredentialPassphrase, bytes_of("typed"));
    UnlockChoice choice = unasked();
    choice.settings_key_file = made.key_file;
    CHECK(find_unlock(made.path, choice)->source == UnlockSource::kCredential);
    choice.key_file = made.key_file;
    CHECK(find_unlock(made.path, choice)->source == UnlockSource::kArgumentKeyFile);
    choice.key_file.clear();
    choice.passphrase_fd = descriptor_with("typed\nnext");
    CHECK(find_unlock(made.path, choice)->source == UnlockSource::kArgumentPassphrase);
    CHECK(text_of(read_passphrase(choice.passphrase_fd)->view()) == "next");  // the second line was left there
}

TEST_CASE("unlock: a credential that opens nothing does not keep the key file from it") {
    const Made made;
    Credentials credentials;
    credentials.put(kCredentialKey, Bytes(32, 7));
    UnlockChoice choice = unasked();
    choice.settings_key_file = made.key_file;
    CHECK(find_unlock(made.path, choice)->source == UnlockSource::kSettingsKeyFile);
    REQUIRE_OK(make_key_file(made.folder.file("other.key")));
    choice.settings_key_file = made.folder.file("other.key");
    const Result<FoundUnlock> none = find_unlock(made.path, choice);
    CHECK_CODE(none, Code::kWrongKey);
    CHECK(none.error().detail.find("tally.key") != std::string::npos);
    CHECK(none.error().detail.find("other.key") != std::string::npos);
}

TEST_CASE("unlock: when nothing is there, the message says where was looked and what to do") {
    const Made made;
    UnlockChoice choice = unasked();
    choice.settings_key_file = "/media/no-stick/till.key";
    const Result<FoundUnlock> none = find_unlock(made.path, choice);
    CHECK_CODE(none, Code::kInvalid);
    for (const char* part : {"CREDENTIALS_DIRECTORY is not set", "/media/no-stick/till.key is not there",
                             "put the key stick in", "--passphrase-fd"})
        CHECK_MESSAGE(none.error().detail.find(part) != std::string::npos, none.error().detail);
    Credentials credentials;
    credentials.put("another", Bytes(1));
    CHECK_CODE(find_unlock(made.path, choice), Code::kInvalid);
    credentials.put(kCredentialKey, Bytes(31));
    const Result<FoundUnlock> cut = find_unlock(made.path, choice);
    CHECK_CODE(cut, Code::kInvalid);
    CHECK(cut.error().detail.find("exactly 32 bytes") != std::string::npos);
}

TEST_CASE("unlock: a process without a terminal is not asked, and does not wait") {
    const Made made;
    UnlockChoice choice;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::setsid();  // as a service: no terminal
        const Result<FoundUnlock> none = find_unlock(made.path, choice);
        ::_exit(!none && none.error().code == Code::kInvalid &&
                        none.error().detail.find("no terminal to ask") != std::string::npos
                    ? 0
                    : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("unlock: a passphrase of 1024 bytes is read, an empty or longer one refused") {
    CHECK(read_passphrase(descriptor_with(std::string(1024, 'x')))->size() == 1024);
    CHECK_CODE(read_passphrase(descriptor_with(std::string(1025, 'x'))), Code::kInvalid);
    CHECK_CODE(read_passphrase(descriptor_with("")), Code::kInvalid);
    CHECK_CODE(read_passphrase(descriptor_with("\nlate")), Code::kInvalid);
    CHECK_CODE(read_passphrase(-1), Code::kIo);
}
