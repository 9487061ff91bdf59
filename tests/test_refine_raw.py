"""What networks saw, kept small: alpha is found from it again as it was."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from localmatte.engine import Engine, Matte
from localmatte.errors import UsageError
from localmatte.imaging.geometry import Box
from localmatte.imaging.pixels import Raster, from_array
from localmatte.options import Options, Prompts
from localmatte.refine.raw import Raw, digest, packed, unpacked

OPTIONS = {
    "all of it": Options(),
    "not refined": Options(refine=False),
    "what is selected": Options(selection=Box(90, 20, 400, 460)),
    "what is clicked": Options(prompts=Prompts(keep=((220, 120),))),
}


@pytest.fixture(scope="module")
def photo() -> Raster:
    return from_array(data.astronaut())


@pytest.fixture(scope="module")
def small_subject() -> Raster:
    """A picture in which it pays to zoom in."""
    picture = np.full((1200, 1800, 3), 200, np.uint8)
    picture[500:756, 700:956] = np.asarray(Image.fromarray(data.astronaut()).resize((256, 256)))
    return from_array(picture)


def found(raster: Raster, options: Options) -> tuple[Matte, Raw]:
    matte = Engine().matte(raster, options)
    assert matte.raw is not None
    return matte, replace(matte.raw, digest=digest(raster.rgb))


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.usefixtures("home")
def test_alpha_is_found_again_as_it_was(photo: Raster, options: Options) -> None:
    matte, raw = found(photo, options)
    kept = packed(raw)
    again = Engine().refine(photo, unpacked(kept))
    assert len(kept) < 20_000
    assert abs(again.alpha - matte.alpha).mean() < 0.001
    assert (abs(again.alpha - matte.alpha) > 0.02).mean() < 0.01
    assert again.notice == ""
    assert again.selection == (options.selection or None)
    if options.selection:
        outside = np.ones(matte.alpha.shape, bool)
        outside[options.selection.rows_and_columns] = False
        assert not again.alpha[outside].any()


@pytest.mark.usefixtures("home")
def test_what_was_seen_zoomed_in_counts_again(small_subject: Raster) -> None:
    matte, raw = found(small_subject, Options())
    assert raw.closer is not None
    again = Engine().refine(small_subject, unpacked(packed(raw))).alpha
    without = Engine().refine(small_subject, replace(raw, closer=None)).alpha
    error, other = (abs(alpha - matte.alpha).mean() for alpha in (again, without))
    assert error < 0.2 * other


@pytest.mark.usefixtures("home")
def test_a_reduced_picture_looks_as_the_whole_one_made_small(photo: Raster) -> None:
    matte, raw = found(photo, Options(selection=Box(90, 20, 400, 460)))
    small = Image.fromarray(photo.rgb).resize((300, 301), Image.Resampling.BOX)
    again = Engine().refine(from_array(np.asarray(small)), unpacked(packed(raw)))
    wanted = Image.fromarray(matte.alpha).resize((300, 301), Image.Resampling.BOX)
    assert abs(again.alpha - np.asarray(wanted)).mean() < 0.01
    assert again.selection == Box(53, 12, 234, 270)
    assert again.notice == "", "a reduced picture is not an edited one"


@pytest.mark.usefixtures("home")
def test_an_edited_picture_is_recognised_and_said(photo: Raster) -> None:
    raw = found(photo, Options())[1]
    rgb = photo.rgb.copy()
    rgb[400, 300, 1] ^= 1
    assert "has been edited since" in Engine().refine(replace(photo, rgb=rgb), raw).notice


def made(header: dict[str, object], planes: bytes) -> bytes:
    return b"localmatte raw 1 " + json.dumps(header).encode() + b"\n" + zlib.compress(planes)


GOOD: dict[str, object] = {
    "size": [30, 20],
    "inside": [0, 0, 30, 20],
    "seen": [[0, 0, 30, 20, 4, 5]],
    "refined": True,
    "digest": "",
}


WRONG: tuple[dict[str, object], ...] = (
    {"size": [30]},
    {"size": [30, -20]},
    {"size": [0, 0]},
    {"inside": [0, 0, 31, 20]},
    {"inside": [9, 0, 9, 20]},
    {"inside": None},
    {"seen": []},
    {"seen": [[0, 0, 30, 20, 4, 5]] * 3},
    {"seen": [[0, 0, 30, 20, 0, 5]]},
    {"seen": [[0, 0, 30, 20, 1 << 40, 1 << 40]]},
    {"seen": [[0, 0, 30, 20, 4.0, 5]]},
    {"refined": "yes"},
)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"something else",
        made(GOOD, bytes(19)),
        made(GOOD, bytes(10**7)),
        made(GOOD, bytes(20))[:-4],
        b"localmatte raw 1 {" + b"[" * 4000 + b"}\n",
        *(made({**GOOD, **wrong}, bytes(20)) for wrong in WRONG),
    ],
)
def test_what_is_no_raw_matte_is_refused(kept: bytes) -> None:
    with pytest.raises(UsageError, match="is damaged"):
        unpacked(kept)


def test_a_raw_matte_of_one_pixel_serves() -> None:
    kept = made({**GOOD, "seen": [[29, 19, 30, 20, 1, 1]]}, b"\xff")
    raw = unpacked(kept)
    assert isinstance(raw, Raw)
    assert Engine().refine(from_array(np.zeros((20, 30, 3), np.uint8)), raw).alpha[19, 29] == 1
