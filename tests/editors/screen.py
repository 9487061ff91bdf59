"""A screen without hardware, with a window manager, keys, a mouse and a camera."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.editors.machine import Machine, run

NUMBERS = range(90, 200)
"""Of displays. An X server that chooses one itself takes another one's socket away: it knows
taken numbers by its network's abstract sockets, and each server here has a network of its own."""

TITLES = """\
for window in $(xdotool search --onlyvisible --name .); do
    title=$(xdotool getwindowname "$window") && echo "$window $title"
done
"""
"""One call for all windows: to come into the machine takes longer than to ask."""


class Screen:
    """An X server of its own on a machine."""

    def __init__(self, machine: Machine, size: str = "1280x800") -> None:
        self._machine = machine
        self._server, number = next(filter(None, (_started(machine, n, size) for n in NUMBERS)))
        self.env = {"DISPLAY": f":{number}"}
        self._manager = machine.popen(["openbox"], self.env, stderr=subprocess.DEVNULL)

    def close(self) -> None:
        """End the window manager and the server."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait()

    def keys(self, *keys: str) -> None:
        """Press keys one after the other, for example "ctrl+z"."""
        self._xdotool("key", "--delay", "60", *keys)

    def hold(self, key: str) -> None:
        """Press a key and hold it."""
        self._xdotool("keydown", key)

    def let_go(self, key: str) -> None:
        """Release a key that is held."""
        self._xdotool("keyup", key)

    def text(self, text: str) -> None:
        """Type text."""
        self._xdotool("type", "--delay", "30", text)

    def click(self, x: int, y: int) -> None:
        """Press and release the first mouse button at a place on the screen."""
        self._xdotool("mousemove", str(x), str(y), "sleep", "0.2", "click", "1")

    def press(self) -> None:
        """Press and release the first mouse button where the mouse is."""
        self._xdotool("click", "1")

    def wheel(self, x: int, y: int) -> None:
        """Turn the wheel towards oneself at a place on the screen."""
        self._xdotool("mousemove", str(x), str(y), "sleep", "0.2", "click", "--repeat", "2", "5")

    def wheel_up(self, x: int, y: int) -> None:
        """Turn the wheel away from oneself at a place on the screen."""
        self._xdotool("mousemove", str(x), str(y), "sleep", "0.2", "click", "--repeat", "2", "4")

    def point(self, x: int, y: int) -> None:
        """Move the mouse to a place on the screen."""
        self._xdotool("mousemove", str(x), str(y))

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Draw a line with the first mouse button held."""
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        moves = [
            part for x, y in (middle, end) for part in ("mousemove", str(x), str(y), "sleep", "0.2")
        ]
        press = ["mousemove", str(start[0]), str(start[1]), "sleep", "0.2", "mousedown", "1"]
        self._xdotool(*press, "sleep", "0.1", *moves, "mouseup", "1")

    def windows(self) -> dict[str, str]:
        """The titles of the visible windows, by id."""
        listed = run(self._machine, ["sh", "-c", TITLES], self.env).stdout
        return dict(line.split(" ", 1) for line in listed.splitlines())

    def wait_for(self, title: str, seconds: float = 60) -> str:
        """Wait for a visible window whose title holds `title`; returns its id."""
        return self._wait(title, True, seconds)

    def wait_gone(self, title: str, seconds: float = 60) -> None:
        """Wait until no visible window's title holds `title`."""
        self._wait(title, False, seconds)

    def focus(self, window: str) -> None:
        """Raise a window and give it the keyboard."""
        self._xdotool("windowactivate", "--sync", window)

    def place(self, window: str, x: int, y: int, width: int, height: int) -> None:
        """Move and resize a window."""
        self._xdotool("windowsize", window, str(width), str(height))
        self._xdotool("windowmove", window, str(x), str(y))

    def geometry(self, window: str) -> tuple[int, int, int, int]:
        """A window's x, y, width and height, without what the window manager puts around it."""
        shell = self._xdotool("getwindowgeometry", "--shell", window).split()
        values = dict(line.split("=") for line in shell)
        x, y, width, height = (int(values[name]) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        return x, y, width, height

    def shoot(self, path: Path, window: str = "root") -> None:
        """Save what the screen shows, or one window of it."""
        done = run(self._machine, ["import", "-window", window, str(path)], self.env)
        assert done.returncode == 0, done.stderr

    def _wait(self, title: str, there: bool, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            windows = self.windows()
            found = [window for window, name in windows.items() if title in name]
            if bool(found) == there:
                return found[0] if found else ""
            time.sleep(0.1)
        raise AssertionError(f"waited for {title!r}; the windows are {windows}")

    def _xdotool(self, *arguments: str) -> str:
        return run(self._machine, ["xdotool", *arguments], self.env).stdout


def _started(
    machine: Machine, number: int, size: str
) -> tuple[subprocess.Popen[bytes], int] | None:
    """An X server of that number; None where there is another one."""
    start = f"exec Xvfb :{number} -displayfd 1 -screen 0 {size}x24 -nolisten tcp"
    server = machine.popen(
        ["sh", "-c", f"test -e /tmp/.X11-unix/X{number} || {start}"],
        {},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    if server.stdout.readline():
        return server, number
    server.wait()
    return None
