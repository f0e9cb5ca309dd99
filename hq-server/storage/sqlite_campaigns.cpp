// Campaigns: one row for each earn rule or coupon template that counts over all members.
#include "hq-server/storage/sqlite_ledger_store.h"
#include "hq-server/storage/sqlite_rows.h"

namespace tally::storage {

using namespace intake;

#define TALLY_CAMPAIGN_COLUMNS "id, points, uses, minor, changed_pos"

static CampaignRow campaign_of(const store::Statement& row) {
    return {std::string(row.text(0)), {row.int64(1), row.int64(2), row.int64(3)}, uint64_column(row, 4)};
}

Result<std::optional<CampaignRow>> SqliteLedgerStore::campaign(std::string_view id) {
    static constexpr char kSql[] = "SELECT " TALLY_CAMPAIGN_COLUMNS " FROM campaign WHERE id = ?";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, id));
    TALLY_TRY(const bool there, row->step());
    if (!there) return std::optional<CampaignRow>();
    return std::optional(campaign_of(*row));
}

Status SqliteLedgerStore::put_campaign(const CampaignRow& campaign) {
    static constexpr char kSql[] =
        "INSERT INTO campaign (" TALLY_CAMPAIGN_COLUMNS
        ") VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET points = excluded.points, uses = excluded.uses, "
        "minor = excluded.minor, changed_pos = excluded.changed_pos";
    TALLY_TRY(store::Statement * row, use(kSql));
    row->bind(1, campaign.id).bind(2, campaign.totals.points).bind(3, campaign.totals.uses);
    return row->bind(4, campaign.totals.minor).bind(5, as_int64(campaign.changed_pos)).run();
}

Status SqliteLedgerStore::each_campaign(const std::function<Status(const CampaignRow&)>& each) {
    static constexpr char kSql[] = "SELECT " TALLY_CAMPAIGN_COLUMNS " FROM campaign ORDER BY id";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(statement);
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there) return {};
        TALLY_OK(each(campaign_of(*row)));
    }
}

Status SqliteLedgerStore::changed_campaigns(Position after, const std::function<bool(const CampaignRow&)>& each) {
    static constexpr char kSql[] =
        "SELECT " TALLY_CAMPAIGN_COLUMNS " FROM campaign WHERE changed_pos > ? ORDER BY changed_pos, id";
    TALLY_TRY(store::Statement * statement, use(kSql));
    const Reading row(&statement->bind(1, as_int64(after)));
    for (;;) {
        TALLY_TRY(const bool there, row->step());
        if (!there || !each(campaign_of(*row))) return {};
    }
}

}  // namespace tally::storage
