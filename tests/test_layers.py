"""Which package may import which, read from the sources; ARCHITECTURE.md draws the picture."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
OLDEST_EDITOR_PYTHON = (3, 8)


@dataclass(frozen=True)
class Layer:
    """A part of the software.

    Attributes:
        folder: Where its sources lie.
        allowed: The packages that it may import beside the standard library and itself.
    """

    folder: str
    allowed: frozenset[str]


LAYERS = (
    Layer("core/localmatte_bridge", frozenset()),
    Layer("install", frozenset()),
    Layer(
        "core/localmatte",
        frozenset(
            {
                "PIL",
                "google",
                "localmatte",
                "localmatte_bridge",
                "numpy",
                "onnxruntime",
                "platformdirs",
                "pyarrow",
                "ray",
            }
        ),
    ),
    Layer("gimp_plugin/localmatte", frozenset({"gi", "localmatte_bridge", "localmatte_gimp"})),
    Layer(
        "gimp_plugin/gimp_2_10",
        frozenset({"gimp", "gimpcolor", "gimpenums", "gimpfu", "localmatte_gimp2"}),
    ),
    Layer("krita_plugin", frozenset({"PyQt5", "PyQt6", "krita", "localmatte_bridge"})),
)
OF_THE_NETWORK = frozenset(
    {
        "asyncio",
        "ftplib",
        "http.client",
        "http.server",
        "imaplib",
        "poplib",
        "smtplib",
        "socket",
        "socketserver",
        "ssl",
        "urllib.request",
        "webbrowser",
        "xmlrpc",
    }
)
STORE = CHECKOUT / "core/localmatte/store"
SET_UP = CHECKOUT / "core/localmatte_bridge/setup/download.py"
SET_UP_WINDOWS = {
    "gimp_plugin/localmatte/localmatte_gimp/ui/setup_window.py",
    "krita_plugin/localmatte/bridge.py",
    "krita_plugin/localmatte/tasks/setup.py",
}
LOCAL = CHECKOUT / "core/localmatte_bridge/local.py"


ROOMS = (
    ("errors",),
    ("progress", "system"),
    ("onnx",),
    ("imaging", "models"),
    ("options", "providers", "store"),
    ("library", "refine"),
    ("inference",),
    ("engine", "compose"),
    ("worker",),
    ("cli",),
)
"""The rooms of core/localmatte from the ground up; each imports only what is on lower floors."""

ADAPTERS = {
    "gimp_plugin/localmatte/localmatte_gimp": (
        ("words",),
        ("engine", "document"),
        ("arguments",),
        ("ui",),
        ("commands",),
    ),
    "krita_plugin/localmatte": (
        ("bridge", "qt"),
        ("windows", "words"),
        ("messages", "settings", "unusable"),
        ("document",),
        ("tasks",),
        ("ui",),
        ("plug_in",),
    ),
}
"""The rooms of each adapter from the ground up, in the same way."""

MOST_ON_TOP = 12
"""A newcomer reads the top level at one glance."""


def sources(folder: str) -> list[Path]:
    return sorted((CHECKOUT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The absolute names that a file imports, wherever in it; relative ones stay inside."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def imported_modules(path: Path, modules: Set[str]) -> Iterator[str]:
    """Of these modules those that a file imports; a package only for what it defines itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from modules & {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in modules else str(node.module)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.folder)
def test_a_layer_imports_only_what_lies_below_it(layer: Layer) -> None:
    assert sources(layer.folder)
    allowed = layer.allowed | sys.stdlib_module_names
    wrong = {
        f"{path.relative_to(CHECKOUT)} imports {name}"
        for path in sources(layer.folder)
        for name in imports(path)
        if name.partition(".")[0] not in allowed
    }
    assert wrong == set()


def test_only_the_model_store_and_the_set_up_can_reach_the_network() -> None:
    users = {
        path
        for layer in LAYERS
        for path in sources(layer.folder)
        if OF_THE_NETWORK.intersection(imports(path))
    }
    assert users
    assert all(path.is_relative_to(STORE) or path in (LOCAL, SET_UP) for path in users), users


def test_nothing_but_the_two_windows_of_the_editors_starts_a_set_up() -> None:
    """It reaches the network only once the user has agreed to what it says."""
    users = {
        str(path.relative_to(CHECKOUT))
        for layer in LAYERS
        for path in sources(layer.folder)
        if re.search(r"\bSetUp\(|\bset_up\(\)", path.read_text(encoding="utf-8"))
        and "class SetUp:" not in path.read_text(encoding="utf-8")
    }
    assert users == SET_UP_WINDOWS, users


def test_the_bridge_knows_no_socket_but_those_of_this_computer() -> None:
    families = {
        node.attr
        for node in ast.walk(ast.parse(LOCAL.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("AF_")
    }
    assert families == {"AF_UNIX"}


def test_rooms_import_only_what_is_on_lower_floors() -> None:
    floors = {room: floor for floor, rooms in enumerate(ROOMS) for room in rooms}
    wrong = set()
    for path in sources("core/localmatte"):
        parts = path.relative_to(CHECKOUT / "core/localmatte").with_suffix("").parts
        room = parts[0]
        if room in ("__init__", "__main__"):
            continue
        assert room in floors, f"{room} has no floor yet"
        for name in imports(path):
            other = name.split(".")[1] if name.startswith("localmatte.") else room
            if other != room and floors.get(other, -1) >= floors[room]:
                wrong.add(f"{room} imports {name} in {path.name}")
    assert wrong == set()


@pytest.mark.parametrize("folder", ADAPTERS)
def test_rooms_of_an_adapter_import_only_what_is_on_lower_floors(folder: str) -> None:
    floors = {room: floor for floor, rooms in enumerate(ADAPTERS[folder]) for room in rooms}
    wrong, seen = set(), set()
    for path in sources(folder):
        parts = path.relative_to(CHECKOUT / folder).with_suffix("").parts
        if parts == ("__init__",):
            continue
        seen.add(parts[0])
        for other in rooms_imported(path, len(parts)):
            if other != parts[0] and floors.get(other, -1) >= floors[parts[0]]:
                wrong.add(f"{'/'.join(parts)} imports {other}")
    assert seen == floors.keys()
    assert wrong == set()


def rooms_imported(path: Path, depth: int) -> Iterator[str]:
    """The names on its package's top level that a file so many levels deep imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [name.name for name in node.names]
            yield from (name.partition(".")[0] for name in names)


def test_modules_do_not_import_each_other_in_circles() -> None:
    root = CHECKOUT / "core"
    modules = {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sources("core/localmatte")
    }
    reads = {
        name: {other for other in imported_modules(path, modules.keys()) if other != name}
        for name, path in modules.items()
        if name != "localmatte"
    }
    waiting = dict(reads)
    while ready := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in ready:
            del waiting[name]
    assert not waiting, f"these import each other in a circle: {sorted(waiting)}"


def test_the_top_level_of_the_engine_is_read_at_one_glance() -> None:
    modules = [path.stem for path in (CHECKOUT / "core/localmatte").glob("*.py")]
    assert len(modules) <= MOST_ON_TOP, modules


def test_no_relative_import_leaves_its_package() -> None:
    for layer in LAYERS:
        for path in sources(layer.folder):
            depth = len(path.relative_to(CHECKOUT / layer.folder).parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom):
                    assert node.level <= depth, f"{path}:{node.lineno}"


@pytest.mark.parametrize("folder", ["core/localmatte_bridge", "gimp_plugin", "krita_plugin"])
def test_what_editors_load_is_grammar_of_their_oldest_python(folder: str) -> None:
    for path in sources(folder):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST_EDITOR_PYTHON)
