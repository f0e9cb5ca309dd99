// Processes of a test: one that does a piece of work and ends, and a descriptor to read a text from. Tests only. No
// connection may be open and no thread be running in this process when a child starts.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace tally::support {

inline pid_t start_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(work());
    return child;
}

// Its exit code, or 1000 + the signal that ended it.
inline int end_of(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

inline int in_child(const std::function<int()>& work) { return end_of(start_child(work)); }

// The reading end of a pipe that holds `text` and then ends. At most 4096 bytes.
inline int descriptor_with(const std::string& text) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return ends[0];
}

}  // namespace tally::support
