"""Nothing leaves the machine, and nothing of a picture stays behind: the system holds us to it."""

from __future__ import annotations

import compileall
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import localmatte
from localmatte_bridge import Client, Installation, Result
from tests.workers import matte, memory_mb, pid_of, until

CORE = Path(localmatte.__file__).parents[1]

LARGEST_FILE = 16 * 1024
"""Less than any copy of the photo takes, in bytes."""

SECLUDED = f"""\
import resource, sys
from pathlib import Path
from localmatte.system.seclusion import seclude
resource.setrlimit(resource.RLIMIT_FSIZE, ({LARGEST_FILE}, {LARGEST_FILE}))
found = seclude()
assert found.no_sockets, found
"""

CLICK = """\
from PIL import Image
from localmatte_bridge import Client, Installation, Result
photo = Image.open(sys.argv[1]).convert("RGB")
with Client.connect(Installation(sys.executable, sys.argv[2] + "/run", sys.argv[2])) as client:
    for refine in (True, False):
        *_, last = client.matte(
            [photo.tobytes()], *photo.size, "rgb8", refine=refine, colours=True
        )
        assert isinstance(last, Result), last
    client.edges(photo.width * photo.height, feather=2)
    client.ask("models")
    print(len(last.payload))
    client.ask("stop")
"""


@pytest.fixture(scope="module", autouse=True)
def compiled_modules() -> None:
    """Compile our modules: Python would keep, and use again, what it could write of one."""
    assert compileall.compile_dir(CORE, quiet=1)


def _secluded(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python without a network, where no file can become as large as a photo."""
    return subprocess.run(
        [sys.executable, "-c", SECLUDED + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_client_and_worker_need_neither_a_network_nor_a_file_for_pixels(
    place: Installation, home: Path, photos: dict[str, Path]
) -> None:
    # The worker that the client starts inherits all of it; the system would end either of them
    # at its first socket to another computer.
    done = _secluded(CLICK, photos["astronaut"], home)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == 512 * 512 * 4
    assert not (home / "logs").exists()


def test_the_command_line_needs_no_network(
    home: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    result = tmp_path / "mask.png"
    code = "from localmatte.cli import main; sys.exit(main(['cut', *sys.argv[1:]]))"
    # The mask is the one file that is asked for, and small enough.
    done = _secluded(code, photos["chelsea"], "--mask", "--contrast", "1", "-o", result)
    assert (done.returncode, done.stderr) == (0, "")
    assert result.stat().st_size < LARGEST_FILE


def test_a_photo_could_not_have_been_written(tmp_path: Path, photos: dict[str, Path]) -> None:
    code = "Path(sys.argv[2]).write_bytes(Path(sys.argv[1]).read_bytes())"
    done = _secluded(code, photos["chelsea"], tmp_path / "copy.png")
    assert done.returncode == 1
    assert "File too large" in done.stderr


def test_pixels_are_dropped_when_the_client_leaves(
    place: Installation, photos: dict[str, Path]
) -> None:
    side = 3500
    picture = np.random.default_rng(1).integers(0, 256, (side, side, 4), np.uint8)
    with Client.connect(place) as watching:
        matte(watching, photos["chelsea"])
        pid = pid_of(watching)
        before = memory_mb(pid)
        with Client.connect(place) as asked:
            *_events, last = asked.matte(
                [picture.tobytes()], side, side, "rgba8", refine=False, colours=True
            )
            assert isinstance(last, Result)
            # The picture is kept for as long as its edges can still be finished again.
            assert memory_mb(pid) > before + 2 * side * side / 1e6
        until(lambda: memory_mb(pid) < before + side * side / 1e6)
