"""What a scanner at its own speed, a hand and hostile codes do to the real window, with the default scan gap (35 ms)."""
import json, os, time

from keyboard import ESCAPE, TAB, Keyboard
from world import check, field_of

CARD, OTHER = "6900000012345678", "6900000099999999"
HAND_S = 0.2  # between two keys of a hand; the gap that tells a scanner is 0.035
UNKNOWN, TOO_LONG = 0, 1
SAID = {"zh": ("不认识这个码", "这个码太长"), "en": ("Unknown code", "too long")}


def naughty():
    """Every naughty string that a keyboard of printable ASCII can send and that is long enough for a scan."""
    root = os.environ.get("TALLY_DATA") or os.path.join(os.environ.get("TALLY_ROOT", os.getcwd()), "../shared/data")
    path = os.path.join(root, "strings/blns.json")
    if not os.path.exists(path):
        check(not os.environ.get("TALLY_REQUIRE_DATA"), "no data at " + path)
        print("skipped: the naughty strings, no data")
        return []
    with open(path) as file:
        strings = json.load(file)
    return [s for s in strings if 6 <= len(s.strip()) <= 256 and all(0x20 <= ord(c) < 0x7F for c in s)]


def said_in(frame, words):  # over the ends of lines
    shown = "".join(item["label"] for item in frame["items"] if item["kind"] == "text")
    return words.replace(" ", "") in shown.replace(" ", "")


def burst_whole(w, keys, code):
    """One burst that no pause of this machine cut in two: then its first part would be text, as a hand's."""
    for _ in range(5):
        before = w.settled("a quiet home page", lambda f: f["screen"] == "home" and "tone" not in f)
        keys.burst(code)
        frame = w.settled("an answer to " + repr(code[:60]), lambda f: f["frame"] > before["frame"] and f.get("tone") == 2)
        if field_of(frame, "field_find") == "":
            return before, frame
        keys.press(ESCAPE)
    raise SystemExit("FAILED: five bursts were typed into the field: " + code[:60])


def hostile(w, keys, code, which):
    before, _ = burst_whole(w, keys, code)
    lang = before["lang"]
    frame = w.settled("the words for " + repr(code[:60]), lambda f: said_in(f, SAID[lang][which]))
    w.check_frame(frame)
    for fact in ("screen", "lang", "waiting", "operations", "programme"):
        check(frame[fact] == before[fact], f"{code[:60]!r} changed {fact}")
    check(field_of(frame, "field_find") == "", f"{code[:60]!r} was typed into the field")
    other = SAID["en" if lang == "zh" else "zh"]
    check(not any(said_in(frame, words) for words in other), "the message is in the other language")
    keys.press(ESCAPE)
    w.settled("the message is gone", lambda f: "tone" not in f)


def scan_story(w):
    w.set_up(scan_gap_ms=None)
    w.start_screen()
    keys = Keyboard(w.env["DISPLAY"])
    w.settled("online with a programme", lambda f: f["online"] and f["programme"] > 0)

    # A burst is a scan wherever the focus is: the name stays empty, the card is filled, Enter does not move on.
    w.key("F4")
    w.until("register", lambda f: f["screen"] == "register")
    keys.by_hand("13812348000", HAND_S)
    w.settled("the name has the focus", lambda f: any(i.get("id") == "field_name" and i.get("focused") for i in f["items"]))
    time.sleep(HAND_S)
    keys.burst(CARD)
    frame = w.settled("the burst was a scan", lambda f: field_of(f, "field_card") == CARD)
    check(field_of(frame, "field_name") == "", "nothing of the scan was typed")
    check(any(i.get("id") == "field_name" and i.get("focused") for i in frame["items"]), "the scan's Enter moved the focus")
    # The same keys from a hand are text, and Enter goes on to the next field.
    time.sleep(HAND_S)
    keys.by_hand(OTHER, HAND_S)
    frame = w.settled("the hand typed a name", lambda f: field_of(f, "field_name") == OTHER)
    check(field_of(frame, "field_card") == CARD, "slow typing was taken for a scan")
    w.until("Enter went on", lambda f: any(i.get("id") == "field_birthday" and i.get("focused") for i in f["items"]))
    w.key("F4")
    w.settled("the new member", lambda f: f["screen"] == "member" and f["waiting"] == 0)
    # On the card: a burst that ends in Tab finds the member again; slow digits begin a sale.
    keys.burst(CARD, end=TAB)
    w.settled("the member by a scan that ends in Tab", lambda f: f["screen"] == "member" and "tone" not in f)
    keys.by_hand("12345678", HAND_S, end=ESCAPE)
    w.settled("back from a sale that slow digits began", lambda f: f["screen"] == "member" and f["waiting"] == 0)
    w.key("Escape")
    w.settled("home", lambda f: f["screen"] == "home")

    codes = naughty()
    for turn in (0, 1):  # in the one language, then in the other
        hostile(w, keys, OTHER, UNKNOWN)
        for code in codes[turn :: max(1, len(codes) // 12)]:
            hostile(w, keys, code, UNKNOWN)
        hostile(w, keys, "A" * 3000, TOO_LONG)
        hostile(w, keys, "0" * 256, UNKNOWN)
        # GS1 codes carry group separators, which scanners send as Ctrl and ].
        hostile(w, keys, "0109521234\x1d543213\x1d10ABC123", UNKNOWN)
        before = w.frame()["lang"]
        w.key("F9")
        w.settled("the other language", lambda f: f["lang"] != before)
    frame = w.settled("still online, nothing waits", lambda f: f["online"] and f["waiting"] == 0)
    keys.burst(CARD)
    w.settled("and the next honest scan is found", lambda f: f["screen"] == "member")
    print("scans:", len(codes), "naughty strings could be sent")
