"""The command lines in the documents are ones that the program takes."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest

from localmatte.cli import program

CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENTS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
OF_SHELLS = ("<", ">", "|", ":::")


def commands() -> list[tuple[str, str]]:
    """Each use of the program in the documents' shell blocks, and the document's name."""
    return [
        (line[line.index("localmatte ") :], document.name)
        for document in DOCUMENTS
        for block in BLOCK.findall(document.read_text(encoding="utf-8"))
        for line in block.replace("\\\n", " ").splitlines()
        if re.search(r"(^|\s)localmatte ", line) and not line.startswith("#")
    ]


@pytest.mark.parametrize(("line", "document"), commands())
def test_a_command_in_the_documents_is_understood(line: str, document: str) -> None:
    words = takewhile(lambda word: word not in OF_SHELLS, shlex.split(line, comments=True)[1:])
    assert program().parse_args(list(words)).run


def test_there_are_commands_in_the_documents() -> None:
    assert {name for _, name in commands()} >= {"README.md", "batch.md", "formats.md"}
