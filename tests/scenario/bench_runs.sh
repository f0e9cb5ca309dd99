#!/usr/bin/env bash
# The benches run and print what can be read: small, and not timed, because a test must not depend on the machine.
source "$(dirname "$0")/lib.sh"
wants_code 0 "$lab" bench earn lookup live store fold --members 2000 --rounds 1 --dir "$work/bench"
python3 - "$work/said" <<'CHECK'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line.startswith("{")]
assert [line["bench"] for line in lines] == ["live", "earn", "lookup"] + [
    bench for bench in ("store mixed, product's cache", "store mixed, default cache", "store append", "store lookup")
    for cipher in (1, 2)] + ["fold", "fold"], lines
assert lines[1]["ratio"] > 0 and lines[1]["wal_bytes"] > 4096, lines[1]
assert lines[2]["scans"] == 2000, lines[2]
assert lines[-2]["operations"] == 20000 and lines[-1]["shown"], lines[-2:]
CHECK
wants_code 2 "$lab" bench no-such-bench
