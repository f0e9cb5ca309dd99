#include "tests/sim/verbs.h"

namespace tally::sim {

const Verb* verb_of(std::string_view name) {
    for (const auto& verbs : {till_verbs(), hq_verbs(), fault_verbs()})
        for (const Verb& verb : verbs)
            if (name == verb.name) return &verb;
    return nullptr;
}

std::string verbs_text() {
    std::string out;
    for (const auto& verbs : {till_verbs(), hq_verbs(), fault_verbs()})
        for (const Verb& verb : verbs)
            out += std::string(verb.name) + " " + verb.arguments + "\n    " + verb.says + "\n";
    return out;
}

}  // namespace tally::sim
