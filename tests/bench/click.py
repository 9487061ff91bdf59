"""One click as an editor makes it: plain bytes through the bridge, a mask back."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import localmatte
from localmatte_bridge import Client, Installation, Result
from tests import weights


@dataclass(frozen=True)
class Click:
    """What one click took, in seconds.

    Attributes:
        total: From the first byte sent to the last byte of the mask.
        forward: The network's own part.
        before: From pixels to the network's input.
        after: From the network's output to the mask.
        load: Loading the network, where it was not in memory.
        transport: The rest: pixels there, mask back.
        provider: What ran the network.
    """

    total: float
    forward: float
    before: float
    after: float
    load: float
    provider: str

    @property
    def overhead(self) -> float:
        """What the click took beside the forward pass."""
        return self.total - self.forward

    @property
    def transport(self) -> float:
        return self.overhead - self.before - self.after - self.load


class Worker:
    """A worker under a LOCALMATTE_HOME of its own."""

    def __init__(self, home: Path) -> None:
        self.engine = Installation(
            sys.executable, str(home / "run"), str(home), localmatte.__version__
        )

    def click(self, pixels: NDArray[np.uint8], model: str, provider: str, *, refine: bool) -> Click:
        """Connect, send H×W×3 pixels, wait for the mask."""
        height, width = pixels.shape[:2]
        options: dict[str, Any] = {"model": model, "provider": provider, "refine": refine}
        start = time.perf_counter()
        with Client.connect(self.engine) as client:
            *_, result = client.matte([pixels.data], width, height, "rgb8", **options)
        total = time.perf_counter() - start
        assert isinstance(result, Result)
        assert len(result.payload) == width * height
        meta = result.header["meta"]
        seconds = {
            stage: meta["seconds"][stage] for stage in ("forward", "before", "after", "load")
        }
        return Click(total, provider=meta["provider"], **seconds)

    def peak_mb(self) -> float | None:
        """The most memory that the worker had in RAM so far; None where /proc does not tell."""
        with Client.connect(self.engine) as client:
            pid = client.ask("status").header["pid"]
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return None
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def stop(self) -> None:
        """End the worker, if one runs, and wait until it has let go of its socket."""
        client = Client.connect_running(self.engine)
        if client is None:
            return
        with client:
            client.ask("stop")
        while (again := Client.connect_running(self.engine)) is not None:
            again.close()
            time.sleep(0.02)


@contextlib.contextmanager
def worker(models: list[str]) -> Iterator[Worker]:
    """A worker that has some models in its cache; ended afterwards."""
    home = Path(tempfile.mkdtemp(prefix="lm-"))
    try:
        for model in models:
            weights.place(model, home)
        found = Worker(home)
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
