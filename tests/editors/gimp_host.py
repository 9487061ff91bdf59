"""A live GIMP with a window, whose Python a test can call."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.editors.engine import InstalledEngine
from tests.editors.screen import Screen

INSIDE = Path(__file__).parent / "inside"
START_SECONDS = 120.0
MESSAGE = "GIMP Message"

GIMPRC = """
(config-version "3.99.0")
(show-welcome-dialog no)
(save-session-info no)
(check-updates no)
(confirm-on-close no)
"""


class Gimp:
    """GIMP, started once, with the plug-in that the installer placed.

    Args:
        engine: Whose machine, user and plug-in.
        screen: Where its window opens.
    """

    def __init__(self, engine: InstalledEngine, screen: Screen) -> None:
        self.engine = engine
        self.screen = screen
        for profile in (engine.user / ".config" / "GIMP").glob("3.*"):
            (profile / "gimprc").write_text(GIMPRC)
        address = engine.user / "gimp.sock"
        address.unlink(missing_ok=True)
        self.log = engine.user / "gimp.log"
        serve = f"import sys; sys.path.insert(0, {str(INSIDE)!r}); import gimp_server; "
        serve += f"gimp_server.serve({str(address)!r})"
        command = ["dbus-run-session", "--", "gimp", "--new-instance", "--no-splash"]
        command += ["--batch-interpreter=python-fu-eval", f"--batch={serve}"]
        with self.log.open("wb") as log:
            self._process = engine.machine.popen(
                command, {**engine.user_env, **screen.env}, stdout=log, stderr=subprocess.STDOUT
            )
        self._connection = self._connect(address)
        self._stream = self._connection.makefile("rw", encoding="utf-8")

    def call(self, function: str, **arguments: Any) -> Any:
        """Call "module.function" of tests/editors/inside in GIMP's Python."""
        self._stream.write(json.dumps({"call": function, "arguments": arguments}) + "\n")
        self._stream.flush()
        line = self._stream.readline()
        assert line, f"GIMP's Python ended:\n{self.log.read_text(errors='replace')[-3000:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer.get("error")
        return answer["value"]

    def wait_for_message(self) -> None:
        """Wait until GIMP shows a message, then close it."""
        self.screen.wait_for(MESSAGE)
        self.close_messages()

    def close_messages(self) -> None:
        """Close the message that GIMP shows, if any."""
        for window, title in self.screen.windows().items():
            if title == MESSAGE:
                self.screen.focus(window)
                self.screen.keys("Return")
                self.screen.wait_gone(MESSAGE)

    @contextmanager
    def messages_in_the_log(self) -> Iterator[Callable[[], str]]:
        """Have GIMP write its messages instead of showing them; yields what reads them."""
        start = self.log.stat().st_size
        self.call("gimp_commands.handle_messages", by="CONSOLE")
        try:
            yield lambda: self.log.read_bytes()[start:].decode(errors="replace")
        finally:
            self.call("gimp_commands.handle_messages", by="MESSAGE_BOX")

    def plug_in_runs(self) -> bool:
        """Whether a process of the plug-in is there."""
        mark = str(self.engine.user).encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended meanwhile
                command = (process / "cmdline").read_bytes()
                if mark in command and b"/localmatte.py\0-gimp" in command:
                    return True
        return False

    def close(self) -> None:
        """End GIMP without asking to save."""
        self._connection.close()
        self._process.terminate()
        self._process.wait()

    def _connect(self, address: Path) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                connection.connect(str(address))
            except OSError:
                time.sleep(0.1)
            else:
                return connection
        raise RuntimeError(f"GIMP did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
