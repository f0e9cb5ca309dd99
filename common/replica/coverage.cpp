#include "common/replica/coverage.h"

#include <algorithm>

#include "common/replica/pending_list.h"

namespace tally::replica {

Result<Coverage> Coverage::decode(std::int64_t prefix, ByteView beyond) {
    if (prefix < 0) return fail(Code::kDamaged, "a coverage begins before the log");
    Coverage out;
    out.add(1, prefix);
    if (beyond.empty()) return out;
    TALLY_TRY(const std::vector<std::int64_t> edges, decode_positions(beyond));  // first, last + 1, first ...
    if (edges.size() % 2 != 0 || edges.front() <= prefix)
        return fail(Code::kDamaged, "a coverage's ranges do not pair");
    for (std::size_t i = 0; i < edges.size(); i += 2) out.add(edges[i], edges[i + 1] - 1);
    return out;
}

void Coverage::add(std::int64_t first, std::int64_t last) {
    TALLY_ASSERT(first >= 1, "positions count from 1");
    if (last < first) return;
    // Everything that touches the new range becomes one with it.
    const auto from = std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& r) { return r.last >= first - 1; });
    auto to = from;
    Range joined{first, last};
    for (; to != ranges_.end() && to->first <= last + 1; ++to) {
        joined.first = std::min(joined.first, to->first);
        joined.last = std::max(joined.last, to->last);
    }
    ranges_.insert(ranges_.erase(from, to), joined);
}

void Coverage::add(const Coverage& other) {
    for (const Range& range : other.ranges_) add(range.first, range.last);
}

bool Coverage::covers(std::int64_t pos) const {
    for (const Range& range : ranges_)
        if (pos <= range.last) return pos >= range.first;
    return false;
}

std::int64_t Coverage::prefix() const { return reach_from(1); }

std::int64_t Coverage::last() const { return ranges_.empty() ? 0 : ranges_.back().last; }

std::int64_t Coverage::count() const {
    std::int64_t sum = 0;
    for (const Range& range : ranges_) sum += range.last - range.first + 1;
    return sum;
}

std::int64_t Coverage::reach_from(std::int64_t first) const {
    for (const Range& range : ranges_)
        if (range.first <= first && first <= range.last) return range.last;
    return first - 1;
}

Bytes Coverage::beyond() const {
    std::vector<std::int64_t> edges;
    for (const Range& range : ranges_) {
        if (range.first == 1) continue;
        edges.push_back(range.first);
        edges.push_back(range.last + 1);
    }
    return encode_positions(edges);
}

}  // namespace tally::replica
