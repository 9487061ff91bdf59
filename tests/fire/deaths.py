"""Processes that are killed at any moment: no pixel is lost, and nothing is left behind."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from PIL import Image
from skimage import data

from localmatte_bridge import BridgeError, Client, Installation, Result
from tests.fire.outcome import Outcome, Range, processes_of
from tests.workers import alive, until

SIDE = 256
OWN = {"key", "worker.lock", "worker.log", "worker.sock"}
"""What a worker may leave in its folder."""


def killed_workers(place: Range) -> Outcome:
    """Kill the worker, or the client, at random moments of requests."""
    outcome = Outcome("killed workers")
    engine = Installation(sys.executable, str(place.home / "run"), str(place.home))
    pixels = data.astronaut()[:SIDE, :SIDE].tobytes()
    before = hashlib.sha256(pixels).digest()
    seen: set[int] = set()
    lost = 0
    killed: list[int] = []
    for _number in place.rounds(outcome):
        with Client.connect(engine) as asked:
            pid = int(asked.ask("status").header["pid"])
            seen.add(pid)
            timer = threading.Timer(place.random.uniform(0, 0.6), _kill, [pid, killed])
            if place.random.random() < 0.8:
                timer.start()
            try:
                for event in asked.matte([pixels], SIDE, SIDE, "rgb8", zoom=False):
                    if isinstance(event, Result):
                        whole = len(event.payload) == SIDE * SIDE
                        outcome.count("answered" if whole else "half an answer")
                        lost += not whole
            except BridgeError as error:
                outcome.count(error.code)
                if error.code not in ("engine-died", "cancelled") or not error.message:
                    outcome.faults.append(f"{error.code}: {error}")
            finally:
                timer.cancel()
                if timer.ident:
                    timer.join()
    with Client.connect(engine) as asked:
        *_events, last = asked.matte([pixels], SIDE, SIDE, "rgb8", zoom=False)
        if not isinstance(last, Result):
            outcome.faults.append("the request after all of them was not answered")
        last_pid = int(asked.ask("status").header["pid"])
        asked.ask("stop")
    until(lambda: not alive(last_pid))
    lost += hashlib.sha256(pixels).digest() != before
    outcome.figures.append(f"{len(seen)} workers, {len(killed)} kills, lost pixels {lost}")
    outcome.totals = {"requests": outcome.cases + 1, "kills": len(killed), "lost pixels": lost}
    if lost:
        outcome.faults.append("pixels were lost")
    _nothing_left(place.home, seen, outcome)
    return outcome


def killed_commands(place: Range) -> Outcome:
    """Kill `localmatte cut` while it replaces its result: the old one or the new one is there."""
    outcome = Outcome("killed commands")
    folder = place.home / "pictures"
    folder.mkdir(exist_ok=True)
    photo, result = folder / "photo.png", folder / "result.png"
    Image.fromarray(data.astronaut()[:SIDE, :SIDE]).save(photo)
    Image.new("RGBA", (SIDE, SIDE)).save(result)
    before = photo.read_bytes()
    lost = 0
    command = [sys.executable, "-m", "localmatte", "cut", str(photo), "-o", str(result)]
    for _number in place.rounds(outcome):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(place.random.uniform(0.2, 5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        outcome.count("finished" if process.returncode == 0 else "killed")
        try:
            with Image.open(result) as image:
                image.load()
                lost += image.size != (SIDE, SIDE)
        except OSError as error:
            lost += 1
            outcome.faults.append(f"the result is neither the old one nor the new one: {error}")
        lost += photo.read_bytes() != before
    outcome.figures.append(f"lost pixels {lost}")
    outcome.totals = {"kills": outcome.answers.get("killed", 0), "lost pixels": lost}
    if lost:
        outcome.faults.append("pixels were lost")
    left = [path.name for path in folder.iterdir() if path not in (photo, result)]
    outcome.figures.append(f"{len(left)} unfinished files")
    outcome.totals["leaks"] = len(left)
    # Between its name and its last name a file is for a moment only.
    if len(left) > 1 + outcome.cases // 100:
        outcome.faults.append(f"unfinished files are left: {left}")
    return outcome


def _kill(pid: int, killed: list[int]) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    killed.append(pid)


def _nothing_left(home: Path, seen: set[int], outcome: Outcome) -> None:
    """Count the processes, the sockets and the temporary files that are still there."""
    time.sleep(0.2)
    orphans = [pid for pid in processes_of(home) if alive(pid)]
    orphans += [pid for pid in seen if alive(pid)]
    strange = [path.name for path in (home / "run").iterdir() if path.name not in OWN]
    unfinished = [path.name for path in home.rglob(".*") if path.is_file()]
    sockets = [path.name for path in (home / "run").glob("*.sock")]
    left = [*map(str, orphans), *strange, *unfinished, *sockets]
    outcome.figures.append(f"leaks {len(left)}")
    outcome.totals["leaks"] = len(left)
    if left:
        outcome.faults.append(f"left behind: {left}")
