"""Providers for a test of the trials between requests; they travel to the trial's process."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from localmatte.onnx.optimise import Light
from localmatte.providers import CPU
from localmatte.providers.cpu import Cpu

LATE_SECONDS = 1.0


class Late(Cpu):
    """The CPU, each of whose runs takes longer: everything else is faster."""

    def session(self, model: Light) -> Any:
        return _Late(CPU.session(model))


class _Late:
    def __init__(self, session: Any) -> None:
        self._session = session
        self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

    def run(self, *arguments: Any) -> Any:
        time.sleep(LATE_SECONDS)
        return self._session.run(*arguments)


class Card:
    """A card; the CPU does its arithmetic."""

    name = "card"
    title = "Card"

    def __init__(self, free: int | None = None) -> None:
        self._free = free

    def devices(self) -> list[str]:
        return ["a card"]

    def version(self) -> str:
        return "1"

    def free_memory(self) -> int | None:
        return self._free

    def session(self, model: Light) -> Any:
        return CPU.session(model)


class Dying(Card):
    """A card whose driver takes the process along where that has nothing else to do."""

    name = "dying"

    def __init__(self, ends_with: signal.Signals) -> None:
        super().__init__()
        self._ends_with = ends_with

    def session(self, model: Light) -> Any:
        os.kill(os.getpid(), self._ends_with)
        time.sleep(60)


class Hanging(Card):
    """A card whose driver never answers; says who waits for it."""

    name = "hanging"

    def __init__(self, waiting: Path) -> None:
        super().__init__()
        self._waiting = waiting

    def session(self, model: Light) -> Any:
        self._waiting.write_text(str(os.getpid()))
        while True:
            time.sleep(1)


def main() -> None:
    """Be a worker that has a hanging card."""
    from localmatte.cli import main
    from localmatte.inference import sessions

    vars(sessions)["ACCELERATED"] = (Hanging(Path(sys.argv[1])),)
    main(["worker"])


if __name__ == "__main__":
    main()
