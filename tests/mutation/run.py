#!/usr/bin/env python3
"""Tests the tests of common/domain: builds deliberately wrong variants of it and runs test_domain on each.

Each mutant replaces one piece of text in one source, is compiled with the build's own command, and linked before the
library that holds the right one. The suite must fail. Prints the test that caught it; exits 1 when a mutant survives
or no longer applies. Nothing in the repository or the build changes.

    python3 tests/mutation/run.py [--build build/dev] [--only NAME ...] [--short] [-j N] [--table FILE]
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from mutants import MUTANTS, SHORT

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 300


def compile_command(build, source):  # a path from the repository's root
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"] == str(ROOT / source):
            words = shlex.split(entry["command"])
            return [w for w in words if not w.endswith("ccache") and "CCACHE_" not in w and w != "env"]
    raise SystemExit(f"no command compiles {source}")


def link_command(build, program):
    out = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "bin/" + program], capture_output=True,
                         text=True, check=True).stdout.strip().splitlines()[-1]
    words = shlex.split(re.sub(r"^: && | && :$", "", out))
    return words


def caught_by(output):
    """The first test case that failed, or None."""
    for block in re.split(r"\n={20,}", output):
        if "ERROR" in block:
            case = re.search(r"TEST CASE:\s+(.*(?:\n  .*)?)", block)
            return re.sub(r"\s+", " ", case.group(1)).strip() if case else "a check outside of a test"
    return None


def build_mutant(mutant, build, source, linked, folder):
    """Builds `linked` with one text of `source` replaced, in `folder`. Returns the program, or None and why not."""
    text = (ROOT / source).read_text()
    if text.count(mutant["old"]) != 1:
        return None, f"its text stands {text.count(mutant['old'])} times in {source}"
    copy, wrong, program = folder / pathlib.Path(source).name, folder / "wrong.o", folder / "test"
    copy.write_text(text.replace(mutant["old"], mutant["new"]))
    command = compile_command(build, source)
    command[command.index("-o") + 1] = str(wrong)
    command[command.index("-c") + 1] = str(copy)
    for flag in ("-MT", "-MF"):
        if flag in command:
            del command[command.index(flag):command.index(flag) + 2]
    command = [w for w in command if w != "-MD"]
    done = subprocess.run(command, cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        return None, "it does not compile: " + done.stderr[-400:]
    link = link_command(build, linked)
    at = link.index("-o")
    link[at + 1] = str(program)
    link.insert(at, str(wrong))
    done = subprocess.run(link, cwd=build, capture_output=True, text=True)
    return (program, "") if done.returncode == 0 else (None, "it does not link: " + done.stderr[-400:])


def run(mutant, build):
    with tempfile.TemporaryDirectory(prefix="tally-mutant") as folder:
        program, why = build_mutant(mutant, build, "common/domain/" + mutant["file"], "test_domain",
                                    pathlib.Path(folder))
        if not program:
            return mutant, None, why
        try:
            done = subprocess.run([str(program), "--abort-after=1"], cwd=ROOT, capture_output=True, text=True,
                                  errors="replace", timeout=SECONDS_MAX,
                                  env={"TALLY_ROOT": str(ROOT), "PATH": "/usr/bin:/bin"})
        except subprocess.TimeoutExpired:
            return mutant, "(the suite does not end)", ""
        if done.returncode == 0:
            return mutant, None, "every test passed"
        return mutant, caught_by(done.stdout) or "an assertion of the fold itself", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--short", action="store_true", help="a fixed few")
    parser.add_argument("-j", type=int, default=1)
    parser.add_argument("--table", help="write the table here")
    given = parser.parse_args()
    build = (ROOT / given.build).resolve()
    chosen = [m for m in MUTANTS if (not given.only or m["name"] in given.only) and
              (not given.short or m["name"] in SHORT)]
    if not chosen:
        raise SystemExit("no such mutant")
    rows, survivors = [], 0
    with concurrent.futures.ThreadPoolExecutor(given.j) as pool:
        for mutant, test, why in pool.map(lambda m: run(m, build), chosen):
            survivors += test is None
            print(f"{'caught  ' if test else 'SURVIVED'}  {mutant['name']}: {test or why}", flush=True)
            rows.append(f"| {mutant['name']} | `{mutant['file']}` | {mutant['breaks']} | {test or '**none**'} |")
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants were caught")
    if given.table:
        head = pathlib.Path(__file__).with_name("table_head.md").read_text()
        pathlib.Path(given.table).write_text(head + "\n".join(rows) + "\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
