"""TIFF files of every kind of sample, read as another decoder reads them."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from PIL import Image

from localmatte.errors import PictureError
from localmatte.imaging import masks
from localmatte.imaging.photo import Photo
from localmatte.imaging.reader import read
from tests import profiles

LEVELS = np.random.default_rng(3).random((37, 53, 4))


def _read(stream: io.BytesIO) -> Photo:
    stream.seek(0)
    return read(stream)


def _stored(dtype: str) -> np.ndarray:
    if dtype.startswith("float"):
        return LEVELS.astype(dtype)
    return np.asarray(LEVELS * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "uint16", "uint32", "int8", "int16", "int32"]
)
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"compression": "lzma", "rowsperstrip": 5},
        {"tile": (16, 32)},
        {"planarconfig": "separate"},
        {"bigtiff": True},
    ],
    ids=str,
)
def test_samples_of_every_type_are_read(
    how: dict[str, Any], dtype: str, channels: int, order: Literal["<", ">"]
) -> None:
    if "predictor" in how and (dtype.startswith("float") or dtype == "int8"):
        # Of tifffile's own predictors, only those for whole numbers need no further package.
        how = {key: value for key, value in how.items() if key != "predictor"}
    samples, stream = _stored(dtype)[..., :channels], io.BytesIO()
    if "bigtiff" in how:
        # Pillow's parser knows only this order.
        order = "<"
    separate = channels > 1 and how.get("planarconfig") == "separate"
    tifffile.imwrite(
        stream,
        np.moveaxis(samples, 2, 0) if separate else samples.squeeze(),
        photometric="rgb" if channels > 1 else "minisblack",
        extrasamples=["unassalpha"] if channels == 4 else None,
        byteorder=order,
        **(how if channels > 1 else {key: how[key] for key in how if key != "planarconfig"}),
    )
    photo = _read(stream)
    assert photo.colours.dtype == np.uint16
    colours = LEVELS[..., :3] if channels > 1 else np.repeat(LEVELS[..., :1], 3, 2)
    close = {"float16": 40, "int8": 520}.get(dtype, 2.5)
    assert np.abs(photo.colours - colours * 65535).max() <= close
    assert (photo.alpha is None) == (channels < 4)
    if photo.alpha is not None:
        assert np.abs(photo.alpha - LEVELS[..., 3] * 65535).max() <= close


def by_hand(
    samples: np.ndarray, bits: int, photometric: int, *, more: dict[int, int] | None = None
) -> bytes:
    """A big-endian TIFF file of one strip, from values of any number of bits."""
    height, width, channels = samples.shape
    split = (samples[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    raw = np.packbits(split.astype(np.uint8).reshape(height, -1), axis=1).tobytes()
    return _file(raw, height, width, channels, bits, {262: photometric, **(more or {})})


def _file(
    raw: bytes, height: int, width: int, channels: int, bits: int, more: dict[int, int]
) -> bytes:
    tags = {256: width, 257: height, 258: bits, 259: 1, 277: channels, 278: height} | more
    tags |= {273: 8, 279: len(raw)}
    place = 8 + len(raw) + len(raw) % 2
    entries = b"".join(struct.pack(">HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    directory = struct.pack(">H", len(tags)) + entries + bytes(4)
    return b"MM\0*" + struct.pack(">I", place) + raw.ljust(place - 8, b"\0") + directory


@pytest.mark.parametrize("bits", [2, 4, 6, 10, 12, 14, 24])
@pytest.mark.parametrize("channels", [1, 3])
def test_samples_of_odd_bits_are_read(bits: int, channels: int) -> None:
    highest = (1 << bits) - 1
    samples = np.rint(LEVELS[..., :channels] * highest).astype(np.uint32)
    photo = _read(io.BytesIO(by_hand(samples, bits, 1 if channels == 1 else 2)))
    assert photo.colours.shape == (*samples.shape[:2], 3)
    assert np.abs(photo.colours - samples * (65535 / highest)).max() <= 1


@pytest.mark.parametrize("codec", ["tiff_lzw", "packbits", "lzma", "zstd"])
def test_what_libtiff_packs_is_unpacked_for_types_that_pillow_has_no_mode_for(codec: str) -> None:
    """The bytes of float samples, packed by Pillow as an image of bytes."""
    floats = LEVELS[..., :3].astype(">f4")
    height, width, _ = floats.shape
    stream = io.BytesIO()
    plain = np.frombuffer(floats.tobytes(), np.uint8).reshape(height, -1)
    Image.fromarray(plain).save(stream, "TIFF", compression=codec)
    with Image.open(stream) as packed:
        tags = packed.tag_v2  # type: ignore[attr-defined]
        number, offsets, sizes, rows = tags[259], tags[273], tags[279], tags[278]
        data = [stream.getvalue()[at : at + size] for at, size in zip(offsets, sizes, strict=True)]
    assert len(data) == 1
    assert rows >= height
    file = _file(data[0], height, width, 3, 32, {262: 2, 259: number, 339: 3})
    assert np.abs(_read(io.BytesIO(file)).colours - floats * 65535).max() <= 1


def test_differences_of_floats_are_undone() -> None:
    """Adobe's floating-point predictor, as its note on TIFF describes it."""
    floats = LEVELS[..., :3].astype(">f4")
    height, width, channels = floats.shape
    weights = floats.view(np.uint8).reshape(height, width * channels, 4)
    planes = weights.transpose(0, 2, 1).reshape(height, -1)
    differences = planes.copy()
    differences[:, channels:] -= planes[:, :-channels]
    packed = zlib.compress(differences.tobytes())
    file = _file(packed, height, width, 3, 32, {262: 2, 259: 8, 317: 3, 339: 3})
    assert np.abs(_read(io.BytesIO(file)).colours - floats * 65535).max() <= 1


def test_white_may_be_zero_and_colours_premultiplied() -> None:
    grey = np.rint(LEVELS[..., :1] * 65535).astype(np.uint32)
    photo = _read(io.BytesIO(by_hand(grey, 16, 0)))
    assert (photo.colours[..., :1] == 65535 - grey).all()
    alpha = np.linspace(0.2, 1, 53)[None, :, None] * np.ones((37, 1, 1))
    premultiplied = np.dstack([LEVELS[..., :3] * alpha, alpha])
    samples = np.rint(premultiplied * 65535).astype(np.uint32)
    photo = _read(io.BytesIO(by_hand(samples, 16, 2, more={338: 1})))
    assert np.abs(photo.colours - LEVELS[..., :3] * 65535).max() <= 5
    assert photo.alpha is not None
    assert np.abs(photo.alpha - alpha[..., 0] * 65535).max() <= 1


@pytest.mark.parametrize("brightest", [1.5, 8.0])
def test_scene_referred_light_is_clipped_at_white_and_said(brightest: float) -> None:
    stream = io.BytesIO()
    light = (LEVELS[..., :3] * brightest).astype(np.float32)
    tifffile.imwrite(stream, light, photometric="rgb", iccprofile=profiles.LINEAR_2020)
    photo = _read(stream)
    assert photo.losses == ("Its values outside black and white were clipped.",)
    assert photo.icc_profile == profiles.LINEAR_2020
    expected = profiles.exact(np.clip(light, 0, 1), profiles.LINEAR_2020)
    assert np.abs(photo.picture().rgb.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("photometric", ["separated", "cielab"])
def test_deep_ink_and_lab_are_converted(photometric: str) -> None:
    rgb = np.rint(LEVELS[..., :3] * 255).astype(np.uint8)
    if photometric == "separated":
        ink = np.dstack([255 - rgb, np.zeros(rgb.shape[:2], np.uint8)])
        samples, expected = (
            ink.astype(np.uint32) * 257,
            np.asarray(Image.fromarray(ink, "CMYK").convert("RGB")),
        )
        file = by_hand(samples, 16, 5)
    else:
        smooth = np.dstack([np.linspace(20, 230, 53)[None] * np.ones((37, 1))] * 3)
        grey = np.rint(smooth / 255 * 65535).astype(np.uint32)
        grey[..., 1:] = 0
        lightness = smooth[..., 0] / 255 * 100
        y = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
        encoded = np.where(y <= 0.0031308, y * 12.92, 1.055 * y ** (1 / 2.4) - 0.055)
        expected = np.repeat(np.rint(encoded * 255).astype(np.uint8)[..., None], 3, 2)
        file = by_hand(grey, 16, 8)
    photo = _read(io.BytesIO(file))
    assert np.abs(photo.picture().rgb.astype(int) - expected).max() <= 1
    assert photo.losses == ()


def test_masks_and_hints_may_have_such_samples(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, LEVELS[..., 0].astype(np.float32))
    assert np.abs(masks.read_mask(path) - LEVELS[..., 0] * 65535).max() <= 1
    layer = LEVELS.astype(np.float32)
    tifffile.imwrite(path, layer, photometric="rgb", extrasamples=["unassalpha"])
    assert np.abs(masks.read_mask(path) - LEVELS[..., 3] * 65535).max() <= 1
    hints = masks.read_hints(path)
    assert (hints[LEVELS[..., 3] < 0.49] == 128).all()


def test_smaller_copies_and_masks_are_no_pages() -> None:
    stream, rgb = io.BytesIO(), np.rint(LEVELS[..., :3] * 255).astype(np.uint8)
    with tifffile.TiffWriter(stream) as file:
        file.write(rgb, photometric="rgb")
        file.write(rgb[::2, ::2], photometric="rgb", subfiletype=1)
    photo = _read(stream)
    assert photo.losses == ()
    assert (photo.colours == rgb).all()


@pytest.mark.parametrize("more", [{322: 1, 323: 1, 324: 8, 325: 4}, {278: 1}, {257: 1 << 14}])
def test_a_page_whose_parts_are_missing_is_damaged_and_takes_no_memory(
    more: dict[int, int],
) -> None:
    samples = np.zeros((64, 64, 3), np.uint32)
    tracemalloc.start()
    with pytest.raises(PictureError, match="damaged"):
        read(io.BytesIO(by_hand(samples, 16, 2, more={256: 1 << 14} | more)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 23


def test_premultiplied_grey_of_eight_bits_is_read(tmp_path: Path) -> None:
    alpha = np.linspace(60, 255, 53)[None, :] * np.ones((37, 1))
    grey = np.rint(LEVELS[..., 0] * alpha)
    samples = np.dstack([grey, np.rint(alpha)]).astype(np.uint32)
    path = tmp_path / "grey.tif"
    path.write_bytes(by_hand(samples, 8, 1, more={338: 1}))
    photo = read(path)
    assert np.abs(photo.colours[..., 0] - LEVELS[..., 0] * 255).max() <= 5
    assert photo.alpha is not None
    assert (photo.alpha == np.rint(alpha)).all()
    assert (masks.read_mask(path) == np.rint(alpha)).all()
