"""What a caller chooses for one picture: the model, where to look, and how edges are finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.models.catalogue import DEFAULT
from localmatte_bridge.edge_controls import CONTROLS

LIMITS: dict[str, tuple[float, float]] = {
    control.name: (control.low, control.high) for control in CONTROLS
}
"""The least and the largest value of each control."""


@dataclass(frozen=True)
class Edges:
    """How a matte's edges are finished; as it is, nothing changes.

    The steps are taken in the order of the attributes.

    Attributes:
        specks: Parts of the subject of fewer pixels than this are taken away.
        holes: Enclosed parts that are not solid, of fewer pixels than this, are filled.
        smooth: Bumps of the outline of up to about this many pixels are evened out.
        shift: Moves the edge outwards by so many pixels; a negative number shrinks.
        feather: Softens the edge with a Gaussian of this standard deviation in pixels.
        contrast: 0 leaves the edge as soft as it is, 1 makes it hard.
        threshold: The alpha that becomes a half as the contrast rises.

    Raises:
        UsageError: A value is no number, or outside of its LIMITS.
    """

    specks: int = 0
    holes: int = 0
    smooth: float = 0.0
    shift: float = 0.0
    feather: float = 0.0
    contrast: float = 0.0
    threshold: float = 0.5

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = LIMITS[name]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise UsageError(f'The edge control {name} must be a number, not "{value}".')
            if not low <= value <= high:
                raise UsageError(
                    f"The edge control {name} cannot be {value:g}.",
                    f"Use a value from {low:g} to {high:.9g}.",
                )

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Edges:
        """Edges from their attributes' names and values.

        Raises:
            UsageError: There is no such control, or a value is wrong.
        """
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise UsageError(
                    f'There is no edge control "{name}".', f"Use one of {', '.join(names)}."
                )
        return cls(**values)


AS_FOUND = Edges()
"""Nothing is done to the edges."""


ALL_LEVELS = 256
"""How many values a mask has, where it was not kept in fewer."""

MOST_POINTS = 1000
"""More clicks than this are no user's."""

Point = tuple[int, int]
"""A pixel: how far from the left, and from the top."""


@dataclass(frozen=True)
class Prompts:
    """What the user says about the subject: clicks on it and beside it, and a box around it.

    Attributes:
        keep: Pixels of the subject.
        remove: Pixels that are not of the subject.
        box: What the subject lies in; None for no box.

    Raises:
        UsageError: There are more than MOST_POINTS.
    """

    keep: tuple[Point, ...] = ()
    remove: tuple[Point, ...] = ()
    box: Box | None = None

    def __post_init__(self) -> None:
        if len(self.keep) + len(self.remove) > MOST_POINTS:
            raise UsageError(f"There are more than {MOST_POINTS} points.", "Use fewer points.")

    def __bool__(self) -> bool:
        return bool(self.keep or self.remove or self.box)

    def moved(self, box: Box) -> Prompts:
        """The same for a part of the picture.

        Args:
            box: The part; what lies outside of it is left out.

        Returns:
            Prompts in the part's own pixels.
        """
        keep, remove = (
            tuple(
                (x - box.left, y - box.top)
                for x, y in points
                if box.left <= x < box.right and box.top <= y < box.bottom
            )
            for points in (self.keep, self.remove)
        )
        mine = self.box and self.box.within(box)
        return Prompts(keep, remove, mine)


NO_PROMPTS = Prompts()


@dataclass(frozen=True)
class Strokes:
    """What a user said of a mask.

    Attributes:
        keep: Whether what is selected belongs to the subject; None where the user painted.
        levels: How many values the mask before the strokes was kept in.
        turned: Whether the layer was resized or rotated since that mask was kept.
    """

    keep: bool | None = None
    levels: int = ALL_LEVELS
    turned: bool = False


PAINTED = Strokes()
"""The user painted on the mask."""


@dataclass(frozen=True)
class Options:
    """How to find the subject.

    Attributes:
        model: A model's id, or the path of an .onnx file.
        provider: "auto" or a provider's name.
        refine: Whether to sharpen the matte against the full-resolution picture; otherwise
            the network's matte is only resampled.
        selection: Where to look; outside of it the matte is 0. None for everywhere.
        edges: How the matte's edges are finished.
        zoom: Whether refining also means to look again, closer, at a subject that is small.
        prompts: Which subject is meant, in the picture's pixels.
        best_edges: Whether refining also means to have a network refine the edges.

    Raises:
        UsageError: The best edges are wanted without refining.
    """

    model: str = DEFAULT
    provider: str = "auto"
    refine: bool = True
    selection: Box | None = None
    edges: Edges = AS_FOUND
    zoom: bool = True
    prompts: Prompts = NO_PROMPTS
    best_edges: bool = False

    def __post_init__(self) -> None:
        if self.best_edges and not self.refine:
            raise UsageError(
                "Best edges are refined edges.", "Leave out --best-edges or --no-refine."
            )
