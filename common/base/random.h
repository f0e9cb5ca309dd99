// The only source of randomness. Production: crypto::SystemRandom (libsodium). Tests and the lab: SeededRandom.
#pragma once

#include <cstdint>
#include <span>

namespace tally {

class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint64_t next_u64() {
        std::uint64_t value = 0;
        fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
        return value;
    }
    // Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound) {
        const std::uint64_t limit = bound * (UINT64_MAX / bound);
        std::uint64_t value = next_u64();
        while (value >= limit) value = next_u64();
        return value % bound;
    }
};

// SplitMix64 (Steele, Lea, Flood 2014). Deterministic under its seed; never for keys.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        std::size_t at = 0;
        while (at < out.size()) {
            std::uint64_t word = step();
            for (int i = 0; i < 8 && at < out.size(); ++i, word >>= 8) out[at++] = static_cast<std::uint8_t>(word);
        }
    }

  private:
    std::uint64_t step() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    std::uint64_t state_;
};

}  // namespace tally
