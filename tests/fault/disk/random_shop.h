// What a busy till does, by chance: sales with and without a member, refunds of them, registrations, notes; each with
// the receipt it printed. Tests only.
#pragma once

#include "tests/fault/disk/shop.h"

namespace tally::fault {

// A receipt as it goes through a pipe: plain bytes.
struct Slip {
    domain::OpId op;
    domain::Minor amount_minor = 0;  // of a bill; 0 for the rest
    bool operator==(const Slip&) const = default;
};

class RandomShop {
  public:
    // `replica` and the random numbers outlive it. `name`: begins its bills, so that two tills share none.
    static Result<RandomShop> open(replica::Replica& replica, Random& random, std::string name);
    Result<Slip> act();  // one of them, durable

  private:
    RandomShop(replica::Till till, replica::Replica& replica, Random& random, std::string name)
        : till_(std::move(till)), replica_(&replica), random_(&random), name_(std::move(name)) {}
    Result<Slip> sell();
    Result<Slip> refund();
    Result<Slip> newest();
    std::string number() { return std::to_string(random_->below(90'000'000) + 10'000'000); }

    static const Clock& clock();
    replica::Till till_;
    replica::Replica* replica_;
    Random* random_;
    std::string name_;
    std::vector<replica::SaleRequest> sold_;
};

}  // namespace tally::fault
