"""The installer's locks: complete, hashed, and what pyproject.toml asks for."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from install import packages
from tests import locks

NAMES = ("engine", "webgpu", "build", "pip", "uv")
ENTRY = re.compile(
    r"^(?P<pin>[a-z0-9-]+==\S+(?: ; .+)?) \\\n(?P<hashes>(?:    --hash=\S+.*\n)+)", re.M
)


def pins(text: str) -> list[str]:
    return [entry["pin"] for entry in ENTRY.finditer(text)]


@pytest.mark.parametrize("name", NAMES)
def test_every_package_has_hashes_and_no_file_names_a_host(name: str) -> None:
    text = (packages.LOCKS / f"{name}.txt").read_text()
    rest = ENTRY.sub("", text).strip()
    assert rest == locks.COMMENT.strip()
    assert pins(text)
    for entry in ENTRY.finditer(text):
        for word in re.split(r"\s*\\\n\s*", entry["hashes"].strip()):
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word)


def test_the_locks_are_what_pyproject_asks_for(tmp_path: Path) -> None:
    """Made again from the committed ones, they name the same versions."""
    for name in NAMES:
        shutil.copy(packages.LOCKS / f"{name}.txt", tmp_path)
    locks.compiled(Path(sys.executable).with_name("uv"), tmp_path)
    for name in NAMES:
        again, committed = (tmp_path / f"{name}.txt", packages.LOCKS / f"{name}.txt")
        assert pins(again.read_text()) == pins(committed.read_text())
