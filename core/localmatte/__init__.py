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

    Returns:
        Alpha, H×W float32 in 0..1, no more than the picture's own.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    import numpy as np

    from localmatte import pixels
    from localmatte.options import Options
    from localmatte.photo import from_image
    from localmatte.progress import no_progress

    if isinstance(image, np.ndarray):
        picture = pixels.from_array(image)
    else:
        picture = from_image(image).picture()
    options = Options(model, provider, refine)
    found = _engine().matte(picture, options, on_progress or no_progress, cancel).alpha
    return found if picture.alpha is None else found * pixels.unit(picture.alpha)


def cutout(image: Image.Image | NDArray[Any], **options: Any) -> Image.Image:
    """Cut the subject out.

    Args:
        image: As for matte().
        options: As for matte().

    Returns:
        A Pillow image of mode RGBA: the picture's own colours, 8 bit, and the matte.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    import numpy as np
    from PIL import Image

    from localmatte import compose, pixels
    from localmatte.photo import from_image

    if isinstance(image, np.ndarray):
        colours = Image.fromarray(pixels.from_array(image).rgb)
    else:
        colours = from_image(image).colours
    cut = colours.convert("RGBA")
    cut.putalpha(Image.fromarray(compose.quantised(matte(image, **options))))
    return cut


@cache
def _engine() -> Engine:
    from localmatte.engine import Engine

    return Engine()
