// The drawn frame as JSON, for tests that drive the real window: what it shows, where, and a few facts of the state.
#pragma once

#include <string>

#include "terminal/model/state.h"
#include "terminal/view/seen.h"

namespace tally::terminal {

std::string dump_json(const AppState& state, const SeenFrame& seen, std::uint64_t frame);
// Written beside and renamed, so that a reader sees one whole frame.
Status write_whole(const std::string& path, const std::string& content);

}  // namespace tally::terminal
