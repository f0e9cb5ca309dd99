// Turns every sqlite3_ function into a call through the table of the program that loads the extension, so that its own
// SQLite is used, linked statically or not, and never a second one. CMake puts this before every source of the
// extension (-include); no source names it.
#pragma once

#include <sqlite3ext.h>

extern "C" {
SQLITE_EXTENSION_INIT3
}
