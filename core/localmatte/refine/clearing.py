"""Specks and holes of a matte, which go by their size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from localmatte.imaging.geometry import Box
from localmatte.options import Edges
from localmatte.refine.components import Runs, runs

Floats = NDArray[np.float32]

FAINT = 1 / 510
"""Alpha that an 8-bit mask rounds to 0."""


class Clearing:
    """A matte whose connected parts are found once, so that any size of them goes quickly.

    Args:
        alpha: H×W float32 in 0..1; it must not change.
    """

    def __init__(self, alpha: Floats) -> None:
        self.alpha = alpha
        self._specks: _Parts | None = None
        self._holes: tuple[int, _Parts] | None = None

    def cleared(self, edges: Edges, box: Box) -> Floats:
        """A part of the matte without its specks and holes.

        Args:
            edges: Which ones go; nothing else of it is done.
            box: The part, within the matte.

        Returns:
            The part, float32 in 0..1; a view of the matte where nothing is to go.
        """
        alpha = self._without_specks(edges.specks, box)
        if edges.holes > 1:
            filled = self._parts_between(edges.specks).smaller(edges.holes, box)
            alpha = np.where(filled, np.float32(1), alpha)
        return alpha

    def _without_specks(self, pixels: int, box: Box) -> Floats:
        alpha = self.alpha[box.rows_and_columns]
        if pixels <= 1:
            return alpha
        if self._specks is None:
            self._specks = _Parts(self.alpha > FAINT)
        return np.where(self._specks.smaller(pixels, box), np.float32(0), alpha)

    def _parts_between(self, specks: int) -> _Parts:
        """The holes, once the specks in them have gone."""
        if self._holes is None or self._holes[0] != specks:
            height, width = self.alpha.shape
            alpha = self._without_specks(specks, Box(0, 0, width, height))
            self._holes = specks, _Parts(alpha < 1 - FAINT, keep_outside=True)
        return self._holes[1]


class _Parts:
    """The connected parts of what a matte shows, or of what it does not.

    Args:
        shown: H×W bool.
        keep_outside: Whether those that reach the picture's border count as large.
    """

    def __init__(self, shown: NDArray[np.bool_], *, keep_outside: bool = False) -> None:
        self._border = int(keep_outside)
        if keep_outside:
            shown = np.pad(shown, self._border, constant_values=True)
        self._width = shown.shape[1]
        self._runs = runs(shown)
        self._areas = self._runs.areas
        if keep_outside:
            outside = self._runs.part == self._runs.part[0]
            self._areas[outside] = np.iinfo(self._areas.dtype).max

    def smaller(self, pixels: int, box: Box) -> NDArray[np.bool_]:
        """Where parts of fewer pixels lie, in a part of the matte, as bool."""
        border, width = self._border, self._width
        first, last = (box.top + border) * width, (box.bottom + border) * width
        start, stop = self._runs.start, self._runs.stop
        # No run goes on from one row to the next.
        here = slice(np.searchsorted(start, first), np.searchsorted(start, last))
        some = Runs(start[here] - first, stop[here] - first, self._runs.part[here])
        found = some.plane(self._areas[here] < pixels, (box.bottom - box.top, width))
        return found[:, box.left + border : box.right + border]
