#include "common/wire/programme_diff.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <map>

#include "common/wire/programme_parts.h"

namespace tally::wire {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() > end.size() && std::string_view(text).substr(text.size() - end.size()) == end;
}

// 12345 of 2 digits: 123.45; of 3 digits, without trailing zeros: 2000 is 2.
std::string decimal(std::int64_t value, std::size_t digits, bool short_form) {
    std::string out =
        std::to_string(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
    if (digits == 0) return (value < 0 ? "-" : "") + out;
    if (out.size() <= digits) out.insert(0, digits + 1 - out.size(), '0');
    out.insert(out.size() - digits, ".");
    while (short_form && out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
    return (value < 0 ? "-" : "") + out;
}

class Diff {
  public:
    Diff(const domain::Programme& to) : currency_(to.currency), currency_digits_(to.currency_digits) {}

    void message(const Message& from, const Message& to, const std::string& path, const std::string& separator) {
        const auto* type = from.GetDescriptor();
        for (int i = 0; i < type->field_count(); ++i) {
            const FieldDescriptor* field = type->field(i);
            if (path.empty() && field->name() == "version") continue;
            if (!field->is_repeated()) {
                single(from, to, field, path, separator);
            } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
                rules(from, to, field, path);
            } else {
                list(from, to, field, path + separator);
            }
        }
    }
    std::vector<std::string> lines;

  private:
    // The name without its unit, which the value shows instead.
    static std::string name_of(const FieldDescriptor* field) {
        const std::string& name = field->name();
        for (const std::string_view unit : {"_milli", "_basis"})
            if (ends_with(name, unit)) return name.substr(0, name.size() - unit.size());
        return name;
    }

    std::string number(const FieldDescriptor* field, std::int64_t value) const {
        const std::string& name = field->name();
        if (ends_with(name, "_minor")) return decimal(value, currency_digits_, false) + " " + currency_;
        if (ends_with(name, "_milli")) return decimal(value, 3, true);
        if (ends_with(name, "_basis")) return decimal(value, 2, true) + " %";
        return std::to_string(value);
    }

    std::string text(const Message& message, const FieldDescriptor* field) const {
        const auto* r = message.GetReflection();
        // What is optional below the programme itself means 1000 or true where it is left out.
        const bool left_out = field->has_presence() && !r->HasField(message, field);
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT64: return number(field, r->GetInt64(message, field));
            case FieldDescriptor::CPPTYPE_UINT64: return std::to_string(r->GetUInt64(message, field));
            case FieldDescriptor::CPPTYPE_UINT32: return number(field, left_out ? 1000 : r->GetUInt32(message, field));
            case FieldDescriptor::CPPTYPE_BOOL: return left_out || r->GetBool(message, field) ? "yes" : "no";
            case FieldDescriptor::CPPTYPE_ENUM: return r->GetEnum(message, field)->name();
            default: {
                const std::string said = r->GetString(message, field);
                return said.empty() ? "none" : said;
            }
        }
    }

    void single(const Message& from, const Message& to, const FieldDescriptor* field, const std::string& path,
                const std::string& separator) {
        const std::string here = path + separator + name_of(field);
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE)
            return message(from.GetReflection()->GetMessage(from, field), to.GetReflection()->GetMessage(to, field),
                           here, ".");
        const std::string before = text(from, field), after = text(to, field);
        if (before != after) lines.push_back(here + (path.empty() ? ": " : " ") + before + " -> " + after);
    }

    static std::vector<std::string> items(const Message& message, const FieldDescriptor* field) {
        const auto* r = message.GetReflection();
        std::vector<std::string> out;
        for (int i = 0; i < r->FieldSize(message, field); ++i)
            out.push_back(field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? r->GetRepeatedString(message, field, i)
                          : field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                              ? r->GetRepeatedEnum(message, field, i)->name()
                              : std::to_string(r->GetRepeatedUInt32(message, field, i)));
        return out;
    }

    void list(const Message& from, const Message& to, const FieldDescriptor* field, const std::string& path) {
        const auto before = items(from, field), after = items(to, field);
        std::string moved;
        for (const std::string& item : after)
            if (std::find(before.begin(), before.end(), item) == before.end()) moved += " +" + item;
        for (const std::string& item : before)
            if (std::find(after.begin(), after.end(), item) == after.end()) moved += " -" + item;
        if (!moved.empty()) lines.push_back(path + field->name() + moved + (after.empty() ? " (now empty: any)" : ""));
    }

    static std::string key_of(const Message& rule) {
        const auto* type = rule.GetDescriptor();
        if (const FieldDescriptor* id = type->FindFieldByName("id")) return rule.GetReflection()->GetString(rule, id);
        return rule.GetReflection()->GetEnum(rule, type->FindFieldByName("kind"))->name();
    }

    void rules(const Message& from, const Message& to, const FieldDescriptor* field, const std::string& path) {
        const auto* before = from.GetReflection();
        const auto* after = to.GetReflection();
        const std::string list = (path.empty() ? "" : path + ".") + field->name();
        std::map<std::string, const Message*> old;
        for (int i = 0; i < before->FieldSize(from, field); ++i) {
            const Message& rule = before->GetRepeatedMessage(from, field, i);
            old[key_of(rule)] = &rule;
        }
        for (int i = 0; i < after->FieldSize(to, field); ++i) {
            const Message& rule = after->GetRepeatedMessage(to, field, i);
            const auto found = old.find(key_of(rule));
            if (found == old.end()) {
                lines.push_back(list + ": new: " + key_of(rule));
                continue;
            }
            message(*found->second, rule, list + " " + key_of(rule), ": ");
            old.erase(found);
        }
        for (const auto& [key, rule] : old) lines.push_back(list + ": gone: " + key);
    }

    std::string currency_;
    std::uint32_t currency_digits_;
};

}  // namespace

std::vector<std::string> programme_changes(const domain::Programme& from, const domain::Programme& to) {
    pb::Programme before, after;
    put_programme(before, from);
    put_programme(after, to);
    Diff diff(to);
    diff.message(before, after, "", "");
    before.clear_version();
    after.clear_version();
    if (diff.lines.empty() && serialised(before) != serialised(after))
        diff.lines.push_back("only the order within lists");
    return std::move(diff.lines);
}

}  // namespace tally::wire
