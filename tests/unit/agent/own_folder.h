// A terminal's folder with key slots and a log of its own, without a headquarters. Tests only.
#pragma once

#include <filesystem>
#include <fstream>

#include "common/replica/replica.h"
#include "sync/agent/backup_commands.h"
#include "tests/support/check.h"
#include "tests/support/child.h"
#include "tests/support/files.h"
#include "tests/support/seed.h"
#include "tests/support/temp_dir.h"

namespace tally::agent::test {

namespace fs = std::filesystem;
using replica::Replica;
using support::content_of;
using support::flip_byte;
using support::in_child;
using support::listing;
using support::mode_of;

inline constexpr std::int64_t kNow_ms = 1'700'000'000'000;
inline constexpr Day kDay = 19'676;

struct OwnFolder {
    support::TempDir folder{support::fast_folder()};
    std::string dir = folder / "till", key_file = folder / "till.key";

    OwnFolder() {
        crypto::start();
        fs::create_directory(dir);
        CHECK_DONE(store::make_key_file(key_file));
        const crypto::Secret key = MUST(store::create_keys(Replica::database_path(dir), store::KeyFile{key_file}));
        Replica replica = MUST(Replica::create(dir, key));
        replica::Enrolment enrolment;
        enrolment.terminal = 2;
        enrolment.store = "S1";
        enrolment.hq_host = "hq.example.org";
        enrolment.hq_port = 7070;
        enrolment.hq_key = crypto::Device::create().public_key();
        CHECK_DONE(replica.save_enrolment(enrolment));
    }
    KeysPlace place() const { return place_of(dir); }
    KeysPlace place_of(const std::string& where) const { return {where, {key_file, -1, "", false}}; }
    Replica open(const std::string& where) const {
        const crypto::Secret key = MUST(store::unlock_keys(Replica::database_path(where), store::KeyFile{key_file}));
        return MUST(Replica::open(where, key, store::Sync::kNormal));
    }
    // `count` sales of one of seven members, every tenth a note instead, every tenth with many lines.
    static void sell(Replica& replica, int count) {
        for (int i = 0; i < count; ++i) {
            domain::Op op;
            op.at = domain::hlc_tick(MUST(replica.last_hlc()), kNow_ms);
            op.business_day = kDay;
            op.member.bytes[0] = 1;
            op.member.bytes[15] = static_cast<std::uint8_t>(i % 7 + 1);
            domain::PersonalFields fields;
            if (i % 10 == 9) {
                op.body = domain::Note{};
                fields[domain::Field::kNote] = std::string(static_cast<std::size_t>(i % 50) * 20 + 1, 'n');
            } else {
                domain::Earn body;
                body.bill.bill_no = "B" + std::to_string(MUST(replica.head()).next_seq);
                body.amount_minor = body.eligible_minor = 100 * (i + 1);
                body.points = i + 1;
                if (i % 10 == 4)
                    body.lines.assign(400,
                                      {.sku = "690123456789", .category = ""});  // a row that runs on over other pages
                op.body = body;
            }
            (void)MUST(replica.append(op, fields));
        }
    }
    RestoreRequest restore_of(const std::string& from, const std::string& to) const {
        RestoreRequest request;
        request.from = from;
        request.dir = to;
        request.unlock = {key_file, -1, "", false};
        request.now_ms = kNow_ms;
        return request;
    }
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace tally::agent::test
