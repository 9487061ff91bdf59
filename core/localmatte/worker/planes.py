"""What follows a matte request: the pixels, and the masks that come with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localmatte_bridge import BridgeError, wire

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = {"y8": "uint8", "y16": "uint16", "yf": "float32"}
"""The layouts in which a mask travels, and their samples."""

ANSWERS = {**SAMPLES, "y32": "uint32", "yh": "float16", "yd": "float64"}
"""Those in which a new mask can be sent back: an image of GIMP's can have any of them."""

Planes = dict[str, str]
"""What follows, in this order, and its layout: "pixels", "existing", "before", "hints",
"selected", "held"."""


def announced(header: wire.Header, layout: str) -> Planes:
    """Read from a request which planes will follow it.

    Args:
        header: The request's.
        layout: The pixels' layout, a key of wire.BYTES_PER_PIXEL.

    Returns:
        The layouts by the planes' names, in the order in which they follow; "pixels" comes first.

    Raises:
        BridgeError: It names a layout that does not exist.
    """
    planes = {"pixels": layout}
    for name in ("existing", "before"):
        samples = header.get(name)
        if samples is not None:
            if not isinstance(samples, str) or samples not in SAMPLES:
                raise BridgeError("protocol", "The peer named an unknown mask layout.")
            planes[name] = samples
    planes.update(
        (name, "y8") for name in ("hints", "selected", "held") if header.get(name) is True
    )
    return planes


def size(planes: Planes, pixels: int) -> int:
    """Add up what follows a request.

    Args:
        planes: What follows.
        pixels: Width × height of the picture; each plane has as many.

    Returns:
        Bytes, of all planes together.
    """
    return pixels * sum(wire.BYTES_PER_PIXEL[layout] for layout in planes.values())


def masks(received: memoryview, planes: Planes, width: int, height: int) -> dict[str, NDArray[Any]]:
    """Take the masks out of what was received.

    Args:
        received: The bytes of all planes, as many as size() says.
        planes: What they are.
        width: In pixels.
        height: In pixels.

    Returns:
        Views into `received` by the planes' names, without the pixels: height×width uint8, uint16
        or float32, as SAMPLES has it for the layout.
    """
    import numpy as np

    found, start = {}, 0
    for name, layout in planes.items():
        end = start + size({name: layout}, width * height)
        if name != "pixels":
            samples = np.frombuffer(received[start:end], SAMPLES[layout])
            found[name] = samples.reshape(height, width)
        start = end
    return found
