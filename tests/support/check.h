// Checks on Result and Status that print the error. Tests only.
#pragma once

#include <doctest/doctest.h>

#include "common/base/result.h"

namespace tally::support {

template <class T>
std::string error_text(const Result<T>& result) {
    return result ? std::string() : to_string(result.error());
}

template <class T>
T must(Result<T> result, const char* what) {
    REQUIRE_MESSAGE(result.has_value(), what << ": " << error_text(result));
    return std::move(result).value();
}

}  // namespace tally::support

// The value of a Result that has to be there. For a Status: CHECK_DONE.
#define MUST(expression) ::tally::support::must((expression), #expression)
#define CHECK_DONE(expression)                                                                 \
    do {                                                                                       \
        const auto check_status = (expression);                                                \
        REQUIRE_MESSAGE(check_status.has_value(), ::tally::support::error_text(check_status)); \
    } while (false)
#define CHECK_FAILS(expression, expected)                                                                 \
    do {                                                                                                  \
        const auto check_failed = (expression);                                                           \
        REQUIRE_FALSE(check_failed.has_value());                                                          \
        CHECK_MESSAGE(check_failed.error().code == (expected), ::tally::to_string(check_failed.error())); \
    } while (false)
