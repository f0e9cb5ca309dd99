// Telling the rows of a damaged replica by their shape, and believing only what proves itself.
#include <algorithm>

#include "common/crypto/hash.h"
#include "common/replica/damaged.h"
#include "common/wire/codec.h"
#include "common/wire/sealed.h"

namespace tally::replica {
namespace {

using Cells = std::span<const store::SalvagedCell>;
using Kind = store::SalvagedCell::Kind;

Bytes copy(ByteView view) { return Bytes(view.begin(), view.end()); }
std::string text_of(const store::SalvagedCell& cell) { return std::string(cell.bytes.begin(), cell.bytes.end()); }

class Reader {
  public:
    void take(std::int64_t rowid, Cells row) {
        switch (row.size()) {
            case 2: return take_device(rowid, row);
            case 3: return take_sealed_or_programme(rowid, row);
            case 4:
            case 5: return take_epoch(rowid, row);
            case 7: return take_member(row);
            case 8: return take_op(rowid, row);
            case 9: return take_enrolment(rowid, row);
            default:
                if (row.size() >= 16) take_state(rowid, row);
        }
    }

    SavedReplica finish() {
        for (auto& [pos, found] : ops_) {
            saved.last_pos = std::max(saved.last_pos, pos);
            if (found.size() > 1) {
                saved.contested.push_back(pos);
                continue;
            }
            SavedOp& op = found.begin()->second;
            if (const auto sealed = sealed_.find(op.op.sealed_hash); sealed != sealed_.end())
                op.sealed = sealed->second;
            saved.log.push_back(std::move(op));
        }
        for (const auto& [no, epoch] : epochs_) saved.epochs.push_back(epoch);
        for (const SavedOp& op : saved.log)
            if (std::find(saved.epochs.begin(), saved.epochs.end(), op.op.id.epoch) == saved.epochs.end())
                saved.epochs.push_back(op.op.id.epoch);
        if (saved.enrolment)
            std::erase_if(saved.programmes, [&](const auto& entry) {
                return !crypto::verify(saved.enrolment->hq_key, wire::kProgrammeContext, entry.second.bytes,
                                       entry.second.signature);
            });
        return std::move(saved);
    }
    SavedReplica saved;

  private:
    void take_device(std::int64_t rowid, Cells row) {
        if (rowid == 1 && row[1].is_blob(32) && !saved.device_seed)
            saved.device_seed = crypto::Secret::copy_of(row[1].bytes);
    }

    // Perhaps one that was taken back since: headquarters says so at the next contact.
    void take_sealed_or_programme(std::int64_t rowid, Cells row) {
        constexpr std::int64_t kOutcomesEnd = 256;  // an outcome of position 1 has this shape too
        if (rowid == 1 && row[1].is_integer() && row[1].integer >= kOutcomesEnd && row[2].kind == Kind::kText)
            saved.revocation = Revocation{row[1].integer, text_of(row[2])};
        if (row[1].kind != Kind::kBlob) return;
        if (row[2].is_integer()) {
            sealed_[crypto::hash_of(row[1].bytes)] = copy(row[1].bytes);
            return;
        }
        const auto signature = crypto::Signature::from(row[2].bytes);
        if (rowid > 0 && row[2].kind == Kind::kBlob && signature)
            saved.programmes[static_cast<std::uint64_t>(rowid)] = {copy(row[1].bytes), *signature};
    }

    void take_epoch(std::int64_t rowid, Cells row) {
        if (!row[1].is_blob(16) || !row[2].is_blob(16) || !row[3].is_integer()) return;
        if (const auto epoch = domain::Epoch::from(row[1].bytes)) epochs_[rowid] = *epoch;
    }

    void take_member(Cells row) {
        if (!row[1].is_blob(16) || !row[2].is_integer() || !row[4].is_blob(crypto::kMemberKeyBytes)) return;
        if (const auto id = domain::MemberId::from(row[1].bytes)) saved.keys[*id] = copy(row[4].bytes);
    }

    void take_op(std::int64_t rowid, Cells row) {
        if (!row[1].is_integer() || !row[2].is_integer() || !row[6].is_blob(Hash::kSize) || row[7].kind != Kind::kBlob)
            return;
        SavedOp out;
        out.pos = rowid;
        out.bytes = copy(row[7].bytes);
        out.hash = crypto::hash_of(out.bytes);
        if (rowid < 1 || out.hash != *Hash::from(row[6].bytes)) return;
        auto op = wire::decode_op(out.bytes);
        if (!op || op->id.seq != static_cast<std::uint64_t>(row[2].integer)) return;
        out.op = std::move(op).value();
        ops_[rowid].try_emplace(out.hash, std::move(out));
    }

    void take_enrolment(std::int64_t rowid, Cells row) {
        if (rowid != 1 || !row[1].is_integer() || row[2].kind != Kind::kText || row[3].kind != Kind::kText ||
            row[4].kind != Kind::kText || !row[5].is_integer())
            return;
        const auto hq = crypto::PublicKey::from(row[6].bytes), root = crypto::PublicKey::from(row[7].bytes),
                   recovery = crypto::PublicKey::from(row[8].bytes);
        if (!hq || !root || !recovery) return;
        saved.enrolment = Enrolment{static_cast<domain::TerminalId>(row[1].integer),
                                    text_of(row[2]),
                                    text_of(row[3]),
                                    text_of(row[4]),
                                    static_cast<std::uint16_t>(row[5].integer),
                                    *hq,
                                    *root,
                                    *recovery};
    }

    // Of several versions of the row the furthest.
    void take_state(std::int64_t rowid, Cells row) {
        if (rowid != 1 || !row[1].is_integer() || !row[2].is_integer() || !row[4].is_blob(Hash::kSize) ||
            !row[6].is_integer())
            return;
        saved.last_pos = std::max(saved.last_pos, row[2].integer);
        saved.acked_pos = std::max(saved.acked_pos, row[6].integer);
    }

    std::map<std::int64_t, std::map<Hash, SavedOp>> ops_;
    std::map<Hash, Bytes> sealed_;
    std::map<std::int64_t, domain::Epoch> epochs_;
};

// The next of one chain: in the same epoch, or the first of another one.
bool follows(const SavedOp& before, const SavedOp& op) {
    if (op.pos != before.pos + 1 || op.op.previous_hash != before.hash) return false;
    return op.op.id.epoch == before.op.id.epoch ? op.op.id.seq == before.op.id.seq + 1 : op.op.id.seq == 1;
}

}  // namespace

Result<SavedReplica> read_damaged(const std::string& dir, const crypto::Secret& data_key) {
    Reader reader;
    TALLY_TRY(store::SalvageReport pages,
              store::salvage_rows(Replica::database_path(dir), data_key,
                                  [&](std::int64_t rowid, Cells row) { reader.take(rowid, row); }));
    SavedReplica out = reader.finish();
    out.pages = std::move(pages);
    return out;
}

std::size_t unbroken(const std::vector<SavedOp>& log) {
    if (log.empty() || log[0].pos != 1 || log[0].op.id.seq != 1 || !log[0].op.previous_hash.is_zero()) return 0;
    std::size_t count = 1;
    while (count < log.size() && follows(log[count - 1], log[count])) ++count;
    return count;
}

Result<std::vector<wire::Push>> pushes_behind_gap(const SavedReplica& saved) {
    std::vector<wire::Push> out;
    const std::size_t first = unbroken(saved.log);
    if (first == saved.log.size()) return out;
    if (!saved.device_seed || !saved.enrolment)
        return fail(Code::kDamaged, "the terminal's identity is not readable any more, so nothing can be signed");
    TALLY_TRY(const crypto::Device device, crypto::Device::from_seed(saved.device_seed->view()));
    TALLY_TRY(const crypto::KeyWrap to_hq, crypto::KeyWrap::between(device, saved.enrolment->hq_key));
    constexpr std::size_t kOpsMax = 500, kBytesMax = 512 << 10;  // one operation more stays far below a frame's limit
    std::size_t bytes = 0;
    for (std::size_t i = first; i < saved.log.size(); ++i) {
        const SavedOp& op = saved.log[i];
        const bool goes_on = i > first && follows(saved.log[i - 1], op) && op.op.id.seq != 1 &&
                             out.back().ops.size() < kOpsMax && bytes < kBytesMax;
        if (!goes_on) {
            out.emplace_back();
            out.back().epoch = op.op.id.epoch;
            out.back().first_seq = op.op.id.seq;
            bytes = 0;
        }
        bytes += op.bytes.size() + op.sealed.size();
        wire::PushedOp pushed{op.bytes, op.sealed, {}};
        const auto key = saved.keys.find(op.op.member);
        if (!op.sealed.empty() && key != saved.keys.end()) pushed.wrapped_key = to_hq.wrap(key->second);
        out.back().ops.push_back(std::move(pushed));
        out.back().signature = device.sign(wire::kChainHeadContext, wire::chain_head_text(op.op.id, op.hash));
    }
    return out;
}

}  // namespace tally::replica
