// A Protobuf message as JSON, by its own description: every field that is set and differs from nothing, in the order of
// the document; numbers of 64 bits as numbers, which Protobuf's own mapping puts in quotes.
#include <google/protobuf/message.h>

#include "common/base/utf8.h"
#include "common/wire/programme_json.h"
#include "common/wire/programme_parts.h"

namespace tally::wire {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (std::string_view rest = text; !rest.empty();) {
        const auto code_point = take_code_point(rest);
        if (!code_point) {  // a programme that passed its check has none
            rest.remove_prefix(1);
            append_code_point(out, 0xFFFD);
        } else if (*code_point == '"' || *code_point == '\\') {
            out += {'\\', static_cast<char>(*code_point)};
        } else if (is_control(*code_point)) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(*code_point));
            out += escape;
        } else {
            append_code_point(out, *code_point);
        }
    }
    return out + "\"";
}

class Writer {
  public:
    std::string object(const Message& message, std::size_t depth) {
        const auto* reflection = message.GetReflection();
        const auto* type = message.GetDescriptor();
        std::string out;
        for (int i = 0; i < type->field_count(); ++i) {
            const FieldDescriptor* field = type->field(i);
            const bool there =
                field->is_repeated() ? reflection->FieldSize(message, field) > 0 : reflection->HasField(message, field);
            if (!there) continue;
            out += (out.empty() ? "" : ",") + line(depth + 1) + quoted(field->name()) + ": ";
            out += field->is_repeated() ? list(message, field, depth + 1) : value(message, field, -1, depth + 1);
        }
        return out.empty() ? "{}" : "{" + out + line(depth) + "}";
    }

  private:
    static std::string line(std::size_t depth) { return "\n" + std::string(depth * 2, ' '); }

    std::string list(const Message& message, const FieldDescriptor* field, std::size_t depth) {
        const bool long_items = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
        std::string out;
        for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
            out += i == 0 ? "" : long_items ? "," : ", ";
            out += (long_items ? line(depth + 1) : "") + value(message, field, i, depth + 1);
        }
        return "[" + out + (long_items ? line(depth) : "") + "]";
    }

    // `index` -1: the field is no list.
    std::string value(const Message& message, const FieldDescriptor* field, int index, std::size_t depth) {
        const auto* r = message.GetReflection();
        const bool one = index < 0;
        switch (field->cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT64:
                return std::to_string(one ? r->GetInt64(message, field) : r->GetRepeatedInt64(message, field, index));
            case FieldDescriptor::CPPTYPE_UINT64:
                return std::to_string(one ? r->GetUInt64(message, field) : r->GetRepeatedUInt64(message, field, index));
            case FieldDescriptor::CPPTYPE_UINT32:
                return std::to_string(one ? r->GetUInt32(message, field) : r->GetRepeatedUInt32(message, field, index));
            case FieldDescriptor::CPPTYPE_BOOL: return r->GetBool(message, field) ? "true" : "false";
            case FieldDescriptor::CPPTYPE_STRING:
                return quoted(one ? r->GetString(message, field) : r->GetRepeatedString(message, field, index));
            case FieldDescriptor::CPPTYPE_ENUM:
                return quoted((one ? r->GetEnum(message, field) : r->GetRepeatedEnum(message, field, index))->name());
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return object(one ? r->GetMessage(message, field) : r->GetRepeatedMessage(message, field, index),
                              depth);
            default: break;
        }
        TALLY_ASSERT(false, "programme.proto has no field of another type");
        return {};
    }
};

}  // namespace

std::string programme_to_json(const domain::Programme& programme) {
    pb::Programme document;
    put_programme(document, programme);
    return Writer().object(document, 0);
}

}  // namespace tally::wire
