"""Public functions say what they take, return and raise."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]

CODE = ("core", "gimp_plugin", "krita_plugin", "install")

SECTION = re.compile(r"^(Args|Returns|Yields|Raises):\n((?:[ ]{4}.*\n?|\n)+)", re.MULTILINE)
ENTRY = re.compile(r"^[ ]{4}\*{0,2}(\w+): ", re.MULTILINE)
NOTHING = ("None", "Iterator[None]")
"""What returns nothing, or is a block that is given nothing."""

ARRAY = "NDArray"
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


def arrays(module: ast.Module) -> tuple[str, ...]:
    """What a module calls arrays: numpy's name for them, and its own short ones."""
    short = [
        ast.unparse(node.targets[0])
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith(ARRAY)
    ]
    return (ARRAY, *short)


def faults(function: ast.FunctionDef, arrays: tuple[str, ...]) -> Iterator[str]:
    """What a function's docstring leaves out.

    Where there is one parameter, and that is no array, the summary can tell of it and of the
    result.
    """
    sections = dict(SECTION.findall(ast.get_docstring(function) or ""))
    taken = parameters(function)
    if len(taken) > 1 or any(_is_one(one.annotation, arrays) for one in taken):
        yield from _untold(taken, sections.get("Args", ""), arrays)
        yield from _ungiven(function, sections, arrays)
    named = ENTRY.findall(sections.get("Raises", ""))
    for error in sorted(set(_raised(function))):
        # Of one that a function makes, the name is that function's.
        covered = named if _is_function(error) else any(_covers(name, error) for name in named)
        if not covered:
            yield f"Raises says nothing of {error}"


def _untold(taken: Sequence[ast.arg], text: str, arrays: tuple[str, ...]) -> Iterator[str]:
    said = dict(re.findall(ENTRY.pattern + r"(.+(?:\n[ ]{8}.+)*)", text, re.M))
    for one in taken:
        if one.arg not in said:
            yield f"Args says nothing of {one.arg}"
        elif _is_one(one.annotation, arrays) and not ARRAY_WORDS.search(said[one.arg]):
            yield f"neither shape nor type of {one.arg}"


def _ungiven(
    function: ast.FunctionDef, sections: Mapping[str, str], arrays: tuple[str, ...]
) -> Iterator[str]:
    if function.returns is None or ast.unparse(function.returns) in NOTHING:
        return
    said = sections.get("Returns", "") + sections.get("Yields", "")
    if not said:
        yield "no Returns or Yields"
    elif _is_one(function.returns, arrays) and not ARRAY_WORDS.search(said):
        yield "neither shape nor type of what is returned"


def _is_one(annotation: ast.expr | None, arrays: tuple[str, ...]) -> bool:
    return annotation is not None and ast.unparse(annotation).startswith(arrays)


def _raised(function: ast.FunctionDef) -> Iterator[str]:
    """The errors that a function makes itself, but for those that only its own bug can cause."""
    caught = {
        raised
        for attempt in ast.walk(function)
        if isinstance(attempt, ast.Try)
        for raised in _raises(attempt.body)
        if any(_made(raised) in _names(handler) for handler in attempt.handlers)
    }
    for raised in _raises([function]):
        if raised not in caught and _made(raised) != "AssertionError":
            yield _made(raised)


def _raises(body: Sequence[ast.stmt]) -> Iterator[ast.Raise]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                yield node


def _made(raised: ast.Raise) -> str:
    assert isinstance(raised.exc, ast.Call)
    return ast.unparse(raised.exc.func)


def _names(handler: ast.ExceptHandler) -> set[str]:
    caught = handler.type
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught] if caught else []
    return {ast.unparse(kind) for kind in kinds}


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
    modules = {
        path.relative_to(CHECKOUT): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((CHECKOUT / folder).rglob("*.py"))
    }
    found = [
        f"{path}: {function.name}: {fault}"
        for path, module in modules.items()
        for function in public(module.body)
        for fault in faults(function, arrays(module))
    ]
    assert modules
    assert found == []
