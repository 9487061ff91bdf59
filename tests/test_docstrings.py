"""Public functions say what they take, return and raise."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]

CODE = ("core", "gimp_plugin", "krita_plugin", "install")

SECTION = re.compile(r"^(Args|Returns|Yields|Raises):\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^[ ]{4}\*{0,2}(\w+): ", re.MULTILINE)
NOTHING = ("None", "Iterator[None]")
"""What returns nothing, or is a block that is given nothing."""

ARRAYS = ("NDArray", "Floats", "Mask")
ARRAY_WORDS = re.compile(r"×|\b(u?int\d*|float\d*|bool|shape)\b")
"""What says an array's shape or its samples' type."""


def public(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """Public functions, and the methods of public classes."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def parameters(function: ast.FunctionDef) -> list[ast.arg]:
    """All but self, cls and the collected ones."""
    taken = function.args
    named = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs]
    return [one for one in named if one.arg not in ("self", "cls")]


def faults(function: ast.FunctionDef) -> Iterator[str]:
    """What a function's docstring leaves out."""
    sections = dict(SECTION.findall(ast.get_docstring(function) or ""))
    said = dict(re.findall(ENTRY.pattern + r"(.+(?:\n[ ]{8}.+)*)", sections.get("Args", ""), re.M))
    for taken in parameters(function):
        if taken.arg not in said:
            yield f"Args says nothing of {taken.arg}"
        elif _is_array(taken) and not ARRAY_WORDS.search(said[taken.arg]):
            yield f"neither shape nor type of {taken.arg}"
    gives = function.returns is not None and ast.unparse(function.returns) not in NOTHING
    if gives and not {"Returns", "Yields"} & sections.keys():
        yield "no Returns or Yields"
    named = ENTRY.findall(sections.get("Raises", ""))
    for error in sorted(set(_raised(function))):
        # Of one that a function makes, the name is that function's.
        covered = named if _is_function(error) else any(_covers(name, error) for name in named)
        if not covered:
            yield f"Raises says nothing of {error}"


def _is_array(taken: ast.arg) -> bool:
    said = ast.unparse(taken.annotation) if taken.annotation else ""
    return said.startswith(ARRAYS)


def _raised(function: ast.FunctionDef) -> Iterator[str]:
    """The errors that a function makes itself, but for those that only its own bug can cause."""
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = ast.unparse(node.exc.func)
            if name != "AssertionError":
                yield name


def _is_function(name: str) -> bool:
    return name.rpartition(".")[2].lstrip("_")[0].islower()


def _covers(name: str, error: str) -> bool:
    """Whether an error is one of that name, or of a built-in kind of it: TimeoutError, OSError."""
    kind, other = (getattr(builtins, one, None) for one in (name, error))
    if name == error:
        return True
    return isinstance(kind, type) and isinstance(other, type) and issubclass(other, kind)


@pytest.mark.parametrize("folder", CODE)
def test_public_functions_say_what_they_take_return_and_raise(folder: str) -> None:
    modules = sorted((CHECKOUT / folder).rglob("*.py"))
    found = [
        f"{path.relative_to(CHECKOUT)}: {function.name}: {fault}"
        for path in modules
        for function in public(ast.parse(path.read_text(encoding="utf-8")).body)
        if len(parameters(function)) > 1
        for fault in faults(function)
    ]
    assert modules
    assert found == []
