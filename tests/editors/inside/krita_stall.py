"""Measures how long Krita's main loop stands still; the benchmark outside reports it."""

from __future__ import annotations

import os
import time
from typing import Any

from krita import Selection

from tests.editors.inside import krita_hand as hand
from tests.editors.inside.krita_chain import Steps, run
from tests.editors.inside.krita_qt import QtCore

WIDTH, HEIGHT = (int(side) for side in os.environ["LOCALMATTE_SIZE"].split("x"))
RUNS = int(os.environ["LOCALMATTE_RUNS"])
AFTER_SECONDS = 3.0
"""How long the window is watched after the mask is there, since Krita draws it then."""


class Watch:
    """Notes when the main loop turns."""

    def __init__(self) -> None:
        self.started = self._last = time.perf_counter()
        self.gaps: list[tuple[float, float]] = []
        self._timer = QtCore.QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(0)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((self._last - self.started, now - self._last))
        self._last = now

    def stop(self) -> list[list[float]]:
        """The five longest stalls: seconds since the start, and how long."""
        self._timer.stop()
        longest = sorted(self.gaps, key=lambda gap: -gap[1])[:5]
        return [[round(since, 2), round(length, 3)] for since, length in longest]


def case_stall(facts: dict[str, Any]) -> Steps:
    facts["runs"] = []
    for _ in range(RUNS):
        document = hand.new_document(WIDTH, HEIGHT)
        layer = document.topLevelNodes()[0]
        run_facts: dict[str, Any] = {}
        facts["runs"].append(run_facts)
        yield from measured(document, layer, run_facts, "a first mask")
        with hand.preferring(existing="add"):
            yield from measured(document, layer, run_facts, "added to an earlier mask")
        document.setSelection(soft_selection())
        yield from measured(document, layer, run_facts, "inside a selection")
        document.setSelection(None)
        with hand.preferring(output="colours"):
            yield from measured(document, layer, run_facts, "a new layer with clean colours")
        document.waitForDone()
        document.setModified(False)
        document.close()
        yield from wait(0.5)


def measured(document: Any, layer: Any, facts: dict[str, Any], kind: str) -> Steps:
    """One click, with the longest stalls from it to a while after the mask is there."""
    yield hand.chosen(document, layer)
    yield from wait(1.0)
    before = [mask.uniqueId() for mask in hand.masks(layer)]
    watch = Watch()
    hand.click()
    yield (
        lambda: (
            document.activeNode().name() == hand.MASK
            and document.activeNode().uniqueId() not in before
        )
    )
    done = time.perf_counter() - watch.started
    yield from wait(AFTER_SECONDS)
    facts[kind] = {"until the mask": round(done, 2), "stalls": watch.stop()}


def soft_selection() -> Any:
    """The middle of the canvas, half selected."""
    selection = Selection()
    selection.select(WIDTH // 10, HEIGHT // 10, WIDTH * 8 // 10, HEIGHT * 8 // 10, 128)
    return selection


def wait(seconds: float) -> Steps:
    """Let the main loop turn for a while."""
    until = time.perf_counter() + seconds
    yield lambda: time.perf_counter() > until


run(dict(globals()))
