"""Every picture that people have, from file to file: what comes out, and what is said."""

from __future__ import annotations

import io
import json
import os
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, TiffImagePlugin

import localmatte
from localmatte.cli import main
from localmatte.errors import PictureError, UsageError
from localmatte.imaging import masks
from localmatte.imaging.cutout import Cutout
from localmatte.imaging.reader import read
from tests import profiles
from tests.commands import localmatte as process

pytestmark = pytest.mark.usefixtures("home")

SHARE = 0.255
"""How much of the scene its ball covers, about."""


def scene(width: int = 240, height: int = 180, middle: float = 0.5) -> NDArray[np.uint8]:
    """A lit ball before soft colours; the default model finds it."""
    y, x = np.mgrid[:height, :width].astype(float)
    radius = height / 3
    right, down = (x - middle * width) / radius, (y - height / 2) / radius
    back = np.dstack([95 + 35 * y / height, 125 + 35 * x / width, 155 - 35 * y / height])
    back += np.random.default_rng(7).normal(0, 2, back.shape)
    ball = np.clip((1 - np.hypot(right, down)) * radius + 0.5, 0, 1)[..., None]
    light = np.clip(1.1 - 0.6 * np.hypot(right + 0.4, down + 0.4), 0.3, 1)[..., None]
    shown = back * (1 - ball) + light * np.array([225, 65, 45]) * ball
    return np.asarray(np.clip(np.rint(shown), 0, 255), np.uint8)


SCENE = scene()
PICTURE = Image.fromarray(SCENE)


class Ran:
    """What came of `localmatte cut`, run in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> None:
        self.status = main(["cut", *map(str, arguments), "--provider", "cpu"])
        told = capsys.readouterr()
        self.said = told.err
        self.lines = [json.loads(line) for line in told.out.splitlines()]


@pytest.fixture
def cut(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `localmatte cut` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Ran(capsys, *arguments)


def share(path: str | Path) -> float:
    """How much of a mask is white."""
    mask = np.asarray(Image.open(path))
    return float(mask.mean() / (255 if mask.dtype == np.uint8 else 65535))


# Colour


@pytest.mark.parametrize(
    "profile", [profiles.WIDE, profiles.LINEAR, profiles.P3, profiles.LINEAR_2020, profiles.SRGB]
)
@pytest.mark.parametrize("depth", [8, 16])
def test_the_network_sees_what_a_profile_does_whatever_its_name(
    tmp_path: Path, profile: bytes, depth: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    expected = profiles.seen(pixels, profile).astype(int)
    path = tmp_path / "photo.tif"
    samples = pixels if depth == 8 else pixels.astype(np.uint16) * 257
    tifffile.imwrite(path, samples, photometric="rgb", iccprofile=profile)
    photo = read(path)
    assert photo.losses == ()
    assert np.abs(photo.picture().rgb - expected).max() <= 1
    assert (photo.colours == samples).all()
    assert photo.icc_profile == profile


def test_linear_light_of_sixteen_bits_is_exact_in_the_dark(tmp_path: Path) -> None:
    samples = np.tile(np.arange(0, 3000, 10, dtype=np.uint16)[None, :, None], (4, 1, 3))
    light = samples / 65535
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    tifffile.imwrite(tmp_path / "dark.tif", samples, photometric="rgb", iccprofile=profiles.LINEAR)
    found = read(tmp_path / "dark.tif").picture().rgb
    assert np.abs(found - encoded * 255).max() < 0.6


def test_a_grey_profile_may_be_of_lightness(tmp_path: Path) -> None:
    """Before, sixteen bits of a profile like Gray CIE*L were taken for light."""
    profile = bytearray(profiles.GREY)
    profile[20:24] = b"Lab "
    for dtype, step in (("uint8", 1), ("uint16", 257)):
        levels = np.tile((np.arange(256) * step).astype(dtype), (4, 1))
        tifffile.imwrite(tmp_path / "grey.tif", levels, iccprofile=bytes(profile))
        found = read(tmp_path / "grey.tif").picture().rgb[0, :, 0]
        lightness = np.arange(256) / 2.55
        y = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
        encoded = np.where(y <= 0.0031308, y * 12.92, 1.055 * y ** (1 / 2.4) - 0.055)
        assert np.abs(found - encoded * 255).max() <= 1


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("profile", [profiles.SRGB, profiles.LINEAR, profiles.WIDE])
def test_grey_with_a_profile_of_colours_is_a_colour_of_like_values(
    tmp_path: Path, profile: bytes, depth: int
) -> None:
    grey = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    samples = grey if depth == 8 else grey.astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "grey.tif", samples, iccprofile=profile)
    photo = read(tmp_path / "grey.tif")
    assert photo.losses == ()
    expected = profiles.seen(np.repeat(grey[..., None], 3, 2), profile).astype(int)
    assert np.abs(photo.picture().rgb - expected).max() <= 1


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_a_grey_pictures_gamma_is_heard(tmp_path: Path, mode: str) -> None:
    """Before, PngSuite's grey pictures, all of a gamma of 1, were taken for sRGB."""
    grey = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (4, 1))).convert(mode)
    data = with_chunk(b"gAMA", struct.pack(">I", 100000), grey)
    (tmp_path / "grey.png").write_bytes(data)
    photo = read(tmp_path / "grey.png")
    assert photo.losses == ()
    light = np.asarray(grey.convert("L")) / 255
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(photo.picture().rgb[..., 0] - encoded * 255).max() <= 1


def test_a_profile_of_inks_for_a_grey_picture_is_left_out_and_said(tmp_path: Path) -> None:
    PICTURE.convert("L").save(tmp_path / "grey.png", icc_profile=profiles.CMYK)
    assert "of another type" in read(tmp_path / "grey.png").losses[0]


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_profiles_are_followed(tmp_path: Path, mode: str) -> None:
    grey = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "grey.png", icc_profile=profiles.GREY)
    plain = np.asarray(image.convert("L"))
    expected = profiles.seen(plain, profiles.GREY).astype(int)
    assert np.abs(read(tmp_path / "grey.png").picture().rgb - expected).max() <= 1


def test_deep_grey_profiles_are_followed(tmp_path: Path) -> None:
    grey = np.tile(np.arange(0, 65536, 64, dtype=np.uint16), (4, 1))
    tifffile.imwrite(tmp_path / "grey.tif", grey, iccprofile=profiles.GREY)
    light = grey / 65535
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    photo = read(tmp_path / "grey.tif")
    assert photo.colours.dtype == np.uint16
    assert np.abs(photo.colours[..., 0] - encoded * 65535).max() < 2


def _chunk(kind: bytes, payload: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + payload))
    return struct.pack(">I", len(payload)) + kind + payload + check


def with_chunk(kind: bytes, payload: bytes, picture: Image.Image = PICTURE) -> bytes:
    """A PNG file with one more chunk, before its pixels."""
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    data = stream.getvalue()
    place = data.index(b"IDAT") - 4
    return data[:place] + _chunk(kind, payload) + data[place:]


GAMMA_ONE = struct.pack(">I", 100000)
P3_CODES, LINEAR_CODES = bytes([12, 13, 0, 1]), bytes([1, 8, 0, 1])


@pytest.mark.parametrize(
    ("kind", "payload", "profile"),
    [
        (b"gAMA", GAMMA_ONE, profiles.LINEAR),
        (b"gAMA", struct.pack(">I", 45455), profiles.SRGB),
        (b"sRGB", b"\0", profiles.SRGB),
        (b"cICP", P3_CODES, profiles.P3),
        (b"cICP", LINEAR_CODES, profiles.LINEAR),
        (b"cICP", bytes([9, 8, 0, 1]), profiles.LINEAR_2020),
    ],
)
def test_pngs_own_words_for_colours_are_heard(
    tmp_path: Path, kind: bytes, payload: bytes, profile: bytes
) -> None:
    (tmp_path / "photo.png").write_bytes(with_chunk(kind, payload))
    photo = read(tmp_path / "photo.png")
    expected = profiles.seen(SCENE, profile).astype(int)
    assert np.abs(photo.picture().rgb - expected).max() <= 1
    assert (photo.colours == SCENE).all()


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_pictures_are_shown_up_to_paper_white_and_said(
    cut: Any, tmp_path: Path, transfer: int
) -> None:
    samples = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (4, 1, 3))
    data = with_chunk(b"cICP", bytes([9, transfer, 0, 1]), Image.fromarray(samples))
    (tmp_path / "hdr.png").write_bytes(data)
    photo = read(tmp_path / "hdr.png")
    assert photo.losses == ("Its brightness above paper white was clipped.",)
    grey = photo.picture().rgb[0, :, 1]
    # Paper white: 203 cd/m² are 58 % in PQ and 75 % in HLG (BT.2408).
    white = {16: 148, 18: 191}[transfer]
    assert np.flatnonzero(grey == 255)[0] == pytest.approx(white, abs=2)


@pytest.mark.parametrize(
    ("wide", "backdrop", "expected"),
    [
        (False, "#20c040", (32, 192, 64)),
        (True, "#20c040", tuple(profiles.back((32, 192, 64), profiles.WIDE))),
        (True, "plain.png", tuple(profiles.back((32, 192, 64), profiles.WIDE))),
        (True, "wide.png", (32, 192, 64)),
        (
            False,
            "wide.png",
            tuple(profiles.seen(np.full((1, 1, 3), (32, 192, 64), np.uint8), profiles.WIDE)[0, 0]),
        ),
    ],
)
@pytest.mark.parametrize("out", ["out.png", "out.tif", "out.jp2"])
def test_a_background_is_brought_into_the_photos_space(
    cut: Any, wide: bool, backdrop: str, expected: tuple[int, int, int], out: str
) -> None:
    PICTURE.save("photo.png", icc_profile=profiles.WIDE if wide else None)
    Image.new("RGB", (50, 50), (32, 192, 64)).save("plain.png")
    Image.new("RGB", (50, 50), (32, 192, 64)).save("wide.png", icc_profile=profiles.WIDE)
    done = cut("photo.png", "-o", out, "--background", backdrop)
    assert (done.status, done.said) == (0, "")
    found = Image.open(out)
    ball = np.asarray(found)[90, 120].astype(int)
    corner = np.asarray(found)[2, 2].astype(int)
    own = SCENE[90, 120]
    if out.endswith(".jp2") and wide:
        # No profile fits into this format as it is written: all is sRGB.
        assert found.info.get("icc_profile") is None
        expected = tuple(profiles.seen(np.array([[expected]], np.uint8), profiles.WIDE)[0, 0])
        own = profiles.seen(SCENE, profiles.WIDE)[90, 120]
    elif wide:
        assert found.info["icc_profile"] == profiles.WIDE
    assert np.abs(corner - expected).max() <= 1
    assert np.abs(ball - own).max() <= 1


@pytest.mark.parametrize("out", ["out.jp2", "out.tga"])
def test_colours_are_srgb_where_a_format_has_no_profile(cut: Any, out: str) -> None:
    PICTURE.save("photo.png", icc_profile=profiles.WIDE)
    assert cut("photo.png", "-o", out).status == 0
    found = np.asarray(Image.open(out)).astype(int)
    solid = found[..., 3] == 255
    assert np.abs(found[..., :3] - profiles.seen(SCENE, profiles.WIDE))[solid].max() <= 1


def test_the_librarys_cutout_keeps_profile_and_resolution(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "p3.png", icc_profile=profiles.P3, dpi=(300, 300))
    for source in (tmp_path / "p3.png", str(tmp_path / "p3.png"), Image.open(tmp_path / "p3.png")):
        found = localmatte.cutout(source)
        assert found.info["icc_profile"] == profiles.P3
        assert found.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        found.save(tmp_path / "cut.png")
        assert Image.open(tmp_path / "cut.png").info["icc_profile"] == profiles.P3
    assert localmatte.matte(str(tmp_path / "p3.png")).mean() == pytest.approx(SHARE, abs=0.01)


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "avif", "jpg", "bmp"])
def test_what_the_library_returns_is_saved_with_profile_and_resolution(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"cut.{suffix}"
    pixels = np.dstack([SCENE, np.full(SCENE.shape[:2], 255, np.uint8)])
    cut = Cutout.of(pixels, profiles.P3, (300.0, 300.0))
    (cut.convert("RGB") if suffix in ("jpg", "bmp") else cut).save(path)
    with Image.open(path) as found:
        assert found.info.get("icc_profile") == (None if suffix == "bmp" else profiles.P3)
        if suffix not in ("webp", "avif"):
            assert found.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    cut.resize((20, 10)).convert("L").save(path, icc_profile=None)
    cut.resize((20, 10)).save(tmp_path / "small.webp", icc_profile=None)
    with Image.open(tmp_path / "small.webp") as found:
        assert "icc_profile" not in found.info


# Transparent backgrounds


def test_a_transparent_backdrop_stays_transparent_and_hides_its_colour(cut: Any) -> None:
    PICTURE.save("photo.png")
    layer = np.zeros((180, 240, 4), np.uint8)
    layer[..., 0], layer[60:120, :, 3] = 255, 255
    Image.fromarray(layer).save("clear.png")
    assert cut("photo.png", "-o", "out.png", "--background", "clear.png").status == 0
    found = np.asarray(Image.open("out.png"))
    assert found[5, 5].tolist() == [0, 0, 0, 0]
    assert found[90, 5].tolist() == [255, 0, 0, 255]
    assert (found[90, 120, :3] == SCENE[90, 120]).all()


def test_what_is_left_out_of_a_background_is_said(cut: Any) -> None:
    PICTURE.save("photo.png")
    PICTURE.save("film.gif", save_all=True, append_images=[Image.fromarray(scene(middle=0.3))])
    done = cut("photo.png", "-o", "out.png", "--background", "film.gif", "--json", "--no-refine")
    lost = ["The background: Only the first of its 2 frames was used."]
    assert done.lines[0]["left_out"] == lost
    assert lost[0] in done.said


def test_a_translucent_colour_keeps_its_alpha_or_says_so(cut: Any) -> None:
    PICTURE.save("photo.png")
    assert cut("photo.png", "-o", "out.png", "--background", "#ff000080").said == ""
    assert Image.open("out.png").getpixel((2, 2)) == (255, 0, 0, 128)
    done = cut("photo.png", "-o", "out.jpg", "--background", "#ff000080", "--json")
    assert "the background was made white" in done.said
    assert "the background was made white" in done.lines[0]["left_out"][0]
    corner = np.array(Image.open("out.jpg").getpixel((2, 2)))
    assert np.abs(corner - (255, 127, 127)).max() <= 3


# Hints and masks


def test_what_is_not_painted_on_a_hint_layer_says_nothing(cut: Any) -> None:
    PICTURE.save("photo.png")
    layer = np.zeros((180, 240, 4), np.uint8)
    layer[5:15, 5:60], layer[85:95, 110:130] = 255, (0, 0, 0, 255)
    Image.fromarray(layer).save("layer.png")
    grey = np.full((180, 240), 128, np.uint8)
    grey[5:15, 5:60], grey[85:95, 110:130] = 255, 0
    Image.fromarray(grey).save("grey.png")
    deep = layer.astype(np.uint16) * 257
    tifffile.imwrite("deep.tif", deep, photometric="rgb", extrasamples=["unassalpha"])
    for name in ("layer.png", "deep.tif"):
        assert (masks.read_hints(Path(name)) == grey).all()
    cut("photo.png", "--mask", "-o", "one.png", "--hints", "layer.png")
    cut("photo.png", "--mask", "-o", "two.png", "--hints", "grey.png")
    found = np.asarray(Image.open("one.png"))
    assert (found == np.asarray(Image.open("two.png"))).all()
    assert (found[5:15, 5:60] == 255).all()
    assert (found[85:95, 110:130] == 0).all()


def test_a_cutouts_alpha_is_its_mask_also_when_all_of_it_is_shown(tmp_path: Path) -> None:
    dark = np.full((20, 30, 4), 40, np.uint8)
    dark[..., 3] = 255
    Image.fromarray(dark).save(tmp_path / "opaque.png")
    assert (masks.read_mask(tmp_path / "opaque.png") == 255).all()
    dark[:10, :, 3] = 90
    Image.fromarray(dark).save(tmp_path / "half.webp", lossless=True, exact=True)
    assert (masks.read_mask(tmp_path / "half.webp")[:10] == 90).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("depth", [8, 16])
def test_no_profile_bends_a_mask(tmp_path: Path, suffix: str, depth: int) -> None:
    dtype, highest = (np.uint8, 255) if depth == 8 else (np.uint16, 65535)
    mask = np.tile(np.linspace(0, highest, 256).astype(dtype), (9, 1))
    path = tmp_path / f"mask{suffix}"
    Image.fromarray(mask).save(path, icc_profile=profiles.GREY)
    found = masks.read_mask(path)
    assert found.dtype == mask.dtype
    assert (found == mask).all()


def test_a_mask_is_turned_upright(tmp_path: Path) -> None:
    mask = np.random.default_rng(1).integers(0, 65536, (12, 20), np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(mask)).save(tmp_path / "mask.png", exif=exif)
    assert (masks.read_mask(tmp_path / "mask.png") == mask).all()


# Depth


def png16(pixels: np.ndarray) -> bytes:
    """A PNG file of sixteen bits, without filters."""
    height, width, channels = pixels.shape
    rows = pixels.astype(">u2").tobytes()
    step = width * channels * 2
    raw = b"".join(b"\0" + rows[at : at + step] for at in range(0, len(rows), step))
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def samples16(data: bytes) -> np.ndarray:
    """The samples of a PNG file of sixteen bits, read without Pillow."""
    at, packed, header = 8, b"", b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR":
            header = data[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += 12 + size
    width, height, bits, colours = struct.unpack(">IIBB", header[:10])
    assert bits == 16
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colours]
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 2).all(), "all rows are stored as differences from those above"
    return (
        np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).view(">u2").reshape(height, width, channels)
    )


def deep_scene() -> NDArray[np.uint16]:
    low = np.random.default_rng(5).integers(0, 256, SCENE.shape, np.uint16)
    return np.asarray(SCENE.astype(np.uint16) * 256 + low)


@pytest.mark.parametrize("source", ["photo.png", "photo.tif"])
@pytest.mark.parametrize("out", ["out.png", "out.tif"])
def test_a_deep_photo_stays_deep(cut: Any, source: str, out: str) -> None:
    photo = deep_scene()
    if source.endswith(".png"):
        Path(source).write_bytes(png16(photo))
    else:
        tifffile.imwrite(source, photo, photometric="rgb", compression="zlib", byteorder=">")
    assert cut(source, "-o", out).status == 0
    found = samples16(Path(out).read_bytes()) if out.endswith(".png") else tifffile.imread(out)
    assert found.dtype.itemsize == 2
    solid = found[..., 3] == 65535
    assert solid.mean() > 0.2
    assert (found[..., :3] == photo)[solid].all()
    assert not found[found[..., 3] == 0].any()
    seen = found[..., 3][found[..., 3] > 0]
    assert seen.min() >= 3.5 / 255 * 65535 - 1
    assert len(np.unique(seen)) > 256


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["png", "tif little", "tif big", "tif zlib", "tif tiled"])
def test_all_sixteen_bits_are_read(tmp_path: Path, channels: int, kind: str) -> None:
    samples = np.random.default_rng(channels).integers(0, 65536, (40, 50, channels), np.uint16)
    if kind == "png":
        path = tmp_path / "photo.png"
        path.write_bytes(png16(samples))
    else:
        path = tmp_path / "photo.tif"
        tifffile.imwrite(
            path,
            samples.squeeze(),
            photometric="rgb" if channels > 2 else "minisblack",
            extrasamples=["unassalpha"] if channels in (2, 4) else None,
            planarconfig="contig",
            compression="zlib" if "zlib" in kind else None,
            byteorder=">" if "big" in kind else "<",
            tile=(16, 16) if "tiled" in kind else None,
        )
    photo = read(path)
    expected = samples[..., :3] if channels > 2 else np.repeat(samples[..., :1], 3, 2)
    assert (photo.colours == expected).all()
    if channels in (2, 4):
        assert photo.alpha is not None
        assert (photo.alpha == samples[..., -1]).all()
    else:
        assert photo.alpha is None


@pytest.mark.parametrize("suffix", ["jpg", "webp", "avif", "gif", "ico", "bmp", "tga"])
def test_a_deep_mask_is_refused_before_the_work_where_it_does_not_fit(
    cut: Any, suffix: str
) -> None:
    PICTURE.save("photo.png")
    done = cut("photo.png", "--mask", "--depth", "16", "-o", f"mask.{suffix}")
    assert done.status == 2
    assert "files only support 8 bits. Use .png or .tiff" in done.said
    assert not Path(f"mask.{suffix}").exists()


@pytest.mark.parametrize("suffix", ["png", "tif", "jp2"])
def test_a_deep_mask_is_deep(cut: Any, suffix: str) -> None:
    PICTURE.save("photo.png")
    assert cut("photo.png", "--mask", "--depth", "16", "-o", f"mask.{suffix}").status == 0
    assert cut("photo.png", "--mask", "-o", "mask8.png").status == 0
    deep, shallow = (np.asarray(Image.open(name)) for name in (f"mask.{suffix}", "mask8.png"))
    assert np.abs(deep / 257 - shallow).max() <= 0.5 + 1e-6


def test_a_transparent_value_of_deep_grey_is_transparent(tmp_path: Path) -> None:
    grey = np.tile(np.arange(0, 65536, 64, dtype=np.uint16), (4, 1))
    clear = struct.pack(">H", int(grey[0, 7]))
    (tmp_path / "grey.png").write_bytes(with_chunk(b"tRNS", clear, Image.fromarray(grey)))
    photo = read(tmp_path / "grey.png")
    assert photo.alpha is not None
    assert ((photo.alpha == 0) == (grey == grey[0, 7])).all()


@pytest.mark.parametrize("overshoot", [1.0, 1.01, 40.0])
def test_floats_are_light_from_none_to_one(tmp_path: Path, overshoot: float) -> None:
    grey = (SCENE[..., 1] / 255).astype(np.float32)
    grey[0, 0] = overshoot
    tifffile.imwrite(tmp_path / "float.tif", grey)
    photo = read(tmp_path / "float.tif")
    assert np.abs(photo.picture().rgb[1:, :, 0].astype(int) - SCENE[1:, :, 1]).max() <= 1
    assert bool(photo.losses) == (overshoot > 1)


def test_floats_up_to_255_are_known_by_most_of_them(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "float.tif", SCENE[..., 1].astype(np.float32))
    found = read(tmp_path / "float.tif").picture().rgb[..., 0]
    assert np.abs(found.astype(int) - SCENE[..., 1]).max() <= 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_library_refuses_floats_of_0_to_255(dtype: type) -> None:
    with pytest.raises(UsageError, match=r"float values must be in 0\.\.1"):
        localmatte.cutout(SCENE.astype(dtype))
    overshooting = SCENE.astype(dtype) / 255
    overshooting[0, 0] = 1.01
    assert localmatte.matte(overshooting).mean() == pytest.approx(SHARE, abs=0.01)


# Folders


def test_a_folder_cut_twice_takes_no_result_for_a_photo(cut: Any) -> None:
    folder = Path("photos")
    folder.mkdir()
    for name in ("a.png", "b.jpg"):
        PICTURE.save(folder / name)
    assert cut("photos").status == 0
    assert cut("photos", "--mask").status == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    names = {"a.png", "a-cutout.png", "a-mask.png", "b.jpg", "b-cutout.png", "b-mask.png"}
    assert set(before) == names
    for again in (["photos", "--resume"], ["photos", "-o", "photos", "--resume"]):
        done = cut(*again)
        assert done.status == 0
        assert "a-cutout.png" in done.said
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_phones_folder_says_which_pictures_it_could_not_take(cut: Any) -> None:
    folder = Path("phone")
    folder.mkdir()
    PICTURE.save(folder / "a.png")
    heic = b"\0\0\0\x20ftypheic\0\0\0\0mif1heic"
    (folder / "IMG_1.HEIC").write_bytes(heic)
    done = cut("phone", "-o", "out", "--json")
    assert done.status == 1
    assert "IMG_1.HEIC is a HEIC image" in done.said
    assert ["error" in line for line in done.lines] == [True, False]
    (folder / "a.png").unlink()
    assert "IMG_1.HEIC is a HEIC image" in cut("phone", "-o", "out").said
    done = cut("-o", "x.png", folder / "IMG_1.HEIC")
    assert (done.status, done.said.count("\n")) == (1, 1)


def test_a_macs_folder_passes_over_what_is_no_picture(cut: Any) -> None:
    folder = Path("mac")
    (folder / "more").mkdir(parents=True)
    PICTURE.save(folder / "a.png")
    (folder / "._a.png").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X        ")
    (folder / "note.pdf").write_bytes(b"%PDF-1.4\n")
    done = cut("mac", "-o", "out", "--json")
    assert done.status == 0
    assert [path.name for path in Path("out").iterdir()] == ["a.png"]
    assert "._a.png" not in done.said
    assert "not an image: mac/note.pdf" in done.said
    assert "a folder: mac/more" in done.said
    assert {(line["input"], line["reason"]) for line in done.lines if "reason" in line} == {
        ("mac/note.pdf", "not an image"),
        ("mac/more", "a folder"),
    }


@pytest.mark.parametrize("name", ["photo.dng", "photo.tif"])
def test_a_raw_file_is_not_taken_for_its_thumbnail(cut: Any, name: str) -> None:
    small = np.asarray(PICTURE.resize((80, 60)))
    with tifffile.TiffWriter(name) as file:
        version = (50706, "B", 4, (1, 4, 0, 0), True)
        file.write(small, photometric="rgb", subfiletype=1, subifds=1, extratags=[version])
        file.write(SCENE, photometric="rgb", subfiletype=0)
    done = cut(name, "-o", "out.png")
    assert done.status == 1
    assert "is a camera raw file, which localmatte cannot develop." in done.said
    assert not Path("out.png").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"FUJIFILMCCD-RAW 0201FF383501",
        b"FOVb\0\0\2\0",
        b"IIU\0\x18\0\0\0",
        b"IIRO\x08\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        b"II*\0\x10\0\0\0CR\2\0",
    ],
    ids=repr,
)
def test_a_raw_file_is_known_by_its_beginning(data: bytes) -> None:
    with pytest.raises(PictureError, match="camera raw file"):
        read(io.BytesIO(data + bytes(1000)))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_further_frames_are_said(cut: Any, kind: str) -> None:
    frames = [Image.fromarray(scene(middle=middle)) for middle in (0.3, 0.5, 0.7)]
    name = f"frames.{kind.lower()}"
    frames[0].save(name, kind, save_all=True, append_images=frames[1:])
    done = cut(name, "-o", "out.png", "--json")
    assert done.status == 0
    assert done.said == f"localmatte: {name}: Only the first of its 3 frames was used.\n"
    assert done.lines[0]["left_out"] == ["Only the first of its 3 frames was used."]
    columns = np.asarray(Image.open("out.png"))[..., 3].mean(0)
    assert np.average(np.arange(240), weights=columns) == pytest.approx(72, abs=4)


# Damage that harms nothing


def _jpeg(**options: Any) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, "JPEG", quality=97, **options)
    return stream.getvalue()


def test_junk_for_exif_data_is_left_out_and_said(cut: Any) -> None:
    Path("photo.jpg").write_bytes(_jpeg(exif=b"Exif\0\0junkjunkjunkjunk"))
    for flags in ([], ["--keep-metadata"]):
        done = cut("photo.jpg", "-o", "out.png", *flags)
        assert done.status == 0
        assert done.said == "localmatte: photo.jpg: Its EXIF data is damaged and was left out.\n"


def test_exif_data_with_a_doubled_header_count(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Somebody"
    (tmp_path / "photo.jpg").write_bytes(_jpeg(exif=b"Exif\0\0" + exif.tobytes()))
    photo = read(tmp_path / "photo.jpg")
    assert photo.size == (180, 240)
    assert photo.exif is not None
    assert photo.exif[0x013B] == "Somebody"
    assert photo.losses == ()


def test_large_texts_and_profiles_in_a_png_stop_nobody(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("workflow", "ab" * 700000, zip=True)
    texts.add_text("Author", "Somebody")
    PICTURE.save(tmp_path / "text.png", pnginfo=texts)
    photo = read(tmp_path / "text.png")
    assert (photo.colours == SCENE).all()
    assert photo.other_metadata == ("text",)
    junk = b"x\0\0" + zlib.compress(bytes(1300000))
    (tmp_path / "profile.png").write_bytes(with_chunk(b"iCCP", junk))
    photo = read(tmp_path / "profile.png")
    assert (photo.colours == SCENE).all()
    assert len(photo.losses) == 1
    assert "profile" in photo.losses[0]


@pytest.mark.parametrize(
    ("kind", "payload"), [(b"pHYs", b"\0"), (b"tRNS", b""), (b"cICP", b"\1")], ids=str
)
def test_chunks_of_an_impossible_size_stop_nobody(
    tmp_path: Path, kind: bytes, payload: bytes
) -> None:
    (tmp_path / "photo.png").write_bytes(with_chunk(kind, payload))
    assert (read(tmp_path / "photo.png").colours == SCENE).all()


@pytest.mark.parametrize(
    "junk",
    [b"\xff\xed\x00\x15Photoshop 3.0\x008BIM\4", b"\0\0\0", b"\xff\xed\x00\x16" + bytes(20)],
    ids=["short resource", "bytes between segments", "empty resource"],
)
def test_junk_in_a_jpegs_metadata_stops_nobody(tmp_path: Path, junk: bytes) -> None:
    plain = _jpeg(dpi=(300, 300))
    after = 4 + int.from_bytes(plain[4:6], "big")
    (tmp_path / "photo.jpg").write_bytes(plain[:after] + junk + plain[after:])
    photo = read(tmp_path / "photo.jpg")
    assert (photo.colours == np.asarray(Image.open(io.BytesIO(plain)))).all()
    assert photo.resolution == (300, 300)


def test_what_pillow_warns_of_is_not_printed(tmp_path: Path) -> None:
    stream = io.BytesIO()
    PICTURE.save(stream, "TIFF", compression="tiff_lzw")
    (tmp_path / "half.tif").write_bytes(stream.getvalue()[:-40])
    done = process("cut", tmp_path / "half.tif")
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_without_its_end_is_whole_and_half_a_jpeg_is_not(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    data = _jpeg(**options)
    whole = np.asarray(Image.open(io.BytesIO(data)))
    for missing in (1, 2):
        (tmp_path / "photo.jpg").write_bytes(data[:-missing])
        photo = read(tmp_path / "photo.jpg")
        assert (photo.colours == whole).all()
        assert photo.losses == ("The end of the file is missing, but the image is complete.",)
    for rest in (len(data) // 2, len(data) - 600):
        (tmp_path / "photo.jpg").write_bytes(data[:rest])
        with pytest.raises(PictureError, match="damaged"):
            read(tmp_path / "photo.jpg")


# Pipes


def test_pipes_with_names_are_read_once(tmp_path: Path) -> None:
    PICTURE.save(tmp_path / "photo.png")
    pipe, out = tmp_path / "pipe", tmp_path / "out.png"
    os.mkfifo(pipe)
    feeding = threading.Thread(
        target=lambda: pipe.write_bytes((tmp_path / "photo.png").read_bytes())
    )
    feeding.start()
    assert process("cut", pipe, "-o", out).returncode == 0
    feeding.join(10)
    done = process("cut", "/dev/stdin", stdin=(tmp_path / "photo.png").read_bytes())
    assert done.returncode == 0, done.stderr
    assert (np.asarray(Image.open(io.BytesIO(done.stdout))) == np.asarray(Image.open(out))).all()


def test_pipes_and_devices_with_names_are_written_and_never_replaced(tmp_path: Path) -> None:
    photo, pipe, out = (tmp_path / name for name in ("photo.png", "pipe", "out.png"))
    PICTURE.save(photo)
    assert process("cut", photo, "-o", out).returncode == 0
    os.mkfifo(pipe)
    got: list[bytes] = []
    reading = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reading.start()
    done = process("cut", photo, "-o", pipe)
    assert done.returncode == 0, done.stderr
    reading.join(10)
    assert got == [out.read_bytes()]
    assert pipe.is_fifo()
    for name in ("/dev/stdout", "/dev/fd/1"):
        done = process("cut", photo, "-o", name)
        assert done.returncode == 0, done.stderr
        assert done.stdout == out.read_bytes()


def test_json_and_a_picture_do_not_share_stdout(cut: Any, tmp_path: Path) -> None:
    for inputs in (["-"], ["-", "-o", "-"], ["-", "-o", "/dev/stdout"]):
        done = cut(*inputs, "--json")
        assert done.status == 2
        assert "cannot both go to stdout" in done.said


def test_a_pipe_within_a_folder_is_passed_over(cut: Any) -> None:
    """Before, it was waited for without end."""
    Path("all").mkdir()
    os.mkfifo("all/pipe.png")
    PICTURE.save("all/photo.png")
    done = cut("all", "-o", "out")
    assert done.status == 0
    assert "not a file: all/pipe.png" in done.said
    assert [path.name for path in Path("out").iterdir()] == ["photo.png"]


# Resolution and metadata


@pytest.mark.parametrize("source", ["photo.webp", "photo.png"])
def test_a_resolution_in_exif_data_alone_counts(tmp_path: Path, source: str) -> None:
    exif = Image.Exif()
    exif[282] = exif[283] = TiffImagePlugin.IFDRational(240, 1)
    exif[296] = 2
    PICTURE.save(tmp_path / source, exif=exif)
    assert read(tmp_path / source).resolution == (240, 240)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ((0, 0), 2, None),
        ((300, 1), 2, 300),
        ((118, 1), 3, 299.72),
        ((300, 1), 1, None),
        ((4000000000, 1), 2, None),
        (None, 2, None),
    ],
)
@pytest.mark.parametrize("out", ["out.png", "out.tif", "out.jpg"])
def test_a_resolution_is_kept_or_left_out_but_never_made_up(
    cut: Any, value: tuple[int, int] | None, unit: int, expected: float | None, out: str
) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if value:
        tags[282] = tags[283] = TiffImagePlugin.IFDRational(*value)
        tags[296] = unit
    PICTURE.save("photo.tif", tiffinfo=tags)
    done = cut("photo.tif", "-o", out, *(["--background", "white"] if out == "out.jpg" else []))
    assert (done.status, done.said) == (0, "")
    found = Image.open(out).info.get("dpi")
    if expected is None or found is None:
        assert found is expected
    else:
        assert float(found[0]) == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize("out", ["out.png", "out.tif", "out.jpg", "out.webp", "out.avif"])
def test_a_tiffs_description_and_artist_are_kept_on_request(cut: Any, out: str) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315] = "A ball", "Nobody"
    PICTURE.save("photo.tif", tiffinfo=tags)
    flags = ["--background", "white"] if out == "out.jpg" else []
    assert cut("photo.tif", "-o", out, *flags).status == 0
    assert len(set(Image.open(out).getexif()) & {270, 315}) == 0
    assert cut("photo.tif", "-o", out, "--keep-metadata", *flags).status == 0
    exif = Image.open(out).getexif()
    assert (exif[270], exif[315]) == ("A ball", "Nobody")


def test_exif_data_that_a_jpeg_cannot_hold_is_left_out_and_said(cut: Any) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "long " * 20000, "Somebody"
    PICTURE.save("photo.png", exif=exif)
    done = cut("photo.png", "-o", "out.jpg", "--background", "white", "--keep-metadata")
    assert done.status == 0
    assert "Some of its EXIF data is too large for a JPEG file." in done.said
    assert dict(Image.open("out.jpg").getexif()) == {0x013B: "Somebody"}
    done = cut("photo.png", "-o", "out.tga", "--keep-metadata")
    assert "Its EXIF data does not fit in a TGA file." in done.said


# Results


def test_an_icon_is_of_its_own_size_or_refused(cut: Any) -> None:
    PICTURE.save("photo.png")
    assert cut("photo.png", "-o", "out.ico").status == 0
    assert Image.open("out.ico").size == (240, 180)
    Image.fromarray(scene(300, 200)).save("large.png")
    done = cut("large.png", "-o", "large.ico")
    assert done.status == 1
    assert (
        "ICO files can be at most 256 pixels wide and high; this image is 300 × 200." in done.said
    )
    assert not Path("large.ico").exists()


@pytest.mark.parametrize(("suffix", "side"), [("webp", 16384), ("jpg", 65501)])
def test_a_side_that_a_format_cannot_hold_is_said_before_the_work(
    cut: Any, suffix: str, side: int
) -> None:
    Image.new("RGB", (side, 2)).save("long.png")
    done = cut("long.png", "-o", f"out.{suffix}", "--background", "white")
    assert done.status == 1
    assert f"files can be at most {side - 1} pixels wide and high" in done.said


def test_a_side_of_60000_pixels_is_no_matter(cut: Any) -> None:
    Image.fromarray(np.tile(scene(60, 30), (1, 1000, 1))).save("long.png")
    assert cut("long.png", "-o", "out.png").status == 0
    assert Image.open("out.png").size == (60000, 30)


@pytest.mark.parametrize("suffix", ["xbm", "pdf", "pfm", "eps", "icns", "xyz"])
def test_a_format_that_is_not_written_is_said_before_the_work(cut: Any, suffix: str) -> None:
    PICTURE.save("photo.png")
    for flags in (["--mask"], ["--background", "white"], []):
        done = cut("photo.png", "-o", f"out.{suffix}", *flags)
        assert done.status == 2
        assert f'The file name extension of "out.{suffix}" is not supported.' in done.said


def test_several_pictures_do_not_fit_into_one_file(cut: Any) -> None:
    for name in ("a.png", "b.png"):
        PICTURE.save(name)
    done = cut("a.png", "b.png", "-o", "both.png")
    assert done.status == 2
    assert "Several images cannot be written to the one file both.png." in done.said
    assert not Path("both.png").exists()


@pytest.mark.parametrize("name", ["n.png", "./n.png", "../{folder}/n.png"])
def test_a_named_result_is_the_same_however_it_is_written(
    cut: Any, name: str, tmp_path: Path
) -> None:
    PICTURE.save("photo.png")
    Path("n.png").write_text("earlier")
    assert cut("photo.png", "-o", name.format(folder=tmp_path.name)).status == 0
    assert Image.open("n.png").mode == "RGBA"
    assert cut("n.png", "-o", name.format(folder=tmp_path.name)).status == 2


def test_permissions_links_and_long_names_stay(cut: Any) -> None:
    PICTURE.save("photo.png")
    secret, link = Path("secret.png"), Path("link.png")
    secret.write_bytes(b"")
    secret.chmod(0o600)
    link.symlink_to("secret.png")
    assert cut("photo.png", "-o", "link.png").status == 0
    assert link.is_symlink()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert Image.open("secret.png").mode == "RGBA"
    longest = "n" * 251 + ".png"
    assert cut("photo.png", "-o", longest).status == 0
    assert Image.open(longest).mode == "RGBA"
    assert cut(longest).status == 0
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith("n")) == [
        "n" * 244 + "-cutout.png",
        longest,
    ]


@pytest.mark.parametrize("encoding", ["ascii", "cp932", "cp1252"])
def test_consoles_of_few_characters_get_question_marks(encoding: str) -> None:
    done = process("models", "list", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert b"u2netp" in done.stdout


def test_a_folder_of_everything_ends_with_the_right_summary(cut: Any) -> None:
    folder = Path("all")
    folder.mkdir()
    PICTURE.save(folder / "a.png", icc_profile=profiles.LINEAR)
    (folder / "b.jpg").write_bytes(_jpeg()[:-2])
    (folder / "c.jpg").write_bytes(_jpeg(exif=b"Exif\0\0junkjunkjunk"))
    (folder / "d.png").write_bytes(png16(deep_scene()))
    (folder / "e.dng").write_bytes(b"II*\0")
    (folder / "f.heic").write_bytes(b"\0\0\0\x20ftypheic\0\0\0\0mif1heic")
    (folder / "g.jpg").write_bytes(_jpeg()[:2000])
    (folder / "h.txt").write_text("no picture")
    done = cut("all", "-o", "out", "--json")
    assert done.status == 1
    assert sorted(path.name for path in Path("out").iterdir()) == [
        f"{letter}.png" for letter in "abcd"
    ]
    *_, first, second, third, last = done.said.splitlines()
    assert first.startswith("localmatte: failed: all/e.dng: ")
    assert second.startswith("localmatte: failed: all/f.heic: ")
    assert third.startswith("localmatte: failed: all/g.jpg: ")
    counts = "4 images cut out (something was left out of 2), 3 failed, 1 skipped"
    assert last.startswith(f"localmatte: {counts}; ")
    assert [line["input"] for line in done.lines if "error" in line] == [
        "all/e.dng",
        "all/f.heic",
        "all/g.jpg",
    ]
    assert [bool(line.get("left_out")) for line in done.lines if "output" in line] == [
        False,
        True,
        True,
        False,
    ]


def test_an_icon_that_holds_a_picture_of_gigapixels_takes_no_memory(tmp_path: Path) -> None:
    """Before, Pillow was asked for 40 GB, and got them where the system gives what it lacks."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    inner = b"\x89PNG\r\n\x1a\n"
    for kind, content in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(9))), (b"IEND", b"")):
        inner += struct.pack(">I", len(content)) + kind + content
        inner += struct.pack(">I", zlib.crc32(kind + content))
    entry = b"ic10" + struct.pack(">I", len(inner) + 8) + inner
    icon = tmp_path / "huge.icns"
    icon.write_bytes(b"icns" + struct.pack(">I", len(entry) + 8) + entry)
    done = process("cut", icon)
    assert done.returncode == 1
    assert b"huge.icns has more pixels than localmatte supports." in done.stderr
