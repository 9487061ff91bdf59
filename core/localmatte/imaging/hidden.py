"""What a cut-out must not hold: colours where nothing of the picture is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

HAZE = np.float32(3.5 / 255)
"""Alpha below this, 3 of 255 at most, cannot be seen, but gives the colours under it away."""


def without_haze(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make the faintest values of a matte nothing.

    Args:
        alpha: H×W float32 in 0..1; it is not changed.

    Returns:
        H×W float32, where every value below HAZE is 0.
    """
    return np.asarray(np.where(alpha < HAZE, np.float32(0), alpha))


def blank(colours: NDArray[Any], mask: NDArray[Any]) -> None:
    """Make the colours black, in place, where the mask is 0.

    Args:
        colours: H×W×C.
        mask: H×W, as it is written beside the colours: after it has been quantised.
    """
    np.copyto(colours, 0, where=(mask == 0)[..., None])
