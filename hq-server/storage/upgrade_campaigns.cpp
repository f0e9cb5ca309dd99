// Campaigns of before schema 6: nobody counted them, but the log says what they gave.
#include <map>
#include <unordered_map>

#include "common/domain/fold.h"
#include "common/wire/codec.h"
#include "hq-server/intake/campaigns.h"
#include "hq-server/storage/sqlite_rows.h"
#include "hq-server/storage/upgrade.h"

namespace tally::storage {

namespace {

bool is_about_coupons(const domain::Op& op) {
    return std::holds_alternative<domain::CouponReserve>(op.body) ||
           std::holds_alternative<domain::CouponRedeem>(op.body);
}

// As verify counts them (admin/refold_campaigns.cpp). Only members who ever reserved or used a coupon are folded.
class CountCampaigns {
  public:
    explicit CountCampaigns(store::Db& db) : db_(db) {}

    Status run() {
        TALLY_OK(read_programmes());
        TALLY_OK(each_op([this](std::int64_t, domain::Outcome, const domain::Op& op, const domain::Ruling&) {
            if (is_about_coupons(op)) accounts_[op.member];
            return Status();
        }));
        TALLY_OK(each_op([this](std::int64_t pos, domain::Outcome outcome, const domain::Op& op,
                                const domain::Ruling& ruling) { return count(pos, outcome, op, ruling); }));
        TALLY_TRY(store::Statement to, db_.prepare("INSERT INTO campaign (id, points, uses, minor, changed_pos) "
                                                   "VALUES (?,?,?,?,?)"));
        // Beyond every cursor, so that the page with the next operation brings all of them to every till.
        TALLY_TRY(const std::int64_t head, db_.query_int64("SELECT pos FROM stream_head WHERE stream = 0"));
        for (const auto& [id, totals] : campaigns_) {
            to.bind(1, std::string_view(id)).bind(2, totals.points).bind(3, totals.uses);
            TALLY_OK(to.bind(4, totals.minor).bind(5, head + 1).run());
        }
        return {};
    }

  private:
    struct Issued {
        domain::Programme programme;
        std::int64_t pos = 0;
    };
    using EachOp = std::function<Status(std::int64_t, domain::Outcome, const domain::Op&, const domain::Ruling&)>;

    Status read_programmes() {
        TALLY_TRY(store::Statement row, db_.prepare("SELECT version, bytes, changed_pos FROM programme"));
        for (;;) {
            TALLY_TRY(const bool there, row.step());
            if (!there) return {};
            auto programme = wire::decode_programme(row.blob(1));
            if (programme) programmes_.emplace(row.int64(0), Issued{std::move(programme).value(), row.int64(2)});
        }
    }

    Status each_op(const EachOp& each) {
        TALLY_TRY(store::Statement row,
                  db_.prepare("SELECT op_log.pos, quarantined, corrected_points, '', duplicate_terminal, "
                              "duplicate_epoch, duplicate_seq, bytes, outcome FROM op_log LEFT JOIN decision ON "
                              "decision.pos = op_log.pos WHERE op_log.member IS NOT NULL ORDER BY op_log.pos"));
        for (;;) {
            TALLY_TRY(const bool there, row.step());
            if (!there) return {};
            const auto op = wire::decode_op(row.blob(7));
            if (!op || op->member.is_zero()) continue;  // verify names what cannot be read
            TALLY_TRY(const intake::DecisionRow decision, decision_of(row));
            TALLY_OK(each(row.int64(0), static_cast<domain::Outcome>(row.int64(8)), *op, decision.ruling));
        }
    }

    Status count(std::int64_t pos, domain::Outcome outcome, const domain::Op& op, const domain::Ruling& ruling) {
        domain::TotalsById before, after;
        if (const auto found = accounts_.find(op.member); found != accounts_.end()) {
            before = domain::coupon_totals(found->second);
            if (!domain::fold(found->second, op, ruling)) return {};
            after = domain::coupon_totals(found->second);
        }
        const auto programme = programmes_.find(static_cast<std::int64_t>(op.programme_version));
        const bool issued = programme != programmes_.end() && programme->second.pos < pos;
        const domain::Programme* of_op = issued ? &programme->second.programme : nullptr;
        for (const auto& [id, move] : intake::campaign_moves(op, outcome, of_op, before, after))
            intake::add_move(campaigns_[id], move);
        return {};
    }

    store::Db& db_;
    std::map<std::int64_t, Issued> programmes_;
    std::unordered_map<domain::MemberId, domain::Account> accounts_;
    domain::TotalsById campaigns_;
};

}  // namespace

Status fill_campaigns(store::Db& db) { return CountCampaigns(db).run(); }

}  // namespace tally::storage
