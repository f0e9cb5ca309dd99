#include "tests/fault/disk/random_shop.h"

namespace tally::fault {

const Clock& RandomShop::clock() {
    static const ManualClock clock(kNow_ms);
    return clock;
}

Result<RandomShop> RandomShop::open(replica::Replica& replica, Random& random, std::string name) {
    TALLY_TRY(auto till, replica::Till::start(replica, clock(), random));
    return RandomShop(std::move(till), replica, random, std::move(name));
}

Result<Slip> RandomShop::sell() {
    const Shop& shop = Shop::get();
    replica::SaleRequest sale;
    if (random_->below(4) != 0) sale.member = shop.members[random_->below(shop.members.size())];
    sale.bill_no = name_ + std::to_string(random_->next_u64());
    sale.amount_minor = static_cast<domain::Minor>(1 + random_->below(100'000));
    TALLY_TRY(const replica::Receipt receipt, till_.sale(sale));
    sold_.push_back(sale);
    return Slip{receipt.op, receipt.amount_minor};
}

Result<Slip> RandomShop::refund() {
    const std::size_t which = random_->below(sold_.size());
    const replica::SaleRequest sale = sold_[which];
    sold_.erase(sold_.begin() + static_cast<std::ptrdiff_t>(which));
    replica::RefundRequest refund;
    refund.member = sale.member;
    refund.bill_no = name_ + std::to_string(random_->next_u64());
    refund.of_bill_no = sale.bill_no;
    refund.amount_minor = static_cast<domain::Minor>(1 + random_->below(static_cast<std::uint64_t>(sale.amount_minor)));
    TALLY_TRY(const replica::Receipt receipt, till_.refund(refund));
    return Slip{receipt.op, receipt.amount_minor};
}

// Where the till says no more than that it is done.
Result<Slip> RandomShop::newest() {
    TALLY_TRY(const replica::ChainHead head, replica_->head());
    TALLY_TRY(const auto enrolment, replica_->enrolment());
    return Slip{{enrolment->terminal, head.epoch, head.next_seq - 1}, 0};
}

Result<Slip> RandomShop::act() {
    const std::uint64_t what = random_->below(12);
    if (what == 0 && !sold_.empty()) return refund();
    if (what == 1) {
        replica::RegisterRequest request;
        request.fields[domain::Field::kName] = "Member " + number();
        request.fields[domain::Field::kPhone] = "136" + number();
        TALLY_TRY(const auto answer, till_.register_member(request));
        if (answer.existed) return sell();
        return newest();
    }
    if (what == 2) {
        const Shop& shop = Shop::get();
        TALLY_OK(till_.add_note(shop.members[random_->below(shop.members.size())], "a note " + number()));
        return newest();
    }
    return sell();
}

}  // namespace tally::fault
