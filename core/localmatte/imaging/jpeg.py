"""JPEG files, segment by segment: what Pillow stumbles over before it sees a pixel."""

from __future__ import annotations

START = b"\xff\xd8"
END = b"\xff\xd9"
SCAN, COMMENT = 0xDA, 0xFE
APPLICATIONS = range(0xE0, 0xF0)
KEPT = (b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"Adobe")
"""How the applications' segments begin that say how a picture is to be shown."""


def without_metadata(data: bytes) -> bytes:
    """A JPEG file without comments, programs' own segments, and bytes between segments.

    Args:
        data: The file; one that has no scan is returned with its segments alone.
    """
    kept, at = [START], len(START)
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0x00, 0xFF):
            at += 1
            continue
        if marker == SCAN:
            kept.append(data[at:])
            break
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        of_an_application = marker in APPLICATIONS and not data.startswith(KEPT, at + 4)
        if marker != COMMENT and not of_an_application:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
