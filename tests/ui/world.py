"""What every test of the real window shares: a headquarters, a till, an Xvfb display, hands and eyes. Asserts through
--ui-dump; leaves screenshots in the kept folder when `import` (ImageMagick) is installed. Not a test itself."""
import ctypes, json, os, shutil, signal, socket, subprocess, time

WAIT_S = 30  # for a state to come; not a claim about speed


RUN_S = 120  # for one command to end: it hangs otherwise
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_parent():  # in the child, before its program starts: a killed test leaves no display or server behind
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def fail(words):
    raise SystemExit("FAILED: " + words)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class World:
    def __init__(self, bin_dir, folder, lang, size, decorated=False):
        self.bin, self.dir, self.lang, self.size, self.decorated = bin_dir, folder, lang, size, decorated
        self.children, self.shots = [], 0
        self.hq_dir, self.till_dir = os.path.join(folder, "hq"), os.path.join(folder, "till")
        self.dump_path = os.path.join(folder, "frame.json")
        self.port = free_port()
        self.hq = self.screen = None
        self.env = dict(os.environ, XMODIFIERS="@im=none", LIBGL_ALWAYS_SOFTWARE="1")

    # --- processes ---
    def start(self, *arguments, **more):
        child = subprocess.Popen(arguments, env=self.env, preexec_fn=die_with_parent, **more)
        self.children.append(child)
        return child

    def stop(self, child, how=signal.SIGTERM):
        if child and child.poll() is None:
            child.send_signal(how)
            child.wait(timeout=WAIT_S)

    def run(self, *arguments, **more):
        try:
            done = subprocess.run(arguments, env=self.env, capture_output=True, text=True, timeout=RUN_S,
                                  preexec_fn=die_with_parent, **more)
        except subprocess.TimeoutExpired:
            fail(" ".join(arguments[:2]) + f": did not end within {RUN_S} s")
        if done.returncode:
            fail(" ".join(arguments[:2]) + ": " + done.stdout + done.stderr)
        return done.stdout

    def program(self, name):
        return os.path.join(self.bin, name)

    def start_display(self):
        read, write = os.pipe()
        width, height = self.size.split("x")
        self.start("Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", pass_fds=[write],
                   stderr=subprocess.DEVNULL)
        os.close(write)
        number = os.read(read, 32).decode().strip()
        if not number:
            fail("Xvfb does not start")
        self.env["DISPLAY"] = ":" + number
        rc = os.path.join(self.dir, "openbox.xml")  # without decoration the window is the whole screen, as at a till
        with open(rc, "w") as file:
            bare = '<decor>no</decor><position force="yes"><x>0</x><y>0</y></position>'
            file.write('<openbox_config xmlns="http://openbox.org/3.4/rc"><applications><application class="*">' +
                       ("" if self.decorated else bare) +
                       "<focus>yes</focus></application></applications></openbox_config>")
        self.start("openbox", "--config-file", rc, stderr=subprocess.DEVNULL)

    def start_hq(self):
        self.hq = self.start(self.program("tally-hq"), "serve", "--dir", self.hq_dir, "--keyfile", self.hq_key(),
                             "--host", "127.0.0.1", "--port", str(self.port), stderr=self.log("hq"))

    def hq_key(self):
        return os.path.join(self.dir, "hq.key")

    def log(self, name):
        return open(os.path.join(self.dir, name + ".log"), "a")

    def set_up(self, scan_gap_ms=100):  # None: the product's own
        with open(self.hq_key(), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(os.urandom(32))
        self.run(self.program("tally-hq"), "init", "--dir", self.hq_dir, "--keyfile", self.hq_key(), "--chain", "Good Neighbour")
        ticket = self.ticket("S06", "人民路店")
        self.start_hq()
        self.wait_for_port()
        self.run(self.program("tally-terminal"), "enrol", "--dir", self.till_dir, "--keyfile", self.till_key(), "--ticket", ticket)
        with open(os.path.join(self.till_dir, "terminal.toml"), "w") as file:
            file.write("[sync]\nbackoff_base_ms = 100\nbackoff_max_ms = 500\n")
            if scan_gap_ms:
                # A display and a scanner made of software share a busy machine's cores with whatever else runs.
                file.write(f"[screen]\nscan_gap_ms = {scan_gap_ms}\n")

    def ticket(self, store, name, again=""):
        path = os.path.join(self.dir, "ticket-" + store + again)
        self.run(self.program("tally-hq"), "enrol", "--dir", self.hq_dir, "--keyfile", self.hq_key(), "--store", store,
                 "--name", name, "--address", f"127.0.0.1:{self.port}", "--ticket-file", path)
        return path

    def till_key(self):
        return os.path.join(self.dir, "till.key")

    def wait_for_port(self):
        end = time.time() + WAIT_S
        while time.time() < end:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        fail("headquarters does not listen")

    def start_screen(self, *more, size=""):  # None: the product's own
        if os.path.exists(self.dump_path):
            os.unlink(self.dump_path)
        self.screen = self.start(self.program("tally-terminal"), "run", "--dir", self.till_dir, "--keyfile", self.till_key(),
                                 "--lang", self.lang, *(["--size", size or self.size] if size is not None else []),
                                 "--ui-dump", self.dump_path, *more,
                                 stderr=self.log("screen"))
        self.until("home", lambda f: f["screen"] == "home")
        self.xdo("search", "--sync", "--onlyvisible", "--name", "Tallystick", "windowfocus", "--sync")

    # --- hands and eyes ---
    def xdo(self, *arguments):
        self.run("xdotool", *arguments)

    def key(self, *names):
        self.xdo("key", "--delay", "100", *names)

    def type(self, text):  # as a hand does
        self.xdo("type", "--delay", "320", text)

    def scan(self, code):  # as a scanner does: a burst, then Enter
        time.sleep(0.4)  # a hand's pause before the scanner's burst
        self.xdo("type", "--delay", "2", "--args", "1", code, "key", "--delay", "2", "Return")

    def frame(self):
        try:
            with open(self.dump_path) as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def until(self, what, holds):
        end = time.time() + WAIT_S
        frame = None
        while time.time() < end:
            if self.screen and self.screen.poll() is not None:
                fail("the screen ended while waiting for: " + what)
            frame = self.frame()
            if frame and holds(frame):
                return frame
            time.sleep(0.03)
        if frame:
            print(json.dumps({k: v for k, v in frame.items() if k != "items"}), [i["label"] for i in frame["items"] if i["kind"] == "text"])
        self.shot("failed")
        fail("never saw: " + what)

    def settled(self, what, holds):
        return self.until(what, lambda f: f["settled"] and holds(f))

    def click(self, item_id):
        frame = self.until("widget " + item_id, lambda f: any(i.get("id") == item_id for i in f["items"]))
        x, y, w, h = next(i["rect"] for i in frame["items"] if i.get("id") == item_id)
        self.xdo("mousemove", "--sync", str(int(x + w / 2)), str(int(y + h / 2)), "sleep", "0.1", "click", "1")

    def shot(self, name):
        if not shutil.which("import"):
            return
        self.shots += 1
        time.sleep(0.15)  # until the last frame is on the display
        subprocess.run(["import", "-window", "root", os.path.join(self.dir, f"{self.shots:02d}-{name}.png")], env=self.env,
                           timeout=RUN_S, preexec_fn=die_with_parent)

    def check_frame(self, frame):
        for item in frame["items"]:
            if item.get("cut"):
                fail("text is cut: " + item["label"])

    def close(self):
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    child.kill()


def check(condition, words):
    if not condition:
        fail(words)


def text_of(frame, part):
    return any(part in item["label"] for item in frame["items"] if item["kind"] == "text")


def field_of(frame, field_id):
    return next((item["label"] for item in frame["items"] if item.get("id") == field_id), None)
