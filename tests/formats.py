"""The table of docs/formats.md: every kind of picture that can be made, read and written.

    python -m tests.formats

writes it anew. Each cell is a file that Pillow, tifffile or a few lines here made, read by
localmatte and compared with what LittleCMS and the samples themselves say.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image, ImageCms, features

from localmatte.imaging import writer
from localmatte.imaging.photo import Photo
from localmatte.imaging.reader import read
from tests import profiles

DOCUMENT = Path(__file__).parents[1] / "docs/formats.md"
START, END = "<!-- formats -->", "<!-- /formats -->"

HEIGHT, WIDTH = 48, 64
TURNS = {1: 0, 3: 2, 6: 1, 8: 3}
"""Quarter turns anticlockwise by which an upright picture is stored, by EXIF orientation."""


def _samples() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.dstack([x * 4, y * 5, 255 - x * 2, 40 + 4 * y]).astype(np.uint8)


RGBA = _samples()
RGB = np.ascontiguousarray(RGBA[..., :3])
GREY, ALPHA = np.ascontiguousarray(RGBA[..., 0]), np.ascontiguousarray(RGBA[..., 3])
LOW = np.random.default_rng(4).integers(0, 256, RGBA.shape, np.uint16)
DEEP = RGBA.astype(np.uint16) * 256 + LOW


def _lab() -> Image.Image:
    target = ImageCms.createProfile("LAB")
    source = ImageCms.createProfile("sRGB")
    found = ImageCms.profileToProfile(Image.fromarray(RGB), source, target, outputMode="LAB")
    assert found is not None
    return found


def _palette(clear: bool) -> Image.Image:
    image = Image.fromarray(RGB).quantize(64)
    if clear:
        image.info["transparency"] = 0
    return image


IMAGES: dict[str, Image.Image] = {
    "1": Image.fromarray(GREY).convert("1"),
    "L": Image.fromarray(GREY),
    "LA": Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(ALPHA)]),
    "P": _palette(clear=False),
    "P + transparency": _palette(clear=True),
    "RGB": Image.fromarray(RGB),
    "RGBA": Image.fromarray(RGBA),
    "CMYK": Image.fromarray(RGB).convert("CMYK"),
    "LAB": _lab(),
    "YCbCr": Image.fromarray(RGB).convert("YCbCr"),
    "I;16": Image.fromarray(np.ascontiguousarray(DEEP[..., 0])),
    "F": Image.fromarray((GREY / 255).astype(np.float32)),
}

PROFILES: dict[str, bytes | None] = {
    "none": None,
    "sRGB": profiles.SRGB,
    "P3, gamma 2.2": profiles.WIDE,
    "linear": profiles.LINEAR,
    "grey, linear": profiles.GREY,
    "four inks": profiles.CMYK,
    "Lab": profiles.LAB,
}
OF_MODES = {"CMYK": ["four inks"], "LAB": ["Lab"], "F": [], "YCbCr": [], "1": []}
"""The profiles that mean anything for pixels of such a mode, beside none."""

GREYS = ("L", "LA", "I;16", "LA;16")
OF_GREY = ["grey, linear"]
OF_COLOURS = ["sRGB", "P3, gamma 2.2", "linear"]


@dataclass(frozen=True)
class Kind:
    """A file format as an input.

    Attributes:
        name: Pillow's name of it.
        modes: The modes that it is made with.
        turned: Whether it has an EXIF orientation.
        profiled: Whether Pillow writes a colour profile into it.
        options: How it is made.
        tolerance: How far its colours may be off, on average, where it loses some.
    """

    name: str
    modes: tuple[str, ...]
    turned: bool = False
    profiled: bool = False
    options: tuple[tuple[str, Any], ...] = ()
    tolerance: float = 0.0


DEEP_MODES = {"LA;16": 2, "RGB;16": 3, "RGBA;16": 4, "RGB;half": 3, "RGB;float": 3, "RGBA;float": 4}
"""Modes that Pillow lacks, and how many samples their pixels have."""

DTYPES = {"half": np.float16, "float": np.float32}
PNG_MODES = ("LA;16", "RGB;16", "RGBA;16")
KINDS = (
    Kind("PNG", ("1", "L", "LA", "P", "P + transparency", "RGB", "RGBA", "I;16", *PNG_MODES),
         turned=True, profiled=True),
    Kind("TIFF", ("1", "L", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr", "I;16", "F",
                  *DEEP_MODES), turned=True, profiled=True),
    Kind("JPEG", ("L", "RGB", "CMYK"), turned=True, profiled=True,
         options=(("quality", 100), ("subsampling", 0)), tolerance=2.0),
    Kind("WEBP", ("RGB", "RGBA"), turned=True, profiled=True,
         options=(("lossless", True), ("exact", True))),
    Kind("AVIF", ("RGB", "RGBA"), turned=True, profiled=True,
         options=(("quality", 100), ("subsampling", "4:4:4")), tolerance=2.0),
    Kind("JPEG2000", ("L", "RGB", "RGBA", "I;16")),
    Kind("GIF", ("L", "P", "P + transparency"), tolerance=3.0),
    Kind("BMP", ("1", "L", "P", "RGB")),
    Kind("TGA", ("L", "LA", "P", "RGB", "RGBA")),
    Kind("PPM", ("1", "L", "RGB", "I;16")),
    Kind("ICO", ("RGBA",), options=(("sizes", [(WIDTH, HEIGHT)]),)),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One input: a format, a mode, a profile and an orientation."""

    kind: Kind
    mode: str
    profile: str
    orientation: int

    def __str__(self) -> str:
        return f"{self.kind.name}-{self.mode}-{self.profile}-{self.orientation}"


def _fits(mode: str, profile: str) -> bool:
    """Whether such a profile means anything for such pixels."""
    usual = OF_GREY if mode in GREYS else OF_COLOURS
    return profile == "none" or profile in OF_MODES.get(mode, usual)


def cells() -> Iterator[Cell]:
    """Every input."""
    for kind in KINDS:
        for mode in kind.modes:
            for profile in PROFILES if kind.profiled else ["none"]:
                for orientation in TURNS if kind.turned else [1]:
                    if _fits(mode, profile):
                        yield Cell(kind, mode, profile, orientation)


def made(cell: Cell) -> bytes:
    """The file of a cell."""
    turns, stream = TURNS[cell.orientation], io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = cell.orientation
    profile = PROFILES[cell.profile]
    if cell.mode in DEEP_MODES:
        channels = DEEP_MODES[cell.mode]
        samples = DEEP[..., [0, 3]] if channels == 2 else DEEP[..., :channels]
        samples = np.rot90(samples, turns)
        if cell.kind.name == "PNG":
            return png16(samples, profile, exif)
        dtype = DTYPES.get(cell.mode.partition(";")[2])
        tifffile.imwrite(
            stream,
            np.ascontiguousarray(samples if dtype is None else (samples / 65535).astype(dtype)),
            photometric="rgb" if channels > 2 else "minisblack",
            extrasamples=["unassalpha"] if channels in (2, 4) else None,
            planarconfig="contig",
            compression="zlib",
            iccprofile=profile,
            extratags=[(274, "H", 1, cell.orientation, True)],
        )
        return stream.getvalue()
    # Pillow's conversions leave their marks on a picture's palette.
    image = IMAGES[cell.mode].copy()
    if turns:
        names = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180}
        image = image.transpose({**names, 3: Image.Transpose.ROTATE_270}[turns])
    options = dict(cell.kind.options)
    if profile:
        options["icc_profile"] = profile
    if cell.kind.turned:
        options["exif"] = exif
    if "transparency" in IMAGES[cell.mode].info:
        options["transparency"] = 0
    image.save(stream, cell.kind.name, **options)
    return stream.getvalue()


def png16(samples: np.ndarray, profile: bytes | None, exif: Image.Exif) -> bytes:
    """A PNG file of sixteen bits, without filters."""

    def chunk(name: bytes, payload: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + payload))
        return struct.pack(">I", len(payload)) + name + payload + check

    height, width, channels = samples.shape
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    parts = [(b"IHDR", header)]
    if profile:
        parts.append((b"iCCP", b"x\0\0" + zlib.compress(profile)))
    parts.append((b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    parts += [(b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def expected(cell: Cell) -> tuple[np.ndarray, np.ndarray | None]:
    """What such a picture looks like in sRGB, H×W×3 uint8, and its alpha in 0..255, floats."""
    profile = PROFILES[cell.profile]
    alpha: np.ndarray | None = None
    if cell.mode in DEEP_MODES or cell.mode == "I;16":
        channels = DEEP_MODES.get(cell.mode, 1)
        if channels in (2, 4):
            alpha = DEEP[..., 3] / 257
        colours = np.rint(DEEP[..., :3] / 257).astype(np.uint8)
        if profile in profiles.FORMULAE:
            return profiles.exact(DEEP[..., :3] / 65535, profile), alpha
        if channels < 3:
            colours = np.repeat(colours[..., :1], 3, 2)
            if profile:
                light = DEEP[..., :1] / 65535
                encoded = np.where(
                    light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055
                )
                return np.repeat(np.rint(encoded * 255).astype(np.uint8), 3, 2), alpha
    elif cell.mode == "F":
        colours = np.repeat(GREY[..., None], 3, 2)
    elif cell.mode == "LAB":
        return RGB, None
    elif cell.mode == "CMYK" and profile:
        return profiles.seen(np.asarray(IMAGES["CMYK"]), profile, "CMYK"), None
    else:
        image = IMAGES[cell.mode].copy()
        if cell.mode in ("RGBA", "LA"):
            alpha = ALPHA.astype(float)
        elif "transparency" in image.info:
            alpha = np.where(np.asarray(image) == 0, 0.0, 255.0)
        if cell.mode in ("L", "LA"):
            colours = np.repeat(GREY[..., None], 3, 2)
            if profile:
                colours = profiles.seen(GREY, profile)
            return colours, alpha
        colours = np.asarray(image.convert("RGBA").convert("RGB"))
    return (colours if profile is None else profiles.seen(colours, profile)), alpha


def outcome(cell: Cell, photo: Photo) -> str:
    """What came of a cell, in the table's words."""
    depth = 8 * photo.colours.itemsize
    words = [f"RGB, {depth} bits"]
    if photo.alpha is not None:
        words.append("alpha")
    if cell.profile != "none":
        words.append("profile kept" if photo.icc_profile else "converted to sRGB")
    return ", ".join([*words, *(loss.lower().rstrip(".") for loss in photo.losses)])


def rows() -> list[tuple[str, ...]]:
    """The table of what comes in: a row for each format, mode and profile."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for cell in cells():
        said = outcome(cell, read(io.BytesIO(made(cell))))
        found.setdefault((cell.kind.name, cell.mode, said), set()).add(cell.profile)
    table: list[tuple[str, ...]] = [("File", "Pixels", "Profile", "Is read as")]
    for (kind, mode, said), names in found.items():
        table.append((kind, mode, "; ".join(name for name in PROFILES if name in names), said))
    return table


def writer_rows() -> list[tuple[str, ...]]:
    """The table of what goes out: a row for each format."""
    yes = {True: "yes", False: ""}
    table: list[tuple[str, ...]] = [
        ("File", "Alpha", "16-bit colours", "16-bit masks", "Colours", "Resolution", "EXIF", "Side")
    ]
    for name, what in writer.FORMATS.items():
        table.append(
            (
                name,
                yes[what.alpha],
                yes[what.deep],
                yes[what.deep_grey],
                "the photo's space" if what.profile else "sRGB",
                yes[what.resolution],
                "" if not what.exif else "up to 64 KB" if what.exif < 1 << 20 else "yes",
                f"{what.side}" if what.side < 1 << 28 else "",
            )
        )
    return table


def _markdown(table: list[tuple[str, ...]]) -> list[str]:
    head, *body = ("| " + " | ".join(row) + " |" for row in table)
    return [head, "|" + " --- |" * len(table[0]), *body]


def generated() -> str:
    """Both tables."""
    return "\n".join(
        [
            START,
            "### What comes in",
            "",
            f"{sum(1 for _ in cells())} files were made, in {len(TURNS)} orientations where the"
            " format has them, read, and compared with what LittleCMS and the samples say.",
            "",
            *_markdown(rows()),
            "",
            "### What goes out",
            "",
            *_markdown(writer_rows()),
            END,
        ]
    )


def document() -> str:
    """The whole of docs/formats.md, with tables of now."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    return before + generated() + rest.partition(END)[2]


if __name__ == "__main__":
    assert features.check("avif")
    DOCUMENT.write_text(document(), encoding="utf-8")
