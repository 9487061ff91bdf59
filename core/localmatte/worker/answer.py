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
class Kept:
    """What of a mask stays while the edges of the rest are finished again.

    Attributes:
        mask: The mask as it is, H×W of its own samples.
        held: How far each of its pixels stays, H×W uint8.
        finish: Finishes the matte with what stays in it.
    """

    mask: NDArray[Any]
    held: NDArray[np.uint8]
    finish: Finish

    @classmethod
    def of(
        cls,
        alpha: NDArray[np.float32],
        mask: NDArray[Any],
        held: NDArray[np.uint8],
        selection: Box | None,
    ) -> Kept:
        """Put what stays into a matte.

        Args:
            alpha: The matte as it was found, H×W float32 in 0..1.
            mask: The mask as it is, H×W uint8, uint16 or float32.
            held: How far each of its pixels stays, H×W uint8.
            selection: As for `finish_edges`.

        Returns:
            What stays, and the matte with it.
        """
        from localmatte.imaging.pixels import unit
        from localmatte.refine.finish import Finish

        return cls(mask, held, Finish(alpha + unit(held) * (unit(mask) - alpha), selection))

    def met(
        self, alpha: NDArray[np.float32], edges: Edges, part: Box | None
    ) -> NDArray[np.float32]:
        """A finished matte with what stays.

        A stroke over an edge has taken the edge away, and beside it there is a new one, of the
        stroke. Neither of the two is to be finished: where it makes a difference, the mask is as
        near as can be to what it was.

        Args:
            alpha: The matte, its edges finished, h×w float32 in 0..1.
            edges: How they were finished.
            part: What of the mask that is; None for all of it.

        Returns:
            h×w float32 in 0..1.
        """
        import numpy as np

        from localmatte.imaging.pixels import unit

        here = part.rows_and_columns if part else ...
        mask, held = unit(self.mask[here]), unit(self.held[here])
        painted = self.finish.finished(edges, part)
        near = np.clip(mask, np.minimum(alpha, painted), np.maximum(alpha, painted))
        return np.asarray(near + held * (mask - near), np.float32)

    def restore(self, mask: NDArray[Any], part: Box | None) -> None:
        """Make what wholly stays exact, in place.

        Args:
            mask: h×w of the mask's samples.
            part: What of the mask that is; None for all of it.
        """
        import numpy as np

        here = part.rows_and_columns if part else ...
        np.copyto(mask, self.mask[here], where=self.held[here] == 255)


@dataclass(frozen=True)
class Answer:
    """A matte as it was found, and how it is finished.

    Attributes:
        layout: Of the mask's samples, a key of ANSWERS.
        finish: Finishes the matte's edges, which it has as they were found.
        edges: How they are finished.
        hints: What the matte must respect, H×W uint8; None for no hints.
        rgb: The picture, H×W×3 uint8, where clean colours are wanted with the mask.
        look: What the network saw before any click; None where no network was asked.
        kept: What of an existing mask stays; None where nothing does.
        part: What of the mask is sent; None for all of it.
    """

    layout: str
    finish: Finish
    edges: Edges
    hints: NDArray[np.uint8] | None
    rgb: NDArray[np.uint8] | None
    look: Look | None
    kept: Kept | None = None
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
        if self.kept:
            alpha = self.kept.met(alpha, self.edges, self.part)
        if rgb is not None:
            alpha = without_haze(alpha)
        mask = quantised(alpha, ANSWERS[self.layout])
        if self.kept:
            self.kept.restore(mask, self.part)
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
        assert self.look is not None
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
