"""Pulls one file in a process of its own, which a test may kill.

Run as `python -m tests.servers.puller ADDRESS FILE`: what lies at the address is the content of
the file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from localmatte import store
from localmatte.errors import LocalmatteError
from tests.servers import specs

ROOT = Path(__file__).resolve().parents[2]


def start(address: str, file: Path, home: Path) -> subprocess.Popen[str]:
    """Start to pull, from a test."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.servers.puller", address, str(file)],
        cwd=ROOT,
        env={**os.environ, "LOCALMATTE_HOME": str(home), "HOME": str(home / "nobody")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _main(address: str, file: str) -> int:
    try:
        print(store.pull(specs.spec(Path(file).read_bytes(), address)))
    except LocalmatteError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
