#include "common/domain/shares.h"

#include <algorithm>
#include <numeric>

#include "common/base/result.h"

namespace tally::domain {

namespace {

template <class Rest>
void hand_out(std::vector<Points>& shares, const std::vector<Rest>& rests, Points left) {
    if (left == 0) return;
    TALLY_ASSERT(left > 0 && static_cast<std::size_t>(left) <= shares.size(), "shares are not what was shared");
    std::vector<std::size_t> order(shares.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rests[a] > rests[b]; });
    for (Points i = 0; i < left; ++i) shares[order[static_cast<std::size_t>(i)]] += 1;
}

}  // namespace

std::vector<Points> share_by(const std::vector<std::int64_t>& weights, Points points) {
    std::vector<Points> shares(weights.size(), 0);
    std::vector<std::int64_t> rests(weights.size(), 0);
    const auto whole = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
    if (whole == 0) return shares;
    Points left = points;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const __int128 product = static_cast<__int128>(points) * weights[i];
        shares[i] = static_cast<Points>(product / whole);
        rests[i] = static_cast<std::int64_t>(product % whole);
        left -= shares[i];
    }
    hand_out(shares, rests, left);
    return shares;
}

std::vector<Points> share_exact(const std::vector<Wide>& weights, std::uint64_t factor, const Wide& divisor,
                                Points points) {
    std::vector<Points> shares(weights.size(), 0);
    std::vector<Wide> rests(weights.size());
    Points left = points;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        WideQuotient part = divide(weights[i] * factor, divisor);
        shares[i] = part.quotient;
        rests[i] = part.rest;
        left -= part.quotient;
    }
    hand_out(shares, rests, left);
    return shares;
}

}  // namespace tally::domain
