#!/usr/bin/env python3
"""Makes the databases of earlier schemas in this folder: make_schema.py BIN_DIR OUT

BIN_DIR holds tally-lab, tally-hq and tally-terminal as they were built from a commit with that schema; `tally-lab demo`
plays its story with them. OUT gets hq/ (headquarters at the story's end) and till/ (the till in South at the moment when
an operation waits for headquarters, as its disk looked: a database with its WAL). The key files go along as test.key:
they open nothing but these.

    hq-schema-1, replica-schema-1   a build from before 5d45322
    hq-schema-2                     a build from between 5d45322 and b5c9c66
    replica-schema-2                a build of 4956e60
    hq-schema-6                     a build from between 9acf77b and ea2ecf0
"""
import glob, os, shutil, signal, subprocess, sys

programs, out = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
os.makedirs(out)


def family(pid):
    pids = [pid]
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in open(task).read().split():
            pids += family(int(child))
    return pids


def keep(folder, name, key, to):
    os.makedirs(to)
    for end in ("", "-wal", ".keys", ".head"):
        if os.path.exists(f"{folder}/{name}{end}"):
            shutil.copy(f"{folder}/{name}{end}", f"{to}/{name}{end}")
    shutil.copy(f"{folder}/{key}", f"{to}/test.key")


demo = subprocess.Popen([f"{programs}/tally-lab", "demo", "--dir", f"{out}/demo", "--no-screen"],
                        stdout=subprocess.PIPE, text=True)
for line in demo.stdout:
    if "in South" in line and "(1 operations wait" in line and not os.path.exists(f"{out}/till"):
        for pid in family(demo.pid):
            os.kill(pid, signal.SIGSTOP)
        keep(f"{out}/demo/till-South", "replica.db", "till.key", f"{out}/till")
        for pid in family(demo.pid):
            os.kill(pid, signal.SIGCONT)
assert demo.wait() == 0
keep(f"{out}/demo/hq", "hq.db", "hq.key", f"{out}/hq")
shutil.rmtree(f"{out}/demo")
