// A process that is killed at every call that changes something on the disk: this program's own rename, unlink, link,
// write, sync, truncate and the like stand before the C library's, for our code and for SQLite's, and the n-th one ends
// the process instead. Not a power cut (under_vfs.h): what was written before stays written.
#pragma once

#include <functional>

namespace tally::store::test {

// Forks; the child runs `work` and dies before its n-th such call (from 0). true: it died there; false: `work` had
// fewer calls and returned 0. Any other end fails the test.
bool killed_at(int n, const std::function<int()>& work);

}  // namespace tally::store::test
