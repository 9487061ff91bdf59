"""Walks through GIMP in random steps, and knows what undo and redo must bring."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import MENU, OpenImage, eventually
from tests.editors.ramp_worker import RampWorker

LAYER_TYPES = ("rgb-image", "rgba-image", "gray-image", "graya-image")
PRECISIONS = ("u8-non-linear", "u8-perceptual", "u16-linear", "half-non-linear", "float-linear")
CHANGES = {
    "add a layer": 8,
    "add a group": 3,
    "add text": 2,
    "activate another": 2,
    "add or delete a mask": 6,
    "delete": 2,
    "move": 3,
    "hide or lock": 3,
    "select": 6,
    "select nothing": 4,
}
"""The changes of inside/gimp_walk.py, and how often each is made."""

CHOICES = {
    "refine": (True, False),
    "inside-selection": (True, True, False),
    "output": ("mask", "mask", "mask", "layer", "colours", "selection"),
    "existing-mask": ("replace", "intersect", "add"),
}
COMMAND = "localmatte-remove-background"
WITHOUT_ARGUMENTS = (
    "localmatte-edges-again",
    "localmatte-refine-inside-selection",
    "localmatte-finish-painted-edges",
    "localmatte-keep-selected",
    "localmatte-remove-selected",
)
QUESTION = "Nothing Left"
SETTLE_SECONDS = 0.5
"""How long a key may take to be handled where nothing that can be seen comes of it."""


class Walker:
    """Takes random steps, and checks after each what must always hold.

    Args:
        gimp: The GIMP.
        seed: Two walks from the same seed take the same steps.

    Attributes:
        taken: The names of the steps.
        succeeded: How many commands made something.
        lost_keys: How often GIMP did not answer a key at first.
    """

    def __init__(self, gimp: Gimp, seed: int) -> None:
        self.taken: list[str] = []
        self.succeeded = 0
        self.lost_keys = 0
        self._gimp = gimp
        self._random = random.Random(seed)
        self._worker = RampWorker(gimp.engine.home)
        self._pixels: dict[str, set[str]] = {}
        self._history: list[Any] = []
        self._now = 0
        self._steps: dict[Callable[[], None], int] = {
            self.run_with_any_arguments: 26,
            self.change_the_mask: 14,
            self.run_from_the_menu: 8,
            self.change_meanwhile: 6,
            self.cancel: 5,
            self.kill_the_worker: 4,
            self.undo: 18,
            self.redo: 10,
            self.change: 24,
            self.choose_layers: 10,
            self.open_another: 2,
        }
        self._open()

    def walk(self, count: int) -> None:
        """Take that many steps, then undo and redo all of the last document."""
        for _ in range(count):
            (step,) = self._random.choices(list(self._steps), list(self._steps.values()))
            self.taken.append(step.__name__)
            step()
            self._check()
        self._undo_and_redo_all()

    def close(self) -> None:
        """Close the document and end the worker."""
        self._opened.close()
        self._worker.close()

    def run_with_any_arguments(self) -> None:
        """Run the command as a script does, on some layers."""
        self._expect(_succeeded(self._run()))

    def change_the_mask(self) -> None:
        """Run a command that fits part of a mask to the image, on some layers."""
        command = {"name": self._random.choice(WITHOUT_ARGUMENTS), "drawables": self._any_layers()}
        self._expect(_succeeded(self._gimp.call("gimp_commands.run_on_several", **command)))

    def run_from_the_menu(self) -> None:
        """Run the command from its menu entry on the layers that are selected."""
        asked = len(self._worker.requests)
        self._ask_again()
        # What is refused is told before the engine is asked.
        eventually(lambda: len(self._worker.requests) > asked or self._message())
        unwanted = self._decline_until_the_end()
        refused = self._message()
        self._gimp.close_messages()
        self._expect(not refused and not unwanted)

    def change_meanwhile(self) -> None:
        """Flip or invert a layer, or its mask, while the engine works, perhaps on that one."""
        self._worker.gate.clear()
        asked = len(self._worker.requests)
        self._ask_again()
        eventually(lambda: len(self._worker.requests) > asked or self._message())
        refused = self._message()
        layer = self._random.choice(self._look()["layers"])
        how = {"mask": self._random.random() < 0.5, "flip": self._random.random() < 0.5}
        self._gimp.call("gimp_walk.change_meanwhile", layer=layer, **how)
        seen = self._look()
        for name, pixels in seen["pixels"].items():
            self._pixels.setdefault(name, set()).add(pixels)
        self._expect(True, made=False)
        # GIMP itself says so where a layer is locked.
        time.sleep(SETTLE_SECONDS)
        self._gimp.close_messages()
        self._worker.gate.set()
        unwanted = self._decline_until_the_end()
        refused = self._message() or refused
        self._gimp.close_messages()
        self._expect(not refused and not unwanted)

    def cancel(self) -> None:
        """Press GIMP's cancel button while the engine works."""
        self._worker.silent = True
        asked = len(self._worker.requests)
        self._ask_again()
        eventually(lambda: len(self._worker.requests) > asked or self._message())
        if len(self._worker.requests) > asked:
            self._opened.cancel()
        self._gimp.close_messages()
        self._worker.silent = False
        eventually(lambda: not self._gimp.plug_in_runs())
        self._expect(False)

    def kill_the_worker(self) -> None:
        """Kill the real worker while it starts or works."""
        self._worker.close()
        answers: list[dict[str, str]] = []
        command = threading.Thread(target=lambda: answers.append(self._run()))
        command.start()
        eventually(lambda: bool(self._gimp.engine.worker_pids()) or bool(answers))
        time.sleep(self._random.random())
        for process in self._gimp.engine.worker_pids():
            os.kill(process, signal.SIGKILL)
        command.join()
        self._gimp.engine.end_worker()
        self._worker = RampWorker(self._gimp.engine.home)
        self._expect(_succeeded(answers[0]))

    def undo(self) -> None:
        """Ctrl+Z."""
        self._go(max(self._now - 1, 0), "ctrl+z")

    def redo(self) -> None:
        """Ctrl+Y."""
        self._go(min(self._now + 1, len(self._history) - 1), "ctrl+y")

    def change(self) -> None:
        """Change the document in another way."""
        (kind,) = self._random.choices(list(CHANGES), list(CHANGES.values()))
        numbers = [self._random.random(), self._random.random()]
        layer = self._random.choice(self._look()["layers"])
        arguments = {"image": self._opened.image, "kind": kind, "layer": layer}
        self._gimp.call("gimp_walk.change", numbers=numbers, **arguments)
        self._expect(True, made=False)

    def choose_layers(self) -> None:
        """Select some layers."""
        self._gimp.call("gimp_walk.choose", image=self._opened.image, layers=self._any_layers())

    def open_another(self) -> None:
        """Leave the document for a new one."""
        self._undo_and_redo_all()
        self._opened.close()
        self._open()

    def _open(self) -> None:
        kind = {
            "layer_type": self._random.choice(LAYER_TYPES),
            "precision": self._random.choice(PRECISIONS),
            "own_profile": self._random.random() < 0.3,
        }
        self._opened = OpenImage(self._gimp, *self._gimp.call("gimp_kinds.make", **kind))
        # Making the document is a matter of undo, too.
        self._gimp.call("gimp_walk.forget_undo", image=self._opened.image)
        self._pixels = {}
        self._history, self._now = [self._look()["state"]], 0

    def _ask_again(self) -> None:
        """Choose Repeat with Last Settings, which GIMP greys out while nothing is selected."""
        if not self._opened.state()["selected"]:
            self.choose_layers()
        self._press(*MENU, "l")

    def _run(self) -> dict[str, str]:
        arguments = {name: self._random.choice(values) for name, values in CHOICES.items()}
        command = {"name": COMMAND, "drawables": self._any_layers(), **arguments}
        answer: dict[str, str] = self._gimp.call("gimp_commands.run_on_several", **command)
        return answer

    def _any_layers(self) -> list[int]:
        layers = self._look()["layers"]
        return self._random.sample(layers, min(len(layers), self._random.choice((1, 1, 1, 2, 3))))

    def _look(self) -> dict[str, Any]:
        seen: dict[str, Any] = self._gimp.call("gimp_walk.look", image=self._opened.image)
        return seen

    def _message(self) -> bool:
        return "GIMP Message" in self._gimp.screen.windows().values()

    def _decline_until_the_end(self) -> bool:
        """Whether the command asked about a result that shows nothing; it is not wanted then."""
        asked = False

        def over() -> bool:
            nonlocal asked
            for window, title in self._gimp.screen.windows().items():
                if title == QUESTION:
                    asked = True
                    self._gimp.screen.focus(window)
                    self._gimp.screen.keys("Escape")
            return not self._gimp.plug_in_runs()

        eventually(over)
        return asked

    def _press(self, *keys: str) -> None:
        # GIMP 3.0 shows a script's error in a window, too.
        self._gimp.close_messages()
        self._gimp.screen.focus(self._opened.window)
        self._gimp.screen.keys(*keys)

    def _expect(self, changed: bool, made: bool = True) -> None:
        """Note a new undo step, or that there must be none."""
        if changed:
            self._history[self._now + 1 :] = [self._look()["state"]]
            self._now += 1
            self.succeeded += made

    def _go(self, to: int, key: str) -> None:
        seen = self._history[to] != self._history[self._now]
        self._press(key)
        if not seen:
            time.sleep(SETTLE_SECONDS)
        try:
            eventually(lambda: self._look()["state"] == self._history[to], seconds=20)
        except AssertionError:
            # A key can be lost on a busy machine; nothing has come of it then.
            state = self._look()["state"]
            assert state == self._history[self._now], f"{key}: {state} is not {self._history[to]}"
            self.lost_keys += 1
            self._press(key)
            eventually(lambda: self._look()["state"] == self._history[to])
        self._now = to

    def _undo_and_redo_all(self) -> None:
        while self._now > 0:
            self.undo()
        while self._now < len(self._history) - 1:
            self.redo()
        self._check()

    def _check(self) -> None:
        """No pixel changed, no plug-in hangs, and the document is as its undo step says."""
        seen = self._look()
        for layer, pixels in seen["pixels"].items():
            known = self._pixels.setdefault(layer, {pixels})
            assert pixels in known, f"layer {layer} has changed"
        assert seen["state"] == self._history[self._now]
        eventually(lambda: not self._gimp.plug_in_runs())


def _succeeded(answer: dict[str, str]) -> bool:
    """Whether a command made something; if not, it must have said why."""
    assert answer["status"] in ("success", "execution-error"), answer["error"]
    return answer["status"] == "success"
