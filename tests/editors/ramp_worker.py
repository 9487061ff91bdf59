"""A stand-in for the engine's worker that answers every matte with a ramp, or an error.

With a matte that holds every level, an adapter's mask can be proved exact; and errors that
the real worker gives only in bad times come at once.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from localmatte_bridge import BridgeError, Installation, __version__, wire
from tests.editors.inside.stand_in import CLEAN

DTYPES: dict[str, npt.DTypeLike] = {
    "y8": np.uint8,
    "y16": np.uint16,
    "y32": np.uint32,
    "yh": np.float16,
    "yf": np.float32,
    "yd": np.float64,
}
MODELS = [
    {
        "id": "u2netp",
        "title": "U²-Net portable",
        "good_at": "a quick first result for any clear subject",
        "tier": "Ultra lite",
        "bytes": 4_574_861,
        "memory_mb": 300,
        "card_mb": 0,
        "seconds": 0.0,
        "licence": "Apache-2.0",
        "licence_link": "https://github.com/xuebinqin/U-2-Net/blob/master/LICENSE",
        "commercial": "yes",
        "accept": False,
        "tested": True,
        "present": True,
        "refines": False,
        "default": True,
        "tier_default": True,
    }
]

REFINER = {
    **MODELS[0],
    "id": "refiner",
    "title": "Refiner",
    "refines": True,
    "default": False,
    "present": False,
}
"""A model for best edges that is not here."""

RAW = b"what a network saw"

META = {"model": "u2netp", "provider": "cpu", "device": "CPU", "notice": "", "seconds": {}}


def ramp(width: int, height: int, mask_layout: str = "y8") -> npt.NDArray[Any]:
    """Every level of the layout in turn, row by row (of all but y8 as many as there are pixels).

    Returns:
        height × width, of the layout's type in DTYPES; floats in 0..1.
    """
    if mask_layout == "y8":
        return np.resize(np.arange(256, dtype=np.uint8), (height, width))
    index = np.arange(width * height).reshape(height, width)
    fraction = index / (width * height - 1)
    dtype = np.dtype(DTYPES[mask_layout])
    if dtype.kind == "u":
        return np.rint(fraction * np.iinfo(dtype).max).astype(dtype)
    return fraction.astype(dtype)


class RampWorker:
    """Listens where the real worker would; must be the only one there.

    Args:
        home: The LOCALMATTE_HOME of the adapters.
        models: What it says of the models.

    Attributes:
        requests: The header and payload of every matte that was asked for.
        asked_at: When each of them came, by time.monotonic.
        announced: The models that clients named ahead in a hello.
        edges: The controls of every finish of a matte's edges.
        parts: What of the matte each of them was about; None for all of it.
        failure: Raised at the next requests instead of an answer, while it is set.
        silent: Whether clients wait for the matte until they leave.
        gate: Clients wait for the matte while it is not set.
        level: What every pixel of the matte is, of 255; None for a ramp.
        notices: What the next mattes' accounts say to the user, in turn.
        nonsense: Whether what it answers makes no sense.
    """

    def __init__(self, home: Path, models: Sequence[Mapping[str, object]] = MODELS) -> None:
        self._models = models
        place = Installation("", str(home / "run"))
        Path(place.run).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._address = Path(place.address)
        self._address.unlink(missing_ok=True)
        key = os.urandom(32)
        Path(place.key_file).write_bytes(key)
        self.requests: list[tuple[wire.Header, bytes]] = []
        self.asked_at: list[float] = []
        self.announced: list[str] = []
        self.edges: list[dict[str, float]] = []
        self.parts: list[list[int] | None] = []
        self.failure: BridgeError | None = None
        self.silent = False
        self.gate = threading.Event()
        self.gate.set()
        self.level: int | None = None
        self.notices: list[str] = []
        self.nonsense = False
        self._closing = False
        self._listener = Listener(place.address, "AF_UNIX", authkey=key)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and take the socket away."""
        self._closing = True
        self.gate.set()
        with suppress(OSError):
            # Wakes the thread that waits for a client.
            Client(str(self._address), "AF_UNIX").close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue
            # A preview keeps its connection open beside the others.
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: Connection) -> None:
        with connection, suppress(OSError, EOFError, wire.GivenUpError):
            asked: wire.Header = {}
            while True:
                asked = self._answer(connection, asked)

    def _answer(self, connection: Connection, asked: wire.Header) -> wire.Header:
        """Answer one request; returns the last one for a matte, `asked` where it was none."""
        header = wire.receive_header(connection)
        came = time.monotonic()
        payload = wire.receive_payload(connection, header.get("bytes", 0))
        if header["kind"] == "hello":
            self.announced += [header["model"]] if "model" in header else []
            wire.send(connection, {"kind": "result", "version": __version__})
        elif self.nonsense:
            wire.send(connection, {"kind": "progress"})
        elif self.failure is not None:
            error = self.failure
            fields = {"code": error.code, "message": error.message, "hint": error.hint}
            wire.send(connection, {"kind": "error", **fields})
        elif header["kind"] == "models":
            wire.send(connection, {"kind": "result", "models": self._models})
        elif header["kind"] in ("matte", "finish", "refine"):
            self.asked_at.append(came)
            self.requests.append((header, bytes(payload)))
            while self.silent:
                connection.recv_bytes()
            self.gate.wait()
            layout = header.get("mask_layout") or header["existing"]
            matte = self._matte(header, layout).tobytes()
            wire.send(connection, {"kind": "progress", "fraction": 0.5, "stage": "Half way"})
            clean = bytes(CLEAN) * (
                header["width"] * header["height"] if header.get("colours") else 0
            )
            raw = RAW if header.get("raw") is True else b""
            size = len(matte) + len(clean) + len(raw)
            notice = self.notices.pop(0) if self.notices else ""
            answer = {"kind": "result", "bytes": size, "meta": {**META, "notice": notice}}
            answer["raw"] = len(raw)
            wire.send(connection, answer, filter(None, (matte, clean, raw)))
        elif header["kind"] == "edges":
            self.edges.append(header["edges"])
            self.parts.append(header.get("part"))
            whole = self._matte(asked, asked["mask_layout"])
            x, y, width, height = header.get("part") or (0, 0, *whole.shape[::-1])
            matte = whole[y : y + height, x : x + width].tobytes()
            wire.send(connection, {"kind": "result", "bytes": len(matte)}, [matte])
        elif header["kind"] == "parts":
            answer = {"width": 1, "height": 1, "parts": [], "bytes": 1}
            wire.send(connection, {"kind": "result", **answer}, [b"\x00"])
        else:
            fields = {"code": "protocol", "message": "There is no such request here.", "hint": ""}
            wire.send(connection, {"kind": "error", **fields})
        return header if header["kind"] in ("matte", "refine") else asked

    def _matte(self, header: wire.Header, mask_layout: str) -> npt.NDArray[Any]:
        matte = ramp(header["width"], header["height"], mask_layout)
        if self.level is None:
            return matte
        white = 1 if matte.dtype.kind == "f" else np.iinfo(matte.dtype).max
        return np.full_like(matte, self.level / 255 * white)
