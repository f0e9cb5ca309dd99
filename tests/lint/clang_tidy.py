#!/usr/bin/env python3
"""clang-tidy over the product's sources, two at a time. Usage: clang_tidy.py --build DIR [FILE...]

Debian 12's clang 14 does not know GCC's coroutines, so a source that reaches them is passed over, and counted.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

# GCC's own, among it the precompiled header: without it every source must include what it uses.
NOT_FOR_CLANG = r"^(\S*env \S+=\S+ )?\S*ccache\s|\s-fcoroutines\b|\s-Winvalid-pch\b|\s-include \S+/cmake_pch\.hxx"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    with open(os.path.join(options.build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    wanted = [os.path.realpath(name) for name in options.files]
    with tempfile.TemporaryDirectory() as folder:
        for command in commands:
            command["command"] = re.sub(NOT_FOR_CLANG, " ", command["command"]).strip()
        with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump(commands, file)
        names = sorted(os.path.realpath(os.path.join(c["directory"], c["file"])) for c in commands)
        names = [n for n in names if n.startswith(ROOT + os.sep) and not n.startswith(os.path.realpath(options.build))
                 and (n in wanted if wanted else not n.startswith(os.path.join(ROOT, "tests") + os.sep))]

        def run(name):
            return name, subprocess.run(["clang-tidy", "--quiet", "-p", folder, name], capture_output=True, text=True)

        failed, passed_over = 0, 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for name, done in pool.map(run, names):
                if "coroutine" in done.stdout and "clang-diagnostic-error" in done.stdout:
                    passed_over += 1
                elif done.returncode:
                    failed += 1
                    print(done.stdout.replace(ROOT + os.sep, "") or done.stderr)
    print(f"{len(names)} sources, {failed} with findings, {passed_over} passed over (coroutines)")
    sys.exit(1 if failed or not names else 0)


if __name__ == "__main__":
    main()
