"""One photograph, which scikit-image ships, at any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def photo(megapixels: float) -> NDArray[np.uint8]:
    """The photo at a size, in the proportions 4:3, as H×W×3 uint8."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    return sized(round(height * 4 / 3), height)


def sized(width: int, height: int) -> NDArray[np.uint8]:
    """The photo at a width and height in pixels, as H×W×3 uint8."""
    from skimage import data

    picture = Image.fromarray(data.astronaut()).crop((0, 0, 512, 384))
    return np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC))
