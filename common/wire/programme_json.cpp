#include "common/wire/programme_json.h"

#include <google/protobuf/util/json_util.h>

#include "common/wire/programme_parts.h"

namespace tally::wire {

using namespace domain;

Result<Programme> programme_from_json(const std::string& text, const Programme& base) {
    pb::Programme said;
    const auto parsed = google::protobuf::util::JsonStringToMessage(text, &said);
    if (!parsed.ok()) return fail(Code::kInvalid, "the programme: " + std::string(parsed.message()));
    pb::Programme whole;
    put_programme(whole, base);
    whole.MergeFrom(said);
    Programme out;
    TALLY_OK(get_programme(out, whole));
    return out;
}

std::string programme_to_json(const Programme& programme) {
    pb::Programme document;
    put_programme(document, programme);
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    options.preserve_proto_field_names = true;
    std::string out;
    const auto printed = google::protobuf::util::MessageToJsonString(document, &out, options);
    TALLY_ASSERT(printed.ok(), "a programme's document is written");
    return out;
}

}  // namespace tally::wire
