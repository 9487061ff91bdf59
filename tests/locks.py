"""`python3 tests/locks.py`: locks what the installer downloads to the newest versions.

A lock names a version of each package and the hashes of its files, for every system and Python.
The installer's pip takes these files and no others. Options of `uv pip compile`, for example
`--upgrade-package NAME`, take the place of a full update.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

from tests.environment import made, preparing  # noqa: E402

FOLDER = CHECKOUT / "install" / "requirements"
EXTRAS = "test,dev,webgpu"
COMMENT = "# Made by 'python3 tests/locks.py'.\n"


def wanted(project: dict[str, Any]) -> dict[str, list[str]]:
    """What each lock is for, by its name.

    Args:
        project: The content of pyproject.toml.
    """
    return {
        "engine": project["project"]["dependencies"],
        "webgpu": project["project"]["optional-dependencies"]["webgpu"],
        "build": project["build-system"]["requires"],
        "pip": ["pip"],
        "uv": ["uv"],
    }


def compiled(uv: str | Path, folder: Path, options: Sequence[str] = ()) -> None:
    """Write the locks; those in the folder keep their versions unless the options say otherwise.

    Args:
        uv: The program that resolves them.
        folder: Where they belong.
        options: Further ones of `uv pip compile`.

    Raises:
        subprocess.CalledProcessError: There is no such set of versions, or no network.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    oldest = project["project"]["requires-python"].removeprefix(">=")
    fixed = ["--universal", "--python-version", oldest, "--generate-hashes"]
    plain = ["--only-binary", ":all:", "--no-header", "--no-annotate", "--no-emit-index-url"]
    for name, requirements in wanted(project).items():
        lock = folder / f"{name}.txt"
        subprocess.run(
            [uv, "pip", "compile", "-", "-q", *fixed, *plain, *options, "-o", lock],
            input="\n".join(requirements),
            stdout=subprocess.DEVNULL,
            check=True,
            text=True,
        )
        lock.write_text(COMMENT + lock.read_text("utf-8"), "utf-8", newline="\n")


if __name__ == "__main__":
    with preparing():
        python = made(EXTRAS)
    compiled(python.with_name("uv"), FOLDER, sys.argv[1:] or ["--upgrade"])
