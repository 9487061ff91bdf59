"""What mypy takes for Krita's interface is what the real Krita says of itself."""

from __future__ import annotations

import ast
import re

import pytest

from tests.editors.docked_krita import DockedKrita
from tests.editors.engine import CHECKOUT

pytestmark = pytest.mark.krita

STUBS = CHECKOUT / "krita_plugin" / "stubs" / "krita.pyi"
OF_PYTHON = {"__init__"}
"""What sip describes elsewhere, or Krita defines in Python."""

NONE = re.compile(r"\bOptional\[([^]]*)\]|\|None\b")
UNION = re.compile(r"\bUnion\[([^]]*)\]")


def test_every_name_and_signature_is_kritas_own(live: DockedKrita) -> None:
    statements = ast.parse(STUBS.read_text()).body
    stubs = {node.name: node for node in statements if isinstance(node, ast.ClassDef)}
    asked = {name: sorted(_members(node)) for name, node in stubs.items()}
    found = live.call("krita_signatures.described", names=asked)
    wrong = [name for name in asked if found[name] is None]
    for name, node in stubs.items():
        for member, said in _members(node).items():
            real = (found[name] or {}).get(member)
            like = any(_is_like(said, line) for line in (real or "").splitlines())
            if real is None or (said and not like):
                wrong.append(f"{name}.{said or member}, Krita: {real}")
    assert not wrong, "\n".join(wrong)
    assert sum(map(len, asked.values())) > 80


def _members(node: ast.ClassDef) -> dict[str, str]:
    """The signatures of a class's methods; of its attributes only the names are known."""
    found = {}
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name not in OF_PYTHON:
            result = ast.unparse(member.returns) if member.returns else "None"
            arrow = "" if result == "None" else f" -> {result}"
            found[member.name] = _plain(f"{member.name}({ast.unparse(member.args)}){arrow}")
        elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            found[member.target.id] = ""
        elif isinstance(member, ast.ClassDef):
            found[member.name] = ""
    return found


def _plain(signature: str) -> str:
    """A signature as all versions of sip and Python write it, without None."""
    text = NONE.sub(lambda match: match[1] or "", signature.replace(" ", ""))
    text = UNION.sub(lambda match: match[1].replace(",", "|"), text)
    return text.replace("|memoryview", "").replace("List[", "list[")


def _is_like(said: str, real: str) -> bool:
    """Whether a signature is Krita's; Krita may return something where nobody asks for it."""
    return said in (_plain(real), _plain(real).partition("->")[0])
