"""What the guides show and quote is there: messages, menu entries, pictures, links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENTS = [*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").glob("*.md"))]
GUIDES = [CHECKOUT / "docs" / f"{name}.md" for name in ("guide-gimp", "guide-krita")]
SOURCES = ("core", "gimp_plugin", "install", "krita_plugin")
LINK = re.compile(r"\]\(([^)\s]+)\)")
QUOTED = re.compile(r"^\| “(.+)” \|", re.MULTILINE)
OWN_ENTRIES = re.compile(
    r"\*((?:Remove Background|Refine|Finish|Keep|Remove|Repeat|Models|Settings)[^*▸]*)\*"
)
VALUE = "…"


def texts() -> Iterator[str]:
    """The sources' texts, with … in the place of each value."""
    for part in SOURCES:
        for path in (CHECKOUT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield re.sub(r"\{\w*\}", VALUE, node.value).replace("_", "")
                elif isinstance(node, ast.JoinedStr):
                    yield "".join(
                        str(piece.value) if isinstance(piece, ast.Constant) else VALUE
                        for piece in node.values
                    )


@pytest.fixture(scope="module")
def said() -> set[str]:
    return set(texts())


def test_every_message_that_is_explained_is_one_of_the_programs(said: set[str]) -> None:
    quoted = QUOTED.findall((CHECKOUT / "docs/troubleshooting.md").read_text("utf-8"))
    assert len(quoted) > 15
    for message in quoted:
        assert any(message in text for text in said), message


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_entry_that_a_guide_names_is_in_the_menu(guide: Path, said: set[str]) -> None:
    named = {" ".join(name.split()) for name in OWN_ENTRIES.findall(guide.read_text("utf-8"))}
    assert len(named) >= 4
    assert named <= said


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text("utf-8")):
        name, _, heading = target.partition("#")
        if name.startswith("http"):
            continue
        path = (document.parent / name).resolve() if name else document
        assert path.is_file(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in headings]
            assert heading in slugs, target
