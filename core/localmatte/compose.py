"""From alpha to pictures: the mask, the cut-out, and the subject on a new background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageOps

from localmatte.errors import UsageError
from localmatte.imaging import colour
from localmatte.imaging.hidden import blank, without_haze
from localmatte.imaging.photo import Photo
from localmatte.imaging.pixels import quantised, to_uint8, unit
from localmatte.imaging.reader import read
from localmatte.refine.foreground import estimate_foreground
from localmatte.system.parallel import each

STRIP_ROWS = 64


def limited(alpha: NDArray[np.float32], own: NDArray[Any] | None) -> NDArray[np.float32]:
    """Multiply a matte with the picture's own alpha, as an editor shows a masked layer.

    Args:
        alpha: H×W float32 in 0..1.
        own: The picture's alpha, H×W uint8, uint16 or float32; None for opaque.

    Returns:
        H×W float32 in 0..1; `alpha` itself where the picture is opaque.
    """
    return alpha if own is None else alpha * unit(own)


def cutout(
    colours: NDArray[Any],
    matte: NDArray[np.float32],
    own: NDArray[Any] | None = None,
    *,
    clean_colours: bool = True,
    keep_hidden: bool = False,
) -> NDArray[Any]:
    """A picture's colours with the matte as their alpha.

    Args:
        colours: The picture, H×W×3 uint8 or uint16.
        matte: H×W float32 in 0..1.
        own: The picture's own alpha, H×W uint8, uint16 or float32; None for opaque.
        clean_colours: Whether to take the background's colours out of soft edges; the colours
            of pixels that are wholly shown are never touched.
        keep_hidden: Whether to keep the picture's colours, too, where nothing of it is shown.
            Otherwise they are black, and alpha below imaging.hidden.HAZE is 0.

    Returns:
        H×W×4 of the colours' dtype.
    """
    alpha = limited(matte, own)
    mask = quantised(alpha if keep_hidden else without_haze(alpha), colours.dtype)
    cut = np.empty((*mask.shape, 4), colours.dtype)
    cut[..., :3] = _clean(colours, matte) if clean_colours else colours
    cut[..., 3] = mask
    if not keep_hidden:
        blank(cut, mask)
    return cut


def _clean(colours: NDArray[Any], matte: NDArray[np.float32]) -> NDArray[Any]:
    """The subject's own colours; of deep ones, the low bits are kept as they are."""
    shallow = to_uint8(colours)
    clean = estimate_foreground(shallow, quantised(matte))
    if colours.dtype == np.uint8:
        return clean
    change = clean.astype(np.int32) - shallow
    return np.asarray(np.clip(colours + 257 * change, 0, 65535), dtype=np.uint16)


@dataclass(frozen=True)
class Background:
    """What a subject is put before.

    Attributes:
        pixels: H×W×4 uint8, of any size; one pixel for a colour.
        icc_profile: Of its colours; None for sRGB.
        losses: What was left out of its file, in sentences.
    """

    pixels: NDArray[np.uint8]
    icc_profile: bytes | None = None
    losses: tuple[str, ...] = ()

    @property
    def opaque(self) -> bool:
        """Whether nothing shows through."""
        return bool((self.pixels[..., 3] == 255).all())

    def over(self, colour_below: tuple[int, int, int]) -> Background:
        """The same without transparency, before a colour."""
        below = np.empty((1, 1, 4), np.uint8)
        below[0, 0] = (*colour_below, 255)
        return Background(_over(self.pixels, below), self.icc_profile)


WHITE = (255, 255, 255)


def background(text: str) -> Background:
    """A background as the command line names it.

    Args:
        text: A colour as CSS writes it, or the path of a picture.

    Raises:
        UsageError: It is neither.
        PictureError: The picture cannot be read.
    """
    try:
        named = ImageColor.getcolor(text, "RGBA")
        return Background(np.array(named, np.uint8).reshape(1, 1, 4))
    except ValueError:
        if not Path(text).exists():
            raise UsageError(
                f'The background "{text}" is neither a colour nor an image file.',
                'Use a colour such as "white" or "#336699", or the path of an image.',
            ) from None
    photo = read(Path(text)).shallow()
    opaque = np.full(photo.colours.shape[:2], 255, np.uint8)
    alpha = opaque if photo.alpha is None else to_uint8(photo.alpha)
    losses = tuple(f"The background: {loss}" for loss in photo.losses)
    return Background(np.dstack([photo.colours, alpha]), photo.icc_profile, losses)


def on_background(cut: NDArray[Any], behind: Background, photo: Photo) -> NDArray[Any]:
    """Put a cut-out before a background.

    Args:
        cut: H×W×4 uint8 or uint16.
        behind: A picture is scaled and cropped to cover; its colours are brought into the
            photo's space.
        photo: What was cut out.

    Returns:
        Of the cut-out's dtype: H×W×3, or H×W×4 where the background is not opaque.
    """
    height, width = cut.shape[:2]
    pixels = behind.pixels
    if pixels.shape[:2] != (1, 1):
        # Premultiplied, so that colours that nobody sees do not bleed at its edges.
        image = Image.fromarray(pixels).convert("RGBa" if not behind.opaque else "RGBA")
        fitted = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
        pixels = np.asarray(fitted.convert("RGBA"))
    pixels = pixels.copy()
    pixels[..., :3] = colour.between(pixels[..., :3], behind.icc_profile, photo.icc_profile)
    if cut.dtype == np.uint16:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    result = _over(cut, pixels)
    return np.ascontiguousarray(result[..., :3]) if behind.opaque else result


def _over(front: NDArray[Any], back: NDArray[Any]) -> NDArray[Any]:
    """Porter and Duff's over: H×W×4 of any depth; the back may be one pixel."""
    result = np.empty_like(front)
    highest = np.float32(np.iinfo(front.dtype).max)
    back = np.broadcast_to(back, front.shape)

    def blend(top: int) -> None:
        rows = slice(top, top + STRIP_ROWS)
        upper, lower = front[rows].astype(np.float32), back[rows].astype(np.float32)
        share = upper[..., 3:] / highest
        rest = lower[..., 3:] / highest * (1 - share)
        alpha = share + rest
        mixed = upper[..., :3] * share + lower[..., :3] * rest
        mixed /= np.where(alpha > 0, alpha, 1)
        result[rows, :, :3] = np.rint(mixed)
        result[rows, :, 3:] = np.rint(alpha * highest)

    each(blend, range(0, len(front), STRIP_ROWS))
    return result
