#include "tests/scenario/runner/blank.h"

#include <deque>
#include <filesystem>
#include <optional>

#include "common/crypto/seal.h"
#include "common/replica/replica.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "tests/support/temp_dir.h"

namespace tally::scenario {

namespace fs = std::filesystem;

namespace {

struct Blanks {
    support::TempDir folder{support::fast_folder()};
    std::optional<Blank> hq;
    std::deque<Blank> replicas;
};

Blanks& blanks() {
    static Blanks all;
    return all;
}

Result<Blank> make(const std::string& name) {
    Blank out{blanks().folder / name, crypto::Secret::random(32)};
    std::error_code error;
    fs::create_directories(out.folder, error);
    if (error) return fail(Code::kIo, "cannot make " + out.folder + ": " + error.message());
    return out;
}

}  // namespace

Result<const Blank*> blank_hq() {
    std::optional<Blank>& kept = blanks().hq;
    if (kept) return &*kept;
    TALLY_TRY(Blank made, make("hq"));
    intake::HqRow row;
    crypto::SystemRandom random;
    random.fill(row.incarnation.bytes);
    random.fill(row.own_epoch.bytes);
    const crypto::Device root = crypto::Device::create();
    const crypto::Device device = crypto::Device::create();
    row.root_key = root.public_key();
    row.certificate = root.sign(intake::kHqKeyContext, device.public_key().view());
    TALLY_TRY(const auto store, storage::SqliteLedgerStore::create(made.folder + "/hq.db", made.key, row, device));
    kept = std::move(made);
    return &*kept;
}

Result<const Blank*> blank_replica(std::size_t number) {
    std::deque<Blank>& kept = blanks().replicas;
    while (kept.size() <= number) {
        TALLY_TRY(Blank made, make("replica-" + std::to_string(kept.size())));
        TALLY_TRY(const replica::Replica replica, replica::Replica::create(made.folder, made.key));
        kept.push_back(std::move(made));
    }
    return &kept[number];
}

Status copy_folder(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::remove_all(to, error);
    fs::copy(from, to, fs::copy_options::recursive, error);
    if (error) return fail(Code::kIo, "a folder cannot be copied: " + error.message());
    return {};
}

}  // namespace tally::scenario
