/* A foreign program with SQLite linked into it: loads the extension, then runs the SQL of its arguments on one database.
 * static_host EXTENSION DATABASE SQL... Prints the first column of every row. Exits 3 if a second SQLite is in the
 * process. */
#define _GNU_SOURCE
#include <link.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static int is_sqlite(struct dl_phdr_info* info, size_t size, void* unused) {
    (void)size;
    (void)unused;
    return strstr(info->dlpi_name, "libsqlite3") != NULL;
}

static int print_row(void* unused, int columns, char** values, char** names) {
    (void)unused;
    (void)names;
    if (columns > 0) printf("%s\n", values[0] == NULL ? "" : values[0]);
    return 0;
}

static int complain(const char* what, sqlite3* db) {
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
    return 1;
}

int main(int count, char** words) {
    sqlite3* loader = NULL;
    sqlite3* db = NULL;
    if (count < 3 || sqlite3_open(":memory:", &loader) != SQLITE_OK) return 2;
    sqlite3_db_config(loader, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, NULL);
    char* message = NULL;
    if (sqlite3_load_extension(loader, words[1], NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "load: %s\n", message == NULL ? "" : message);
        return 1;
    }
    sqlite3_close(loader);
    if (dl_iterate_phdr(is_sqlite, NULL) != 0) return 3;
    if (sqlite3_open(words[2], &db) != SQLITE_OK) return complain("open", db);
    for (int i = 3; i < count; ++i) {
        if (sqlite3_exec(db, words[i], print_row, NULL, NULL) != SQLITE_OK) return complain(words[i], db);
    }
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
