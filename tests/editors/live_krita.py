"""A live Krita with a window, whose Python a test can call."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Callable
from typing import Any

from tests.editors.krita_host import INSIDE, Krita
from tests.editors.machine import run
from tests.editors.screen import Screen

START_SECONDS = 120.0
ANSWER_SECONDS = 60.0

STILL_SECONDS = 0.1
"""What is at the same place for so long stays there."""

PRESS_SECONDS = 5.0
CLICKS = 3


class LiveKrita:
    """Krita, started once.

    Args:
        krita: Whose account and screen.
        variables: Of its environment.
    """

    def __init__(self, krita: Krita, **variables: str) -> None:
        self.krita = krita
        self._calls = krita.folder / "calls"
        shutil.rmtree(self._calls, ignore_errors=True)
        self._calls.mkdir()
        self._numbers = itertools.count()
        calls = str(self._calls)
        self._process = krita.start(INSIDE / "krita_server.py", LOCALMATTE_CALLS=calls, **variables)
        self._pid = self.call("krita_docker.begin", START_SECONDS)

    @property
    def screen(self) -> Screen:
        """Where its window is."""
        return self.krita.screen

    def call(self, function: str, seconds: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """Call "module.function" of tests/editors/inside on Krita's main thread."""
        number = next(self._numbers)
        request = self._calls / f"{number:06}.unfinished"
        request.write_text(json.dumps({"call": function, "arguments": arguments}))
        request.rename(request.with_suffix(".call"))
        path = request.with_suffix(".answer")
        deadline = time.monotonic() + seconds
        while not path.exists():
            assert self._process.poll() is None, f"Krita ended:\n{self.krita.log()}"
            assert time.monotonic() < deadline, f"Krita did not answer {function}"
            time.sleep(0.01)
        answer = json.loads(path.read_text())
        assert "error" not in answer, answer.get("error")
        return answer["value"]

    def eventually(
        self, function: str, holds: Callable[[Any], Any] = bool, **arguments: Any
    ) -> Any:
        """Call until what comes back is as wanted; returns that."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while not holds(value := self.call(function, **arguments)):
            said = str(value)[:999]
            assert time.monotonic() < deadline, f"waited in vain; {function} says {said}"
            time.sleep(0.05)
        return value

    def click(self, function: str, **arguments: Any) -> None:
        """Click what a function says the place of, once it stays there: layouts take a moment."""
        place = self.call(function, **arguments)

        def stays(now: Any) -> bool:
            nonlocal place
            before, place = place, now
            return bool(before == now)

        time.sleep(STILL_SECONDS)
        self.eventually(function, stays, **arguments)
        self.screen.click(*place)

    def press(self, button: str) -> None:
        """Click a button of the docker or of a message box with the mouse.

        A click that met something else, since what lay there had just moved, is made again.
        """
        before = self.call("krita_docker.presses")
        for _click in range(CLICKS):
            self.click("krita_docker.button", text=button)
            deadline = time.monotonic() + PRESS_SECONDS
            while time.monotonic() < deadline:
                if self.call("krita_docker.presses") > before:
                    return
                time.sleep(0.02)
        raise AssertionError(f"no click met {button!r}")

    def quit(self) -> None:
        """Quit as the user would."""
        self.call("krita_docker.close_all")
        time.sleep(0.5)
        self.call("krita_docker.leave")
        assert self._process.wait(60) == 0, self.krita.log()

    def kill(self) -> None:
        """End it, whatever it does; the process on this side is only the way to it."""
        if self._process.poll() is None:
            run(self.krita.machine, ["kill", "-9", str(self._pid)], {})
            self._process.wait()
