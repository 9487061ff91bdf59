"""Cut the background out of a photo, on this computer.

    >>> import localmatte
    >>> localmatte.cutout("photo.jpg").save("cut-out.png")

Nothing here imports NumPy, Pillow or ONNX Runtime before it is used.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from localmatte.engine import Engine
    from localmatte.imaging.photo import Photo
    from localmatte.imaging.pixels import Raster
    from localmatte.options import Edges, Prompts
    from localmatte.progress import CancelToken, OnProgress

    Source = str | Path | Image.Image | NDArray[Any]

__version__ = "0.1.0"

# ONNX Runtime's own wheels, from 1.29 on, send usage data to their maker unless this is set
# before the library is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__all__ = ["__version__", "cutout", "finish_painted", "matte"]


def matte(
    image: Source,
    model: str = "u2netp",
    provider: str = "auto",
    refine: bool = True,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
    edges: Edges | None = None,
    prompts: Prompts | None = None,
    best_edges: bool = False,
) -> NDArray[np.float32]:
    """Find how much of each pixel belongs to the subject.

    Args:
        image: A file's path; or a Pillow image; or an array H×W×{1, 2, 3, 4} of uint8, uint16
            or float32 in 0..1, sRGB, whose two and four channels end with alpha.
        model: A model's id, or the path of an .onnx file.
        provider: "auto", or an execution provider's name.
        refine: Whether to sharpen the matte against the full-resolution picture.
        on_progress: Called with a fraction in 0..1 and a stage's name.
        cancel: Stops the work from another thread.
        edges: How the edges are finished; None leaves them as they are found.
        prompts: Which of several subjects is meant; None for all.
        best_edges: Whether a network for that refines the edges, which takes some seconds for
            each part of 1024 × 1024 pixels with an edge in it.

    Returns:
        Alpha, H×W float32 in 0..1, no more than the picture's own.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    from localmatte.compose import limited

    picture = _photo(image).picture()
    options = model, provider, refine, on_progress, cancel, edges, prompts, best_edges
    found = _found(picture, *options)
    return limited(found, picture.alpha)


def cutout(
    image: Source,
    clean_colours: bool = True,
    keep_hidden: bool = False,
    **options: Any,
) -> Image.Image:
    """Cut the subject out.

    Args:
        image: As for matte().
        clean_colours: Whether to take the background's colours out of soft edges.
        keep_hidden: Whether to keep the picture's colours where nothing of it is shown, so that
            parts can be painted back. Otherwise they are black, and alpha of 3 of 255 or less,
            which nobody sees, is 0: the background is not in the result.
        options: As for matte().

    Returns:
        A Pillow image of mode RGBA: the matte, and the picture's own colours, 8 bit. Their
        profile and the picture's resolution are in its `info` as "icc_profile" and "dpi", and
        `save()` writes both into every format that has them.

    Raises:
        LocalmatteError: The picture, the model or the provider cannot be used.
        CancelledError: When `cancel` was called.
    """
    from localmatte import compose
    from localmatte.imaging.cutout import Cutout

    photo = _photo(image)
    matte = _found(photo.picture(), **options)
    pixels = compose.cutout(
        photo.shallow().colours,
        matte,
        photo.alpha,
        clean_colours=clean_colours,
        keep_hidden=keep_hidden,
    )
    return Cutout.of(pixels, photo.icc_profile, photo.resolution)


def finish_painted(
    image: Source,
    painted: NDArray[Any],
    before: NDArray[Any] | None = None,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> NDArray[Any]:
    """Give what was roughly painted on a mask the edges that the picture has.

    Args:
        image: As for matte().
        painted: The mask: white was painted where the subject is, black where it is not; H×W
            uint8, uint16 or float32 in 0..1.
        before: The mask before anybody painted on it, H×W of any of these dtypes. None where it is
            not known: then solid white and black are trusted, and what is between is solved.
        on_progress: Called with a fraction in 0..1 and a stage's name.
        cancel: Stops the work from another thread.

    Returns:
        The mask, H×W of the dtype of `painted`. Beyond the strokes' reach, a 24th of the
        picture's longer side, its pixels are as they were.

    Raises:
        LocalmatteError: The picture cannot be used, or nothing was painted.
        CancelledError: When `cancel` was called.
    """
    from dataclasses import replace

    from localmatte.progress import no_progress

    picture = replace(_photo(image).picture(), existing=painted, before=before)
    report = on_progress or no_progress
    return _engine().finish(picture, on_progress=report, cancel=cancel).mask


def _photo(image: Source) -> Photo:
    import numpy as np

    from localmatte.imaging.photo import Photo, from_image
    from localmatte.imaging.pixels import from_array
    from localmatte.imaging.reader import read

    if isinstance(image, (str, Path)):
        return read(Path(image))
    if isinstance(image, np.ndarray):
        picture = from_array(image)
        return Photo(picture.rgb, picture.alpha)
    image.load()
    return from_image(image)


def _found(
    picture: Raster,
    model: str = "u2netp",
    provider: str = "auto",
    refine: bool = True,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
    edges: Edges | None = None,
    prompts: Prompts | None = None,
    best_edges: bool = False,
) -> NDArray[np.float32]:
    from localmatte.options import AS_FOUND, NO_PROMPTS, Options
    from localmatte.progress import no_progress

    options = Options(
        model,
        provider,
        refine,
        edges=edges or AS_FOUND,
        prompts=prompts or NO_PROMPTS,
        best_edges=best_edges,
    )
    return _engine().matte(picture, options, on_progress or no_progress, cancel).alpha


@cache
def _engine() -> Engine:
    from localmatte.engine import Engine

    return Engine()
