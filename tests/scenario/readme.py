#!/usr/bin/env python3
"""Runs the commands of README.md as they stand there: readme.py BIN_DIR ROOT

Only three things are changed: the port is a free one, the server's end is awaited, and the screen is run by the ui test.
The two commands of packaging/ are run by CI itself. The files that an import names are those that ship.
"""
import os, re, shutil, socket, subprocess, sys, tempfile, time

bin_dir, root = os.path.abspath(sys.argv[1]), sys.argv[2]
text = open(os.path.join(root, "README.md"), encoding="utf-8").read()
commands = [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M) for line in block.splitlines() if line.strip()]
commands = [line for line in commands if not line.startswith("packaging/")]
assert len(commands) >= 9, "README.md lost its commands"

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = str(probe.getsockname()[1])

folder = tempfile.mkdtemp(prefix="tally-readme-")
environment = dict(os.environ, PATH=bin_dir + ":" + os.environ["PATH"])
# The commands are given in the clone; what they make shall not lie there.
os.symlink(os.path.join(os.path.abspath(root), "hq-server"), os.path.join(folder, "hq-server"))
with open(os.path.join(folder, "secret.txt"), "w") as out:
    out.write("correct horse battery staple\n")

server = None
try:
    for line in commands:
        line = line.replace("7400", port)
        print("$ " + line, flush=True)
        if line.endswith("&"):
            server = subprocess.Popen(["bash", "-c", "exec " + line[:-1]], cwd=folder, env=environment)
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                        break
                time.sleep(0.05)
            else:
                sys.exit("the server does not listen")
            continue
        if line.startswith("tally-terminal run"):
            continue
        done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
        print(done.stdout + done.stderr, flush=True)
        if done.returncode != 0:
            sys.exit(f"README.md says: {line}\nit ended with {done.returncode}")
        if " import " in line and "--dry-run" not in line and "imported 4 members, 4 sales, 1 refund" not in done.stdout:
            sys.exit("the sample files were not imported whole")
        if " report " in line and "S01,5,45290," not in done.stdout:
            sys.exit("the report lacks the imported sales")
finally:
    if server:
        server.terminate()
        server.wait(30)
    shutil.rmtree(folder, ignore_errors=True)
print("every command of README.md runs")
