"""Files that are damaged or hostile, read as the engine reads them.

Each kind runs in a process of its own with little memory, so that a file that crashes a library
is a fault of that kind and not the end of everything.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import traceback
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

from localmatte.errors import LocalmatteError
from tests.fire.outcome import Outcome, Range, mutated

MEMORY = 3 << 30
"""What a process may take, in bytes."""

GROWTH_MB = 80.0
"""How much larger its memory may be at the end than after its first hundred files."""

FIRST_CASES = 100

Read = Callable[[Random], None]


def pictures(folder: Path) -> Read:
    """Photographs of every kind that the command line reads."""
    from PIL import Image
    from skimage import data

    from localmatte.imaging.reader import read

    small = Image.fromarray(data.chelsea()).resize((48, 32))
    clear = small.convert("RGBA")
    seeds: list[bytes] = []
    for kind, image in (
        ("PNG", small), ("PNG", clear), ("PNG", small.convert("P")), ("PNG", small.convert("I;16")),
        ("JPEG", small), ("JPEG", small.convert("CMYK")), ("WEBP", clear), ("TIFF", small),
        ("TIFF", clear), ("GIF", small.convert("P")), ("BMP", small), ("PPM", small),
    ):  # fmt: skip
        buffer = io.BytesIO()
        image.save(buffer, kind)
        seeds.append(buffer.getvalue())

    def one(random: Random) -> None:
        huge = random.random() < 0.05
        read(io.BytesIO(_huge(random) if huge else mutated(random, random.choice(seeds))))

    return one


def _huge(random: Random) -> bytes:
    """A PNG of a few bytes whose header announces more pixels than there is memory."""
    sides = (1, 60_000, 1 << 20, (1 << 31) - 1)
    width, height = random.choice(sides), random.choice(sides)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"

    def chunk(kind: bytes, data: bytes) -> bytes:
        sealed = kind + data
        return len(data).to_bytes(4, "big") + sealed + zlib.crc32(sealed).to_bytes(4, "big")

    rows = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def models(folder: Path) -> Read:
    """Model files of the user's."""
    from localmatte.models import inspect
    from tests import graphs

    path = folder / "model.onnx"
    made = [
        graphs.mean_of_channels(path, 32).read_bytes(),
        graphs.mean_of_channels(path, "side", decoys=2).read_bytes(),
        graphs.mean_of_channels(path, 64, channels_last=True).read_bytes(),
    ]

    def one(random: Random) -> None:
        path.write_bytes(mutated(random, random.choice(made)))
        os.utime(path, ns=(0, random.randrange(1 << 60)))
        inspect.spec_from_file(path)

    return one


ROW = b"""\
id = "mine"
title = "Mine"
good_at = "cats"
name = "mine.onnx"
bytes = 12345
input_size = 320
input_step = 32
channels_last = false
normalisation = "imagenet"
output_rule = "sigmoid"
output_index = 0
"""
RECORD = b'{"rmbg-1.4": {"licence": "x", "link": "y", "sha256": "z", "accepted": "2026-01-01"}}'
VERDICTS = (
    b'{"a|b": {"usable": true, "reason": "", "seconds": 0.1, "cpu_seconds": 1, "difference": 0}}'
)


def records(folder: Path) -> Read:
    """What lies in localmatte's own folders: rows of models, licences, verdicts, the record."""
    from localmatte import library
    from localmatte.inference import trial
    from localmatte_bridge import BridgeError, installation

    (folder / "models").mkdir(exist_ok=True)
    (folder / "config").mkdir(exist_ok=True)
    (folder / "cache").mkdir(exist_ok=True)
    os.environ["LOCALMATTE_HOME"] = str(folder)
    installed = json.dumps({"python": sys.executable, "run": "/r", "home": None, "version": "1"})

    def one(random: Random) -> None:
        row = folder / "models" / ("a" * 64 + ".toml")
        row.write_bytes(mutated(random, ROW))
        (folder / "config" / "accepted-licences.json").write_bytes(mutated(random, RECORD))
        (folder / "cache" / "providers.json").write_bytes(mutated(random, VERDICTS))
        (folder / "installation.json").write_bytes(mutated(random, installed.encode()))
        listed = [json.dumps(library.describe(spec)) for spec in library.models()[-2:]]
        assert len(listed) == 2
        library.unreadable()
        trial._remembered()
        try:
            installation._read(str(folder))
        except BridgeError as error:
            raise LocalmatteError(error.message, error.hint) from None

    return one


KINDS: dict[str, Callable[[Path], Read]] = {
    "pictures": pictures,
    "models": models,
    "records": records,
}


def barrage(kind: str, place: Range) -> Outcome:
    """Read files of a kind until it is enough, in a process of its own."""
    seed = place.random.randrange(1 << 32)
    command = [sys.executable, "-m", "tests.fire.inputs", kind, str(seed), f"{place.seconds}"]
    done = subprocess.run(
        [*command, str(place.most)], capture_output=True, text=True, timeout=place.seconds + 120
    )
    outcome = Outcome(f"hostile {kind}")
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        last = lines[-1] if lines else ""
        said = done.stderr[-600:]
        outcome.faults.append(
            f"the process ended with {done.returncode} (seed {seed}): {last}{said}"
        )
    else:
        outcome = Outcome(**json.loads(lines[-1]))
    outcome.totals["fuzz cases"] = outcome.cases
    return outcome


def _run(kind: str, seed: int, seconds: float, most: int) -> Outcome:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    outcome = Outcome(f"hostile {kind}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        read = KINDS[kind](folder)
        early = 0.0
        for number in Range(folder, Random(seed), seconds, most).rounds(outcome):
            # A seed for each case, so that one can be looked at alone.
            random = Random(f"{seed} {number}")
            if number == FIRST_CASES:
                early = _memory_mb()
            try:
                read(random)
            except LocalmatteError as error:
                outcome.count("refused")
                if not error.message:
                    outcome.faults.append(f"case {number} of {seed}: no message")
            except MemoryError:
                outcome.count("too large")
            except Exception:
                outcome.count("fault")
                lines = traceback.format_exc().splitlines()
                outcome.faults.append(f"case {number} of {seed}: {' | '.join(lines[-5:])}")
            else:
                outcome.count("read")
    if early:
        outcome.figures.append(f"{early:.0f} MB early, {_memory_mb():.0f} MB late")
        if _memory_mb() - early > GROWTH_MB:
            outcome.faults.append("memory was not given back")
    return outcome


def _memory_mb() -> float:
    from tests.workers import memory_mb

    return memory_mb(os.getpid())


if __name__ == "__main__":
    chosen, seed_text, seconds_text, most_text = sys.argv[1:]
    print(json.dumps(vars(_run(chosen, int(seed_text), float(seconds_text), int(most_text)))))
