"""Proves that everything works, by cutting a picture out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from . import engine, files, sample
from .console import Console
from .errors import InstallError, writing
from .places import Places
from .process import answer

BALL = "ball.png"
BALL_CUT_OUT = "ball-cutout.png"
TOLERANCE = 0.05
KEPT_SHARE = (
    "import sys, PIL.Image as I; a = I.open(sys.argv[1]).convert('RGBA').getchannel('A');"
    "print(sum(i * n for i, n in enumerate(a.histogram())) / (255 * a.width * a.height))"
)


@dataclass(frozen=True)
class Proof:
    """What came of it.

    Attributes:
        picture: The cut-out.
        kept: The share of the picture that the model kept, 0..1.
        provider: What it ran on, e.g. "cpu".
    """

    picture: Path
    kept: float
    provider: str


def cut_out(python: Path, photo: Path | None, places: Places, console: Console) -> Proof:
    """Cut out the user's photo, or a ball that is painted here.

    The user's own cut-out goes beside the photo under a name that nothing else has.

    Args:
        python: The engine's Python.
        photo: The photo; None for the ball.
        places: Where the ball and its cut-out lie, and a photo's where its folder cannot be
            written.
        console: Told what happens.

    Returns:
        Where the cut-out is, and how it was made.

    Raises:
        InstallError: The engine failed, or did not find the ball.
    """
    console.stage(f"Testing with {photo or 'an image of a ball'}", "test")
    picture = photo or places.proof / BALL
    made = places.proof / (f"{photo.stem}-cutout.png" if photo else BALL_CUT_OUT)
    if photo is None:
        files.write(picture, sample.ball_png())
    with writing(places.proof):
        places.proof.mkdir(parents=True, exist_ok=True)
        made.unlink(missing_ok=True)
    done = engine.call(python, console, "cut", picture, "-o", made, "--json")
    share = answer([python, "-I", "-c", KEPT_SHARE, made])
    if done.status != 0 or not share:
        raise engine.failure(done, "Everything else is installed; run this again to retry.")
    kept, provider = float(share), json.loads(done.last_line)["provider"]
    if photo is None:
        _check_ball(kept)
        return Proof(made, kept, provider)
    return Proof(_hand_over(made, photo), kept, provider)


def _check_ball(kept: float) -> None:
    if abs(kept - sample.BALL_SHARE) > TOLERANCE:
        raise InstallError(
            f"The engine runs, but kept {kept:.0%} of a test image instead of "
            f"{sample.BALL_SHARE:.0%}.",
            "Run this again with --force; if that does not help, please report it.",
        )


def _hand_over(made: Path, photo: Path) -> Path:
    """Move the cut-out beside the photo, or leave it where that folder cannot be written."""
    folder = photo.absolute().parent
    if not os.access(folder, os.W_OK):
        return made
    content = made.read_bytes()
    number = 1
    while True:
        suffix = f"-{number}" if number > 1 else ""
        place = folder / f"{photo.stem}-cutout{suffix}.png"
        # The same photo gives the same cut-out, which need not be there twice.
        if not place.exists() or files.read(place) == content:
            files.write(place, content)
            files.remove(made)
            return place
        number += 1
