#include "hq-server/intake/person.h"

#include <algorithm>

#include "common/crypto/seal.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/intake_limits.h"

namespace tally::intake {

Person::~Person() {
    for (Bytes& key : row.keys) crypto::wipe(key);
}

Result<Person*> Persons::find(const domain::MemberId& member) {
    const auto found = persons_.find(member);
    if (found != persons_.end()) return &found->second;
    TALLY_TRY(std::optional<ProfileRow> row, store_->profile(member));
    Person& person = persons_[member];
    if (!row) return &person;
    person.row = std::move(*row);
    person.profile_bytes = person.row.sealed_profile.size();
    const auto open = [&]() -> Status {
        if (person.row.sealed_profile.empty()) return {};
        if (person.row.keys.empty())
            return fail(Code::kDamaged, "a profile without a key: " + domain::uuid_text(member));
        auto profile = wire::open_profile(person.row.keys.front(), member, person.row.sealed_profile);
        if (!profile)
            return fail(Code::kDamaged, "profile of " + domain::uuid_text(member) + ": " + profile.error().detail);
        person.profile = *std::move(profile);
        person.known = true;
        return {};
    };
    if (const Status opened = open(); !opened) {
        persons_.erase(member);  // else it would look like a person without a profile when it is asked for again
        return opened.error();
    }
    return &person;
}

void Persons::add_key(Person& person, ByteView key) {
    const auto same = [&](const Bytes& there) { return crypto::same(there, key); };
    if (std::any_of(person.row.keys.begin(), person.row.keys.end(), same)) return;
    if (person.row.keys.size() >= kMemberKeysMax) return;
    person.row.keys.emplace_back(key.begin(), key.end());
    person.dirty = true;
}

ByteView Persons::own_key(Person& person) {
    if (person.row.keys.empty()) add_key(person, crypto::Secret::random(crypto::kMemberKeyBytes).view());
    return person.row.keys.front();
}

Result<domain::PersonalFields> Persons::open(const Person& person, const domain::MemberId& member, ByteView sealed) {
    for (const Bytes& key : person.row.keys)
        if (auto fields = wire::open_fields(key, member, sealed)) return fields;
    return fail(Code::kNotFound, "no key of the member opens these fields");
}

Status Persons::flush() {
    for (auto& [member, person] : persons_) {
        if (!person.dirty) continue;
        if (person.profile_dirty)
            person.row.sealed_profile = wire::seal_profile(own_key(person), member, person.profile);
        TALLY_OK(store_->put_profile(member, person.row));
        person.dirty = person.profile_dirty = false;
    }
    return {};
}

}  // namespace tally::intake
