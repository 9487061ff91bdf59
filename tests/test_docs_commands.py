"""The command lines in the documents are run, each as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from localmatte.cli import INTERRUPTED, program
from localmatte.errors import UsageError
from tests import weights

CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENTS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
OF_SHELLS = ("<", ">", "|", ":::")
SIZE = 500, 400
WATCHED_SECONDS = "6"


def commands() -> dict[str, str]:
    """Each use of the program in the documents' shell blocks, and a document that has it."""
    return {
        line[line.index("localmatte ") :].partition("  #")[0].strip(): document.name
        for document in DOCUMENTS
        for block in BLOCK.findall(document.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if re.search(r"(^|\s)localmatte ", line) and not line.startswith("#")
    }


@pytest.mark.parametrize("line", commands())
def test_a_command_in_the_documents_is_understood(line: str) -> None:
    words = takewhile(lambda word: word not in OF_SHELLS, shlex.split(line, comments=True)[1:])
    assert program().parse_args(list(words)).run


def test_there_are_commands_in_the_documents() -> None:
    assert set(commands().values()) >= {"README.md", "batch.md", "releasing.md", "privacy.md"}


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Path:
    """A folder with all files that the documents' commands name, and the program in its bin."""
    desk = tmp_path / "desk"
    photo = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(photo).ellipse((320, 210, 480, 390), fill="maroon")
    for name in (
        *("photo.jpg", "shoe.jpg", "group.jpg", "in.jpg", "film.gif"),
        *("photos/1.jpg", "photos/red/2.jpg", "incoming/3.jpg", "srv/photos/4.jpg"),
    ):
        (desk / name).parent.mkdir(parents=True, exist_ok=True)
        photo.save(desk / name)
    mask = photo.convert("L").point(lambda grey: 255 * (grey < 128))
    mask.save(desk / "mask.png")
    ImageDraw.Draw(mask).rectangle((300, 200, 330, 260), fill="white")
    mask.save(desk / "painted.png")
    weights.place("u2netp", desk)
    [model] = (desk / "models").glob("*.onnx")
    model.rename(desk / "u2netp.onnx")
    for name in (
        *("bash-completion/completions", "zsh/site-functions", "fish/vendor_completions.d"),
    ):
        (desk / "usr/share" / name).mkdir(parents=True)
    launcher = desk / "bin" / "localmatte"
    launcher.parent.mkdir()
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m localmatte "$@"\n')
    launcher.chmod(0o755)
    return desk


@pytest.mark.parametrize("line", commands())
def test_a_command_in_the_documents_does_its_work(line: str, desk: Path) -> None:
    # The system's folders are this one's; GNU parallel puts a number in the place of {}.
    here = line.replace(" /", " ./").partition(":::")[0].replace("{}", "1")
    expected = 0
    if "--watch" in here:
        here, expected = (
            f"timeout --preserve-status --signal INT {WATCHED_SECONDS} {here}",
            INTERRUPTED,
        )
    if " cluster " in here:
        # Ray is in no environment but that of its own tests.
        expected = UsageError.exit_status
    variables = {
        **os.environ,
        "PATH": f"{desk / 'bin'}:{os.environ['PATH']}",
        "SLURM_ARRAY_TASK_ID": "1",
        "SLURM_ARRAY_TASK_COUNT": "64",
    }
    done = subprocess.run(
        ["bash", "-c", here], cwd=desk, env=variables, capture_output=True, timeout=300
    )
    assert done.returncode == expected, done.stderr.decode()
    assert (expected == UsageError.exit_status) == (b"Install localmatte[ray]." in done.stderr)
