"""A live GIMP with a window, whose Python a test can call."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.editors.engine import InstalledEngine
from tests.editors.screen import Screen

INSIDE = Path(__file__).parent / "inside"
START_SECONDS = 120.0
ANSWER_SECONDS = 180.0
CLOSING_SECONDS = 60.0
MESSAGE = "GIMP Message"
NUMBERS = itertools.count()
"""Tells the GIMPs of one user apart: one that is closed must not take another one along."""

GIMPRC = """
(config-version "3.99.0")
(show-welcome-dialog no)
(save-session-info no)
(check-updates no)
(confirm-on-close no)
"""


@dataclass(frozen=True)
class Version:
    """What differs between GIMPs.

    Attributes:
        profiles: Its folders of a user's settings, in `~/.config/GIMP`.
        gimprc: What stands in their gimprc.
        inside: The folder of what runs in its Python.
    """

    profiles: str
    gimprc: str
    inside: Path


GIMP_3 = Version("3.*", GIMPRC, INSIDE)


class Gimp:
    """A GIMP with the plug-in that the installer placed; it can be started anew.

    Args:
        engine: Whose machine, user and plug-in.
        screen: Where its window opens.
        version: Which GIMP it is.
    """

    def __init__(self, engine: InstalledEngine, screen: Screen, version: Version = GIMP_3) -> None:
        self.engine = engine
        self._version = version
        self.screen = screen
        number = next(NUMBERS)
        self.log = engine.user / f"gimp-{number}.log"
        self._address = engine.user / f"gimp-{number}.sock"
        self._start()

    def _start(self) -> None:
        for profile in (self.engine.user / ".config" / "GIMP").glob(self._version.profiles):
            (profile / "gimprc").write_text(self._version.gimprc)
            # What a test that failed chose last must not reach the next dialogs.
            for last in profile.glob("plug-in-settings/*localmatte*.last"):
                last.unlink()
        self._address.unlink(missing_ok=True)
        serve = (
            f"import sys; sys.path.insert(0, {str(self._version.inside)!r}); import gimp_server; "
        )
        serve += f"gimp_server.serve({str(self._address)!r})"
        command = ["dbus-run-session", "--", "gimp", "--new-instance", "--no-splash"]
        command += ["--batch-interpreter=python-fu-eval", f"--batch={serve}"]
        env = {**self.engine.user_env, **self.screen.env}
        self.log.unlink(missing_ok=True)
        # What is left of a GIMP that was ended may still write into the old file.
        with self.log.open("ab") as log:
            self._process = self.engine.machine.popen(
                command, env, stdout=log, stderr=subprocess.STDOUT
            )
        self._connection = self._connect()
        self._connection.settimeout(ANSWER_SECONDS)
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
        """Close the messages that GIMP shows, if any; also those that come meanwhile."""
        deadline = time.monotonic() + CLOSING_SECONDS
        while shown := [w for w, title in self.screen.windows().items() if title == MESSAGE]:
            assert time.monotonic() < deadline, "GIMP's messages do not close"
            self.screen.focus(shown[0])
            self.screen.keys("Return")
            time.sleep(0.3)

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
        return bool(_processes(str(self.engine.user), "/localmatte.py\0-gimp"))

    def restart(self) -> None:
        """Leave this GIMP, whatever state it is in, for a fresh one."""
        self.close()
        self._start()

    def close(self) -> None:
        """End GIMP without asking to save."""
        self._connection.close()
        for process in _processes(str(self._address), "--batch"):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.wait()

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                connection.connect(str(self._address))
            except OSError:
                time.sleep(0.1)
            else:
                return connection
        raise RuntimeError(f"GIMP did not start:\n{self.log.read_text(errors='replace')[-3000:]}")


def _processes(*marks: str) -> list[int]:
    """The ids, on this machine, of the processes whose command line holds all of the marks."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            command = (process / "cmdline").read_text(errors="replace")
            if all(mark in command for mark in marks):
                found.append(int(process.name))
    return found
