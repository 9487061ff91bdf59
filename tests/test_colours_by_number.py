"""Colours that a file names by H.273's numbers, in any of the places where files do that."""

from __future__ import annotations

import io
import shlex
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from localmatte.imaging.reader import read
from tests import profiles
from tests.commands import localmatte as process
from tests.test_pictures import with_chunk

pytestmark = pytest.mark.usefixtures("home")

GREYS = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (16, 1, 3))
CLIPPED = "Its brightness above paper white was clipped."
PQ, HLG = 16, 18
WHITE = {PQ: 148, HLG: 191}
"""Paper white: 203 cd/m² are 58 % in PQ and 75 % in HLG (BT.2408)."""


def _avif(primaries: int, transfer: int, pixels: np.ndarray = GREYS) -> io.BytesIO:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "AVIF", quality=100, subsampling="4:4:4")
    data = bytearray(stream.getvalue())
    place = data.index(b"colrnclx") + 8
    data[place : place + 4] = struct.pack(">HH", primaries, transfer)
    return io.BytesIO(bytes(data))


def _with_tag(profile: bytes, name: bytes, payload: bytes) -> bytes:
    """A profile with one more tag."""
    (count,) = struct.unpack_from(">I", profile, 128)
    table = b""
    for at in range(count):
        tag, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * at)
        table += struct.pack(">4sII", tag, start + 12, size)
    body = profile[132 + 12 * count :]
    table += struct.pack(">4sII", name, 132 + len(table) + 12 + len(body), len(payload))
    whole = profile[:128] + struct.pack(">I", count + 1) + table + body + payload
    return struct.pack(">I", len(whole)) + whole[4:]


def _hdr_jpeg(transfer: int) -> io.BytesIO:
    tag = b"cicp" + bytes(4) + bytes([9, transfer, 0, 1])
    stream = io.BytesIO()
    profile = _with_tag(profiles.SRGB, b"cicp", tag)
    Image.fromarray(GREYS).save(stream, "JPEG", quality=100, icc_profile=profile)
    return stream


def _hdr_png_by_name(_: int) -> io.BytesIO:
    payload = b"ITUR_2100_PQ_FULL\0\0" + zlib.compress(profiles.SRGB)
    return io.BytesIO(with_chunk(b"iCCP", payload, Image.fromarray(GREYS)))


@pytest.mark.parametrize(
    ("made", "transfer"),
    [
        (lambda transfer: _avif(9, transfer), PQ),
        (lambda transfer: _avif(9, transfer), HLG),
        (_hdr_jpeg, PQ),
        (_hdr_jpeg, HLG),
        (_hdr_png_by_name, PQ),
    ],
    ids=["AVIF, PQ", "AVIF, HLG", "JPEG, PQ", "JPEG, HLG", "PNG, PQ by its name"],
)
def test_hdr_pictures_are_shown_up_to_paper_white_and_said(made: object, transfer: int) -> None:
    assert callable(made)
    photo = read(io.BytesIO(made(transfer).getvalue()))
    assert photo.losses == (CLIPPED,)
    grey = photo.picture().rgb[8, :, 1]
    assert np.flatnonzero(grey >= 254)[0] == pytest.approx(WHITE[transfer], abs=3)
    assert 5 < grey[WHITE[transfer] // 2] < 200


@pytest.mark.parametrize(
    ("primaries", "transfer", "profile"),
    [
        (12, 13, profiles.P3),
        (1, 8, profiles.LINEAR),
        (9, 8, profiles.LINEAR_2020),
        (1, 13, profiles.SRGB),
        (2, 2, profiles.SRGB),
    ],
)
def test_an_avif_files_numbers_are_followed(primaries: int, transfer: int, profile: bytes) -> None:
    pixels = np.empty((16, 256, 3), np.uint8)
    pixels[...] = np.arange(256)[None, :, None]
    pixels[..., 1] = 180
    photo = read(_avif(primaries, transfer, pixels))
    assert photo.losses == ()
    expected = profiles.seen(np.ascontiguousarray(photo.colours), profile)
    assert np.abs(photo.picture().rgb.astype(int) - expected).max() <= 1


def test_an_iphones_photo_is_cut_out_once_the_named_package_is_installed(tmp_path: Path) -> None:
    """64×48, written turned with Pillow's HEIF plug-in and x265, with a Display P3 profile."""
    photo, out = Path(__file__).parent / "data/p3-turned.heic", tmp_path / "out.png"
    done = process("cut", photo, "-o", out)
    assert done.returncode == 1
    said = done.stderr.decode()
    command = said.partition("Install it with '")[2].partition("'")[0]
    assert command == f"{shlex.quote(sys.executable)} -m pip install pi-heif"
    target = tmp_path / "packages"
    # Not into the tests' own environment, in which other tests expect the sentence.
    quiet = ["-q", "--disable-pip-version-check", "--no-deps", "--target", str(target)]
    subprocess.run([*shlex.split(command), *quiet], check=True)
    flags = ["--keep-metadata", "--keep-colours", "--keep-hidden-colours"]
    done = process("cut", photo, "-o", out, *flags, PYTHONPATH=str(target))
    assert done.returncode == 0, done.stderr
    y, x = np.mgrid[:48, :64]
    upright = np.rot90(np.dstack([x * 4, y * 5, 255 - x * 2]), -1)
    with Image.open(out) as cut:
        assert np.abs(np.asarray(cut)[..., :3].astype(int) - upright).mean() < 4
        assert len(cut.info["icc_profile"]) > 400
        assert cut.getexif()[0x013B] == "Somebody"
