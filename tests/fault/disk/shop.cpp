#include "tests/fault/disk/shop.h"

namespace tally::fault {

namespace fs = std::filesystem;
using test::must;

namespace {

constexpr const char* kNames[] = {"replica.db",      "replica.db-wal", "replica.db-shm", "replica.db.keys",
                                  "replica.db.head", "hq.db",          "hq.db-wal",      "hq.db-shm"};

void copy_files(const std::string& from, const std::string& to) {
    fs::create_directories(to);
    for (const char* name : kNames)
        if (fs::exists(from + "/" + name)) fs::copy_file(from + "/" + name, to + "/" + name);
}

}  // namespace

Shop& Shop::get() {
    static Shop shop;
    return shop;
}

Shop::Shop() {
    const std::string live = home_ / "live";
    fs::create_directories(live);
    must(store::make_key_file(home_ / "till.key"));
    key_ = must(store::create_keys(replica::Replica::database_path(live), unlock()));
    {
        replica::Replica replica = must(replica::Replica::create(live, key_));
        enrol(replica);
        welcome = exchange(replica, 0);
        must(apply(replica, welcome));
        import(3);
        must(apply(replica, exchange(replica, 0)));
        replica::Till till = must(replica::Till::start(replica, clock_, random_));
        sell(till, 25);
        must(apply(replica, exchange(replica, 25)));
        must(replica.db().checkpoint(true));
        sell(till, 44);
        must(replica.db().checkpoint(true));  // a WAL that is read in a moment, for it is read a thousand times
        sell(till, 6);
        REQUIRE(must(replica.unacknowledged_count()) == 50);
        operations = must(replica.head()).next_seq - 1;
        must(replica.db().exec("PRAGMA wal_autocheckpoint = 0"));
        copy_files(live, home_ / "killed");
        copy_files(hq.folder.path(), home_ / "hq");
        for (int i = 0; i < 5; ++i) {
            if (i == 2) import(2);
            sync.push_back(exchange(replica, 10));
            must(replica.record_ack(sync.back().ack));  // so that the next ten are asked for
        }
    }
    copy_files(home_ / "killed", home_ / "closed");
    must(replica::Replica::open(home_ / "closed", key_, store::Sync::kFull));
    make_version_1();
}

void Shop::enrol(replica::Replica& replica) {
    device = must(replica.device()).public_key();
    const wire::Enrol asked{{wire::kProtocolVersion}, hq.add_ticket("S1", "Store S1"), "test"};
    const auto answer = std::get<wire::Enrolled>(must(hq.intake->enrol(device, asked, kNow_ms)));
    enrolment = {answer.terminal,        answer.store,    answer.store_name,  "127.0.0.1", 1,
                 hq.device.public_key(), answer.root_key, answer.recovery_key};
    must(replica.save_enrolment(enrolment));
}

void Shop::sell(replica::Till& till, int count) {
    const auto number = [&] { return std::to_string(random_.next_u64() % 90'000'000 + 10'000'000); };
    for (int i = 0; i < count; ++i) {
        const std::string bill = "T" + number();
        if (i % 9 == 0) {
            replica::RegisterRequest request;
            request.fields[domain::Field::kName] = "Member " + number();
            request.fields[domain::Field::kPhone] = "138" + number();
            members.push_back(must(till.register_member(request)).member);
        } else if (i % 7 == 3) {
            must(till.add_note(members[random_.below(members.size())], "a note " + number()));
        } else {
            replica::SaleRequest sale;
            if (i % 4 != 0) sale.member = members[random_.below(members.size())];
            sale.bill_no = bill;
            sale.amount_minor = static_cast<domain::Minor>(1 + random_.below(50'000));
            const replica::Receipt receipt = must(till.sale(sale));
            if (i % 11 != 5 || i + 1 == count) continue;
            replica::RefundRequest refund{sale.member, {}, "R" + bill, "", bill, 1 + receipt.amount_minor / 2};
            must(till.refund(refund));
            ++i;
        }
    }
}

void Shop::import(int count) {
    std::vector<intake::Intake::OwnOp> ops;
    for (int i = 0; i < count; ++i) {
        intake::Intake::OwnOp own;
        own.op.at = domain::Hlc::of(kNow_ms, 0);
        own.op.business_day = test::kToday;
        own.op.member = test::member_number(static_cast<std::uint64_t>(1000 + imports_++));
        own.op.body = domain::Register{.channel = "import", .identities = {}};
        own.fields[domain::Field::kName] = "Imported " + std::to_string(imports_);
        ops.push_back(std::move(own));
    }
    must(hq.intake->append_own(ops, kNow_ms));
    for (const auto& own : ops) imported[own.op.member] = hq.account(own.op.member);
}

// At headquarters only; what the till does with it is `apply`.
Exchange Shop::exchange(replica::Replica& replica, std::size_t ops_max) {
    Exchange out;
    const replica::ChainHead head = must(replica.head());
    const replica::OwnChain chain = must(replica.chains()).back();
    const crypto::Device own = must(replica.device());
    const crypto::KeyWrap wrap = must(crypto::KeyWrap::between(own, hq.device.public_key()));
    out.push.epoch = head.epoch;
    out.push.first_seq = chain.acked_through + 1;
    if (ops_max > 0)
        out.push.ops = must(replica.operations_from(head.epoch, out.push.first_seq, ops_max, 1 << 20, wrap));
    if (!out.push.ops.empty()) {
        const std::uint64_t last = out.push.first_seq + out.push.ops.size() - 1;
        out.push.signature =
            own.sign(wire::kChainHeadContext, wire::chain_head_text({enrolment.terminal, head.epoch, last},
                                                                    must(replica.hash_of_operation(head.epoch, last))));
        auto prepared = intake::prepare_push(enrolment.terminal, device, out.push);
        out.ack = std::get<wire::Ack>(hq.commit(std::get<intake::PreparedPush>(std::move(prepared))).answer);
    }
    const intake::Session session{enrolment.terminal, device, head.epoch, 0};
    for (;;) {
        wire::FeedPage page = must(hq.intake->page(session, cursor_, {3, 1 << 20}, kNow_ms));
        if (page.to == cursor_ && !out.pages.empty()) break;
        cursor_ = page.to;
        out.pages.push_back(std::move(page));
    }
    return out;
}

Status Shop::apply(replica::Replica& replica, const Exchange& exchange) {
    TALLY_TRY(const crypto::Device own, replica.device());
    TALLY_TRY(const crypto::KeyWrap wrap, crypto::KeyWrap::between(own, hq.device.public_key()));
    if (!exchange.push.ops.empty()) TALLY_OK(replica.record_ack(exchange.ack));
    for (const wire::FeedPage& page : exchange.pages) TALLY_OK(replica.apply_page(page, wrap, hq.device.public_key()));
    return {};
}

// What the first migration did not make yet, of the later ones, is taken away again.
void Shop::make_version_1() {
    const std::string dir = home_ / "version-1";
    copy_files(home_ / "closed", dir);
    store::Db db = must(store::Db::open(replica::Replica::database_path(dir), key_, {}));
    must(
        db.exec("DROP TABLE lease; DROP TABLE own_reservation; DROP TABLE campaign; DROP INDEX op_log_adjusts; DROP "
                "TABLE revocation; "
                "DROP TABLE incident; DROP TABLE returned_op; ALTER "
                "TABLE epoch DROP COLUMN branch_seq;"
                "ALTER TABLE store_day DROP COLUMN covered_beyond; ALTER TABLE till_state DROP COLUMN witnessed;"
                "ALTER TABLE till_state DROP COLUMN floor_beyond; ALTER TABLE till_state DROP COLUMN acked_beyond;"
                "PRAGMA user_version = 1"));
    fs::remove(replica::Replica::witness_path(dir));
}

void Shop::lay_out(const std::string& dir, Layout layout) const {
    static constexpr const char* kFrom[] = {"closed", "killed", "version-1"};
    copy_files(home_ / kFrom[static_cast<std::size_t>(layout)], dir);
}

void Shop::lay_out_hq(const std::string& dir) const { copy_files(home_ / "hq", dir); }

Status TillProcess::open() {
    if (till_) return {};
    if (!replica_) {
        TALLY_TRY(const crypto::Secret key, Shop::get().key_in(dir_));
        TALLY_TRY(auto opened, replica::Replica::open(dir_, key, store::Sync::kFull, 256));
        replica_.emplace(std::move(opened));
    }
    TALLY_TRY(auto till, replica::Till::start(*replica_, clock_, random_));
    till_.emplace(std::move(till));
    return {};
}

Status TillProcess::sell(const std::string& bill, const std::optional<domain::MemberId>& member,
                         domain::Minor amount_minor) {
    for (const Sold& sold : books_->receipts)
        if (sold.bill == bill) return {};
    books_->tried.insert(bill);
    replica::SaleRequest sale;
    sale.member = member;
    sale.bill_no = bill;
    sale.amount_minor = amount_minor;
    TALLY_TRY(const replica::Receipt receipt, till_->sale(sale));
    books_->receipts.push_back({receipt.op, receipt.bill_no, receipt.amount_minor});
    return {};
}

Status TillProcess::register_member(const std::string& phone) {
    replica::RegisterRequest request;
    request.fields[domain::Field::kName] = "New";
    request.fields[domain::Field::kPhone] = phone;
    books_->others_tried += 1;
    TALLY_TRY(const auto answer, till_->register_member(request));
    (void)answer;
    return {};
}

void TillProcess::close() {
    till_.reset();
    replica_.reset();
}

}  // namespace tally::fault
