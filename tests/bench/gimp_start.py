"""`python -m tests.bench.gimp_start`: what GIMP and the adapter add to a click, and to a cancel.

Prints as JSON, in seconds of the wall clock, for each run:
- start: from the call of the command to the request at a worker that already runs, on a small
  picture, so that what is measured is GIMP's start of the plug-in and the adapter;
- gone: from the press of GIMP's cancel button (its xdotool's start included) until the plug-in
  has ended;
- rest: from the same press until the real worker, busy with 24 megapixels, and its helpers used
  their last processor time.
"""

from __future__ import annotations

import argparse
import json
import time
from contextlib import suppress
from pathlib import Path

from PIL import Image

from tests.editors import engine as engines
from tests.editors import rootfs, workspace
from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import CANCEL_BUTTON, MENU, OpenPhoto
from tests.editors.machine import RootFs
from tests.editors.ramp_worker import RampWorker
from tests.editors.screen import Screen

LARGE = (6000, 4000)
REST_SECONDS = 0.3
"""A worker that used no processor time for so long has stopped."""

POLL_SECONDS = 0.005


def main() -> None:
    """Measure in the GIMP of one Debian release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suite", choices=list(rootfs.RECIPES), default="trixie")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with workspace.claim(options.suite) as folder:
        machine = RootFs(options.suite, [folder], [engines.CHECKOUT])
        try:
            engine = engines.install(machine, folder)
            gimp = Gimp(engine, Screen(machine))
            figures = {
                "start": _starts(gimp, engine, options.runs),
                **_cancels(gimp, engine, folder, options.runs),
            }
            gimp.close()
            engine.end_worker()
        finally:
            machine.close()
    print(json.dumps(figures, indent=2))


def _starts(gimp: Gimp, engine: InstalledEngine, runs: int) -> list[float]:
    engine.end_worker()
    worker = RampWorker(engine.home)
    _, layer = gimp.call("gimp_kinds.make", layer_type="rgb-image")
    figures = []
    for _ in range(runs):
        started = gimp.call("gimp_commands.timed", layer=layer)
        figures.append(round(worker.asked_at[-1] - started, 3))
    worker.close()
    return figures


def _cancels(
    gimp: Gimp, engine: InstalledEngine, folder: Path, runs: int
) -> dict[str, list[float]]:
    path = folder / "cancelled.png"
    Image.effect_noise(LARGE, 60).convert("RGB").save(path, compress_level=1)
    opened = OpenPhoto(gimp, path)
    figures: dict[str, list[float]] = {"gone": [], "rest": []}
    for _ in range(runs):
        engine.end_worker()
        gimp.screen.focus(opened.window)
        gimp.screen.keys(*MENU, "a")
        gimp.screen.point(*CANCEL_BUTTON)
        engine.wait_for_pixels(LARGE[0] * LARGE[1] * 3)
        used = _processor_time(engine)
        pressed = last = time.monotonic()
        gimp.screen.press()
        gone = 0.0
        while not gone or time.monotonic() - last < REST_SECONDS:
            now = time.monotonic()
            if not gone and not gimp.plug_in_runs():
                gone = now
            if (now_used := _processor_time(engine)) != used:
                last, used = now, now_used
            time.sleep(POLL_SECONDS)
        figures["gone"].append(round(gone - pressed, 3))
        figures["rest"].append(round(last - pressed, 3))
    return figures


def _processor_time(engine: InstalledEngine) -> int:
    """Ticks of the clock that the worker and its helpers have used so far."""
    ticks = 0
    for process in engine.worker_pids():
        with suppress(OSError):  # a helper that ended meanwhile
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks


if __name__ == "__main__":
    main()
