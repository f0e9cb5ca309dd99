#include "tests/model/explore.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>
#include <span>

#include "tests/model/check.h"
#include "tests/model/pack.h"
#include "tests/model/step.h"

namespace tally::lease_model {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;
constexpr const char* kTooWide = "states need more words";
constexpr uint64_t kChunk = 1u << 20;  // states

// States in the order in which they were found, each with the one it was found from, and a hash table of their numbers.
class Seen {
  public:
    explicit Seen(int words) : words_(words), table_(1u << 16, kNobody) {}

    std::span<const uint64_t> state(uint64_t at) const {
        return {chunks_[at / kChunk].get() + at % kChunk * words_, static_cast<size_t>(words_)};
    }
    uint32_t parent(uint64_t at) const { return parents_[at]; }
    uint64_t size() const { return parents_.size(); }

    // False when it is known already.
    bool add(std::span<const uint64_t> key, uint32_t parent) {
        if (parents_.size() * 10 > table_.size() * 7) grow();
        const size_t slot = find(key);
        if (table_[slot] != kNobody) return false;
        const uint64_t at = parents_.size();
        if (at / kChunk == chunks_.size())
            chunks_.push_back(std::make_unique_for_overwrite<uint64_t[]>(kChunk * words_));
        std::ranges::copy(key, chunks_.back().get() + at % kChunk * words_);
        parents_.push_back(parent);
        table_[slot] = static_cast<uint32_t>(at);
        return true;
    }

  private:
    static uint64_t hash(std::span<const uint64_t> key) {
        uint64_t h = 0x9e3779b97f4a7c15;
        for (const uint64_t word : key) {
            h = (h ^ word) * 0xff51afd7ed558ccd;
            h ^= h >> 32;
        }
        return h;
    }
    size_t find(std::span<const uint64_t> key) const {
        size_t slot = hash(key) & (table_.size() - 1);
        while (table_[slot] != kNobody && !std::ranges::equal(state(table_[slot]), key))
            slot = (slot + 1) & (table_.size() - 1);
        return slot;
    }
    void grow() {
        const size_t size = table_.size() * 2;
        table_ = {};
        table_.assign(size, kNobody);
        for (uint64_t at = 0; at < parents_.size(); ++at)
            table_[find_empty(hash(state(at)))] = static_cast<uint32_t>(at);
    }
    size_t find_empty(uint64_t h) const {
        size_t slot = h & (table_.size() - 1);
        while (table_[slot] != kNobody) slot = (slot + 1) & (table_.size() - 1);
        return slot;
    }

    int words_;
    std::vector<std::unique_ptr<uint64_t[]>> chunks_;
    std::vector<uint32_t> parents_;
    std::vector<uint32_t> table_;
};

class Search : public Steps {
  public:
    Search(const Bounds& b, int words) : b_(b), words_(words), seen_(words) {}

    Found run(uint64_t states_max) {
        const std::clock_t start = std::clock();
        World first = first_world(b_);
        take(std::move(first), [] { return std::string(); });
        for (; at_ < seen_.size() && found_.broken == nullptr; ++at_) {
            if (seen_.size() > states_max) {
                found_.complete = false;
                break;
            }
            each_step(unpack(seen_.state(at_), b_), b_, *this);
        }
        if (found_.broken != nullptr && found_.broken != kTooWide) tell();
        found_.states = seen_.size();
        found_.seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        return std::move(found_);
    }

    void take(World&& next, const std::function<std::string()>& words) override {
        if (found_.broken != nullptr) return;
        ++found_.steps;
        uint64_t key[kWordsMax];
        found_.bits_most = std::max(found_.bits_most, pack(next, b_, key));
        if (found_.bits_most > words_ * 64) {
            found_.broken = kTooWide;
            return;
        }
        const std::span<uint64_t> bits(key, words_);
        const char* broken = next.broken;
        if (broken == nullptr) {
            if (!seen_.add(bits, at_ < seen_.size() ? static_cast<uint32_t>(at_) : kNobody)) return;
            broken = broken_invariant(next, b_);
            if (broken == nullptr) broken = broken_at_rest(next, b_);
        }
        if (broken == nullptr) return;
        found_.broken = broken;
        last_words_ = words();
    }

  private:
    // Plays the way to the broken state again, from its beginning, for the words of each step.
    void tell();

    const Bounds& b_;
    int words_;
    Seen seen_;
    uint64_t at_ = 0;  // the state whose steps are being taken
    Found found_;
    std::string last_words_;
};

class Telling : public Steps {
  public:
    Telling(const Bounds& b, std::span<const uint64_t> wanted) : b_(b), wanted_(wanted) {}
    void take(World&& next, const std::function<std::string()>& words) override {
        uint64_t key[kWordsMax];
        pack(next, b_, key);
        if (said.empty() && std::ranges::equal(std::span(key, wanted_.size()), wanted_)) said = words();
    }
    std::string said;

  private:
    const Bounds& b_;
    std::span<const uint64_t> wanted_;
};

void Search::tell() {
    std::vector<uint64_t> way;
    for (uint64_t at = std::min<uint64_t>(at_ == 0 ? 0 : at_ - 1, seen_.size() - 1);; at = seen_.parent(at)) {
        way.insert(way.begin(), at);
        if (seen_.parent(at) == kNobody) break;
    }
    for (size_t i = 0; i + 1 < way.size(); ++i) {
        Telling telling(b_, seen_.state(way[i + 1]));
        each_step(unpack(seen_.state(way[i]), b_), b_, telling);
        found_.trace.push_back(telling.said);
    }
    found_.trace.push_back(last_words_);
}

}  // namespace

Found explore(const Bounds& b, uint64_t states_max) {
    for (int words = 2;; ++words) {
        Found found = Search(b, words).run(states_max);
        if (found.broken != kTooWide || words == kWordsMax) return found;
    }
}

}  // namespace tally::lease_model
