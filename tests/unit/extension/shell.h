// Runs foreign programs with the extension: the stock sqlite3 of the system, and static_host. Tests only.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/check.h"
#include "tests/support/data.h"
#include "tests/support/temp_dir.h"

namespace tally::test {

struct Said {
    int code = -1;  // the exit code; 1000 and the signal's number when it was killed
    std::string out;
    std::string err;
};

class Shell {
  public:
    support::TempDir dir;

    // The sqlite3 of the system; a test that misses it says so, or fails where nothing may be skipped.
    static bool is_there() {
        if (std::system("command -v sqlite3 >/dev/null") == 0) return true;
        const bool required = support::data_is_required();
        CHECK_MESSAGE(!required, "the package sqlite3 is not installed");
        MESSAGE("skipped: no sqlite3 program");
        return false;
    }

    std::string path(const std::string& name) const { return dir / name; }
    std::string key_file(const std::string& name, std::size_t bytes = 32, const char* mode = "600") const {
        const std::string out = path(name);
        std::ofstream(out, std::ios::binary) << std::string(bytes, name.empty() ? 'k' : name.back());
        REQUIRE(std::system(("chmod " + std::string(mode) + " '" + out + "'").c_str()) == 0);
        return out;
    }

    // Any command of the system's shell, in the test's folder, with `input` as its standard input.
    Said run(const std::string& command, const std::string& input = "") const {
        static int number = 0;
        const std::string base = path("said" + std::to_string(++number));
        std::ofstream(base + ".in") << input;
        const std::string line = "cd '" + dir.path() + "' && ( " + command + " ) <'" + base + ".in' >'" + base +
                                 ".out' 2>'" + base + ".err'";
        const int status = std::system(line.c_str());
        Said out;
        out.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        out.out = slurp(base + ".out");
        out.err = slurp(base + ".err");
        for (const char* suffix : {".in", ".out", ".err"}) ::unlink((base + suffix).c_str());
        return out;
    }

    // The stock sqlite3 with the extension loaded first. A statement that fails ends it.
    Said sql(const std::string& script, const std::string& environment = "") const {
        return run(environment + " sqlite3 -batch -bail", load() + script);
    }
    // The same with the environment that makes the VFS the default, on one database.
    Said by_default(const std::string& database, const std::string& script, const std::string& key) const {
        return sql(".open " + database + "\n" + script, environment(key));
    }
    static std::string environment(const std::string& key) {
        return "TALLY_VFS_KEYFILE='" + key + "' TALLY_VFS_DEFAULT=1";
    }
    static std::string load() { return std::string(".load ") + extension() + "\n"; }
    static std::string extension() {
        const std::string file = TALLY_EXTENSION;
        return file.substr(0, file.rfind(".so"));
    }

    static std::string slurp(const std::string& file) {
        std::ifstream in(file, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

    // No file of the folder holds `secret`, but for those whose name begins with `except`.
    void check_hidden(const std::string& secret, const std::string& except = "?") const {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
            if (!entry.is_regular_file() || entry.path().filename().string().starts_with(except)) continue;
            CHECK_MESSAGE(!has(slurp(entry.path().string()), secret), entry.path().string() << " holds " << secret);
        }
    }
};

}  // namespace tally::test
