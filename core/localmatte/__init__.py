"""Cut the background out of a photo, on this computer.

    >>> import localmatte
    >>> localmatte.cutout(image).save("cut-out.png")

Nothing here imports NumPy, Pillow or ONNX Runtime before it is used.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from localmatte.engine import Engine
    from localmatte.imaging.pixels import Raster
    from localmatte.options import Edges
    from localmatte.progress import CancelToken, OnProgress

__version__ = "0.1.0"

# ONNX Runtime's own wheels, from 1.29 on, send usage data to their maker unless this is set
# before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = ["__version__", "cutout", "matte"]


def matte(
    image: Image.Image | NDArray[Any],
    model: str = "u2netp",
    provider: str = "auto",
    refine: bool = True,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
    edges: Edges | None = None,
) -> NDArray[np.float32]:
    """Find how much of each pixel belongs to the subject.

    Args:
        image: A Pillow image, or an array H×W×{1, 2, 3, 4} of uint8, uint16 or float32 in
            0..1, sRGB; two and four channels end with alpha.
        model: A model's id, or the path of an .onnx file.
        provider: "auto", or an execution provider's name.
        refine: Whether to sharpen the matte against the full-resolution picture.
        on_progress: Called with a fraction in 0..1 and a stage's name.
        cancel: Stops the work from another thread.
        edges: How the edges are finished; None leaves them as they are found.

    Returns:
        Alpha, H×W float32 in 0..1, no more than the picture's own.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    picture, _ = _seen(image)
    return _limited(_found(picture, model, provider, refine, on_progress, cancel, edges), picture)


def cutout(
    image: Image.Image | NDArray[Any], clean_colours: bool = True, **options: Any
) -> Image.Image:
    """Cut the subject out.

    Args:
        image: As for matte().
        clean_colours: Whether to take the background's colours out of soft edges.
        options: As for matte().

    Returns:
        A Pillow image of mode RGBA: the matte, and the picture's own colours, 8 bit, which
        differ from it at most where the matte is soft.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    import numpy as np
    from PIL import Image

    from localmatte.imaging.pixels import quantised
    from localmatte.refine.foreground import estimate_foreground

    picture, colours = _seen(image)
    alpha = _found(picture, **options)
    if clean_colours:
        colours = Image.fromarray(estimate_foreground(np.asarray(colours), quantised(alpha)))
    cut = colours.convert("RGBA")
    cut.putalpha(Image.fromarray(quantised(_limited(alpha, picture))))
    return cut


def _seen(image: Image.Image | NDArray[Any]) -> tuple[Raster, Image.Image]:
    """The picture as the engine sees it, and its own colours, mode RGB."""
    import numpy as np
    from PIL import Image

    from localmatte.imaging.photo import from_image
    from localmatte.imaging.pixels import from_array

    if isinstance(image, np.ndarray):
        picture = from_array(image)
        return picture, Image.fromarray(picture.rgb)
    photo = from_image(image)
    return photo.picture(), photo.colours


def _found(
    picture: Raster,
    model: str = "u2netp",
    provider: str = "auto",
    refine: bool = True,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
    edges: Edges | None = None,
) -> NDArray[np.float32]:
    from localmatte.options import AS_FOUND, Options
    from localmatte.progress import no_progress

    options = Options(model, provider, refine, edges=edges or AS_FOUND)
    return _engine().matte(picture, options, on_progress or no_progress, cancel).alpha


def _limited(alpha: NDArray[np.float32], picture: Raster) -> NDArray[np.float32]:
    from localmatte.imaging.pixels import unit

    return alpha if picture.alpha is None else alpha * unit(picture.alpha)


@cache
def _engine() -> Engine:
    from localmatte.engine import Engine

    return Engine()
