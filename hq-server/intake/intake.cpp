#include "hq-server/intake/intake.h"

#include <algorithm>

#include "common/wire/codec.h"
#include "common/wire/limits.h"
#include "common/wire/sealed.h"
#include "hq-server/intake/intake_limits.h"
#include "hq-server/intake/intake_state.h"

namespace tally::intake {

Intake::Intake(LedgerStore& store, const crypto::Device& hq) : state_(std::make_unique<State>(store, hq)) {}
Intake::~Intake() = default;

void Intake::State::forget() {
    cache.clear();
    devices.clear();
    newest_epochs.clear();
    tills.reset();
    newest.reset();
    hq_row.reset();
    zone.reset();
}

Status Intake::State::refresh() {
    TALLY_TRY(const std::int64_t version, store.foreign_version());
    if (version_seen != version) forget();
    version_seen = version;
    return {};
}

Result<const HqRow*> Intake::State::hq_identity() {
    if (!hq_row) {
        TALLY_TRY(hq_row, store.hq());
    }
    return &*hq_row;
}

Result<const DeviceRow*> Intake::State::device(domain::TerminalId terminal) {
    const auto found = devices.find(terminal);
    if (found != devices.end()) return &found->second;
    TALLY_TRY(const std::optional<DeviceRow> row, store.device(terminal));
    if (!row) return static_cast<const DeviceRow*>(nullptr);
    return &devices.emplace(terminal, *row).first->second;
}

void Intake::State::forget_device(domain::TerminalId terminal) {
    devices.erase(terminal);
    tills.reset();
}

Result<const crypto::KeyWrap*> Intake::State::wrap_for(const DeviceRow& device) {
    const auto found = wraps.find(device.terminal);
    if (found != wraps.end()) return &found->second;
    if (wraps.size() >= kCachedKeyWraps) wraps.clear();
    TALLY_TRY(crypto::KeyWrap wrap, crypto::KeyWrap::between(hq, device.key));
    return &wraps.emplace(device.terminal, std::move(wrap)).first->second;
}

Result<const domain::Programme*> Intake::State::programme(std::uint64_t version) {
    const auto found = programmes.find(version);
    if (found != programmes.end()) return &found->second;
    if (version == 0 || version > INT64_MAX) return static_cast<const domain::Programme*>(nullptr);
    TALLY_TRY(const std::optional<ProgrammeRow> row, store.programme(version));
    if (!row) return static_cast<const domain::Programme*>(nullptr);
    TALLY_TRY(domain::Programme programme, wire::decode_programme(row->programme.bytes));
    return &programmes.emplace(version, std::move(programme)).first->second;
}

Result<const ProgrammeRow*> Intake::State::newest_programme() {
    if (!newest) {
        TALLY_TRY(newest, store.newest_programme());
    }
    return newest ? &*newest : static_cast<const ProgrammeRow*>(nullptr);
}

Status Intake::State::use_budgets(LedgerWork& work) {
    TALLY_TRY(const ProgrammeRow* row, newest_programme());
    if (!row) return {};
    TALLY_TRY(const domain::Programme* current, programme(row->version));
    work.use_budgets(current);
    return {};
}

Result<Day> Intake::State::today(std::int64_t now_ms) {
    if (!zone) {
        TALLY_TRY(const ProgrammeRow* row, newest_programme());
        if (!row) return fail(Code::kNotFound, "headquarters has no programme, so no time zone");
        TALLY_TRY(const domain::Programme* programme, this->programme(row->version));
        TALLY_ASSERT(programme != nullptr, "the newest programme is stored");
        TALLY_TRY(zone, TimeZone::load(programme->time_zone));
    }
    return zone->day_at(now_ms);
}

Status Intake::State::write_contacts(std::int64_t now_ms) {
    if (contacts.empty()) return {};
    if (!connections_forgotten) TALLY_OK(store.forget_connections());
    for (const auto& [terminal, contact] : contacts) TALLY_OK(store.set_contact(contact));
    connections_forgotten = true;
    contacts.clear();
    contacts_written_ms = now_ms;
    return {};
}

Status Intake::State::flush_contacts(std::int64_t now_ms) {
    if (contacts.empty() || (now_ms >= contacts_written_ms && now_ms - contacts_written_ms < kContactFlush_ms))
        return {};
    const auto write = [&]() -> Status {
        TALLY_TRY(WriteScope scope, WriteScope::begin(store));
        TALLY_OK(write_contacts(now_ms));
        return scope.commit();
    };
    const auto before = contacts;
    const bool forgotten_before = connections_forgotten;
    Status written = write();
    if (!written) {
        contacts = before;
        connections_forgotten = forgotten_before;
    }
    contacts_written_ms = now_ms;  // after a failure too: no try at every turn
    return written;
}

Status Intake::note_contacts(std::span<const ContactRow> contacts, std::int64_t now_ms, bool at_once) {
    State& state = *state_;
    for (const ContactRow& contact : contacts) {
        ContactRow& row = state.contacts[contact.terminal];
        std::string software = contact.software.empty() ? std::move(row.software) : contact.software;
        row = contact;
        row.software = std::move(software);
    }
    if (at_once) state.contacts_written_ms = INT64_MIN / 2;
    return state.flush_contacts(now_ms);
}

std::optional<wire::Refused> refusal_of_status(const DeviceRow& device) {
    const std::string who = "terminal " + std::to_string(device.terminal);
    const std::string why = device.reason.empty() ? std::string() : ": " + device.reason;
    switch (device.status) {
        case DeviceStatus::kActive: return std::nullopt;
        case DeviceStatus::kRevoked: return wire::Refused{wire::Refusal::kRevoked, who + " has been revoked" + why};
        case DeviceStatus::kQuarantined:
            return wire::Refused{wire::Refusal::kQuarantined, who + " is quarantined until a person decides" + why};
    }
    return wire::Refused{wire::Refusal::kUnknownDevice, who + " has an unknown status"};
}

Result<std::uint64_t> Intake::publish(domain::Programme programme, std::int64_t) {
    TALLY_TRY(WriteScope scope, WriteScope::begin(state_->store));
    TALLY_OK(state_->refresh());
    TALLY_TRY(const ProgrammeRow* newest, state_->newest_programme());
    programme.version = newest ? newest->version + 1 : 1;
    TALLY_OK(domain::check_programme(programme));
    ProgrammeRow row;
    row.version = programme.version;
    row.programme.bytes = wire::encode_programme(programme);
    if (row.programme.bytes.size() > wire::kProgrammeBytesMax) return fail(Code::kInvalid, "the programme is too long");
    row.programme.signature = state_->hq.sign(wire::kProgrammeContext, row.programme.bytes);
    TALLY_TRY(row.changed_pos, state_->store.take_positions(1));
    TALLY_OK(state_->store.add_programme(row));
    const Status done = scope.commit();
    state_->newest.reset();
    state_->zone.reset();
    if (!done) return done.error();
    return programme.version;
}

Result<domain::Programme> Intake::programme() {
    TALLY_OK(state_->refresh());
    TALLY_TRY(const ProgrammeRow* row, state_->newest_programme());
    if (!row) return fail(Code::kNotFound, "headquarters has no programme");
    TALLY_TRY(const domain::Programme* programme, state_->programme(row->version));
    return *programme;
}

Result<Day> Intake::today(std::int64_t now_ms) {
    TALLY_OK(state_->refresh());
    return state_->today(now_ms);
}

Result<std::uint64_t> Intake::feed_head() { return state_->store.head(); }

}  // namespace tally::intake
