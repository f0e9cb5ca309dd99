#include "tests/bench/ingest_bench.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/wire/frame.h"
#include "sync/transport/transport.h"
#include "sync/tuning.h"
#include "tests/bench/bench_world.h"

namespace tally::bench {

namespace {

using support::PushMaker;

// One terminal's whole upload, built before the clock starts.
struct Upload {
    Bytes hello;
    std::vector<Bytes> pushes;  // frames
};

// Sends an upload as an agent does: so many batches under way, the next one with each acknowledgement.
class Uploader final : public transport::Handler {
  public:
    Uploader(Upload upload, std::function<void(const std::string& fault)> done)
        : upload_(std::move(upload)), done_(std::move(done)) {}

    void on_open(const std::shared_ptr<transport::Link>& link) override {
        link_ = link;
        send(std::move(upload_.hello));
    }
    void on_bytes(ByteView bytes) override {
        if (const Status fed = reader_.feed(bytes); !fed) return finish(fed.error().detail);
        while (const auto frame = reader_.next()) {
            auto message = wire::decode_message(frame->type, frame->payload);
            if (!message) return finish(message.error().detail);
            if (const auto* refused = std::get_if<wire::Refused>(&*message)) return finish(refused->text);
            if (const auto* ack = std::get_if<wire::Ack>(&*message)) {
                if (!ack->not_simply_accepted.empty()) return finish(ack->not_simply_accepted.front().reason);
                ++acknowledged_;
            }
            while (sent_ < upload_.pushes.size() && sent_ < acknowledged_ + tuning::kBatchesInFlightMax)
                send(std::move(upload_.pushes[sent_++]));
            if (acknowledged_ == upload_.pushes.size()) return finish({});
        }
    }
    void on_closed(transport::Cause, const Error& error) override { finish(error.detail); }

  private:
    void send(Bytes bytes) {
        if (const Status sent = link_->send(std::move(bytes)); !sent) finish(sent.error().detail);
    }
    void finish(const std::string& fault) {
        if (auto done = std::exchange(done_, nullptr)) done(fault);
    }

    Upload upload_;
    std::function<void(const std::string&)> done_;
    std::shared_ptr<transport::Link> link_;
    wire::FrameReader reader_;
    std::size_t sent_ = 0;
    std::size_t acknowledged_ = 0;
};

domain::MemberId member_of(std::size_t number) {
    domain::MemberId member;
    const std::uint64_t mixed = (number + 1) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 8; ++i) {
        member.bytes[i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
        member.bytes[8 + i] = static_cast<std::uint8_t>(mixed >> (8 * i));
    }
    return member;
}

std::vector<Upload> make_uploads(std::vector<PushMaker>& terminals, const IngestOptions& options) {
    SeededRandom random(options.seed);
    const std::size_t own = std::max<std::size_t>(options.members / options.terminals, 1);
    std::vector<Upload> uploads;
    for (std::size_t i = 0; i < terminals.size(); ++i) {
        PushMaker& terminal = terminals[i];
        std::size_t left = options.ops / terminals.size() + (i < options.ops % terminals.size());
        Upload& upload = uploads.emplace_back();
        upload.hello = wire::encode_message(terminal.hello());
        while (left > 0) {
            std::vector<Bytes> ops;
            for (; ops.size() < options.batch_ops && left > 0; --left) {
                const bool stranger = random.below(10) == 0;
                const std::size_t number = stranger ? random.below(options.members) : i * own + random.below(own);
                ops.push_back(
                    terminal.earn(member_of(number), static_cast<domain::Minor>(100 + random.below(100'000))));
            }
            upload.pushes.push_back(wire::encode_message(terminal.sign(std::move(ops))));
        }
    }
    return uploads;
}

// Connects every terminal and uploads everything; seconds.
Result<double> upload_all(std::uint16_t port, const crypto::PublicKey& hq, const std::vector<PushMaker>& terminals,
                          std::vector<Upload> uploads) {
    transport::Loop loop;
    std::size_t running = terminals.size();
    std::string fault;
    std::vector<std::shared_ptr<transport::Link>> links;
    const double began_us = now_us();
    for (std::size_t i = 0; i < terminals.size(); ++i) {
        auto uploader = std::make_shared<Uploader>(std::move(uploads[i]), [&](const std::string& why) {
            if (!why.empty()) fault = why;
            if (--running == 0 || !fault.empty()) loop.stop();
        });
        links.push_back(transport::connect(loop, {"127.0.0.1", port}, terminals[i].device, hq, 30'000, uploader));
    }
    loop.run();
    const double seconds = (now_us() - began_us) / 1e6;
    if (!fault.empty()) return fail(Code::kBug, "an upload ended early: " + fault);
    return seconds;
}

struct Round {
    double seconds = 0;
    double floor_seconds = 0;
    double group_ops = 0;
};

// The rows that headquarters wrote, read back and written again by plain statements into an empty database of the same
// schema: as many operations a transaction, every member and store-day changed in a transaction once, its account as
// long as it had grown by then.
class Floor {
  public:
    Status read(Headquarters& hq) {
        TALLY_TRY(auto store, storage::SqliteLedgerStore::open(hq.path, hq.key));
        TALLY_OK(store->each_op(0, [&](const intake::OpRow& row) -> Status {
            ops_.push_back({row, Bytes(row.bytes.begin(), row.bytes.end()), *wire::decode_op(row.bytes), {}});
            return {};
        }));
        auto op = ops_.begin();  // both walks go by position
        TALLY_OK(store->each_bill([&](const intake::BillRow& row) -> Status {
            while (op != ops_.end() && op->row.pos < row.pos) ++op;
            if (op == ops_.end() || op->row.pos != row.pos) return fail(Code::kBug, "a bill without its operation");
            op->bill = row;
            return {};
        }));
        TALLY_OK(store->each_member([&](const intake::MemberRow& row) -> Status {
            members_[row.member] = row;
            return {};
        }));
        TALLY_OK(store->each_store_day([&](const intake::StoreDayRow& row) -> Status {
            days_[row.store] = row;
            return {};
        }));
        return store->each_batch([&](const intake::BatchRow& row) -> Status {
            batches_.push_back(row);
            return {};
        });
    }
    std::size_t ops() const { return ops_.size(); }

    // Seconds.
    Result<double> write(storage::SqliteLedgerStore& store, std::size_t group_ops) {
        std::sort(batches_.begin(), batches_.end(),
                  [](const auto& a, const auto& b) { return a.first_pos < b.first_pos; });
        for (auto& [id, row] : members_) row.number = row.changed_pos = 0;
        const double began_us = now_us();
        std::size_t batch = 0;
        for (std::size_t from = 0; from < ops_.size(); from += group_ops) {
            const std::size_t to = std::min(from + group_ops, ops_.size());
            TALLY_TRY(auto scope, intake::WriteScope::begin(store));
            TALLY_TRY(const intake::Position base, store.take_positions(to - from));
            for (std::size_t i = from; i < to; ++i) {
                ops_[i].row.pos = base + i - from;
                ops_[i].row.bytes = ops_[i].bytes;
                TALLY_OK(store.add_op(ops_[i].row));
                if (!ops_[i].bill) continue;
                ops_[i].bill->pos = ops_[i].row.pos;
                TALLY_OK(store.add_bill(*ops_[i].bill));
            }
            TALLY_OK(write_states(store, from, to));
            for (; batch < batches_.size() && batches_[batch].first_pos < ops_[to - 1].row.pos; ++batch) {
                TALLY_OK(store.add_batch(batches_[batch]));
                TALLY_OK(
                    store.put_chain({batches_[batch].terminal, batches_[batch].epoch, batches_[batch].first_seq, {}}));
            }
            TALLY_OK(scope.commit());
        }
        return (now_us() - began_us) / 1e6;
    }

  private:
    struct OpCopy {
        intake::OpRow row;
        Bytes bytes;
        domain::Op op;
        std::optional<intake::BillRow> bill;
    };

    Status write_states(storage::SqliteLedgerStore& store, std::size_t from, std::size_t to) {
        const intake::Position last_pos = ops_[from].row.pos - 1;  // of the transaction before
        std::vector<intake::MemberRow*> changed;
        std::map<std::string, intake::StoreDayRow*> days;
        for (std::size_t i = from; i < to; ++i) {
            intake::MemberRow& row = members_.at(ops_[i].op.member);
            if (row.changed_pos <= last_pos) changed.push_back(&row);
            row.changed_pos = ops_[i].row.pos;
            days[ops_[i].op.store] = &days_.at(ops_[i].op.store);
        }
        std::sort(changed.begin(), changed.end(), [](const auto* a, const auto* b) {
            return std::tie(a->number, a->member) < std::tie(b->number, b->member);
        });
        intake::MemberRow part;
        for (intake::MemberRow* row : changed) {
            part = *row;
            part.account.resize(row->account.size() * to / ops_.size());
            TALLY_TRY(row->number, store.put_member(part));
        }
        for (auto& [code, row] : days) {
            row->changed_pos = ops_[to - 1].row.pos;
            TALLY_OK(store.put_store_day(*row));
        }
        return {};
    }

    std::vector<OpCopy> ops_;
    std::unordered_map<domain::MemberId, intake::MemberRow> members_;
    std::map<std::string, intake::StoreDayRow> days_;  // one business day
    std::vector<intake::BatchRow> batches_;
};

Result<Round> run_round(const IngestOptions& options, const support::TempDir& folder, std::size_t number) {
    const std::string name = std::to_string(number);
    Round round;
    std::vector<PushMaker> terminals(options.terminals);
    Headquarters hq;
    TALLY_OK(hq.create(folder / ("hq" + name + ".db"), terminals));
    std::vector<Upload> uploads = make_uploads(terminals, options);
    {
        TALLY_TRY(const auto server, hq.serve());
        TALLY_TRY(round.seconds, upload_all(server->port(), hq.device.public_key(), terminals, std::move(uploads)));
        const auto figures = server->figures();
        round.group_ops = static_cast<double>(options.ops) / static_cast<double>(figures.groups_committed);
    }
    Floor floor;
    TALLY_OK(floor.read(hq));
    if (floor.ops() != options.ops)
        return fail(Code::kBug, "headquarters holds " + std::to_string(floor.ops()) + " operations of " +
                                    std::to_string(options.ops));
    std::vector<PushMaker> nobody(options.terminals);
    Headquarters empty;
    TALLY_OK(empty.create(folder / ("floor" + name + ".db"), nobody));
    TALLY_TRY(const auto store, storage::SqliteLedgerStore::open(empty.path, empty.key));
    TALLY_TRY(round.floor_seconds, floor.write(*store, static_cast<std::size_t>(round.group_ops)));
    return round;
}

}  // namespace

Result<IngestFigures> run_ingest_bench(const IngestOptions& options) {
    std::vector<double> rates, floors, ratios, groups;
    for (std::size_t i = 0; i < options.rounds; ++i) {
        const auto under =
            options.folder.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(options.folder);
        TALLY_TRY(const std::string made, support::make_temp_folder(under, "tally-bench"));
        const support::TempDir folder = support::TempDir::adopt(made);
        TALLY_TRY(const Round round, run_round(options, folder, i));
        rates.push_back(static_cast<double>(options.ops) / round.seconds);
        floors.push_back(static_cast<double>(options.ops) / round.floor_seconds);
        ratios.push_back(round.floor_seconds / round.seconds);
        groups.push_back(round.group_ops);
    }
    return IngestFigures{quantile(rates, 0.5), quantile(floors, 0.5), quantile(ratios, 0.5), quantile(groups, 0.5)};
}

}  // namespace tally::bench
