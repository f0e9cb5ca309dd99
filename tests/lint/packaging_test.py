#!/usr/bin/env python3
"""Shows on a little project of its own that packaging/test counts right and fails when it should."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(little NONE)
enable_testing()
function(one name result)
  add_test(NAME ${name} COMMAND ${result})
  set_tests_properties(${name} PROPERTIES LABELS "${ARGN}")
endfunction()
foreach(layer base agent)
  add_custom_target(test_${layer} ALL COMMAND true)
  one(${layer} true unit)
endforeach()
one(tidy true lint)
one(whole true scenario)
one(window true ui)
one(full true scenario long)
add_test(NAME unlabelled COMMAND true)
"""


class Packaging(unittest.TestCase):
    def run_test(self, *options, change=lambda text: text, environment=None, sanitized="base agent"):
        with tempfile.TemporaryDirectory() as root:
            shutil.copytree(os.path.join(ROOT, "packaging"), os.path.join(root, "packaging"))
            shutil.copy(os.path.join(ROOT, "CMakePresets.json"), root)
            with open(os.path.join(root, "packaging/test"), "r+") as file:
                script, replaced = re.subn(r'^([at]san_layers)=".*"$', rf'\1="{sanitized}"', file.read(), flags=re.M)
                self.assertEqual(replaced, 2)
                file.seek(0)
                file.truncate()
                file.write(script)
            for layer in ("base", "agent"):
                os.makedirs(os.path.join(root, "tests/unit", layer))
                open(os.path.join(root, "tests/unit", layer, "CMakeLists.txt"), "w").close()
            with open(os.path.join(root, "packaging/install-dependencies"), "w") as file:
                file.write('#!/bin/sh\necho "installing $*"\n')
            with open(os.path.join(root, "CMakeLists.txt"), "w") as file:
                file.write(change(PROJECT))
            clean = {k: v for k, v in os.environ.items() if k not in ("CI", "TALLY_REQUIRE_DATA")}
            done = subprocess.run([os.path.join(root, "packaging/test"), *options], capture_output=True, text=True,
                                  cwd="/", env={**clean, **(environment or {})})
        counts = re.fullmatch(r"(\d+) passed, (\d+) failed", (done.stdout.splitlines() or [""])[-1])
        return done, counts and (int(counts.group(1)), int(counts.group(2)))

    def test_all_suites_run_once_and_are_counted(self):
        done, counts = self.run_test()
        # unit 2, lint, scenario, ui, the unlabelled one; under the sanitizers base and agent each.
        self.assertEqual((done.returncode, counts), (0, (10, 0)), done.stdout)
        self.assertIn("installing build test screen", done.stdout)

    def test_the_long_form_adds_the_long_tests(self):
        done, counts = self.run_test("--long")
        self.assertEqual((done.returncode, counts), (0, (11, 0)), done.stdout)
        self.assertIn("installing build test long screen", done.stdout)

    def test_one_step_alone(self):
        done, counts = self.run_test("--only", "lint")
        self.assertEqual((done.returncode, counts), (0, (1, 0)), done.stdout)
        done, counts = self.run_test("--only", "asan", "--only", "ui")
        self.assertEqual((done.returncode, counts), (0, (3, 0)), done.stdout)

    def test_a_failing_test_fails_the_run(self):
        done, counts = self.run_test(change=lambda text: text.replace("one(whole true", "one(whole false"))
        self.assertEqual((done.returncode, counts), (1, (9, 1)), done.stdout)

    def test_a_test_program_that_is_not_built_fails_the_run(self):
        done, counts = self.run_test(change=lambda text: text.replace("one(tidy true", "one(tidy /nonexistent/tidy"))
        self.assertEqual((done.returncode, counts), (1, (9, 1)), done.stdout)

    def test_a_suite_without_tests_fails_the_run(self):
        done, counts = self.run_test(change=lambda text: text.replace("one(window true ui)\n", ""))
        self.assertEqual((done.returncode, counts), (1, (9, 1)), done.stdout)

    def test_a_sanitized_layer_without_a_test_program_fails_the_run_and_the_rest_is_tested(self):
        done, counts = self.run_test(sanitized="base ghost agent")
        self.assertEqual((done.returncode, counts), (1, (10, 2)), done.stdout)
        self.assertIn("ghost", done.stdout)
        done, counts = self.run_test("--only", "tsan", sanitized="ghost")
        self.assertEqual((done.returncode, counts), (1, (0, 1)), done.stdout)

    def test_every_sanitized_layer_of_the_house_has_a_test_program(self):
        with open(os.path.join(ROOT, "packaging/test"), encoding="utf-8") as file:
            layers = " ".join(re.findall(r'^[at]san_layers="(.*)"$', file.read(), flags=re.M)).split()
        self.assertGreater(len(layers), 10)
        for layer in layers:
            programs = [os.path.join(ROOT, folder, layer, "CMakeLists.txt") for folder in ("tests/unit", "tests")]
            self.assertTrue(any(map(os.path.exists, programs)), layer)

    def test_a_broken_build_fails_the_run_and_the_rest_is_tested(self):
        done, counts = self.run_test(change=lambda text: text + "add_custom_target(broken ALL COMMAND false)\n")
        self.assertEqual((done.returncode, counts), (1, (10, 1)), done.stdout)

    def test_a_broken_configuration_fails_the_run(self):
        done, counts = self.run_test(change=lambda text: text + "message(FATAL_ERROR no)\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(counts[0], 0, done.stdout)

    def test_ci_requires_the_data(self):
        check = lambda text: text.replace("one(tidy true lint)",
                                          'add_test(NAME tidy COMMAND sh -c "test \\"$TALLY_REQUIRE_DATA\\" = 1")\n'
                                          "set_tests_properties(tidy PROPERTIES LABELS lint)")
        self.assertEqual(self.run_test("--only", "lint", change=check)[1], (0, 1))
        self.assertEqual(self.run_test("--only", "lint", change=check, environment={"CI": "true"})[1], (1, 0))

    def test_a_wrong_option_runs_nothing(self):
        for options in (("--fast",), ("--only", "everything"), ("--only",)):
            done, counts = self.run_test(*options)
            self.assertEqual((done.returncode, counts), (2, None))

    def test_every_step_has_a_budget_and_they_fit_into_thirty_minutes(self):
        with open(os.path.join(ROOT, "packaging/budget.txt"), encoding="utf-8") as file:
            budget = dict(line.split() for line in file if not line.startswith("#") and line.strip())
        steps = {"install", "build", "unit", "lint", "scenario", "ui", "other", "build-asan", "asan", "build-tsan", "tsan"}
        self.assertEqual(set(budget), steps)
        self.assertLessEqual(sum(float(minutes) for minutes in budget.values()), 30)


if __name__ == "__main__":
    unittest.main()
