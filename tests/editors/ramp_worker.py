"""A stand-in for the engine's worker that answers every matte with a ramp, or an error.

With a matte that holds every level, an adapter's mask can be proved exact; and errors that
the real worker gives only in bad times come at once.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from localmatte_bridge import BridgeError, Engine, __version__, wire

DTYPES = {"y8": np.uint8, "y16": np.uint16, "yf": np.float32}
MODELS = [
    {
        "id": "u2netp",
        "title": "U²-Net portable",
        "tier": "Ultra lite",
        "bytes": 4_574_861,
        "licence": "Apache-2.0",
        "licence_link": "https://github.com/xuebinqin/U-2-Net/blob/master/LICENSE",
        "commercial": "yes",
        "accept": False,
        "tested": True,
        "present": True,
    }
]

META = {"model": "u2netp", "provider": "cpu", "device": "CPU", "notice": "", "seconds": {}}


def ramp(width: int, height: int, mask_layout: str = "y8") -> npt.NDArray[Any]:
    """Every level of the layout in turn, row by row (of y16 and yf as many as there are pixels).

    Returns:
        height × width, uint8, uint16 or float32 in 0..1.
    """
    index = np.arange(width * height).reshape(height, width)
    if mask_layout == "y8":
        return (index % 256).astype(np.uint8)
    fraction = index / (width * height - 1)
    if mask_layout == "y16":
        return np.rint(fraction * 65535).astype(np.uint16)
    return fraction.astype(np.float32)


class RampWorker:
    """Listens where the real worker would; must be the only one there.

    Args:
        home: The LOCALMATTE_HOME of the adapters.

    Attributes:
        requests: The header and payload of every matte that was asked for.
        failure: Raised at the next requests instead of an answer, while it is set.
    """

    def __init__(self, home: Path) -> None:
        place = Engine("", str(home / "run"))
        Path(place.run).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._address = Path(place.address)
        self._address.unlink(missing_ok=True)
        key = os.urandom(32)
        Path(place.key_file).write_bytes(key)
        self.requests: list[tuple[wire.Header, bytes]] = []
        self.failure: BridgeError | None = None
        self._closing = False
        self._listener = Listener(place.address, "AF_UNIX", authkey=key)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and take the socket away."""
        self._closing = True
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
            with connection:
                try:
                    while True:
                        self._answer(connection)
                except (OSError, EOFError):
                    continue

    def _answer(self, connection: Connection) -> None:
        header = wire.receive_header(connection)
        payload = wire.receive_payload(connection, header.get("bytes", 0))
        if header["kind"] == "hello":
            wire.send(connection, {"kind": "result", "version": __version__})
        elif self.failure is not None:
            error = self.failure
            fields = {"code": error.code, "message": error.message, "hint": error.hint}
            wire.send(connection, {"kind": "error", **fields})
        elif header["kind"] == "models":
            wire.send(connection, {"kind": "result", "models": MODELS})
        elif header["kind"] == "matte":
            self.requests.append((header, bytes(payload)))
            matte = ramp(header["width"], header["height"], header["mask_layout"]).tobytes()
            wire.send(connection, {"kind": "progress", "fraction": 0.5, "stage": "Half way"})
            wire.send(connection, {"kind": "result", "bytes": len(matte), "meta": META}, [matte])
