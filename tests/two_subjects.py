"""A picture of two subjects, out of photographs that scikit-image ships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]
from skimage import data

import localmatte
from tests import weights

Mask = NDArray[np.bool_]
Scene = tuple[NDArray[np.uint8], dict[str, Mask]]
"""H×W×3 uint8, and where each subject is."""

PLACES = {"astronaut": ((30, 140), (440, 480)), "coffee": ((560, 300), (400, 290))}
"""Where the subjects are pasted, and how large, in pixels."""

SIZE = (1000, 620)


def cut_out(home: Path) -> dict[str, Image.Image]:
    """The subjects as the network finds them, cropped; `home` gets the network."""
    weights.place("u2netp", home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALMATTE_HOME", str(home))
        found = {name: localmatte.cutout(getattr(data, name)()) for name in PLACES}
    return {name: cut.crop(cut.getbbox()) for name, cut in found.items()}


def pasted(picture: Image.Image, subject: Image.Image, place: tuple[int, int]) -> Mask:
    """Paste a subject into a picture; returns where it is."""
    front = Image.new("RGBA", picture.size)
    front.paste(subject, place)
    picture.paste(front, (0, 0), front)
    return np.asarray(front.getchannel("A")) > 127


def before(backdrop: Image.Image, subjects: dict[str, Image.Image]) -> Scene:
    """Both subjects before a backdrop."""
    picture = backdrop.convert("RGB").resize(SIZE)
    masks = {
        name: pasted(picture, subjects[name].resize(size), place)
        for name, (place, size) in PLACES.items()
    }
    return np.asarray(picture), masks


def middle(mask: Mask) -> tuple[int, int]:
    """A pixel deep inside of a mask: x and y."""
    y, x = np.unravel_index(distance_transform_edt(mask).argmax(), mask.shape)
    return int(x), int(y)


def inmost(mask: Mask) -> tuple[int, int]:
    """The same, and away from the picture's border, too."""
    x, y = middle(np.pad(mask, 1))
    return x - 1, y - 1
