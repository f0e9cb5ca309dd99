#!/usr/bin/env python3
"""Shows that each lint passes a good tree and fails a bad one: a check that cannot fail guards nothing."""

import json
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lint

GOOD = {
    "common/base/CMakeLists.txt": "tally_layer(base LINKS spdlog::spdlog PRIVATE_LINKS ${CSV_LIBRARY})\n",
    "common/base/a.h": "#pragma once\n",
    "common/base/csv.cpp": '#include <csv.h>\n\n#include "common/base/a.h"\n',
    "common/crypto/CMakeLists.txt": "tally_layer(crypto LINKS tally_base PkgConfig::SODIUM)\n",
    "common/crypto/b.cpp": '#include <sodium.h>\n\n#include "common/base/a.h"\n',
    "common/wire/CMakeLists.txt": "tally_layer(wire LINKS tally_crypto PRIVATE_LINKS protobuf::libprotobuf)\n",
    "common/wire/c.cpp": '#include "common/base/a.h"\n#include "common/wire/op.pb.h"\n',
    "terminal/app/CMakeLists.txt": "tally_layer(app LINKS tally_base glfw)\ntally_program(tally-terminal LINKS tally_app)\n",
    "terminal/app/window.cpp": "#include <GLFW/glfw3.h>\n",
    "tests/unit/base/a_test.cpp": '#include <sqlite3.h>\nTEST_CASE("a: is a") {}\n',
    "packaging/test": "#!/bin/sh\n",
    ".clang-format": "BasedOnStyle: Google\nColumnLimit: 120\nIndentWidth: 4\n",
    "CMakePresets.json": json.dumps({"configurePresets": [{"name": "dev"}], "buildPresets": [{"name": "dev"}]}),
    "README.md": "```sh\npackaging/test --long   # all of it\n$ cmake --preset dev && cmake --build --preset dev\n"
                 "build/dev/bin/tally-terminal --help\n```\n",
    "CONTRIBUTING.md": "Nothing to type.\n",
}


class Lint(unittest.TestCase):
    def findings(self, check, changes=None, built=True):
        with tempfile.TemporaryDirectory() as folder:
            root, build = os.path.join(folder, "root"), os.path.join(folder, "build")
            files = {**GOOD, **(changes or {})}
            for name, content in files.items():
                if content is None:
                    continue
                path = os.path.join(root, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
                if name.startswith("packaging/"):
                    os.chmod(path, 0o755)
            os.makedirs(build)
            if built:
                with open(os.path.join(build, "compile_commands.json"), "w", encoding="utf-8") as file:
                    json.dump([{"directory": root, "file": name} for name in files
                               if name.endswith(".cpp") and "forgotten" not in name], file)
            return list(lint.CHECKS[check](lint.Tree(root, build)))

    def fails(self, check, name, content, expected):
        found = self.findings(check, {name: content})
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])
        self.assertTrue(found[0].startswith(name + ":"), found[0])

    def test_a_good_tree_passes_every_check(self):
        for check in lint.CHECKS:
            self.assertEqual(self.findings(check), [], check)

    def test_includes_upwards_or_sideways_are_found(self):
        self.fails("includes", "common/base/x.h", '#include "common/wire/c.h"\n', "common/base may not use common/wire")
        self.fails("includes", "common/crypto/x.h", '#include "common/domain/op.h"\n', "may not use common/domain")
        self.fails("includes", "terminal/model/x.cpp", '#include "sync/agent/agent.h"\n', "may not use sync/agent")
        self.fails("includes", "terminal/view/x.cpp", '#include <common/store/db.h>\n', "may not use common/store")
        self.fails("includes", "hq-server/net/x.cpp", '#include "sync/agent/agent.h"\n', "may not use sync/agent")
        self.fails("includes", "common/base/x.cpp", '#include "tests/support/data.h"\n', "test's header")
        self.fails("includes", "common/base/x.cpp", '#include "a.h"\n', "repository root")
        self.fails("includes", "elsewhere/x.cpp", "int a;\n", "in no layer")

    def test_third_parties_have_one_home(self):
        for name, header in (("hq-server/storage/x.cpp", "sqlite3.h"), ("common/replica/x.cpp", "sodium.h"),
                             ("sync/session/x.cpp", "boost/asio/post.hpp"), ("sync/agent/x.cpp", "boost/asio.hpp"),
                             ("sync/transport/link.cpp", "openssl/ssl.h"), ("common/store/x.cpp", "csv.h"),
                             ("hq-server/net/x.cpp", "google/protobuf/message.h"), ("terminal/model/x.cpp", "imgui.h"),
                             ("common/domain/x.cpp", "cctz/time_zone.h"), ("common/store/x.h", "spdlog/spdlog.h"),
                             ("terminal/app/x.h", "GLFW/glfw3.h"), ("terminal/view/x.cpp", "GLFW/glfw3.h")):
            found = self.findings("includes", {name: f"#include <{header}>\n"})
            self.assertTrue(any(f.startswith(name + ":1") and "home" in f for f in found), (name, header, found))
        self.fails("includes", "sync/agent/x.cpp", '#include "common/wire/op.pb.h"\n', "home elsewhere")
        self.assertIn("more than one file", self.findings(
            "includes", {"terminal/app/second.cpp": "#include <GLFW/glfw3.h>\n"})[0])

    def test_an_include_in_a_comment_is_none(self):
        self.assertEqual(self.findings("includes", {"common/base/x.h": "// x\n/*\n#include <sqlite3.h>\n*/\n"}), [])

    def test_links_that_break_the_table_are_found(self):
        self.fails("links", "common/crypto/CMakeLists.txt", "tally_layer(crypto LINKS tally_base tally_wire)\n",
                   "may not link common/wire")
        self.fails("links", "common/base/CMakeLists.txt", "tally_layer(base PRIVATE_LINKS PkgConfig::SQLITE)\n",
                   "home elsewhere")
        self.fails("links", "common/base/CMakeLists.txt", "tally_layer(base LINKS tally_stranger)\n", "no layer")

    def test_an_include_without_a_link_is_found(self):
        found = self.findings("links", {"terminal/app/x.cpp": '#include "common/store/db.h"\n'})
        self.assertEqual(len(found), 1)
        self.assertIn("does not link", found[0])

    def test_temporaries_in_co_await_expressions_are_found(self):
        for bad in ("co_await send(Frame{1, 2});", "auto r = co_await run([&] { return 1; });", "co_await Wait{5};",
                    "co_await f({});", "co_await spawn(io,\n    [x]() -> int { return x; });", "co_await f(co_await g());",
                    "const int a = f(Point{1, 2}, co_await g());", "co_await f(1) + co_await f(2);"):
            found = self.findings("coroutines", {"sync/agent/x.cpp": f"task f() {{\n    int y = 1;\n    {bad}\n}}\n"})
            self.assertTrue(found and found[0].startswith("sync/agent/x.cpp:"), bad)
        for good in ("co_await send(std::move(frame));", "if (co_await f()) {\n        g({1});\n    }", "co_await f(a[1]);",
                     "while (!co_await f(x)) {\n    }", "co_return co_await f();", "// co_await f({});", "g(\"co_await f({})\");",
                     "const auto [a, b] = co_await (f() || g());\n    h(Point{1, 2});"):
            self.assertEqual(self.findings("coroutines", {"sync/agent/x.cpp": f"task f() {{\n    {good}\n}}\n"}), [], good)

    def test_a_source_that_is_not_built_is_found(self):
        self.fails("built", "tests/unit/base/forgotten_test.cpp", 'TEST_CASE("x") {}\n', "not built")
        self.fails("built", "common/base/forgotten.cpp", "int a;\n", "not built")
        self.fails("built", "tests/unit/base/empty_test.cpp", "int a;\n", "no test case")
        self.assertEqual(len(self.findings("built", built=False)), 1)

    def test_a_long_file_is_found(self):
        self.fails("length", "common/base/x.h", "\n" * 401, "longer than 400")
        self.assertEqual(self.findings("length", {"common/base/x.h": "\n" * 400}), [])

    def test_marks_and_machine_paths_are_found(self):
        for mark in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.fails("words", "common/base/x.h", f"// {mark}: later\n", "unfinished")
        for path in ("/wo" + "rk/main", '"/tm' + 'p/x"', "/ro" + "ot/", "/ho" + "me/somebody"):
            self.fails("words", "packaging/x", f"cd {path}\n", "some machine")
        self.assertEqual(self.findings("words", {"packaging/x": "mktemp -d x.XXXXXX\ncd ../wo" "rk/a build/tm" "p/b\n"}), [])

    def test_unformatted_code_is_found(self):
        self.fails("format", "common/base/x.h", "int  a ;\n", "not formatted")

    def test_a_command_that_does_not_exist_is_found(self):
        for command, expected in (("packaging/nothing", "no program"), ("cmake --preset fast", "no preset"),
                                  ("cmake --build --preset fast", "no preset"), ("tally-shop serve", "no program"),
                                  ("sudo packaging/nothing", "no program"), ("A=1 ./packaging/nothing x", "no program")):
            found = self.findings("readme", {"README.md": f"# x\n```sh\n{command}\n```\n"})
            self.assertEqual(len(found), 1, command)
            self.assertIn(expected, found[0])
            self.assertTrue(found[0].startswith("README.md:3:"), found[0])
        self.fails("readme", "README.md", "![a picture](lost.png) [x](packaging/test) [y](https://x.example)\n", "not there")
        self.assertEqual(len(self.findings("readme", {"README.md": None})), 1)

    def test_a_clock_or_dice_behind_the_seam_are_found(self):
        self.fails("seams", "common/domain/x.cpp", "auto t = std::chrono::system_clock::now();\n", "seam")
        self.fails("seams", "common/domain/x.cpp", "auto t = time(nullptr);\n", "seam")
        self.fails("seams", "common/domain/x.cpp", "std::random_device d;\n", "seam")
        self.assertEqual(self.findings("seams", {"common/base/clock.cpp": "x = system_clock::now();\n"}), [])


if __name__ == "__main__":
    unittest.main()
