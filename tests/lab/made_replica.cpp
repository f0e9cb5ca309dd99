#include "tests/lab/made_replica.h"

#include "common/wire/codec.h"
#include "common/wire/sealed.h"
#include "tests/lab/terminal_files.h"

namespace tally::lab {

namespace {

constexpr std::size_t kPageMembers = 500;

// Numbers that are not in order, so that no lookup profits from its neighbour: a bijection of 0 .. 2^26-1.
std::uint64_t scatter(std::size_t index) { return (index * 0x2545F491u + 0x1234567u) & 0x3FFFFFFu; }

}  // namespace

std::string MadeReplica::card_of(std::size_t index) { return std::to_string(70'0000'0000u + scatter(index)); }
std::string MadeReplica::phone_of(std::size_t index) { return "+86" + std::to_string(136'0000'0000u + scatter(index)); }
std::string MadeReplica::name_of(std::size_t index) {
    static const char* const kFamily[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"};
    static const char* const kGiven[] = {"伟", "芳", "娜", "敏", "静", "磊", "强", "洋", "艳", "杰"};
    const std::uint64_t number = scatter(index);
    return std::string(kFamily[number % 10]) + kGiven[number / 10 % 10] + kGiven[number / 100 % 10];
}

Result<std::unique_ptr<MadeReplica>> MadeReplica::make(const std::string& dir, std::size_t members,
                                                       std::uint64_t seed) {
    std::unique_ptr<MadeReplica> made(new MadeReplica);
    made->random_ = std::make_unique<SeededRandom>(seed);
    made->hq_ = std::make_unique<crypto::Device>(crypto::Device::create());
    TALLY_TRY(const crypto::Secret key, make_terminal_files(dir));
    TALLY_TRY(auto replica, replica::Replica::open(dir, key, store::Sync::kFull, 128 * 1024));
    made->replica_ = std::make_unique<replica::Replica>(std::move(replica));
    replica::Enrolment enrolment;
    enrolment.terminal = 2;
    enrolment.store = "S1";
    enrolment.store_name = "Store 1";
    enrolment.hq_host = "127.0.0.1";
    enrolment.hq_port = 1;
    enrolment.hq_key = enrolment.root_key = enrolment.recovery_key = made->hq_->public_key();
    TALLY_OK(made->replica_->save_enrolment(enrolment));
    TALLY_TRY(const crypto::Device device, made->replica_->device());
    TALLY_TRY(auto wrap, crypto::KeyWrap::between(*made->hq_, device.public_key()));
    made->wrap_ = std::make_unique<crypto::KeyWrap>(std::move(wrap));
    {  // as the agent fills it: without a disk sync for each page
        TALLY_TRY(auto filling, replica::Replica::open(dir, key, store::Sync::kNormal, 256 * 1024));
        made->replica_ = std::make_unique<replica::Replica>(std::move(filling));
        TALLY_OK(made->fill(members));
        TALLY_TRY(auto reopened, replica::Replica::open(dir, key, store::Sync::kFull, 128 * 1024));
        made->replica_ = std::make_unique<replica::Replica>(std::move(reopened));
    }
    TALLY_TRY(auto till, replica::Till::start(*made->replica_, made->clock_, *made->random_));
    made->till_ = std::make_unique<replica::Till>(std::move(till));
    return made;
}

Result<wire::MemberChange> MadeReplica::change(std::size_t index) {
    wire::MemberChange change;
    change.member = domain::make_member_id(clock_.wall_ms(), *random_);
    ids_.push_back(change.member);
    change.member_seq = 2;
    const domain::OpId maker{3, {}, 2 * index + 1};
    const domain::PersonalFields fields = {{domain::Field::kName, name_of(index)},
                                           {domain::Field::kPhone, phone_of(index)},
                                           {domain::Field::kCard, card_of(index)}};
    domain::Profile profile;
    profile.channel = "store";
    for (const auto& [field, value] : fields) profile.fields[field] = {value, clock_.wall_ms(), maker};
    profile.identities = domain::identities_of(fields, maker);
    if (profile.identities.size() != 2) return fail(Code::kBug, "a made member has a phone and a card");
    domain::Account account;
    account.folded_ops = 2;
    account.earned_total = 100;
    account.bills = 1;
    account.spend_minor = 10'000;
    domain::Lot lot;
    lot.maker = {3, {}, 2 * index + 2};
    lot.store = "S2";
    lot.bill_no = "B" + std::to_string(index);
    lot.amount_minor = 10'000;
    lot.issued = lot.free = 100;
    account.lots.push_back(lot);
    change.account = wire::encode_account(account);
    const crypto::Secret key = crypto::Secret::random(crypto::kMemberKeyBytes);
    change.sealed_profile = wire::seal_profile(key.view(), change.member, profile);
    change.wrapped_key = wrap_->wrap(key.view());
    return change;
}

Status MadeReplica::fill(std::size_t members) {
    wire::FeedPage page;
    page.incarnation.bytes[0] = 1;
    page.as_of = members + 1;
    page.hq_ms = clock_.wall_ms();
    TALLY_TRY(const auto head, replica_->head());
    page.covered_epoch = head.epoch;
    domain::Programme programme;
    programme.version = 1;
    programme.chain_name = "Bench";
    wire::SignedProgramme signed_programme;
    signed_programme.bytes = wire::encode_programme(programme);
    signed_programme.signature = hq_->sign(wire::kProgrammeContext, signed_programme.bytes);
    page.programme = signed_programme;
    page.to = 1;
    for (std::size_t index = 0; index < members || page.programme;) {
        page.members.clear();
        for (; index < members && page.members.size() < kPageMembers; ++index) {
            TALLY_TRY(wire::MemberChange one, change(index));
            page.members.push_back(std::move(one));
        }
        page.to += page.members.size();
        TALLY_OK(replica_->apply_page(page, *wrap_, hq_->public_key()));
        page.from = page.to;
        page.programme.reset();
    }
    return replica_->db().checkpoint(true);
}

}  // namespace tally::lab
