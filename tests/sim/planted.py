#!/usr/bin/env python3
"""Tests the simulator: plants one-line faults in the product, one at a time, and counts the seeds that each takes.

Each is compiled with the build's own command and linked before the library that holds the right one
(tests/mutation/run.py). Prints the check that failed and at which seed; exits 1 when one is not found. Nothing in the
repository or the build changes.

    python3 tests/sim/planted.py [--build build/dev] [--only NAME ...] [--seeds 200] [--table FILE]
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/mutation"))
from run import build_mutant  # noqa: E402

SECONDS_MAX = 3600


def fault(name, file, old, new, breaks):
    return {"name": name, "file": file, "old": old, "new": new, "breaks": breaks}


PLANTED = [
    fault("page-covers-one-more", "common/replica/replica_page.cpp",
          "epochs[i].first_pos + static_cast<std::int64_t>(seq) - 1);",
          "epochs[i].first_pos + static_cast<std::int64_t>(seq));", "a page takes one operation too many out of the overlay"),
    fault("covered-stays-pending", "common/replica/replica_page.cpp",
          "if (!covered_.covers(pos)) out.push_back(pos);\n            return out;", "out.push_back(pos);\n            return out;",
          "what a page covers is counted again on top of it"),
    fault("strangers-stay-pending", "common/replica/replica_page.cpp", "TALLY_OK(sweep_covered());", "",
          "sales without a member never leave the overlay"),
    fault("restored-hq-lost-operations", "common/replica/replica_page.cpp",
          "restarted && own.exists && member.generation != 0", "false",
          "what a restored headquarters lacks is not pending again"),
    fault("reservation-not-recalled", "common/replica/replica_page.cpp",
          "if (state_.refilling) TALLY_OK(recall_reservations(replica_, state_, member));", "",
          "a reservation that stands again after a restore is nobody's"),
    fault("branch-dropped", "hq-server/intake/commit.cpp", "TALLY_OK(store.add_branch(row));", "",
          "the other operation under an id is refused and not kept"),
    fault("commit-error-ignored", "hq-server/intake/commit.cpp", "TALLY_OK(scope.commit());",
          "(void)scope.commit().has_value();", "headquarters acknowledges what a failing disk did not take"),
    fault("caches-survive-rollback", "hq-server/intake/commit.cpp", "    state.forget();\n", "",
          "after a failed commit the caches hold what was never written"),
    fault("commit-not-synced", "common/store/db_open.cpp",
          'options.sync == Sync::kFull ? "PRAGMA synchronous = FULL"', 'options.sync == Sync::kFull ? "PRAGMA synchronous = OFF"',
          "a sale is printed before it is on the disk"),
    fault("witness-not-believed", "common/replica/replica_guard.cpp",
          "if (incident) {\n        incident->at_ms = now_ms;", "if (incident && now_ms < 0) {\n        incident->at_ms = now_ms;",
          "an older database goes on under its old epoch"),
    fault("debt-not-netted", "common/domain/fold.cpp", "    net_debt(ledger, op.business_day);", "",
          "debt stays beside free points"),
    fault("coupon-of-any-holder", "common/domain/coupons.cpp",
          "return coupon.is_held_by(here.terminal, here.epoch) && coupon.reserved_day >= today &&",
          "return coupon.reserved_by != 0 && here.terminal != 0 && coupon.reserved_day >= today &&",
          "a till uses a coupon that another one holds"),
]


def find(planted, build, given):
    with tempfile.TemporaryDirectory(prefix="tally-planted") as folder:
        program, why = build_mutant(planted, build, planted["file"], "tally-lab", pathlib.Path(folder))
        if not program:
            return None, why
        done = subprocess.run([str(program), "sim", "--seed", str(given.seed), "--seeds", str(given.seeds), "--no-shrink",
                               "--stop-at-first", "--traces", folder], capture_output=True, text=True,
                              errors="replace", timeout=SECONDS_MAX)
        seen = re.search(r"^seed (\d+): ([\w-]+): (.*)", done.stdout, re.M)
        if not seen:
            return None, f"no check failed in {given.seeds} seeds"
        return int(seen.group(1)) - given.seed + 1, f"{seen.group(2)}: {seen.group(3)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--table", help="write the table here")
    given = parser.parse_args()
    build = (ROOT / given.build).resolve()
    chosen = [p for p in PLANTED if not given.only or p["name"] in given.only]
    rows, missed = [], 0
    for planted in chosen:
        seeds, said = find(planted, build, given)
        missed += seeds is None
        print(f"{planted['name']}: {f'{seeds} seeds' if seeds else 'NOT FOUND'}: {said}", flush=True)
        rows.append(f"| {planted['name']} | `{planted['file']}` | {planted['breaks']} | {seeds or '**none**'} | {said} |")
    print(f"{len(chosen) - missed} of {len(chosen)} planted faults were found")
    if given.table:
        head = "| fault | file | breaks | seeds | the check that failed |\n|---|---|---|---|---|\n"
        pathlib.Path(given.table).write_text(head + "\n".join(rows) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
