// Which store is cut off on which day: per store and ISO week one store in five is offline for one to five days on end,
// and the cuts that a list names come on top. Pure under its seed: the same seed gives the same plan for a store
// whatever other stores there are.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/timezone.h"

namespace tally::lab {

class OutagePlan {
  public:
    OutagePlan(std::uint64_t seed, Day first, Day last, const std::set<std::string>& stores);
    void cut(const std::string& store, Day day) { cuts_.insert({store, day}); }
    bool is_offline(const std::string& store, Day day) const { return cuts_.count({store, day}) > 0; }
    std::size_t store_days() const { return cuts_.size(); }

  private:
    std::set<std::pair<std::string, Day>> cuts_;
};

// A member who bought in two stores on one date: both are to be offline, so that concurrent work is certain.
struct TwoStoreDay {
    Day day = 0;
    std::string member_ref;
    std::string store_a, store_b;
};
// Columns date,member_ref,store_a,store_b (the last two also as storeA,storeB), or the same without a header row.
Result<std::vector<TwoStoreDay>> read_cut_list(const std::string& path);

}  // namespace tally::lab
