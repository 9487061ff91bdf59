"""Why the plug-in is not in an editor's menu: each cause by itself, and none where all is well."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from install import adapters, kritarc, menu, source
from install.editors import Editor, Host

REGISTERED = """\
(plug-in-def "${{gimp_dir}}/plug-ins/localmatte/localmatte.py" {time}
{procedures})
(plug-in-def "/usr/lib/gimp/3.0/plug-ins/other/other.py" {time}
    (proc-def "localmatte-not-ours" 1
"""
Cause = Callable[[Editor], object]


def placed(host: Host, folder: Path) -> Editor:
    """An editor whose plug-in is in place as the installer leaves it."""
    inside = folder / ("GIMP/3.0/plug-ins" if host is Host.GIMP else "krita")
    settings = None if host is Host.GIMP else folder / "kritarc"
    editor = Editor(host, "3.0" if host is Host.GIMP else "6.0.4", "test", inside, settings)
    engine = adapters.Installation(folder / "python", folder, None, source.find().version)
    adapters.place(adapters.plan(editor, source.find(), engine))
    if settings:
        settings.write_bytes(kritarc.enable(b"")[0])
    return editor


def main(editor: Editor) -> Path:
    return editor.plugin / menu.MAIN[editor.host]


def registered(editor: Editor, without: int = 0, later: int = 0) -> None:
    """Have GIMP's own record know all of the procedures but the last few."""
    names = menu.OFFERED.findall(main(editor).read_text(encoding="utf-8"))
    assert len(names) == 8
    known = names[: len(names) - without]
    procedures = "\n".join(f'    (proc-def "{name}" 1' for name in known)
    time = int(main(editor).stat().st_mtime) - later
    content = REGISTERED.format(time=time, procedures=procedures)
    (editor.folder.parent / "pluginrc").write_text(content)


def unknown(editor: Editor) -> None:
    """Have GIMP have started since without taking the plug-in."""
    record = editor.folder.parent / "pluginrc"
    record.write_text('(plug-in-def "/usr/lib/gimp/3.0/plug-ins/other/other.py" 1\n)\n')
    os.utime(record, (main(editor).stat().st_mtime + 10,) * 2)


def settings(content: str) -> Cause:
    def write(editor: Editor) -> None:
        assert editor.settings
        editor.settings.write_text(content)

    return write


CAUSES: dict[str, tuple[Host, Cause, str]] = {
    "in a folder of another name": (
        Host.GIMP,
        lambda editor: editor.plugin.rename(editor.folder / "localmatte-0.1.0"),
        "it is in {folder}/localmatte-0.1.0, but must be in {plugin}: ",
    ),
    "in no folder": (
        Host.GIMP,
        lambda editor: main(editor).rename(editor.folder / "localmatte.py"),
        "it is in {folder}/localmatte.py, but must be in {plugin}: ",
    ),
    "a folder too deep": (
        Host.KRITA,
        lambda editor: shutil.move(editor.plugin, editor.folder / "pykrita/zip/localmatte"),
        "it is in {folder}/pykrita/zip/localmatte, but must be in {plugin}: ",
    ),
    "nowhere": (
        Host.KRITA,
        lambda editor: shutil.rmtree(editor.plugin),
        "it is not installed: run 'localmatte install'",
    ),
    "without the bit": (
        Host.GIMP,
        lambda editor: main(editor).chmod(0o644),
        "{plugin}/localmatte.py is not executable, so GIMP ignores it: run 'chmod +x ",
    ),
    "a file lost": (
        Host.GIMP,
        lambda editor: (editor.plugin / "localmatte_bridge/client.py").unlink(),
        "{plugin}/localmatte_bridge/client.py is missing: ",
    ),
    "a record of fewer procedures": (
        Host.GIMP,
        lambda editor: registered(editor, without=1),
        "GIMP remembers an older version of it: delete {profile}/pluginrc, then restart GIMP",
    ),
    "refused by GIMP": (Host.GIMP, unknown, "GIMP could not load it when it started: "),
    "not described": (
        Host.KRITA,
        lambda editor: (editor.folder / "pykrita/localmatte.desktop").unlink(),
        "{folder}/pykrita/localmatte.desktop is missing or not localmatte's: ",
    ),
    "described under another name": (
        Host.KRITA,
        lambda editor: (editor.folder / "pykrita/localmatte.desktop").write_text(
            "[Desktop Entry]\nX-KDE-Library=localmatte-0.1.0\n"
        ),
        "{folder}/pykrita/localmatte.desktop is missing or not localmatte's: ",
    ),
    "disabled": (
        Host.KRITA,
        settings("[python]\nenable_localmatte=false\n"),
        "it is disabled in {settings}: enable it: Settings ▸ Configure Krita ▸ ",
    ),
    "never enabled": (Host.KRITA, settings("[other]\n"), "it is disabled in {settings}: "),
    "refused by Krita": (
        Host.KRITA,
        settings("[python]\nenable_localmatte=true\n\n[localmatte]\nfailure=ImportError: no\n"),
        "Krita could not load it: ImportError: no: ",
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_named(cause: str, tmp_path: Path) -> None:
    host, bring_about, said = CAUSES[cause]
    editor = placed(host, tmp_path)
    assert menu.absent_because(editor) == ""
    bring_about(editor)
    names = {"folder": editor.folder, "plugin": editor.plugin, "settings": editor.settings}
    expected = said.format(**names, profile=editor.folder.parent)
    assert menu.absent_because(editor).startswith(expected)


@pytest.mark.parametrize("state", [registered, lambda editor: registered(editor, 1, 5)])
def test_what_gimp_knows_or_will_ask_for_again_is_no_cause(state: Cause, tmp_path: Path) -> None:
    editor = placed(Host.GIMP, tmp_path)
    state(editor)
    assert menu.absent_because(editor) == ""


def test_another_packagings_plugin_is_named(tmp_path: Path) -> None:
    system = placed(Host.KRITA, tmp_path)
    flatpak = replace(system, packaging="Flatpak", folder=tmp_path / "flatpak", version="")
    said = menu.absent_because(flatpak, [flatpak, system])
    assert said.startswith("it is installed for Krita 6.0.4 (test) only: ")


def test_a_krita_that_is_too_old_is_named(tmp_path: Path) -> None:
    old = replace(placed(Host.KRITA, tmp_path), version="5.1.5")
    assert menu.absent_because(old) == "Krita 5.1.5 is too old: update it to 5.2 or newer"


def test_a_packaging_that_cannot_serve_is_named_first(tmp_path: Path) -> None:
    snap = replace(placed(Host.KRITA, tmp_path), obstacle="a Snap cannot", version="5.1.5")
    assert menu.absent_because(snap) == "a Snap cannot"
