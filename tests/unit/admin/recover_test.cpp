// A terminal whose secrets are lost, opened by headquarters with its recovery key.
#include "hq-server/admin/recover.h"

#include <unistd.h>

#include "common/crypto/hash.h"
#include "common/replica/replica.h"
#include "tests/support/child.h"
#include "tests/unit/intake/fixture.h"

using namespace tally;
using namespace tally::test;
using support::descriptor_with;

namespace {

constexpr store::PassphraseCost kCheap{1, 8192};

// A headquarters, and an enrolled terminal of three sales whose passphrase nobody knows any more.
struct Shop {
    TemporaryFolder folder;
    admin::Place place{folder / "hq", {}};
    std::string dir = folder / "till";
    admin::RecoverRequest request;

    Shop() {
        crypto::start();
        must(admin::init_command(place, {"Chain", "Asia/Shanghai", ""}, kNoon_ms));
        std::filesystem::create_directory(dir);
        request.terminal_dir = dir;
        request.recovery_key_file = admin::recovery_key_file(place.dir);
        request.cost = kCheap;
        const store::Unlock lost = store::Passphrase{crypto::Secret::random(20)};
        const crypto::Secret key = must(store::create_keys(path(), lost, kCheap));
        auto replica = must(replica::Replica::create(dir, key));
        const auto enrolment = enrol(must(replica.device()).public_key());
        must(replica.save_enrolment(enrolment));
        must(store::add_recovery_slot(path(), lost, enrolment.recovery_key));
        for (int i = 1; i <= 3; ++i) sell(replica, "B" + std::to_string(i));
    }
    std::string path() const { return replica::Replica::database_path(dir); }

    replica::Enrolment enrol(const crypto::PublicKey& device) {
        const admin::Home home = must(admin::open_home(place.dir, {}));
        intake::Intake intake(*home.store, home.device);
        const crypto::Secret secret = crypto::Secret::random(16);
        auto scope = must(intake::WriteScope::begin(*home.store));
        must(home.store->add_ticket({crypto::hash_of(secret.view()), "S01", "First store", kNoon_ms + 3'600'000, 0}));
        must(scope.commit());
        const wire::Enrol asked{{wire::kProtocolVersion}, Bytes(secret.view().begin(), secret.view().end()), "test"};
        const auto answer = must(intake.enrol(device, asked, kNoon_ms));
        REQUIRE(std::holds_alternative<wire::Enrolled>(answer));
        const auto& enrolled = std::get<wire::Enrolled>(answer);
        replica::Enrolment out;
        out.terminal = enrolled.terminal;
        out.store = enrolled.store;
        out.store_name = enrolled.store_name;
        out.hq_host = "hq.example.org";
        out.hq_port = 7070;
        out.hq_key = home.device.public_key();
        out.root_key = enrolled.root_key;
        out.recovery_key = enrolled.recovery_key;
        return out;
    }

    void sell(replica::Replica& replica, const std::string& bill_no) {
        Op op;
        op.at = hlc_tick(must(replica.last_hlc()), kNoon_ms);
        op.business_day = kToday;
        op.member = member_number(1);
        Earn body;
        body.bill.bill_no = bill_no;
        body.amount_minor = body.eligible_minor = 100;
        body.points = 1;
        op.body = body;
        must(replica.append(op, {}));
    }

    // Sends the first `count` operations to headquarters.
    void push(std::uint64_t count) {
        const crypto::Device hq = must(read_recovery());
        const crypto::Secret key = must(store::unlock_keys(path(), store::RecoveryKey{&hq}));
        auto replica = must(replica::Replica::open(dir, key, store::Sync::kFull));
        const admin::Home home = must(admin::open_home(place.dir, {}));
        const crypto::Device device = must(replica.device());
        const auto head = must(replica.head());
        const auto wrap = must(crypto::KeyWrap::between(device, home.device.public_key()));
        wire::Push push;
        push.epoch = head.epoch;
        push.first_seq = 1;
        push.ops = must(replica.operations_from(head.epoch, 1, count, 1 << 20, wrap));
        const OpId last{must(replica.enrolment())->terminal, head.epoch, count};
        push.signature = device.sign(wire::kChainHeadContext,
                                     wire::chain_head_text(last, must(replica.hash_of_operation(head.epoch, count))));
        auto prepared = intake::prepare_push(last.terminal, device.public_key(), push);
        REQUIRE(std::holds_alternative<intake::PreparedPush>(prepared));
        intake::Intake intake(*home.store, home.device);
        auto& ready = std::get<intake::PreparedPush>(prepared);
        const auto answers = must(intake.commit(std::span(&ready, 1), kNoon_ms));
        REQUIRE(std::holds_alternative<wire::Ack>(answers.front().answer));
    }
    Result<crypto::Device> read_recovery() {
        TALLY_TRY(const crypto::Secret seed, store::read_key_file(store::KeyFile{request.recovery_key_file}));
        return crypto::Device::from_seed(seed.view());
    }
};

bool has(const admin::Said& said, const std::string& part) { return said.text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("recover: the recovery key opens a terminal's folder and tells what is there and what headquarters lacks") {
    Shop shop;
    shop.push(2);
    const admin::Said said = must(admin::recover_command(shop.place, shop.request));
    INFO(said.text);
    CHECK(said.well);
    CHECK(has(said, "of store S01 (First store)"));
    CHECK(has(said, "epoch        no. 1"));
    CHECK(has(said, "3 operations\n"));
    CHECK(has(said, "headquarters holds 2 operations of this epoch, and lacks 1"));
    CHECK(has(said, "NOT acknowledged"));
    // Without headquarters' folder the terminal's own count stands alone.
    const admin::Said alone = must(admin::recover_command({}, shop.request));
    CHECK(has(alone, "3 operations that headquarters has not acknowledged"));
    CHECK_FALSE(has(alone, "headquarters holds"));
}

TEST_CASE("recover: headquarters ahead of the folder is named, it is an older copy") {
    Shop shop;
    const std::string older = shop.folder / "older";
    std::filesystem::copy(shop.dir, older);
    {
        const crypto::Device hq = must(shop.read_recovery());
        const crypto::Secret key = must(store::unlock_keys(shop.path(), store::RecoveryKey{&hq}));
        auto replica = must(replica::Replica::open(shop.dir, key, store::Sync::kFull));
        shop.sell(replica, "B4");
    }
    shop.push(4);
    shop.request.terminal_dir = older;
    CHECK(has(must(admin::recover_command(shop.place, shop.request)), "1 MORE than this folder"));
}

TEST_CASE("recover: on request a new passphrase and key file open the terminal again") {
    Shop shop;
    shop.request.new_passphrase_fd = descriptor_with("a new one\n");
    shop.request.new_key_file = shop.folder / "new.key";
    CHECK(has(must(admin::recover_command({}, shop.request)), "new passphrase opens it"));
    const store::Unlock typed = store::Passphrase{crypto::Secret::copy_of(view_of("a new one"))};
    must(store::unlock_keys(shop.path(), typed));
    must(store::unlock_keys(shop.path(), store::KeyFile{shop.request.new_key_file}));
}

TEST_CASE("recover: another recovery key, a folder without a replica and a damaged one are told apart") {
    Shop shop;
    const std::string right = shop.request.recovery_key_file;
    shop.request.recovery_key_file = admin::root_key_file(shop.place.dir);
    CHECK(admin::recover_command({}, shop.request).error().code == Code::kWrongKey);
    shop.request.recovery_key_file = shop.folder / "none";
    CHECK(admin::recover_command({}, shop.request).error().code == Code::kWrongKey);
    shop.request.recovery_key_file = right;
    shop.request.terminal_dir = shop.folder / "nothing";
    CHECK(admin::recover_command({}, shop.request).error().code == Code::kNotFound);
    shop.request.terminal_dir = shop.dir;
    std::filesystem::resize_file(shop.path(), 100);
    shop.request.new_passphrase_fd = descriptor_with("still added\n");
    const admin::Said said = must(admin::recover_command({}, shop.request));
    CHECK_FALSE(said.well);
    CHECK(said.warnings.find("does not open") != std::string::npos);
}
