// A small shop whose files are laid out again for every crash: a till with members, operations that headquarters has,
// fifty that it has not, and the messages of the sync that brings them up. Made once a program, over a real
// headquarters' intake. And what must hold of the till's files after anything. Tests only.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "common/replica/till.h"
#include "common/store/keys.h"
#include "tests/unit/intake/fixture.h"

namespace tally::fault {

inline constexpr std::int64_t kNow_ms = test::kNoon_ms;

// A receipt that was printed, and the bills that the till was asked for, whatever became of them.
struct Sold {
    domain::OpId op;
    std::string bill;
    domain::Minor amount_minor = 0;
};
struct Books {
    std::vector<Sold> receipts;
    std::set<std::string> tried;
    std::size_t others_tried = 0;  // operations without a bill
    bool torn = false;             // sectors of unsynced writes were torn
};

enum class Layout {
    kClosed,   // the till was ended in order: no WAL
    kKilled,   // it was killed: WAL and its index are there
    kVersion1  // as the first version of the program left it: schema 1, no witness
};

// One exchange of a sync: ten operations go up, are acknowledged, and the states they lead to come down.
struct Exchange {
    wire::Push push;
    wire::Ack ack;
    std::vector<wire::FeedPage> pages;
};

class Shop {
  public:
    static Shop& get();
    void lay_out(const std::string& dir, Layout layout) const;
    void lay_out_hq(const std::string& dir) const;  // headquarters before the sync, killed

    // The data key of the till's files, which its slots hold.
    Result<crypto::Secret> key_in(const std::string& dir) const {
        return store::unlock_keys(replica::Replica::database_path(dir), unlock());
    }
    store::Unlock unlock() const { return store::KeyFile{home_ / "till.key"}; }
    test::Hq hq;
    std::vector<domain::MemberId> members;                 // registered at this till
    std::map<domain::MemberId, domain::Account> imported;  // registered elsewhere; some of them come with the sync
    Exchange welcome;                                      // what comes down first: the programme
    std::vector<Exchange> sync;
    // The till's side of an exchange. An acknowledgement may come again, a page may not.
    Status apply(replica::Replica& replica, const Exchange& exchange);
    std::size_t operations = 0;  // in the log
    crypto::PublicKey device;
    replica::Enrolment enrolment;

  private:
    Shop();
    void enrol(replica::Replica& replica);
    void sell(replica::Till& till, int count);
    void import(int count);
    Exchange exchange(replica::Replica& replica, std::size_t ops_max);
    void make_version_1();

    support::TempDir home_{support::fast_folder()};
    crypto::Secret key_{32};
    ManualClock clock_{kNow_ms};
    SeededRandom random_{20261122};
    std::uint64_t cursor_ = 0;
    int imports_ = 0;
};

// A terminal process without its screen: opens what it needs when it needs it.
class TillProcess {
  public:
    TillProcess(std::string dir, Books& books) : dir_(std::move(dir)), books_(&books) {}
    Status open();  // nothing when it is open
    // Nothing when its receipt is printed already.
    Status sell(const std::string& bill, const std::optional<domain::MemberId>& member, domain::Minor amount_minor);
    Status register_member(const std::string& phone);
    replica::Replica& replica() { return *replica_; }
    bool is_open() const { return till_.has_value(); }
    void close();

  private:
    std::string dir_;
    Books* books_;
    ManualClock clock_{kNow_ms};
    SeededRandom random_{7};
    std::optional<replica::Replica> replica_;
    std::optional<replica::Till> till_;
};

// What the log says, folded from nothing.
struct Truth {
    std::map<domain::MemberId, domain::Account> accounts;
    domain::StoreDay total;
    std::map<std::string, int> bills;               // how often each number is there
    std::map<domain::OpId, domain::Minor> amounts;  // of every operation; 0 for one that is no bill
};
// As the next start does it: the witness agrees, the chain is whole, no operation is there twice, no page is damaged,
// and overlay and day totals are the fold of the log. `torn`: a power cut may have torn both slots of the witness,
// which are written without a sync; then that is what the till names, and nothing else.
Truth check_replica(replica::Replica& replica, bool torn);

// Opens the files as the next start does. Every receipt's operation is there, once; nothing that nobody asked for; all
// of check_replica; and the till sells on.
void check_till(const std::string& dir, const Books& books, std::size_t operations_before);

}  // namespace tally::fault
