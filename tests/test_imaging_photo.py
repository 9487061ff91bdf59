"""Every kind of picture file comes in upright, with its own colours and its own alpha."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from localmatte.errors import PictureError, UsageError
from localmatte.imaging import pixels
from localmatte.imaging.photo import from_image
from localmatte.imaging.pixels import to_uint8
from localmatte.imaging.reader import read

GRADIENT = np.tile(np.arange(256, dtype=np.uint8), (16, 1))
COLOURS = np.dstack((GRADIENT, GRADIENT[:, ::-1], np.full_like(GRADIENT, 90)))


def _lab(image: Image.Image) -> Image.Image:
    source, target = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.profileToProfile(image, source, target, outputMode="LAB")
    assert converted is not None
    return converted


def _images() -> dict[str, Image.Image]:
    rgb = Image.fromarray(COLOURS)
    palette = rgb.quantize(64)
    clear = palette.copy()
    clear.info["transparency"] = 0
    rgba = rgb.convert("RGBA")
    rgba.putalpha(Image.fromarray(GRADIENT))
    return {
        "1": rgb.convert("1"),
        "L": rgb.convert("L"),
        "LA": rgba.convert("LA"),
        "P": palette,
        "P with transparency": clear,
        "RGB": rgb,
        "RGBA": rgba,
        "CMYK": rgb.convert("CMYK"),
        "LAB": _lab(rgb),
        "YCbCr": rgb.convert("YCbCr"),
        "HSV": rgb.convert("HSV"),
        "I;16": Image.fromarray(GRADIENT.astype(np.uint16) * 257),
        "I": Image.fromarray(GRADIENT.astype(np.int32) * 257),
        "F": Image.fromarray(GRADIENT.astype(np.float32) / 255),
    }


IMAGES = _images()


@pytest.mark.parametrize("mode", IMAGES)
def test_each_mode_becomes_rgb_of_the_same_look(mode: str) -> None:
    image = IMAGES[mode]
    found = from_image(image)
    assert found.colours.shape == (16, 256, 3)
    if mode in ("L", "LA", "I;16", "I", "F"):
        grey = GRADIENT if mode in ("I;16", "I", "F") else np.asarray(image.getchannel(0))
        assert (to_uint8(found.colours) == grey[..., None]).all()
    elif mode in ("RGB", "RGBA"):
        assert (np.asarray(found.colours) == COLOURS).all()
    else:
        seen = COLOURS if mode == "LAB" else np.asarray(image.convert("RGB"))
        off = np.abs(found.colours.astype(int) - seen)
        assert off.mean() < 3 if mode == "LAB" else off.max() <= 1


@pytest.mark.parametrize("mode", IMAGES)
def test_alpha_is_found_where_there_is_any(mode: str) -> None:
    alpha = from_image(IMAGES[mode]).alpha
    if mode in ("RGBA", "LA"):
        assert alpha is not None
        assert (np.asarray(alpha) == GRADIENT).all()
    elif mode == "P with transparency":
        assert alpha is not None
        assert set(np.unique(np.asarray(alpha))) == {0, 255}
    else:
        assert alpha is None


def test_a_wide_gamut_photo_is_seen_in_srgb_and_kept_as_it_is() -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    image = Image.fromarray(COLOURS)
    image.info["icc_profile"] = wide
    broken = from_image(image)
    # A profile of another kind than the pixels is of no use; the pixels are taken as sRGB.
    assert (broken.picture().rgb == COLOURS).all()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.info["icc_profile"] = srgb
    kept = from_image(image)
    assert kept.icc_profile == srgb
    assert (np.asarray(kept.colours) == COLOURS).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_upright(tmp_path: Path, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.fromarray(COLOURS)
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "turned.png", exif=exif)
    assert (np.asarray(read(tmp_path / "turned.png").colours) == COLOURS).all()


@pytest.mark.parametrize("layout", pixels.LAYOUTS)
def test_each_raw_layout_is_read_alike(layout: str) -> None:
    how = pixels.LAYOUTS[layout]
    order = {"y": "y", "ya": "ya", "rgb": "rgb", "rgba": "rgba", "bgra": "bgra"}[
        layout.rstrip("8f").removesuffix("16")
    ]
    planes = {"r": COLOURS[..., 0], "g": COLOURS[..., 1], "b": COLOURS[..., 2]}
    planes |= {"y": GRADIENT, "a": GRADIENT}
    samples = np.dstack([planes[channel] for channel in order])
    white = {"8": 255, "6": 65535, "f": 1}[layout[-1]]
    data = (samples * (white / 255)).astype(how.dtype).tobytes()
    found = pixels.from_bytes(data, 256, 16, layout)
    expected = COLOURS if "r" in order else np.dstack([GRADIENT] * 3)
    assert (found.rgb == expected).all()
    if "a" in order:
        assert found.alpha is not None
        assert np.abs(pixels.unit(found.alpha) * 255 - GRADIENT).max() < 0.001
    else:
        assert found.alpha is None


def test_raw_pixels_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(UsageError, match="48 bytes, not 47"):
        pixels.from_bytes(bytes(47), 4, 4, "rgb8")
    with pytest.raises(UsageError, match="no pixel layout"):
        pixels.from_bytes(bytes(48), 4, 4, "cmyk8")
    with pytest.raises(PictureError, match="no pixels"):
        pixels.from_bytes(b"", 0, 4, "rgb8")


def test_transparent_pixels_show_grey_to_the_network() -> None:
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0] = (200, 100, 50, 255)
    seen = pixels.from_array(rgba).over_backdrop()
    assert (seen[0] == (200, 100, 50)).all()
    assert (seen[1] == pixels.BACKDROP).all()


def test_every_colour_shows_through_every_transparency_as_it_should() -> None:
    colour, alpha = np.indices((256, 256), np.uint8)
    seen = pixels.from_array(np.dstack([colour, colour, colour, alpha])).over_backdrop()
    share = alpha / 255
    expected = np.rint(colour * share + pixels.BACKDROP * (1 - share))
    assert (seen == expected[..., None]).all()
