#!/usr/bin/env python3
"""The runner of scenarios can fail: every file in wrong/ gives exactly the lines of its .expected, and exit code 1.

Usage: errors.py BIN SOURCE [--write]. Also: what LANGUAGE.md says of the language is what the program prints of it.
--write makes the .expected files and the part of LANGUAGE.md anew, to be read before they are kept.
"""

import os
import subprocess
import sys

BEGIN, END = "<!-- grammar: begin -->\n", "<!-- grammar: end -->"


def run(lab, arguments, folder):
    done = subprocess.run([lab, "scenario", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def main():
    lab, source = os.path.abspath(os.path.join(sys.argv[1], "tally-lab")), os.path.abspath(sys.argv[2])
    write = "--write" in sys.argv
    wrong = os.path.join(source, "tests/scenario/wrong")
    failed = 0

    def compare(name, path, expected, got):
        nonlocal failed
        if expected != got and not write:
            failed += 1
            print(f"{name}:\n--- expected\n{expected}--- got\n{got}---")

    files = sorted(name for name in os.listdir(wrong) if name.endswith(".scenario"))
    for name in files:
        code, out = run(lab, [name], wrong)
        path = os.path.join(wrong, name[:-len("scenario")] + "expected")
        if write:
            with open(path, "w", encoding="utf-8") as file:
                file.write(out)
        with open(path, encoding="utf-8") as file:
            compare(name, path, file.read(), out)
        if code != 1:
            failed += 1
            print(f"{name}: the exit code is {code}")
    # A mistake in one file does not keep the others from being played.
    code, out = run(lab, files, wrong)
    if code != 1 or f"in {len(files)} files" not in out.splitlines()[-1]:
        failed += 1
        print(f"all files together: exit code {code}, {out.splitlines()[-1:]}")

    language = os.path.join(source, "tests/scenario/LANGUAGE.md")
    with open(language, encoding="utf-8") as file:
        text = file.read()
    code, grammar = run(lab, ["--grammar"], wrong)
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    if code != 0:
        failed += 1
        print(grammar)
    elif write:
        with open(language, "w", encoding="utf-8") as file:
            file.write(text[:begin] + grammar + text[end:])
    else:
        compare("LANGUAGE.md (tests/scenario/errors.py BIN SOURCE --write)", language, text[begin:end], grammar)
    print(f"{len(files)} wrong files, {failed} not as expected")
    return 1 if failed else 0


sys.exit(main())
