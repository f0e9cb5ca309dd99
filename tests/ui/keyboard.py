"""Keys as a device sends them: through XTest, a whole burst in one request, so that no pause lies between them but the
server's own. xdotool waits between keys as long as the machine makes it wait, which no scanner does."""
import ctypes, time

SHIFT, CONTROL, RETURN, TAB, ESCAPE = 0xFFE1, 0xFFE3, 0xFF0D, 0xFF09, 0xFF1B


class Keyboard:
    def __init__(self, display):
        self.x = ctypes.CDLL("libX11.so.6")
        self.test = ctypes.CDLL("libXtst.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XKeycodeToKeysym.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(display.encode()))
        if not self.display:
            raise SystemExit("FAILED: no display " + display)

    def _put(self, code, down):
        self.test.XTestFakeKeyEvent(self.display, code, down, 0)

    def _stroke(self, keysym, hold=()):
        code = self.x.XKeysymToKeycode(self.display, ctypes.c_ulong(keysym))
        if keysym < 0x80 and self.x.XKeycodeToKeysym(self.display, code, 0) != keysym:
            hold = (SHIFT, *hold)
        held = [self.x.XKeysymToKeycode(self.display, ctypes.c_ulong(each)) for each in hold]
        for each in held:
            self._put(each, 1)
        self._put(code, 1)
        self._put(code, 0)
        for each in reversed(held):
            self._put(each, 0)

    def _strokes(self, text):  # printable ASCII; a control character as scanners send it: Ctrl and a key
        for c in text:
            if ord(c) < 0x20:
                yield lambda c=c: self._stroke(ord(c) + 0x40 if ord(c) + 0x40 > 0x5A else ord(c) + 0x60, (CONTROL,))
            else:
                yield lambda c=c: self._stroke(ord(c))

    def burst(self, text, end=RETURN):
        for stroke in self._strokes(text):
            stroke()
        self._stroke(end)
        self.x.XSync(self.display, 0)

    def by_hand(self, text, pause_s, end=RETURN):
        for stroke in [*self._strokes(text), lambda: self._stroke(end)]:
            stroke()
            self.x.XSync(self.display, 0)
            time.sleep(pause_s)

    def press(self, keysym):
        self._stroke(keysym)
        self.x.XSync(self.display, 0)
