"""What mypy takes for the interfaces of GIMP and its libraries is what these say of themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.editors.engine import CHECKOUT
from tests.editors.gimp_host import Gimp

pytestmark = pytest.mark.gimp

STUBS = CHECKOUT / "gimp_plugin" / "stubs" / "gi" / "repository"

OPTIONAL = re.compile(r"^Optional\[(.*)\]$")
KINDS = {
    re.compile(r"List\[|Sequence\[|bytes$"): "list",
    re.compile(r"Type\[|GObject.GType$"): "GType",
    re.compile(r"GLib.Error$"): "error",
}
"""What pygobject calls some types of the stubs."""


@dataclass(frozen=True)
class Signature:
    """Types by the arguments' names, and those of the results.

    Python's own functions have no types, and arguments whose names start with stars.
    """

    arguments: dict[str, str]
    results: list[str]


@dataclass(frozen=True)
class Stub:
    """A class, or what a library has beside classes."""

    bases: list[str] = field(default_factory=list)
    members: dict[str, Signature | None] = field(default_factory=dict)


def test_every_name_and_signature_is_gimps_own(gimp: Gimp) -> None:
    stubs = {name: stub for path in STUBS.glob("[A-Z]*.pyi") for name, stub in _stubs(path)}
    names = {name: list(stub.members) for name, stub in stubs.items()}
    above = gimp.call("gimp_signatures.ancestors", names=[name for name in names if "." in name])
    found = gimp.call("gimp_signatures.described", names=names)
    wrong = [name for name in names if "." in name and name not in above]
    for name, stub in stubs.items():
        wrong += [f"{name}: no {base}" for base in stub.bases if base not in above[name]]
        for member, said in stub.members.items():
            real = found[name].get(member)
            if real is None or (said and real and not _is_like(said, _read(real), above)):
                wrong.append(f"{name}.{member}: {said}, GIMP: {real}")
    assert not wrong, "\n".join(wrong)
    assert sum(map(len, names.values())) > 300


def _stubs(path: Path) -> Iterator[tuple[str, Stub]]:
    library, body = path.stem, ast.parse(path.read_text()).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    own = re.compile(rf"(?<![\w.])({'|'.join(node.name for node in classes)})\b")

    def text(node: ast.expr) -> str:
        return own.sub(rf"{library}.\1", ast.unparse(node))

    def members(body: list[ast.stmt]) -> dict[str, Signature | None]:
        found: dict[str, Signature | None] = {}
        for node in body:
            if isinstance(node, ast.AnnAssign):
                found[ast.unparse(node.target)] = None
            elif isinstance(node, ast.FunctionDef):
                keywords = node.args.kwonlyargs if node.name == "__init__" else []
                found.update({f"{keyword.arg}=": None for keyword in keywords})
                if not keywords:
                    found[node.name] = signature(node)
        return found

    def signature(node: ast.FunctionDef) -> Signature:
        taken = [*node.args.args, *node.args.kwonlyargs]
        arguments = {each.arg: text(each.annotation) for each in taken if each.annotation}
        result = text(node.returns) if node.returns else "None"
        several = re.fullmatch(r"Tuple\[(.*)\]", result)
        results = several[1].split(", ") if several else [result]
        return Signature(arguments, [] if result == "None" else results)

    yield library, Stub(members=members(body))
    for node in classes:
        bases = [base for base in map(text, node.bases) if "." in base]
        yield f"{library}.{node.name}", Stub(bases, members(node.body))


def _read(real: str) -> Signature:
    """What GIMP says, such as "pick(self, at:int, name:str=None) -> bool, x:int"."""
    taken, _end, given = real.partition("(")[2].partition(")")
    pairs = [each.partition(":") for each in taken.split(", ") if each not in ("", "self")]
    results = [each.rpartition(":")[2] for each in given.removeprefix(" -> ").split(", ")]
    # What a callback gets besides has no type.
    arguments = {name: kind for name, _colon, kind in pairs if "=" not in name}
    return Signature(arguments, results if given else [])


def _is_like(said: Signature, real: Signature, above: dict[str, list[str]]) -> bool:
    """Whether a signature is GIMP's; GIMP may return something where nobody asks for it."""
    named = [name for name in real.arguments if not name.startswith("*")]
    if named == list(real.arguments) and named != list(said.arguments):
        return False
    if not set(named) <= set(said.arguments):
        return False
    if said.results and real.results and len(said.results) != len(real.results):
        return False
    return all(_takes(said.arguments[name], real.arguments[name]) for name in named) and all(
        _gives(one, other, above) for one, other in zip(said.results, real.results, strict=False)
    )


def _takes(said: str, real: str) -> bool:
    """Whether GIMP takes an argument of a type, and None where the stub says so."""
    kind, _equals, default = real.partition("=")
    plain = OPTIONAL.sub(r"\1", said)
    if not real or plain == "object":
        return True
    if plain.startswith("Callable["):
        return "." in kind
    return _called(plain) == kind and (plain == said or default == "None")


def _gives(said: str, real: str, above: dict[str, list[str]]) -> bool:
    """Whether GIMP says a result's type, or what it descends from: it is made of what is asked."""
    plain = _called(OPTIONAL.sub(r"\1", said))
    return real.removesuffix(" or None") in (plain, *above.get(plain, ()))


def _called(kind: str) -> str:
    return next((name for pattern, name in KINDS.items() if pattern.match(kind)), kind)
