"""A plug-in that is half removed, damaged or beside a broken engine: it stays, and explains."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.editors.engine import InstalledEngine
from tests.editors.gimp_host import Gimp
from tests.editors.gimp_window import OpenPhoto
from tests.editors.machine import run

pytestmark = pytest.mark.gimp

COMMANDS = (
    "localmatte-remove-background",
    "localmatte-remove-background-again",
    "localmatte-edges-again",
    "localmatte-refine-inside-selection",
    "localmatte-finish-painted-edges",
    "localmatte-keep-selected",
    "localmatte-remove-selected",
    "localmatte-models",
)
INSTALL = "Run localmatte's installer"
FAILED = "The localmatte plug-in failed: "
NOT_INSTALLED = "localmatte's engine is not installed.\n" + INSTALL
DYING = "#!/bin/sh\necho 'Illegal instruction' >&2\nexit 3\n"
WHAT_QUERY_NEEDS = (
    "import sys, traceback, typing, gi; gi.require_version('Gimp', '3.0'); "
    "from gi.repository import Gimp, GLib, GObject; list(Gimp.PlugIn.__mro__)"
)


def plug_in(engine: InstalledEngine) -> Path:
    (folder,) = (engine.user / ".config" / "GIMP").glob("3.*/plug-ins/localmatte")
    return folder


def package(engine: InstalledEngine) -> Path:
    (folder,) = engine.home.glob("environment/lib/python3*/site-packages/localmatte")
    return folder


@contextmanager
def replaced(path: Path, content: str | None = None, mode: int = 0o755) -> Iterator[None]:
    """Have something else at a place, or nothing, while the block runs."""
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    try:
        if content is not None:
            path.write_text(content)
            path.chmod(mode)
        yield
    finally:
        path.unlink(missing_ok=True)
        aside.rename(path)


Broken = Callable[[InstalledEngine], tuple[Path, str | None, int]]

CASES: dict[str, tuple[Broken, str]] = {
    "no installation.json": (
        lambda engine: (plug_in(engine) / "installation.json", None, 0),
        NOT_INSTALLED,
    ),
    "a damaged installation.json": (
        lambda engine: (plug_in(engine) / "installation.json", '{"python": ', 0o644),
        NOT_INSTALLED,
    ),
    "no bridge": (lambda engine: (plug_in(engine) / "localmatte_bridge", None, 0), FAILED),
    "no part of the bridge": (
        lambda engine: (plug_in(engine) / "localmatte_bridge" / "wire.py", None, 0),
        FAILED,
    ),
    "no adapter": (lambda engine: (plug_in(engine) / "localmatte_gimp", None, 0), FAILED),
    "a damaged adapter": (
        lambda engine: (plug_in(engine) / "localmatte_gimp/document/layers.py", "def of(", 0o644),
        FAILED,
    ),
    "no Python": (
        lambda engine: (engine.python, None, 0),
        "localmatte's engine was moved or deleted.\n" + INSTALL,
    ),
    "a Python that cannot be run": (
        lambda engine: (engine.python, "", 0o644),
        "Cannot start localmatte's engine: Permission denied.\n" + INSTALL,
    ),
    "a worker that dies at once": (
        lambda engine: (engine.python, DYING, 0o755),
        "localmatte's engine stopped right after it started: Illegal instruction\n" + INSTALL,
    ),
    "no engine in its environment": (
        lambda engine: (package(engine), None, 0),
        "No module named localmatte\n" + INSTALL,
    ),
    "no folder for the socket": (
        lambda engine: (engine.home / "run", "", 0o644),
        "run: File exists.\nMake it writable",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_command_explains_what_is_broken_and_changes_nothing(
    gimp: Gimp, engine: InstalledEngine, case: str
) -> None:
    broken, explanation = CASES[case]
    image, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    before = gimp.call("gimp_documents.state", image=image)
    engine.end_worker()
    with replaced(*broken(engine)):
        answer = gimp.call("gimp_commands.remove_background", layer=layer)
    assert answer["status"] == "execution-error"
    assert explanation in answer["error"]
    if explanation == FAILED:
        assert INSTALL in answer["error"]
    assert gimp.call("gimp_documents.state", image=image) == before
    again = gimp.call("gimp_commands.remove_background", layer=layer)
    assert again["status"] == "success", again["error"]


@pytest.mark.parametrize("name", COMMANDS[:3])
def test_every_command_explains_what_is_missing(
    gimp: Gimp, engine: InstalledEngine, name: str
) -> None:
    _, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    with replaced(plug_in(engine) / "localmatte_bridge"):
        answer = gimp.call("gimp_commands.run", name=name, layer=layer)
    assert answer["status"] == "execution-error"
    assert FAILED in answer["error"]
    assert INSTALL in answer["error"]


def test_the_menu_says_what_is_missing(open_photo: OpenPhoto, engine: InstalledEngine) -> None:
    gimp = open_photo.gimp
    before = open_photo.state()
    with replaced(plug_in(engine) / "localmatte_bridge"):
        open_photo.choose("r")
        gimp.wait_for_message()
    assert open_photo.state() == before


def test_a_worker_of_another_version_makes_way(gimp: Gimp, engine: InstalledEngine) -> None:
    _, layer = gimp.call("gimp_kinds.make", layer_type="rgba-image")
    assert gimp.call("gimp_commands.remove_background", layer=layer)["status"] == "success"
    (old,) = engine.worker_pids()
    known = plug_in(engine) / "installation.json"
    newer = re.sub(r'("version": )"[^"]*"', r'\1"99.0"', known.read_text())
    with replaced(known, newer, 0o644):
        answer = gimp.call("gimp_commands.remove_background", layer=layer)
    assert answer["status"] == "success", answer["error"]
    assert old not in engine.worker_pids()


@pytest.fixture
def remains(editor_workspace: Path) -> Path:
    """A GIMP's profile whose only plug-in is what the plug-in's main file is alone."""
    profile = editor_workspace / "gimp-remains"
    shutil.rmtree(profile, ignore_errors=True)
    (profile / "plug-ins" / "localmatte").mkdir(parents=True)
    (profile / "gimprc").write_text(f'(plug-in-path "{profile / "plug-ins"}")\n')
    return profile


def test_the_entries_stay_in_the_menu_and_the_query_imports_nothing_but_gi(
    engine: InstalledEngine, remains: Path
) -> None:
    main = remains / "plug-ins" / "localmatte" / "localmatte.py"
    program = (plug_in(engine) / "localmatte.py").read_text().splitlines()
    main.write_text("\n".join(["#!/usr/bin/python3 -Ximporttime", *program[1:], ""]))
    main.chmod(0o755)
    env = {**engine.user_env, "GIMP3_DIRECTORY": str(remains)}
    started = run(engine.machine, ["gimp-console", "-i", "-d", "--quit"], env, timeout=120)
    registered = (remains / "pluginrc").read_text()
    for command in COMMANDS:
        assert f'"{command}"' in registered
    assert registered.count("<Image>/Filters/Remove Bac_kground") == len(COMMANDS)
    needed = run(engine.machine, ["python3", "-X", "importtime", "-c", WHAT_QUERY_NEEDS], env)
    assert "gi.repository" in imported(needed.stderr)
    assert "gi.repository" in imported(started.stderr)
    assert imported(started.stderr) - imported(needed.stderr) <= {"__future__"}


def imported(log: str) -> set[str]:
    """The modules that a Python with `-X importtime` names as imported."""
    return set(re.findall(r"^import time:.*\|\s+([\w.]+)$", log, re.MULTILINE)) - {"package"}
