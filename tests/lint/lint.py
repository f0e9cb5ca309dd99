#!/usr/bin/env python3
"""Checks of the house that a compiler does not make. Usage: lint.py CHECK [--root DIR] [--build DIR]

Prints one line a finding (file:line: what) and exits 1 if there is any. The rules themselves are in rules.py; that
each check can fail is shown by lint_test.py.
"""

import argparse
import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
import rules

SOURCE = re.compile(r"\.(h|cpp)$")


class Tree:
    """The files of the repository: what git knows or would add; in a folder without git, every file."""

    def __init__(self, root, build=None):
        self.root, self.build = os.path.abspath(root), build and os.path.abspath(build)
        listed = None
        if os.path.exists(os.path.join(self.root, ".git")):
            listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                                     "--exclude-standard"], cwd=self.root, check=True, capture_output=True).stdout
            names = listed.decode().split("\0")
        else:
            names = [os.path.relpath(os.path.join(folder, name), self.root)
                     for folder, _, files in os.walk(self.root) for name in files]
        self.files = sorted({n for n in names if n and os.path.isfile(os.path.join(self.root, n))})

    def sources(self, tests=True):
        return [f for f in self.files if SOURCE.search(f) and (tests or not f.startswith("tests/"))]

    def text(self, name):
        with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as file:
            return file.read()


def blank_comments(text, strings=True):
    """Comments (and string contents) become blanks; offsets and line numbers stay."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def blank(match):
        kept = match.group(0)
        if kept.startswith("/"):
            return re.sub(r"[^\n]", " ", kept)
        if not strings:
            return kept
        return kept[0] + re.sub(r"[^\n]", " ", kept[1:-1]) + kept[-1]

    return token.sub(blank, text)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def includes_of(tree, name):
    text = blank_comments(tree.text(name), strings=False)
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text, re.M):
        yield line_of(text, match.start()), match.group(1), match.group(2)


def layer_of(path):
    folder = os.path.dirname(path)
    while folder:
        if folder in rules.LAYERS:
            return folder
        folder = os.path.dirname(folder)
    return None


def matches_any(patterns, path):
    return any(re.match(pattern, path) for pattern in patterns)


def check_includes(tree):
    users = {pattern: set() for pattern in rules.ONE_FILE}
    for name in tree.sources(tests=False):
        layer = layer_of(name)
        if layer is None:
            yield f"{name}:1: in no layer of the table"
            continue
        allowed = set(rules.LAYERS[layer][1].split()) | {layer}
        for line, mark, header in includes_of(tree, name):
            for pattern, homes in rules.HOMES:
                if re.fullmatch(pattern, header):
                    if not (mark == '"' and header in tree.files) and not matches_any(homes, name):
                        yield f"{name}:{line}: {header} has its home elsewhere"
                    break
            for pattern in rules.ONE_FILE:
                if re.fullmatch(pattern, header):
                    users[pattern].add(name)
            target = layer_of(header)
            if header.startswith("tests/"):
                yield f"{name}:{line}: the product includes a test's header {header}"
            elif target is not None and target not in allowed:
                yield f"{name}:{line}: {layer} may not use {target} ({header})"
            elif mark == '"' and target is None:
                yield f'{name}:{line}: "{header}" is not written from the repository root'
    for pattern, names in users.items():
        if len(names) > 1:
            yield f"{sorted(names)[0]}:1: {pattern} is included by more than one file: {', '.join(sorted(names))}"


def links_of(tree):
    """layer -> what its CMakeLists.txt links to the layer and to its program."""
    graph = {}
    for layer in rules.LAYERS:
        name = layer + "/CMakeLists.txt"
        if rules.LAYERS[layer][0] and name in tree.files:
            words = set()
            text = re.sub(r"#.*", "", tree.text(name))
            for call in re.finditer(r"\b(tally_layer|tally_program|target_link_libraries)\(([^)]*)\)", text):
                words |= set(call.group(2).split()[1:])
            graph[layer] = words - {"LINKS", "PRIVATE_LINKS", "PUBLIC", "PRIVATE", "INTERFACE"}
    return graph


def check_links(tree):
    targets = {target: layer for layer, (target, _) in rules.LAYERS.items() if target}
    graph = links_of(tree)
    direct = {layer: {targets[w] for w in words if w in targets} for layer, words in graph.items()}

    def reach(layer, seen):
        for below in direct.get(layer, ()):
            if below not in seen:
                seen.add(below)
                reach(below, seen)
        return seen

    for layer, words in graph.items():
        allowed = set(rules.LAYERS[layer][1].split())
        for below in sorted(direct[layer] - allowed - {layer}):
            yield f"{layer}/CMakeLists.txt:1: {layer} may not link {below}"
        for word in sorted(words):
            homes = rules.LIBRARY_HOMES.get(word)
            program = word == "CLI11::CLI11"  # the programs' own library, linked beside the layer
            if homes and not program and layer not in homes.split():
                yield f"{layer}/CMakeLists.txt:1: {word} has its home elsewhere"
            if word.startswith("tally_") and word not in targets:
                yield f"{layer}/CMakeLists.txt:1: {word} is no layer of the table"
    for name in tree.sources(tests=False):
        layer = layer_of(name)
        if layer not in graph:
            continue
        linked = reach(layer, set()) | {layer, "sync"}
        for line, _, header in includes_of(tree, name):
            target = layer_of(header)
            if target is not None and target not in linked:
                yield f"{name}:{line}: includes {header}, which {layer} does not link"


def await_fault(code, at):
    """What is wrong with the rest of the statement behind a co_await that starts at `at`, or None."""
    depth, before = 0, "w"
    for i in range(at, len(code)):
        char = code[i]
        if char.isspace():
            continue
        if char == ";":
            return None
        if char in ")]}":
            depth -= 1
            if depth < 0:
                return None  # `if (co_await f())`: the statement's condition ends here
        elif char == "{":
            return "a brace-initialised temporary or a lambda inside a co_await expression"
        elif char == "[" and not (before.isalnum() or before in "_)]"):
            return "a lambda inside a co_await expression"
        elif code.startswith("co_await", i) and not (code[i - 1].isalnum() or code[i - 1] == "_"):
            return "more than one co_await in a statement"
        if char in "([":
            depth += 1
        before = char
    return None


def check_coroutines(tree):
    for name in tree.sources():
        code = blank_comments(tree.text(name))
        for match in re.finditer(r"\bco_await\b", code):
            fault = await_fault(code, match.end())
            # The same fault in front of the co_await, inside the call whose argument it is: f(Point{1, 2}, co_await g()).
            before = re.split(r"[;{}]\s*\n|;", code[:match.start()])[-1]
            if not fault and re.search(r"\w\{[^{}]*\}[^;]*,\s*$|\[[&=\w, ]*\]\s*(\([^)]*\))?\s*\{[^{}]*\}\s*,\s*$", before):
                fault = "a temporary in the same expression as a co_await"
            if fault:
                yield f"{name}:{line_of(code, match.start())}: {fault} (GCC 12 destroys it twice)"


def check_built(tree):
    """Every .cpp is in the build, and every test file holds a test."""
    path = os.path.join(tree.build or "", "compile_commands.json")
    if not os.path.isfile(path):
        yield f"{path}:1: not there; configure first"
        return
    with open(path, encoding="utf-8") as file:
        built = {os.path.realpath(os.path.join(entry["directory"], entry["file"])) for entry in json.load(file)}
    for name in tree.sources():
        if name.endswith(".cpp"):
            if os.path.realpath(os.path.join(tree.root, name)) not in built:
                yield f"{name}:1: is not built"
            if name.endswith("_test.cpp") and "TEST_CASE" not in tree.text(name):
                yield f"{name}:1: holds no test case"


def check_length(tree):
    for name in tree.sources():
        lines = tree.text(name).count("\n")
        if lines > rules.LINES_MAX:
            yield f"{name}:{lines}: longer than {rules.LINES_MAX} lines; does it hold two ideas?"


def check_words(tree):
    """No mark of an unfinished part, no path of one machine, in any text."""
    for name in tree.files:
        with open(os.path.join(tree.root, name), "rb") as file:
            content = file.read()
        if b"\0" in content[:4096]:
            continue  # a picture or another binary file
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if re.search(rules.MARKS, line):
                yield f"{name}:{number}: a mark of an unfinished part"
            if re.search(rules.MACHINE_PATHS, line):
                yield f"{name}:{number}: a path that only some machine has"


def check_format(tree):
    names = tree.sources()
    for start in range(0, len(names), 100):
        done = subprocess.run(["clang-format", "--dry-run", "--style=file", *names[start:start + 100]], cwd=tree.root,
                              capture_output=True, text=True)
        if done.returncode:
            yield f".clang-format:1: {done.stderr.strip()[:200]}"
        seen = set()
        for match in re.finditer(r"^(\S+?):(\d+):\d+: warning: code should be clang-formatted", done.stderr, re.M):
            if match.group(1) not in seen:
                seen.add(match.group(1))
                yield f"{os.path.relpath(os.path.join(tree.root, match.group(1)), tree.root)}:{match.group(2)}: not formatted"


def commands_in(text):
    """(line, words) of each command in the fenced blocks of a document; a `$ ` in front is allowed."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside and line.strip() in ("```", "```sh", "```bash", "```console", "```text")
            continue
        command = re.sub(r"(^|\s)#.*", "", line).strip().removeprefix("$ ")
        if inside and command:
            for part in re.split(r"&&|\|\||[;|]", command):
                yield number, part.split()


def check_readme(tree):
    """What README and CONTRIBUTING name exists: scripts, presets, programs, their subcommands, linked files."""
    presets = json.loads(tree.text("CMakePresets.json")) if "CMakePresets.json" in tree.files else {}
    configure = {p["name"] for p in presets.get("configurePresets", []) if not p.get("hidden")}
    build = {p["name"] for p in presets.get("buildPresets", [])}
    programs = set()
    for name in tree.files:
        if name.endswith("CMakeLists.txt"):
            programs |= set(re.findall(r"tally_program\(([\w-]+)", tree.text(name)))
    for document in ("README.md", "CONTRIBUTING.md"):
        if document not in tree.files:
            yield f"{document}:1: not there"
            continue
        for match in re.finditer(r"\]\(([^)#:]+)(#[^)]*)?\)", tree.text(document)):
            if not os.path.exists(os.path.join(tree.root, match.group(1))):
                yield f"{document}:{line_of(tree.text(document), match.start())}: {match.group(1)} is not there"
        for number, words in commands_in(tree.text(document)):
            while words and re.fullmatch(r"\w+=\S*|sudo", words[0]):
                words = words[1:]
            if not words:
                continue
            first, base = words[0].removeprefix("./"), os.path.basename(words[0])
            where = f"{document}:{number}: "
            if first.startswith(("packaging/", "tests/", ".ci/")):
                path = os.path.join(tree.root, first)
                if not (os.path.isfile(path) and os.access(path, os.X_OK)):
                    yield where + f"{first} is no program of the repository"
            elif base.startswith("tally-"):
                if base not in programs:
                    yield where + f"no program {base}"
                else:
                    yield from subcommand_faults(tree, where, base, words[1:])
            for option, known in (("--preset", configure), ("--build", None)):
                if first == "cmake" and option in words[1:]:
                    value = words[words.index(option) + 1] if words.index(option) + 1 < len(words) else ""
                    if option == "--preset" and value.split("=")[-1] not in (build if "--build" in words else known):
                        yield where + f"no preset '{value}'"


def subcommand_faults(tree, where, program, words):
    path = os.path.join(tree.build or "", "bin", program)
    if not words or not re.fullmatch(r"[a-z][a-z-]*", words[0]) or not os.access(path, os.X_OK):
        return
    done = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=60)
    if not re.search(rf"^\s+{re.escape(words[0])}\b", done.stdout, re.M):
        yield where + f"{program} has no subcommand '{words[0]}'"


def check_seams(tree):
    for name in tree.sources(tests=False):
        code = blank_comments(tree.text(name))
        for pattern, homes in rules.SEAMS:
            for match in re.finditer(pattern, code):
                if not matches_any(homes, name):
                    yield f"{name}:{line_of(code, match.start())}: reads time or chance behind the seam's back"


CHECKS = {name[6:]: function for name, function in list(globals().items()) if name.startswith("check_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("check", choices=sorted(CHECKS))
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--build", help="the build folder, for what looks at the build")
    options = parser.parse_args()
    tree = Tree(options.root, options.build)
    if not tree.files:
        sys.exit(f"no files in {options.root}")
    findings = list(CHECKS[options.check](tree))
    print("\n".join(findings) or f"{options.check}: nothing found in {len(tree.files)} files")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
