"""A till as a shop has it: the default window on a small display with a title bar, a second screen by mistake, and
headquarters that revokes it. Driven by run.py; not a test itself."""
import os, re, subprocess

from world import RUN_S, check


def window_place(w):  # x, y, width, height of the window without its frame, on the display
    window = w.run("xdotool", "search", "--onlyvisible", "--name", "Tallystick").split()[0]
    size = re.search(r"Geometry: (\d+)x(\d+)", w.run("xdotool", "getwindowgeometry", window))
    # Its "Position" counts a title bar twice; the mouse does not.
    corner = w.run("xdotool", "mousemove", "--sync", "--window", window, "1", "1", "getmouselocation")
    place = re.search(r"x:(\d+) y:(\d+)", corner)
    return int(place[1]) - 1, int(place[2]) - 1, int(size[1]), int(size[2])


def all_on_display(w):
    frame = w.settled("a status bar", lambda f: any(i.get("id") == "status" for i in f["items"]))
    x, y, width, height = window_place(w)
    wide, high = (int(n) for n in w.size.split("x"))
    check(x >= 0 and y >= 0 and x + width <= wide and y + height <= high,
          f"the window {width}x{height} at {x},{y} hangs over the display {w.size}")
    for item in frame["items"]:
        if item.get("id") == "status" or item["kind"] in ("button", "field"):
            left, top, item_wide, item_high = item["rect"]
            check(left >= 0 and top >= 0 and left + item_wide <= width and top + item_high <= height,
                  item["label"] + " is not in the window")
    w.check_frame(frame)
    return frame


def shop_story(w):
    w.set_up()
    w.start_screen(size=None)
    w.settled("online with a programme", lambda f: f["online"] and f["programme"] > 0)
    all_on_display(w)
    w.shot("default-window")

    second = subprocess.run([w.program("tally-terminal"), "run", "--dir", w.till_dir, "--keyfile", w.till_key()], env=w.env,
                            capture_output=True, text=True, timeout=RUN_S)
    check(second.returncode == 1 and "open already" in second.stderr and str(w.screen.pid) in second.stderr,
          "a second screen says that the till is open already: " + second.stderr)

    w.key("F4")
    w.until("register", lambda f: f["screen"] == "register")
    w.type("13812348000")
    w.key("F4")
    w.settled("the new member", lambda f: f["screen"] == "member" and f["waiting"] == 0)
    w.type("12.345")
    w.key("Return")
    w.settled("another amount is not confirmed", lambda f: f["screen"] == "earn" and f.get("tone") == 2 and f["waiting"] == 0)
    w.shot("amount-refused")
    w.key("BackSpace", "Return")
    w.settled("the mended one is", lambda f: f["screen"] == "member" and f["balance"] == 12)
    w.settled("sent", lambda f: f["waiting"] == 0)

    # Sold while the line was down, and revoked meanwhile.
    w.stop(w.hq)
    w.until("offline", lambda f: not f["online"])
    w.type("50")
    w.key("Return")
    w.settled("one waits", lambda f: f["screen"] == "member" and f["waiting"] == 1)
    w.run(w.program("tally-hq"), "revoke", "--dir", w.hq_dir, "--keyfile", w.hq_key(), "--terminal", "2", "--reason", "stolen")
    w.start_hq()
    w.until("the till hears of it", lambda f: f["revoked"])
    w.type("9")
    frame = w.settled("no sale", lambda f: f["screen"] == "member" and f.get("tone") == 2 and f["waiting"] == 1)
    w.check_frame(frame)
    w.shot("revoked-member")
    w.key("Escape")
    w.until("home", lambda f: f["screen"] == "home")
    w.key("F4")
    w.settled("no registration", lambda f: f["screen"] == "home" and f.get("tone") == 2)
    w.key("Escape")
    all_on_display(w)
    w.shot("revoked-home")
    w.stop(w.screen)
    w.start_screen(size=None)
    w.until("it stays so after a restart", lambda f: f["revoked"] and f["waiting"] == 1)
    status = w.run(w.program("tally-sync"), "status", "--dir", w.till_dir, "--keyfile", w.till_key())
    check("stolen" in status and "1 operations never reached headquarters" in status, "tally-sync says it: " + status)

    # Enrolled anew on the same folder, while the screen is open: what was not sent goes up, and it sells again.
    anew = subprocess.run([w.program("tally-terminal"), "enrol", "--dir", w.till_dir, "--keyfile", w.till_key(), "--ticket",
                           w.ticket("S06", "人民路店", "-anew")], env=w.env, capture_output=True, text=True, timeout=RUN_S)
    check(anew.returncode == 0 and "1 operations" in anew.stderr, "enrolled anew: " + anew.stderr)
    w.until("it sells again", lambda f: not f["revoked"])
    w.stop(w.screen)
    w.start_screen(size=None)
    w.until("all sent", lambda f: f["online"] and f["waiting"] == 0)
    w.scan("13812348000")
    w.settled("the points are there", lambda f: f["screen"] == "member" and f["balance"] == 62)
    w.stop(w.screen)
    w.stop(w.hq)
    terminals = w.run(w.program("tally-hq"), "terminals", "--dir", w.hq_dir, "--keyfile", w.hq_key())
    check("active" in terminals and "was revoked: stolen" in terminals, "headquarters keeps it on record: " + terminals)
    w.run(w.program("tally-hq"), "verify", "--dir", w.hq_dir, "--keyfile", w.hq_key())
    for name in os.listdir(w.till_dir):
        mode = os.stat(os.path.join(w.till_dir, name)).st_mode & 0o777
        check(name == "terminal.toml" or mode == 0o600, f"{name} has mode {mode:o}")
    check(os.stat(w.till_dir).st_mode & 0o777 == 0o700, "the till's folder is its owner's alone")
