// What the agent sees of its replica when another process works on it.
#include "own_folder.h"
#include "sync/agent/agent_store.h"
#include "sync/agent/lock.h"

using namespace tally;
using namespace tally::agent;
using namespace tally::agent::test;

TEST_CASE("agent store: an address that another process enrolled anew is the one that is dialled") {
    OwnFolder own;
    const crypto::Secret key = MUST(store::unlock_keys(Replica::database_path(own.dir), store::KeyFile{own.key_file}));
    const auto store = MUST(open_agent_store(own.dir, key));
    Replica other = own.open(own.dir);
    replica::Enrolment moved = *MUST(other.enrolment());
    moved.hq_host = "elsewhere.example.org";
    moved.hq_port = 7071;
    CHECK_DONE(other.renew_enrolment(moved));
    CHECK(store->enrolment().hq_port == 7070);
    CHECK_DONE(store->reread_enrolment());
    CHECK(store->enrolment().hq_host == "elsewhere.example.org");
    CHECK(store->enrolment().hq_port == 7071);
}

TEST_CASE("lock: a holder whose number had no room on the disk is still somebody") {
    const support::TempDir folder;
    const std::string path = folder / "x.lock";
    CHECK(MUST(FileLock::holder(path)) == 0);
    {
        const FileLock held = MUST(FileLock::take(path, "busy"));
        CHECK(MUST(FileLock::holder(path)) == ::getpid());
        fs::resize_file(path, 0);
        CHECK(MUST(FileLock::holder(path)) == FileLock::kUnknownProcess);
        CHECK(FileLock::take(path, "somebody has it").error().detail == "somebody has it");
    }
    CHECK(MUST(FileLock::holder(path)) == 0);
}
