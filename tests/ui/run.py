#!/usr/bin/env python3
"""Drives the real cashier screen with real key and mouse events. Needs Xvfb, openbox and xdotool.

    run.py BIN_DIR [--story day|scans|shop] [--keep DIR] [--lang zh|en] [--size WxH]

day: a scan, earnings while headquarters is down, the waiting count that rises, headquarters coming up, the count that
falls, and numbers that stay. scans: what a scanner at its own speed, a hand, and hostile codes do (scans.py). shop: the
default window on a small display, a second screen, and headquarters that revokes the till (shop.py).
"""
import argparse, os, shutil, signal, tempfile

from scans import scan_story
from shop import shop_story
from world import World, check, fail, text_of


def story(w):
    w.set_up()
    w.start_screen()
    w.settled("online with a programme", lambda f: f["online"] and f["programme"] > 0)
    w.shot("home")

    # Register: the phone first, a card scanned into the form, the rest by keys.
    w.key("F4")
    w.until("register", lambda f: f["screen"] == "register")
    w.type("13812348000")
    w.settled("the number is free", lambda f: True)
    w.scan("6900000012345678")
    w.settled("the card is filled in", lambda f: any(i.get("id") == "field_card" and i["label"] == "6900000012345678" for i in f["items"]))
    w.key("Tab")
    w.type("Wang Xiaoming")
    w.key("F3")
    w.shot("register")
    w.key("F4")
    frame = w.settled("the new member", lambda f: f["screen"] == "member")
    check(frame["balance"] == 0, "a new member has no points")
    w.settled("sent", lambda f: f["waiting"] == 0)

    # Headquarters goes; the scan still finds, and two sales earn.
    w.stop(w.hq)
    w.until("offline", lambda f: not f["online"])
    w.key("Escape")
    w.until("home", lambda f: f["screen"] == "home")
    w.shot("offline")
    w.scan("6900000012345678")
    w.settled("the scanned member", lambda f: f["screen"] == "member")
    w.type("128.50")
    w.settled("the preview before it is done", lambda f: f["screen"] == "earn" and text_of(f, "+128"))
    check(w.frame()["waiting"] == 0, "a preview writes nothing")
    w.shot("earn")
    w.key("Return")
    w.settled("128 points", lambda f: f["screen"] == "member" and f["balance"] == 128 and f["waiting"] == 1)
    # The second by mouse alone.
    w.click("earn")
    w.until("earn", lambda f: f["screen"] == "earn")
    typed = ""
    for pad in "372":
        w.click("pad_" + pad)
        typed += pad
        w.until("amount " + typed, lambda f: any(i.get("id") == "field_amount" and i["label"] == typed for i in f["items"]))
    w.settled("the preview", lambda f: text_of(f, "+372"))
    w.click("confirm")
    frame = w.settled("500 points, two waiting", lambda f: f["screen"] == "member" and f["balance"] == 500 and f["waiting"] == 2)
    w.check_frame(frame)
    w.shot("two-waiting")

    # Redeem offline, and what must be refused.
    w.key("F6")
    w.until("redeem", lambda f: f["screen"] == "redeem")
    w.type("150")
    w.key("Return")
    w.settled("not a step: refused", lambda f: f["screen"] == "redeem" and f.get("tone") == 2)
    w.shot("refused")
    w.key("BackSpace", "BackSpace", "BackSpace")
    w.type("100")
    w.key("Return")
    w.settled("400 points left", lambda f: f["screen"] == "member" and f["balance"] == 400 and f["waiting"] == 3)
    w.key("F5")
    w.type("99999999999")
    w.key("Return")
    w.settled("an absurd amount is refused", lambda f: f["screen"] == "earn" and f.get("tone") == 2 and f["waiting"] == 3)
    w.shot("absurd")
    w.key("Escape")
    w.scan("' OR 1=1; DROP TABLE members;--")
    w.settled("a hostile code is unknown", lambda f: f["screen"] == "member" and f.get("tone") == 2)

    # The screen is killed outright; what was done is there again.
    w.stop(w.screen, signal.SIGKILL)
    w.start_screen()
    w.until("three still wait", lambda f: f["waiting"] == 3)
    w.scan("13812348000")
    w.settled("the same balance after a kill", lambda f: f["screen"] == "member" and f["balance"] == 400)

    # Headquarters comes back: the count falls, the numbers stay.
    w.start_hq()
    frame = w.settled("all sent", lambda f: f["online"] and f["waiting"] == 0 and f["member_confirmed"] and f["member_waiting"] == 0)
    check(frame["balance"] == 400, "the numbers stay")
    w.shot("reunited")
    w.key("F9")
    frame = w.until("the other language", lambda f: f["lang"] != w.lang)
    w.check_frame(frame)
    w.shot("other-language")
    w.key("F7")
    w.settled("the till's operations", lambda f: f["screen"] == "till_log" and f["operations"] >= 4)
    w.shot("till-log")
    w.stop(w.screen)
    w.stop(w.hq)
    report = w.run(w.program("tally-hq"), "report", "--dir", w.hq_dir, "--keyfile", w.hq_key(), "--by", "member", "--csv")
    check("400" in report, "headquarters agrees: " + report)
    w.run(w.program("tally-hq"), "verify", "--dir", w.hq_dir, "--keyfile", w.hq_key())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin_dir")
    parser.add_argument("--keep")
    parser.add_argument("--story", choices=("day", "scans", "shop"), default="day")
    parser.add_argument("--lang", default="zh")
    parser.add_argument("--size", default="1280x800")
    given = parser.parse_args()
    missing = [tool for tool in ("Xvfb", "openbox", "xdotool") if not shutil.which(tool)]
    if missing:
        fail("not installed: " + ", ".join(missing))
    folder = given.keep or tempfile.mkdtemp(prefix="tally-ui-")
    os.makedirs(folder, exist_ok=True)
    world = World(os.path.abspath(given.bin_dir), os.path.abspath(folder), given.lang, given.size, given.story == "shop")
    try:
        world.start_display()
        {"day": story, "scans": scan_story, "shop": shop_story}[given.story](world)
        print("ui: passed")
    finally:
        world.close()
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
