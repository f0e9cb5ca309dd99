// JSON into a Protobuf message, field by field by the message's own description. The tokens are nlohmann's, which keeps
// no recursion: nesting costs memory only as far as programme.proto goes.
#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <set>

#include "common/base/utf8.h"
#include "common/wire/programme_json.h"
#include "common/wire/programme_parts.h"

namespace tally::wire {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Reader : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit Reader(Message& document) : document_(document) {}
    const std::string& wrong() const { return wrong_; }

    bool null() override { return say("null says nothing: leave the field out"); }
    bool boolean(bool value) override {
        const FieldDescriptor* field = value_field();
        if (!field) return false;
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return say(expected(*field));
        if (field->is_repeated())
            reflection().AddBool(&message(), field, value);
        else
            reflection().SetBool(&message(), field, value);
        return true;
    }
    bool number_integer(number_integer_t value) override { return whole_number(value); }
    bool number_unsigned(number_unsigned_t value) override {
        if (value > static_cast<number_unsigned_t>(INT64_MAX)) return value_field() && say("out of range");
        return whole_number(static_cast<std::int64_t>(value));
    }
    bool number_float(number_float_t, const std::string& written) override {
        const FieldDescriptor* field = value_field();
        if (!field) return false;
        const bool digits = written.find_first_of(".eE") == std::string::npos;
        return say(digits && is_number(*field) ? "out of range" : expected(*field));
    }
    bool string(std::string& value) override {
        const FieldDescriptor* field = value_field();
        if (!field) return false;
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) return enumerator(*field, value);
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) return say(expected(*field));
        if (field->is_repeated())
            reflection().AddString(&message(), field, value);
        else
            reflection().SetString(&message(), field, value);
        return true;
    }
    bool binary(binary_t&) override { return say("not JSON"); }

    bool start_object(std::size_t) override {
        if (levels_.empty()) {
            levels_.push_back({&document_});
            return true;
        }
        const FieldDescriptor* field = value_field();
        if (!field) return false;
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return say(expected(*field));
        levels_.push_back({field->is_repeated() ? reflection().AddMessage(&message(), field)
                                                : reflection().MutableMessage(&message(), field)});
        return true;
    }
    bool key(std::string& name) override {
        Level& level = levels_.back();
        level.field = level.message->GetDescriptor()->FindFieldByName(name);
        // A name that nobody knows may be anything: shown only as far as it is short and one line.
        if (!level.field) return say_at(path_of_parent() + shown(name), "unknown field");
        if (!level.seen.insert(level.field->number()).second) return say("twice");
        level.index = 0;
        return true;
    }
    bool end_object() override {
        levels_.pop_back();
        return true;
    }
    bool start_array(std::size_t) override {
        if (levels_.empty()) return say_at("the programme", "an object is expected");
        Level& level = levels_.back();
        if (level.in_list) return say("a list in a list");
        if (!level.field->is_repeated()) return say(expected(*level.field));
        level.in_list = true;
        return true;
    }
    bool end_array() override {
        levels_.back().in_list = false;
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& why) override {
        if (why.id == 406) return say("out of range");
        syntax_at_ = position;
        return false;
    }
    std::optional<std::size_t> syntax_at() const { return syntax_at_; }  // offset of the byte behind what is no JSON

  private:
    struct Level {
        Message* message = nullptr;
        const FieldDescriptor* field = nullptr;  // whose value comes
        bool in_list = false;
        std::size_t index = 0;  // in the list
        std::set<int> seen{};
    };

    Message& message() { return *levels_.back().message; }
    const google::protobuf::Reflection& reflection() { return *message().GetReflection(); }

    static std::string shown(const std::string& name) {
        return name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; })
                   ? name
                   : std::string("(a name)");
    }
    static bool is_number(const FieldDescriptor& field) {
        using F = FieldDescriptor;
        return field.cpp_type() == F::CPPTYPE_INT64 || field.cpp_type() == F::CPPTYPE_UINT64 ||
               field.cpp_type() == F::CPPTYPE_UINT32;
    }
    std::string expected(const FieldDescriptor& field) const {
        if (field.is_repeated() && !levels_.back().in_list) return "a list is expected";
        switch (field.cpp_type()) {
            case FieldDescriptor::CPPTYPE_BOOL: return "true or false is expected";
            case FieldDescriptor::CPPTYPE_STRING: return "a text is expected";
            case FieldDescriptor::CPPTYPE_ENUM: return "one of " + names_of(field) + " is expected";
            case FieldDescriptor::CPPTYPE_MESSAGE: return "an object is expected";
            default: return "a whole number is expected";
        }
    }
    static std::string names_of(const FieldDescriptor& field) {
        std::string out;
        for (int i = 0; i < field.enum_type()->value_count(); ++i) {
            const std::string& name = field.enum_type()->value(i)->name();
            if (name == "unset" || (field.is_repeated() && field.enum_type()->value(i)->number() == 0)) continue;
            out += (out.empty() ? "" : ", ") + name;
        }
        return out;
    }

    std::string path_of_parent() const {
        std::string out;
        for (std::size_t i = 0; i + 1 < levels_.size(); ++i) out += step(levels_[i]) + ".";
        return out;
    }
    static std::string step(const Level& level) {
        std::string out = level.field ? level.field->name() : std::string();
        if (level.in_list) out += "[" + std::to_string(level.index) + "]";
        return out;
    }
    bool say_at(const std::string& path, const std::string& reason) {
        wrong_ = path + ": " + reason;
        return false;
    }
    // About the value that comes, or came just now.
    bool say(const std::string& reason) {
        if (levels_.empty()) return say_at("the programme", "an object is expected");
        count_entries();
        return say_at(path_of_parent() + step(levels_.back()), reason);
    }
    // The field of the value that comes; null, and said: not here.
    const FieldDescriptor* value_field() {
        if (levels_.empty()) return say("an object is expected"), nullptr;
        Level& level = levels_.back();
        if (level.field->is_repeated() && !level.in_list) return say(expected(*level.field)), nullptr;
        count_entries();
        return level.field;
    }
    // Within a list: the index of the value that comes.
    void count_entries() {
        Level& level = levels_.back();
        if (level.in_list) level.index = static_cast<std::size_t>(reflection().FieldSize(*level.message, level.field));
    }
    bool whole_number(std::int64_t value) {
        const FieldDescriptor* field = value_field();
        if (!field) return false;
        const bool list = field->is_repeated();
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT64:
                list ? reflection().AddInt64(&message(), field, value)
                     : reflection().SetInt64(&message(), field, value);
                return true;
            case FieldDescriptor::CPPTYPE_UINT64:
                if (value < 0) return say("out of range");
                reflection().SetUInt64(&message(), field, static_cast<std::uint64_t>(value));
                return true;
            case FieldDescriptor::CPPTYPE_UINT32:
                if (value < 0 || value > UINT32_MAX) return say("out of range");
                list ? reflection().AddUInt32(&message(), field, static_cast<std::uint32_t>(value))
                     : reflection().SetUInt32(&message(), field, static_cast<std::uint32_t>(value));
                return true;
            default: return say(expected(*field));
        }
    }
    bool enumerator(const FieldDescriptor& field, const std::string& name) {
        const auto* value = field.enum_type()->FindValueByName(name);
        if (!value || name == "unset" || (field.is_repeated() && value->number() == 0)) return say(expected(field));
        if (field.is_repeated())
            reflection().AddEnum(&message(), &field, value);
        else
            reflection().SetEnum(&message(), &field, value);
        return true;
    }

    Message& document_;
    std::vector<Level> levels_;
    std::string wrong_;
    std::optional<std::size_t> syntax_at_;
};

// "line 3, column 14", both from 1; the column counts bytes.
std::string place_in(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = before.size() - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

}  // namespace

Result<domain::Programme> programme_from_json(std::string_view text, const domain::Programme& chain) {
    if (text.size() > kProgrammeTextBytesMax)
        return fail(Code::kInvalid, "the programme: longer than " + std::to_string(kProgrammeTextBytesMax) + " bytes");
    pb::Programme said;
    Reader reader(said);
    if (!nlohmann::json::sax_parse(text, &reader)) {
        if (!reader.syntax_at()) return fail(Code::kInvalid, reader.wrong());
        const std::size_t offset = *reader.syntax_at() == 0 ? 0 : *reader.syntax_at() - 1;
        const bool ends = offset >= text.size();
        const char* what = ends                                         ? "ends before it is complete"
                           : !is_valid_utf8(text.substr(0, offset + 1)) ? "not JSON, or not UTF-8"
                                                                        : "not JSON";
        return fail(Code::kInvalid, "the programme, " + place_in(text, offset) + ": " + what);
    }
    domain::Programme begin;
    begin.version = chain.version;
    begin.chain_name = chain.chain_name;
    begin.time_zone = chain.time_zone;
    begin.currency = chain.currency;
    begin.currency_digits = chain.currency_digits;
    pb::Programme whole;
    put_programme(whole, begin);
    whole.MergeFrom(said);
    domain::Programme out;
    TALLY_OK(get_programme(out, whole));
    return out;
}

}  // namespace tally::wire
