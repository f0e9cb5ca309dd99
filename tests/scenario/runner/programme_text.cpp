#include "tests/scenario/runner/programme_text.h"

#include <nlohmann/json.hpp>

namespace tally::scenario {

Result<std::string> overlaid(const std::string& base, const std::string& text) {
    using Json = nlohmann::ordered_json;
    Json out = Json::parse(base, nullptr, false);
    const Json fields = Json::parse(text, nullptr, false);
    if (!out.is_object() || !fields.is_object()) return fail(Code::kInvalid, "a programme is a JSON object");
    out.update(fields);
    return out.dump();
}

}  // namespace tally::scenario
