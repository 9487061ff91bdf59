"""Files of several frames, joined from files of one: GIF, PNG and WebP, frame after frame.

Pillow would keep all frames in memory. Each frame covers the whole canvas and replaces the one
before, so that nothing shows through where it is transparent.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from localmatte.imaging import png

INTERLACED = 0x40

MOST = 0xFFFF
"""The largest number of sixteen bits, in which these formats count."""


@dataclass
class Animation(ABC):
    """An animated file, written frame after frame.

    Attributes:
        stream: Where it goes.
        count: How many frames it has.
        plays: How often it is played; 0 for without end.
    """

    stream: BinaryIO
    count: int
    plays: int
    _begun: bool = False

    def add(self, still: bytes, milliseconds: float) -> None:
        """Write the next frame.

        Args:
            still: It, as a file of its own.
            milliseconds: How long it is shown.
        """
        self._add(still, milliseconds)

    @abstractmethod
    def close(self) -> None:
        """Write the end."""

    @abstractmethod
    def _add(self, still: bytes, milliseconds: float) -> None: ...


@dataclass
class Gif(Animation):
    """An animated GIF file."""

    def _add(self, still: bytes, milliseconds: float) -> None:
        size, flags = still[6:10], still[10]
        at = 13
        colours = 3 << ((flags & 7) + 1) if flags & 0x80 else 0
        palette, at = still[at : at + colours], at + colours
        transparent = b""
        while still[at : at + 1] == b"!":
            if still[at + 1] == 0xF9 and still[at + 3] & 1:
                transparent = still[at + 6 : at + 7]
            at = _after_blocks(still, at + 2)
        if not self._begun:
            self.stream.write(b"GIF89a" + size + b"\0\0\0")
            if self.plays != 1:
                repeats = min(max(self.plays - 1, 0), MOST)
                loop = b"\x03\x01" + struct.pack("<H", repeats) + b"\0"
                self.stream.write(b"!\xff\x0bNETSCAPE2.0" + loop)
            self._begun = True
        hundredths = min(round(milliseconds / 10), MOST)
        # Once a frame's time is over, its place is cleared.
        control = (2 << 2) | bool(transparent)
        self.stream.write(
            b"!\xf9\x04" + struct.pack("<BH", control, hundredths) + (transparent or b"\0") + b"\0"
        )
        own = 0x80 | (flags & 7) | (still[at + 9] & INTERLACED)
        self.stream.write(b"," + still[at + 1 : at + 9] + bytes([own]) + palette)
        self.stream.write(still[at + 10 : _after_blocks(still, at + 11)])

    def close(self) -> None:
        """Write the end."""
        self.stream.write(b";")


def _after_blocks(data: bytes, at: int) -> int:
    """Where a GIF file's sub-blocks end that begin at a place."""
    while data[at]:
        at += data[at] + 1
    return at + 1


@dataclass
class Png(Animation):
    """An animated PNG file."""

    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1 << 31)))

    def _add(self, still: bytes, milliseconds: float) -> None:
        first, controlled = not self._begun, False
        for kind, payload in png.chunks(still):
            if kind == b"IHDR":
                header = payload
            if kind == b"IDAT":
                if not controlled:
                    self._put(b"fcTL", self._control(header, milliseconds))
                    controlled = True
                if first:
                    self._put(kind, payload)
                else:
                    self._put(b"fdAT", struct.pack(">I", next(self._numbers)) + payload)
            elif first and kind != b"IEND":
                self._put(kind, payload)

    def close(self) -> None:
        """Write the end."""
        self._put(b"IEND", b"")

    def _put(self, kind: bytes, payload: bytes) -> None:
        if not self._begun:
            self.stream.write(png.SIGNATURE)
            self._begun = True
        self.stream.write(png.chunk(kind, payload))
        if kind == b"IHDR":
            self.stream.write(png.chunk(b"acTL", struct.pack(">II", self.count, self.plays)))

    def _control(self, header: bytes, milliseconds: float) -> bytes:
        parts = next(rate for rate in (1000, 100, 10, 1) if milliseconds * rate < MOST * 1000)
        delay = round(milliseconds * parts / 1000)
        return (
            struct.pack(">I", next(self._numbers))
            + header[:8]
            + struct.pack(">IIHHBB", 0, 0, delay, parts, 0, 0)
        )


@dataclass
class Webp(Animation):
    """An animated WebP file."""

    _after: bytes = b""

    def _add(self, still: bytes, milliseconds: float) -> None:
        parts = dict(_riff_chunks(still))
        pixels = [(kind, parts[kind]) for kind in (b"ALPH", b"VP8 ", b"VP8L") if kind in parts]
        size = _webp_size(parts)
        if not self._begun:
            self._begin(parts, size)
        shown = min(round(milliseconds), (1 << 24) - 1)
        # It replaces what was there, its transparency included.
        header = bytes(6) + size + struct.pack("<I", shown)[:3] + b"\2"
        self.stream.write(_riff_chunk(b"ANMF", header + b"".join(_riff_chunk(*p) for p in pixels)))

    def close(self) -> None:
        """Write the end, and at the beginning how long the file is."""
        self.stream.write(self._after)
        length = self.stream.tell()
        self.stream.seek(4)
        self.stream.write(struct.pack("<I", length - 8))
        self.stream.seek(length)

    def _begin(self, parts: dict[bytes, bytes], size: bytes) -> None:
        has_profile, has_exif = b"ICCP" in parts, b"EXIF" in parts
        flags = 0x02 | 0x10 | 0x20 * has_profile | 0x08 * has_exif
        self.stream.write(b"RIFF" + bytes(4) + b"WEBP")
        self.stream.write(_riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size))
        if has_profile:
            self.stream.write(_riff_chunk(b"ICCP", parts[b"ICCP"]))
        plays = struct.pack("<H", min(self.plays, MOST))
        self.stream.write(_riff_chunk(b"ANIM", bytes(4) + plays))
        self._after = _riff_chunk(b"EXIF", parts[b"EXIF"]) if has_exif else b""
        self._begun = True


def _riff_chunk(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _webp_size(parts: dict[bytes, bytes]) -> bytes:
    """Width and height less one, three bytes each, as the format has them."""
    if b"VP8X" in parts:
        return parts[b"VP8X"][4:10]
    if b"VP8L" in parts:
        (bits,) = struct.unpack_from("<I", parts[b"VP8L"], 1)
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
    else:
        width, height = (
            (side & 0x3FFF) - 1 for side in struct.unpack_from("<HH", parts[b"VP8 "], 6)
        )
    return struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]


JOINED: dict[str, type[Animation]] = {"GIF": Gif, "PNG": Png, "WEBP": Webp}
"""What writes a format's animations, by Pillow's name of it."""
