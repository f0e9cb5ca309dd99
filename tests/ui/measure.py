#!/usr/bin/env python3
"""Measures the cashier screen as it runs, in JSON lines: processor time while nothing happens (online, and with
headquarters gone), and the time of a frame while a hand types and while another till's sales arrive. Not a test.

    measure.py BIN_DIR [--seconds N] [--size WxH]

"make" is building a frame from the state; "show" is that, drawing it (in software here) and handing it to the display.
The --ui-dump that this needs is written after a frame's time was taken.
"""
import argparse, json, os, shutil, subprocess, tempfile, time

from keyboard import Keyboard
from world import World, check

CARD, PHONE = "6900000012345678", "13812348000"
TYPED_S = 0.06  # a fast hand
SALES, SALE_S = 200, 0.05


def processor_s(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Frames:
    def __init__(self, path):
        self.path, self.seen = path, 0

    def new(self):
        with open(self.path) as file:
            lines = file.read().splitlines()
        out, self.seen = [tuple(map(int, line.split())) for line in lines[self.seen:]], len(lines)
        return out


def say(**facts):
    print(json.dumps({"bench": "screen", **facts}), flush=True)


def say_frames(what, frames):
    def at(column, share):
        values = sorted(frame[column] for frame in frames)
        return values[min(len(values) - 1, int(share * len(values)))]

    check(len(frames) > 50, what + ": too few frames")
    say(what=what, frames=len(frames), make_p50_us=at(0, 0.5), make_p99_us=at(0, 0.99), show_p50_us=at(1, 0.5),
        show_p99_us=at(1, 0.99))


def idle(w, what, frames, seconds):
    time.sleep(3)
    frames.new()
    begin, before = time.monotonic(), processor_s(w.screen.pid)
    time.sleep(seconds)
    spent = processor_s(w.screen.pid) - before
    say(what=what, cpu_percent=round(100 * spent / (time.monotonic() - begin), 2), frames=len(frames.new()),
        seconds=seconds)


def sell_elsewhere(w):
    """Another store's till, without a screen, sells to the member that this one shows."""
    folder = os.path.join(w.dir, "other")
    command = [w.program("tally-lab"), "till-worker", "--dir", folder, "--ticket-file", w.ticket("S07", "Second")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
        def ask(**request):
            worker.stdin.write(json.dumps({"id": 1, **request}) + "\n")
            worker.stdin.flush()
            return json.loads(worker.stdout.readline())

        ask(do="line", up=True)
        while not ask(do="status").get("caught_up"):
            time.sleep(0.1)
        for number in range(SALES):
            answer = ask(do="sale", at=int(time.time() * 1000), code=CARD, bill=f"B{number}", amount=1000, refund=False,
                         of="")
            check("error" not in answer, str(answer))
            time.sleep(SALE_S)
        ask(do="stop")


def measure(w, seconds):
    w.set_up(scan_gap_ms=None)
    path = os.path.join(w.dir, "frames.txt")
    w.start_screen("--frame-times", path)
    keys, frames = Keyboard(w.env["DISPLAY"]), Frames(path)
    w.settled("online with a programme", lambda f: f["online"] and f["programme"] > 0)
    idle(w, "idle, online", frames, seconds)

    w.key("F4")
    w.until("register", lambda f: f["screen"] == "register")
    keys.by_hand(PHONE, 0.2)
    w.settled("the number is free", lambda f: True)
    keys.burst(CARD)
    w.settled("the card is in", lambda f: any(i["label"] == CARD for i in f["items"]))
    w.key("F4")
    w.settled("the member", lambda f: f["screen"] == "member" and f["waiting"] == 0)

    w.key("F2")
    w.settled("home", lambda f: f["screen"] == "home")
    frames.new()
    for _ in range(5):
        keys.by_hand("13812348000138123480001381234", TYPED_S)
        w.key("F2")
    say_frames("typing", frames.new())

    keys.burst(CARD)
    w.settled("the member", lambda f: f["screen"] == "member")
    frames.new()
    sell_elsewhere(w)
    w.settled("every sale has arrived", lambda f: f.get("balance") == SALES * 10)
    say_frames("another till's sales arrive", frames.new())

    w.stop(w.hq)
    w.until("offline", lambda f: not f["online"])
    idle(w, "idle, headquarters gone", frames, seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--size", default="1280x800")
    given = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="tally-measure-")
    world = World(os.path.abspath(given.bin_dir), folder, "zh", given.size)
    try:
        world.start_display()
        measure(world, given.seconds)
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
