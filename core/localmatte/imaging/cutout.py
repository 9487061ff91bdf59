"""The Pillow image that the library returns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

KEPT = ("icc_profile", "dpi")
WITH_PROFILE = ("RGB", "RGBA", "P")


class Cutout(Image.Image):
    """An image that keeps its profile and its resolution in files of every format.

    Pillow writes them into some formats, and into others only if they are handed to `save()`.
    """

    @classmethod
    def of(
        cls,
        pixels: NDArray[np.uint8],
        icc_profile: bytes | None,
        resolution: tuple[float, float] | None,
    ) -> Cutout:
        """A cut-out.

        Args:
            pixels: H×W×4 uint8.
            icc_profile: Of its colours; None for sRGB.
            resolution: Horizontal and vertical, in dots per inch; None where not known.

        Returns:
            It, with both in its `info` as "icc_profile" and "dpi".
        """
        found = cls()._new(Image.fromarray(pixels).im)
        known = {"icc_profile": icc_profile, "dpi": resolution}
        found.info.update({name: value for name, value in known.items() if value})
        return found

    def save(self, fp: Any, format: str | None = None, **params: Any) -> None:  # noqa: A002
        """Save it as Pillow does, with its profile and its resolution.

        Args:
            fp: A path or a stream.
            format: Pillow's name of one; None to go by the path's suffix.
            params: The format's own; they count before what the image knows.
        """
        if self.mode in WITH_PROFILE:
            params = {name: self.info[name] for name in KEPT if name in self.info} | params
        super().save(fp, format, **params)

    def _new(self, im: Any) -> Cutout:
        # What is made of it, as by convert(), keeps them as well.
        found = super()._new(im)
        found.__class__ = type(self)
        assert isinstance(found, Cutout)
        return found
