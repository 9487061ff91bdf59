"""The ways to a matte that are compared; all of them start from the same network's output."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from localmatte.engine import Engine
from localmatte.imaging.pixels import Raster, quantised, unit
from localmatte.inference.network import postprocess, preprocess
from localmatte.inference.sessions import Loaded
from localmatte.options import Options
from localmatte.progress import CancelToken
from localmatte.refine import refine, upscaled
from tests.quality import candidates

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """A picture and what a network made of it.

    Attributes:
        rgb: H×W×3 uint8.
        matte: The network's own, h×w float32 in 0..1.
        model: The network's id.
    """

    rgb: NDArray[np.uint8]
    matte: Floats
    model: str


def look(rgb: NDArray[np.uint8], network: Loaded, kept: Path | None = None) -> Seen:
    """One forward pass, which all methods share.

    Args:
        rgb: The picture, H×W×3 uint8.
        network: Of which a matte is wanted.
        kept: A PNG file of eight bits that the matte is read from, or written to and then read.
    """
    if kept and kept.exists():
        with Image.open(kept) as image:
            return Seen(rgb, unit(np.asarray(image)), network.spec.id)
    output = network.run(preprocess(rgb, network.spec), CancelToken())
    seen = Seen(rgb, postprocess(output, network.spec), network.spec.id)
    if not kept:
        return seen
    kept.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(quantised(seen.matte)).save(kept)
    return look(rgb, network, kept)


def keeper(folder: Path | None, picture: str, model: str) -> Path | None:
    """The file of a folder, if there is one, that keeps a network's matte of a picture."""
    return folder / f"{picture}.{model}.png" if folder else None


def _plain(seen: Seen) -> Floats:
    return upscaled(seen.matte, seen.rgb.shape[1], seen.rgb.shape[0])


def _refined(seen: Seen) -> Floats:
    return refine(seen.rgb, seen.matte)


def _zoomed(seen: Seen) -> Floats:
    """With the second look, where it pays; its seconds are those of all forward passes."""
    options = Options(seen.model, "cpu", zoom=True)
    return _engine().matte(Raster(seen.rgb), options).alpha


@cache
def _engine() -> Engine:
    return Engine()


def _rembg_plain(seen: Seen) -> Floats:
    return _rembg(seen, only_mask=True)


def _rembg_matting(seen: Seen) -> Floats:
    return _rembg(seen, alpha_matting=True)


METHODS: dict[str, Callable[[Seen], Floats]] = {
    "plain": _plain,
    "refined": _refined,
    "zoomed": _zoomed,
    "closed form": lambda seen: candidates.closed_form(seen.rgb, seen.matte),
    "KNN": lambda seen: candidates.knn(seen.rgb, seen.matte),
    "rembg": _rembg_plain,
    "rembg alpha_matting": _rembg_matting,
}
"""Every method by the name of its row."""

PEERS = ("rembg", "rembg alpha_matting")
"""Those that are not ours."""

CANDIDATES = ("closed form", "KNN")
"""Those that were tried in the place of ours."""


@dataclass(frozen=True)
class _Session:
    """What rembg asks for a mask: the same network's matte, as rembg's own sessions give it."""

    matte: Floats

    def predict(self, image: Image.Image, *_: Any, **__: Any) -> list[Image.Image]:
        mask = Image.fromarray((self.matte * 255).astype(np.uint8))
        return [mask.resize(image.size, Image.Resampling.LANCZOS)]


def _rembg(seen: Seen, **options: bool) -> Floats:
    import rembg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cut = rembg.remove(Image.fromarray(seen.rgb), session=_Session(seen.matte), **options)
    mask = np.asarray(cut.getchannel("A" if cut.mode == "RGBA" else "L"), np.float32)
    return mask / np.float32(255)
