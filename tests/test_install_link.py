"""Plug-ins that are links to a checkout, and what lies in a plug-in's way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from install import adapters, editor_setup, source
from install.console import Console
from install.editors import Editor, Host
from install.errors import InstallError
from install.manifest import Manifest
from install.source import Source
from tests.installer import copy_of_checkout

ENGINE = adapters.Installation(Path("/engine/python"), Path("/engine/run"), None, "0.1.0")
PROGRAM = "localmatte/localmatte.py"
INNER = "localmatte/localmatte_gimp/engine.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Source:
    """A checkout that a test may spoil."""
    root = copy_of_checkout(tmp_path / "mein Checkout 猫")
    found = source.find()
    return Source(
        found.version,
        root / "gimp_plugin",
        root / "krita_plugin",
        root / "core/localmatte_bridge",
        root,
    )


@pytest.fixture
def gimp(tmp_path: Path) -> Editor:
    return Editor(Host.GIMP, "3.2", "system package", tmp_path / "GIMP/3.2/plug-ins")


@pytest.fixture
def krita(tmp_path: Path) -> Editor:
    return Editor(Host.KRITA, "", "system package", tmp_path / "krita", tmp_path / "kritarc")


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return Manifest(tmp_path / "manifest.json")


def place(editor: Editor, checkout: Source, manifest: Manifest, *, link: bool) -> None:
    editor_setup.place(editor, checkout, ENGINE, manifest, Console(), link=link)


def remove(editor: Editor, manifest: Manifest) -> list[Path]:
    return editor_setup.take_away(manifest.placed[str(editor.folder)], manifest)


def state(folder: Path) -> dict[str, bytes | str | None]:
    """Everything below a folder: files' bytes, links' targets, None for a folder."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif "__pycache__" not in name:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def root_of(checkout: Source) -> Path:
    assert checkout.checkout is not None
    return checkout.checkout


def test_a_linked_plug_in_is_the_checkout_but_for_where_the_engine_lies(
    gimp: Editor, krita: Editor, checkout: Source, manifest: Manifest
) -> None:
    before = state(root_of(checkout))
    for editor in (gimp, krita):
        place(editor, checkout, manifest, link=True)
        kinds = {path.name: path.is_symlink() for path in editor.plugin.iterdir()}
        assert kinds.pop("installation.json") is False
        assert all(kinds.values())
        assert json.loads((editor.plugin / "installation.json").read_bytes())["version"] == "0.1.0"
    root = root_of(checkout)
    assert (gimp.folder / PROGRAM).resolve() == root / "gimp_plugin" / PROGRAM
    for name in ("pykrita/localmatte.desktop", "actions/localmatte.action"):
        assert (krita.folder / name).resolve() == root / "krita_plugin" / Path(name).name
    changed = root / "gimp_plugin" / INNER
    changed.write_text("changed = True\n")
    assert (gimp.folder / INNER).read_text() == "changed = True\n"
    before[f"gimp_plugin/{INNER}"] = b"changed = True\n"
    for editor in (gimp, krita):
        assert remove(editor, manifest) == []
        assert not editor.folder.exists()
    assert state(root) == before


def test_copies_and_links_take_each_others_place_and_the_checkout_stays(
    gimp: Editor, krita: Editor, checkout: Source, manifest: Manifest
) -> None:
    before = state(root_of(checkout))
    for editor in (gimp, krita):
        place(editor, checkout, manifest, link=False)
        copies = state(editor.folder)
        settings = krita.settings.read_bytes() if editor is krita and krita.settings else b""
        place(editor, checkout, manifest, link=True)
        place(editor, checkout, Manifest.load(manifest.path), link=True)
        manifest = Manifest.load(manifest.path)
        place(editor, checkout, manifest, link=False)
        assert state(editor.folder) == copies
        if editor is krita and krita.settings:
            assert krita.settings.read_bytes() == settings
    assert state(root_of(checkout)) == before


def test_a_copy_is_never_written_through_a_link_that_nobody_remembers(
    gimp: Editor, checkout: Source, manifest: Manifest
) -> None:
    place(gimp, checkout, manifest, link=True)
    before = state(root_of(checkout))
    newer = copy_of_checkout(gimp.folder.parent / "newer")
    for path in newer.rglob("*.py"):
        path.write_text("newer = True\n")
    parts = (newer / "gimp_plugin", newer / "krita_plugin", newer / "core/localmatte_bridge")
    forgotten = Manifest(manifest.path.with_name("another.json"))
    with pytest.raises(InstallError, match="is in the way"):
        place(gimp, Source("0.1.0", *parts, newer), forgotten, link=False)
    assert state(root_of(checkout)) == before


def test_where_there_can_be_no_link_it_says_so(
    gimp: Editor, checkout: Source, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        # As Windows says without the developer mode.
        raise OSError(22, "A required privilege is not held by the client")

    monkeypatch.setattr(os, "symlink", refused)
    with pytest.raises(InstallError) as caught:
        place(gimp, checkout, manifest, link=True)
    assert "privilege" in caught.value.message
    assert caught.value.hint == "Run this again without --link."


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize(
    "foreign",
    [
        "pykrita/localmatte",
        "pykrita/localmatte/__init__.py",
        "pykrita/localmatte/localmatte_bridge/client.py",
        "pykrita/localmatte/ui",
        "pykrita/localmatte.desktop",
        "actions/localmatte.action",
    ],
)
def test_what_others_have_put_there_stays(
    krita: Editor, checkout: Source, manifest: Manifest, foreign: str, link: bool
) -> None:
    path = krita.folder / foreign
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    before = state(krita.folder)
    with pytest.raises(InstallError, match="is in the way: localmatte did not create it"):
        place(krita, checkout, manifest, link=link)
    assert state(krita.folder) == before
    assert manifest.placed == {}


def test_a_file_of_the_users_beside_the_plug_in_stays(
    gimp: Editor, checkout: Source, manifest: Manifest
) -> None:
    notes = gimp.plugin / "my notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_bytes(b"mine")
    for link in (False, True, False):
        place(gimp, checkout, manifest, link=link)
    assert remove(gimp, manifest) == [gimp.plugin]
    assert state(gimp.folder) == {"localmatte": None, "localmatte/my notes.txt": b"mine"}
