#include "tests/fuzz/make_corpus.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include "common/store/slot_file.h"
#include "common/wire/codec.h"
#include "common/wire/frame.h"
#include "common/wire/messages.h"
#include "common/wire/programme_json.h"
#include "common/wire/ticket.h"
#include "tests/fuzz/edits.h"
#include "tests/support/full_account.h"

namespace tally::fuzz {
namespace {

namespace fs = std::filesystem;
using namespace domain;

struct Corpus {
    fs::path folder;
    bool good = true;

    void put(const std::string& what, const std::string& name, ByteView bytes) {
        std::error_code error;
        fs::create_directories(folder / what, error);
        std::ofstream out(folder / what / name, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (!out) std::cerr << "cannot write " << (folder / what / name).string() << "\n";
        good = good && out;
    }
    // With the byte in front that chooses among the laws of a target.
    void put(const std::string& what, const std::string& name, std::uint8_t choice, ByteView bytes) {
        Bytes whole{choice};
        whole.insert(whole.end(), bytes.begin(), bytes.end());
        put(what, name, whole);
    }
};

OpId op_id(std::uint64_t seq) { return {2, Epoch{{1}}, seq}; }

void put_golden(Corpus& out) {
    int number = 0;
    std::set<fs::path> logs;  // in one order everywhere
    for (const auto& entry : fs::directory_iterator(out.folder / "../../golden")) logs.insert(entry.path());
    for (const fs::path& log : logs) {
        std::ifstream lines(log);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string kind, first;
            words >> kind >> first;
            if (kind == "op") out.put("op", "golden-" + std::to_string(++number), from_hex(first).value_or({}));
        }
    }
}

// What once decoded to something that its own encoding did not give back.
void put_half_named(Corpus& out) {
    Op op;
    op.id = op_id(9);
    op.store = "S1";
    op.member.bytes[0] = 1;
    op.presented = {IdentityKind::kPhone, {{7}}};
    op.body = Reverse{op_id(77), "", "", {}, true, 500, 5};
    Bytes bytes = wire::encode_op(op);
    out.put("op", "reverse", bytes);
    for (std::size_t i = 0; i + 4 < bytes.size(); ++i) {
        if (bytes[i] == 0x08 && bytes[i + 1] == 1 && bytes[i + 2] == 0x12 && bytes[i + 4] == 7) {
            Bytes tag = bytes;
            tag[i + 1] = 0;
            out.put("op", "tag-without-kind", tag);
        }
        if (bytes[i] == 0x18 && bytes[i + 1] == 77) {
            Bytes target = bytes;
            target[i + 1] = 0;
            out.put("op", "target-without-number", target);
        }
    }
}

void put_states(Corpus& out) {
    out.put("state", "account", 0, wire::encode_account(support::full_account()));
    Profile profile;
    profile.channel = "store";
    profile.fields[Field::kName] = {"Li Lei", 5, op_id(1)};
    profile.identities = {{IdentityKind::kCard, "A001", Verification::kDocument, 4, op_id(1)}};
    profile.consents["news"] = {{op_id(2), true, "v1", "store", 3}};
    profile.notes = {{op_id(3), 2, "S1", "text"}};
    out.put("state", "profile", 1, wire::encode_profile(profile));
    out.put("state", "programme", 2, wire::encode_programme({.version = 3, .chain_name = "C"}));
    for (const char* name : {"coffee", "fashion", "pharmacy", "supermarket"}) {
        std::ifstream json(out.folder / "programme_json" / name);
        const std::string text{std::istreambuf_iterator<char>(json), {}};
        const auto programme = wire::programme_from_json(text, {.version = 3, .chain_name = "C"});
        out.good = out.good && programme;
        if (programme) out.put("state", std::string("programme-") + name, 2, wire::encode_programme(*programme));
    }
    out.put("state", "fields", 3, wire::encode_fields({{Field::kName, "Li Lei"}, {Field::kPhone, "+8613800138000"}}));
}

void put_messages(Corpus& out) {
    const Epoch epoch{{1}};
    const wire::OpOutcome outcome{epoch, 4, Outcome::kAccepted, "a reason"};
    wire::FeedPage page{{{2}}, 3, 5, 9, epoch, 4, {}, {{"S1", 20'000, {1, 2, 3, 4, 5, 6}}}, {}, {outcome}, 17};
    page.members = {{MemberId{{1}}, 2, Bytes{1}, Bytes{2}, Bytes{3}}};
    page.programme = {Bytes{1, 2}, {}};
    page.covered_earlier = {{Epoch{{3}}, 7}};
    page.campaigns = {{"double", {1, 2, 3}}};
    const std::vector<wire::Message> all = {
        wire::Hello{{1, 2}, 5, epoch, 9, Hash{{1}}, {{2}}, 7, 1'790'000'000'000, "t"},
        wire::Welcome{1, {{2}}, 9, Hash{{1}}, 8, 17},
        wire::Refused{wire::Refusal::kRevoked, "stolen"},
        wire::Push{epoch, 9, {{Bytes{1}, Bytes{2}, Bytes{3}}}, {}},
        wire::Ack{epoch, 9, {outcome}},
        wire::FeedWant{2},
        page,
        wire::Ping{300},
        wire::Pong{300, 17},
        wire::Enrol{{1}, Bytes(16, 7), "t"},
        wire::Enrolled{5, "S1", "Shop", {{3}}, {{4}}, 17}};
    Bytes stream;
    for (const wire::Message& message : all) {
        const Bytes frame = wire::encode_message(message);
        stream.insert(stream.end(), frame.begin(), frame.end());
        const std::string type = std::to_string(frame[4]);
        out.put("message", "type-" + type, ByteView(frame).subspan(4));
    }
    out.put("frame", "one-of-each", 6, stream);
    out.put("frame", "cut", 0, ByteView(stream).first(stream.size() - 1));
    out.put("frame", "empty-frame", 1, Bytes{0, 0, 0, 1, 8, 0, 0, 0, 0, 8});
    out.put("frame", "too-long", 2, Bytes{0, 0, 0, 1, 8, 0x7F, 0, 0, 0, 8});
}

void put_slots_and_tickets(Corpus& out) {
    store::SlotFile file;
    file.slots.resize(3);
    file.slots[0].cost = {3, 64u << 20};
    file.slots[1].kind = store::SlotKind::kKeyFile;
    file.slots[2].kind = store::SlotKind::kRecovery;
    for (store::Slot& slot : file.slots)
        slot.wrapped.resize(slot.kind == store::SlotKind::kRecovery ? store::kSealedKeyBytes : store::kWrappedBytes, 9);
    const Bytes bytes = store::write_slots(file);
    out.put("slots", "three", 0, bytes);
    out.put("slots", "three-unhashed", 1, ByteView(bytes).first(bytes.size() - store::kSlotHashBytes));
    file.slots.resize(1);
    out.put("slots", "one-unhashed", 1, ByteView(store::write_slots(file)).first(16 + 192 + 32));
    Bytes fields{0x1B, 0x9E};  // port, keys, end, host
    fields.resize(2 + 32 + 16, 5);
    for (const std::uint8_t byte : {0, 0, 1, 0xA0, 0, 0, 0, 0}) fields.push_back(byte);
    for (const char c : std::string_view("hq.example.org")) fields.push_back(static_cast<std::uint8_t>(c));
    out.put("ticket", "fields", 1, fields);
    const wire::Ticket ticket{"10.0.0.1", 7070, {{5}}, {{6}}, 1'790'000'000'000};
    out.put("ticket", "text", 0, view_of(" " + wire::encode_ticket(ticket) + "\r\n"));
}

// Scripts of edits, one of each kind, for everything that is an image of a file.
void put_edits(Corpus& out) {
    const std::map<std::string, Bytes> scripts = {{"nothing", {}},
                                                  {"flip", {0, 0x10, 0x12, 0, 0, 1}},
                                                  {"zeros", {1, 0x20, 0x20, 0x40, 0, 0}},
                                                  {"cut", {2, 0, 0x30, 0, 0, 0}},
                                                  {"erase", {3, 5, 0, 4, 0, 0}},
                                                  {"unit-over-unit", {4, 1, 0, 2, 0, 0}},
                                                  {"unit-appended", {5, 0, 0, 3, 0, 0}},
                                                  {"head", {0, 18, 0, 0, 0, 0x80}}};
    for (const auto& [name, script] : scripts) {
        for (const std::string what : {"main_file", "wal_file", "journal_file"}) out.put(what, name, script);
        for (const std::uint8_t choice : {0, 1, 2, 3}) {
            out.put("database", name + "-" + std::to_string(choice), choice, script);
            out.put("sealed", name + "-" + std::to_string(choice), choice, script);
        }
    }
    out.put("sealed", "raw", 128, Bytes(60, 3));
    Bytes scan{34};  // what, character, milliseconds
    for (const char c : std::string_view("6901234567892"))
        scan.insert(scan.end(), {0, static_cast<std::uint8_t>(c), 3});
    scan.insert(scan.end(), {1, 0, 3, 2, 'a', 100, 4, '0', 3, 1, 4, 3});
    out.put("wedge", "scan-then-hand", scan);
}

}  // namespace

bool make_corpus(const std::string& corpus) {
    Corpus out{corpus};
    put_golden(out);
    put_half_named(out);
    put_states(out);
    put_messages(out);
    put_slots_and_tickets(out);
    put_edits(out);
    return out.good;
}

}  // namespace tally::fuzz
