"""The matte that a conversation asked for last: what is sent of it, now and when edges change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localmatte.imaging.geometry import Box
from localmatte.options import Edges
from localmatte.worker.planes import ANSWERS
from localmatte_bridge import wire

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from localmatte.refine.finish import Finish
    from localmatte.refine.parts import Look

Reply = tuple[dict[str, Any], list[wire.Payload]]


@dataclass(frozen=True)
class Answer:
    """A matte as it was found, and how it is finished.

    Attributes:
        layout: Of the mask's samples, a key of ANSWERS.
        finish: Finishes the matte's edges, which it has as they were found.
        edges: How they are finished.
        hints: What the matte must respect, H×W uint8; None for no hints.
        rgb: The picture, H×W×3 uint8, where clean colours are wanted with the mask.
        look: What the network saw before any click.
        part: What of the mask is sent; None for all of it.
    """

    layout: str
    finish: Finish
    edges: Edges
    hints: NDArray[np.uint8] | None
    rgb: NDArray[np.uint8] | None
    look: Look
    part: Box | None = None

    def reply(self) -> Reply:
        """The finished mask, and the subject's clean colours where they are wanted.

        Where the mask is 0, those are black: what a layer holds there, its file gives away.
        """
        from localmatte.imaging.hidden import blank, without_haze
        from localmatte.imaging.pixels import quantised
        from localmatte.refine.foreground import estimate_foreground
        from localmatte.refine.hints import enforce_hints

        here = self.part.rows_and_columns if self.part else ...
        hints = None if self.hints is None else self.hints[here]
        rgb = None if self.rgb is None else self.rgb[here]
        alpha = enforce_hints(self.finish.finished(self.edges, self.part), hints)
        if rgb is not None:
            alpha = without_haze(alpha)
        mask = quantised(alpha, ANSWERS[self.layout])
        height, width = mask.shape
        header = {"width": width, "height": height, "layout": self.layout}
        payload: list[wire.Payload] = list(wire.chunks(mask.data))
        if rgb is not None:
            header["colours"] = "rgb8"
            colours = estimate_foreground(rgb, quantised(alpha))
            blank(colours, mask)
            payload += wire.chunks(colours.data)
        return header, payload

    def parts(self) -> Reply:
        """Between which subjects the user can choose, and where in the picture they are."""
        height, width = self.finish.alpha.shape
        parts = self.look.parts(width, height)
        rows = [
            {
                "box": [box.left, box.top, box.right - box.left, box.bottom - box.top],
                "share": round(part.share, 4),
                "point": list(part.point),
            }
            for part in parts.found
            for box in [part.box]
        ]
        header = {"width": parts.labels.shape[1], "height": parts.labels.shape[0], "parts": rows}
        return header, list(wire.chunks(parts.labels.data))
