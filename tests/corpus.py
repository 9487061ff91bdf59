"""What becomes of public test pictures; docs/formats.md has the outcome.

    python -m tests.corpus FOLDER

reads every picture in a folder as `localmatte cut` does, and counts what came of it.
"""

from __future__ import annotations

import re
import signal
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from localmatte.errors import PictureError
from localmatte.imaging.geometry import MAX_PIXELS
from localmatte.imaging.reader import read, suffixes

PATIENCE = 60
"""Seconds after which a picture counts as one that hangs."""


def outcome(path: Path) -> str:
    """What came of a picture, without what is its own."""
    signal.alarm(PATIENCE)
    try:
        photo = read(path)
        photo.picture()
    except PictureError as error:
        return "refused: " + re.sub(r"-?\d+", "N", error.message.replace(path.name, "NAME"))
    finally:
        signal.alarm(0)
    said = " ".join(re.sub(r"\d+", "N", loss) for loss in photo.losses)
    try:
        with Image.open(path) as image:
            upright = sorted(image.size) == sorted(photo.size)
    except Exception:
        # Read by us, not by Pillow alone: there is nothing to compare with.
        upright = True
    return ("read" if upright else "READ IN ANOTHER SIZE") + (f"; {said}" if said else "")


def _hangs(*_: Any) -> None:
    raise TimeoutError(f"not done after {PATIENCE} seconds")


def main(folder: Path) -> None:
    """Print the table."""
    signal.signal(signal.SIGALRM, _hangs)
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    known = suffixes()
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in known)
    counts = Counter(outcome(path) for path in paths)
    print("| Pictures | What came of them |\n| ---: | --- |")
    for said, number in counts.most_common():
        print(f"| {number} | {said} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
