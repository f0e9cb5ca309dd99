// The persons that one transaction touches: their keys, their profiles, their identities. Loaded when first asked for,
// written once at the end, and forgotten with the transaction (keys are wiped). Storage thread.
#pragma once

#include <unordered_map>

#include "common/crypto/device.h"
#include "hq-server/intake/ledger_store.h"

namespace tally::intake {

struct Person {
    ProfileRow row;
    domain::Profile profile;
    bool dirty = false;  // keys or profile
    bool profile_dirty = false;
    bool known = false;             // a profile exists
    std::size_t profile_bytes = 0;  // as stored, and at most so much more for what this transaction adds
    ~Person();
};

class Persons {
  public:
    explicit Persons(LedgerStore& store) : store_(&store) {}

    Result<Person*> find(const domain::MemberId& member);  // kDamaged: the profile does not open
    // Makes sure that `key` is among the member's; a first one becomes the profile's.
    static void add_key(Person& person, ByteView key);
    // The key of HQ's own operations on this member: the first, made here when there is none.
    static ByteView own_key(Person& person);
    // Opens an operation's sealed fields with whichever key fits. kNotFound: none does.
    static Result<domain::PersonalFields> open(const Person& person, const domain::MemberId& member, ByteView sealed);
    Status flush();

  private:
    LedgerStore* store_;
    std::unordered_map<domain::MemberId, Person> persons_;
};

}  // namespace tally::intake
