// The seeds of the corpus that a program must make, because they are not text: operations of tests/golden, one of every
// message, states, slot files, scripts of edits.
#pragma once

#include <string>

namespace tally::fuzz {

// Writes them under `corpus`, over those that are there; says on standard error what fails.
bool make_corpus(const std::string& corpus);

}  // namespace tally::fuzz
