#include "terminal/model/flow.h"

namespace tally::terminal {

// In a file of its own: inlined, GCC 12 warns of the variant's unused alternatives.
void Flow::ask(Effect effect) { out.push_back(std::move(effect)); }

}  // namespace tally::terminal
