// A set of positions of a till's log, as rising ranges: nearly always the one range from 1 on. Says which operations
// are acknowledged, or are in received states, over all epochs. Pure.
#pragma once

#include <utility>
#include <vector>

#include "common/base/bytes.h"

namespace tally::replica {

class Coverage {
  public:
    Coverage() = default;
    // As stored: the end of the range from 1 on (0: none), and the ranges beyond it. kDamaged: not such a list.
    static Result<Coverage> decode(std::int64_t prefix, ByteView beyond);

    void add(std::int64_t first, std::int64_t last);  // nothing when last < first; positions count from 1
    void add(const Coverage& other);
    bool covers(std::int64_t pos) const;
    std::int64_t prefix() const;                        // all of 1..prefix() are in it; 0: not even the first
    std::int64_t last() const;                          // the highest; 0: none
    std::int64_t count() const;                         // how many positions
    std::int64_t reach_from(std::int64_t first) const;  // all of first..reach are in it; first - 1: not even that
    Bytes beyond() const;                               // for decode(); empty in the usual case

  private:
    struct Range {
        std::int64_t first = 1, last = 0;
    };
    std::vector<Range> ranges_;  // rising, disjoint, not adjacent
};

}  // namespace tally::replica
