// A headquarters with enrolled terminals on an encrypted database in a temporary folder, for benches.
#pragma once

#include <filesystem>

#include "hq-server/intake/intake.h"
#include "hq-server/net/server.h"
#include "hq-server/storage/sqlite_ledger_store.h"
#include "tests/support/push_maker.h"
#include "tests/support/temp_dir.h"

namespace tally::bench {

struct Headquarters {
    crypto::Device device = crypto::Device::create();
    crypto::Secret key = crypto::Secret::random(32);
    std::string path;
    SystemClock clock;

    // A new database with programme version 1 and `terminals`, numbered from 2 as their store.
    Status create(const std::string& database_path, std::vector<support::PushMaker>& terminals) {
        path = database_path;
        crypto::SystemRandom random;
        intake::HqRow row;
        random.fill(row.incarnation.bytes);
        random.fill(row.own_epoch.bytes);
        TALLY_TRY(auto store, storage::SqliteLedgerStore::create(path, key, row, device));
        intake::Intake intake(*store, device);
        domain::Programme programme;
        programme.chain_name = "Bench";
        TALLY_TRY(const std::uint64_t version, intake.publish(programme, clock.wall_ms()));
        TALLY_TRY(auto scope, intake::WriteScope::begin(*store));
        for (std::size_t i = 0; i < terminals.size(); ++i) {
            support::PushMaker& terminal = terminals[i];
            TALLY_TRY(terminal.terminal, store->next_terminal());
            terminal.store = "S" + std::to_string(i + 1);
            terminal.programme = programme;
            terminal.programme.version = version;
            random.fill(terminal.epoch.bytes);
            intake::DeviceRow device_row;
            device_row.terminal = terminal.terminal;
            device_row.key = terminal.device.public_key();
            device_row.store = terminal.store;
            TALLY_OK(store->add_device(device_row));
        }
        return scope.commit();
    }

    Result<std::unique_ptr<hqnet::Server>> serve() {
        return hqnet::Server::start(
            {},
            [this]() -> Result<std::unique_ptr<intake::LedgerStore>> {
                TALLY_TRY(auto store, storage::SqliteLedgerStore::open(path, key));
                return std::unique_ptr<intake::LedgerStore>(std::move(store));
            },
            device, clock);
    }
};

inline double now_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::micro>(now).count();
}

// `share` 0..1 of the way through the sorted values.
inline double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace tally::bench
