// Campaigns: what all members together have of rules and templates, against the log.
#include "common/wire/codec.h"
#include "hq-server/admin/refold.h"
#include "hq-server/intake/campaigns.h"

namespace tally::admin {

using namespace domain;

Status Refold::count_campaigns(const intake::OpRow& row, const Op& op, const Folded& folded, const TotalsById& before,
                               const TotalsById& after) {
    const auto* earn = std::get_if<Earn>(&op.body);
    const Programme* programme = nullptr;
    if (earn && !earn->parts.empty() && op.programme_version <= INT64_MAX) {
        const auto [known, fresh] = programmes_.try_emplace(op.programme_version);
        if (fresh) {
            TALLY_TRY(const auto stored, store_.programme(op.programme_version));
            auto decoded = stored ? wire::decode_programme(stored->programme.bytes)
                                  : Result<Programme>(fail(Code::kNotFound, "never issued"));
            if (decoded) known->second = Issued{std::move(decoded).value(), stored->changed_pos};
        }
        if (known->second && known->second->pos < row.pos) programme = &known->second->programme;
    }
    for (const auto& [id, move] : intake::campaign_moves(op, folded.outcome, programme, before, after)) {
        Campaign& campaign = campaigns_[id];
        intake::add_move(campaign.totals, move);
        campaign.changed_pos = row.pos;
    }
    return {};
}

Status Refold::compare_campaigns() {
    if (!unreadable_.empty()) return {};  // what those members have of them cannot be told
    TALLY_TRY(const intake::Position head, store_.head());
    TALLY_OK(store_.each_campaign([&](const intake::CampaignRow& row) -> Status {
        const auto found = campaigns_.find(row.id);
        const Campaign refolded = found == campaigns_.end() ? Campaign{} : found->second;
        if (row.totals != refolded.totals)
            report_("campaign " + row.id + " is stored with " + totals_text(row.totals) + ", the log comes to " +
                    totals_text(refolded.totals));
        else if (row.changed_pos < refolded.changed_pos || row.changed_pos > head + 1)  // an upgrade tells all anew
            report_("campaign " + row.id + " last changed at position " + std::to_string(refolded.changed_pos) +
                    ", stored as " + std::to_string(row.changed_pos) + ": the feed would miss it");
        if (found != campaigns_.end()) campaigns_.erase(found);
        return {};
    }));
    for (const auto& [id, campaign] : campaigns_)
        report_("campaign " + id + " has given " + totals_text(campaign.totals) + ", but no totals of it are stored");
    return {};
}

}  // namespace tally::admin
