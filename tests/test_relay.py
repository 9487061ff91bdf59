"""`localmatte relay`: one request over stdin and stdout, for plug-ins that cannot do more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from localmatte.imaging.pixels import quantised
from localmatte_bridge import Client, Installation
from tests.workers import cpu_seconds_during, matte, pid_of, rgba, until

LARGE = (6000, 4000)
IDLE = 0.1
"""Seconds of a processor that a worker without work uses at most, of half a second."""

SAMPLES: dict[str, npt.DTypeLike] = {
    "y8": np.uint8,
    "y16": np.uint16,
    "y32": np.uint32,
    "yh": np.float16,
    "yf": np.float32,
    "yd": np.float64,
}


class Relay:
    """One that was started, and has not been told anything yet."""

    def __init__(self, **variables: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", "localmatte", "relay"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **variables},
        )
        assert self.process.stdin
        assert self.process.stdout
        self.input, self.output = self.process.stdin, self.process.stdout

    def ask(self, header: Any, pixels: bytes = b"") -> None:
        self.input.write(json.dumps(header).encode() + b"\n" + pixels)
        self.input.flush()

    def next(self) -> Any:
        return json.loads(self.output.readline())

    def answer(self) -> tuple[Any, bytes]:
        """What comes after all progress, and what follows it."""
        while (said := self.next())["kind"] == "progress":
            assert 0 <= said["fraction"] <= 1
        return said, self.output.read(said.get("bytes", 0))

    def end(self) -> int:
        """The exit status, once it ends by itself."""
        status = self.process.wait(timeout=60)
        self.input.close()
        self.output.close()
        return status


def request(width: int, height: int, **fields: Any) -> dict[str, Any]:
    size = {"width": width, "height": height, "layout": "rgba8", "bytes": width * height * 4}
    return {"kind": "matte", **size, **fields}


@pytest.mark.parametrize("layout", SAMPLES)
def test_the_mask_is_the_workers_in_every_layout(
    place: Installation, photos: dict[str, Path], layout: str
) -> None:
    pixels, width, height = rgba(photos["chelsea"])
    relay = Relay()
    relay.ask(request(width, height, mask_layout=layout), pixels)
    said, mask = relay.answer()
    assert relay.end() == 0
    assert (said["kind"], said["layout"]) == ("result", layout)
    assert said["meta"]["model"] == "u2netp"
    with Client.connect(place) as client:
        _, exact = matte(client, photos["chelsea"], mask_layout="yf")
    alpha = np.frombuffer(exact.payload, np.float32)
    samples = np.frombuffer(mask, SAMPLES[layout])
    assert samples.size == width * height
    top = np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else 1
    step = 0.51 if samples.dtype.kind == "u" else 1e-3
    assert abs(samples.astype(np.float64) - alpha.astype(np.float64) * top).max() <= step


def test_white_is_white_in_every_layout() -> None:
    white = np.ones((2, 2), np.float32)
    for dtype in SAMPLES.values():
        made = quantised(white, dtype)
        assert (made == (np.iinfo(made.dtype).max if made.dtype.kind == "u" else 1)).all()


def test_the_models_are_told_as_well(place: Installation) -> None:
    relay = Relay()
    relay.ask({"kind": "models"})
    said, _ = relay.answer()
    assert "u2netp" in {row["id"] for row in said["models"]}
    assert relay.end() == 0


def test_an_error_is_told_in_the_language_of_who_asks(
    place: Installation, photos: dict[str, Path]
) -> None:
    pixels, width, height = rgba(photos["chelsea"])
    relay = Relay(LANGUAGE="de")
    relay.ask(request(width, height, model="isnet-fp16"), pixels)
    said, _ = relay.answer()
    assert said["kind"] == "error"
    assert said["code"] == "model-missing"
    assert said["message"] == "Das Modell isnet-fp16 ist nicht heruntergeladen."
    assert relay.end() == 1


@pytest.mark.parametrize(
    "line", [b"", b"[]\n", b'{"kind": 3}\n', b'{"kind": "matte", "bytes": -1}\n']
)
def test_what_is_no_request_is_refused_in_one_sentence(place: Installation, line: bytes) -> None:
    relay = Relay()
    relay.input.write(line)
    relay.input.close()
    said, _ = relay.answer()
    assert said["kind"] == "error"
    assert said["message"].endswith(".")
    assert relay.end() == 1


def test_the_end_of_the_input_gives_the_request_up(place: Installation) -> None:
    """So does the end of a plug-in that its editor cancels."""
    relay = started(LARGE)
    relay.next()
    with Client.connect(place) as client:
        worker = pid_of(client)
    assert cpu_seconds_during(worker, 0.5) > IDLE
    relay.input.close()
    assert relay.end() == 1
    until(lambda: cpu_seconds_during(worker, 0.5) < IDLE)


def test_the_end_of_the_input_within_the_pixels_ends_it(place: Installation) -> None:
    relay = Relay()
    relay.ask(request(*LARGE), b"\0" * 1_000_000)
    relay.input.close()
    assert relay.end() == 1


def test_the_workers_death_is_an_error(place: Installation) -> None:
    relay = started(LARGE)
    relay.next()
    with Client.connect(place) as client:
        os.kill(pid_of(client), signal.SIGKILL)
    said, _ = relay.answer()
    assert (said["kind"], said["code"]) == ("error", "engine-died")
    assert said["message"].endswith("Nothing was changed.")
    assert relay.end() == 1


def started(size: tuple[int, int]) -> Relay:
    relay = Relay()
    relay.ask(request(*size), np.random.default_rng(1).bytes(size[0] * size[1] * 4))
    return relay
