"""A process to compare with: told to run by a line on its stdin, it answers with a line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

FOLDER = Path(__file__).parent


class Peer:
    """One of the scripts `bare.py` and `rembg_in_process.py`, kept running between rounds."""

    def __init__(self, script: str, *arguments: object, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(FOLDER / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables},
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def run(self, picture: Path | None = None) -> dict[str, float]:
        """Run once, on a picture where the script takes one; gives seconds for each stage."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{picture or ''}\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
