"""Sets one editor up, and takes that back: files, settings, and the manifest's record of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from . import adapters, files, kritarc
from .adapters import Content, Installation
from .console import Console
from .editors import Editor, Host
from .editors.base import PLUGIN
from .errors import InstallError
from .manifest import Manifest, Placed
from .process import follow
from .running import krita_with
from .source import Source


def place(
    editor: Editor,
    source: Source,
    engine: Installation,
    manifest: Manifest,
    console: Console,
    *,
    link: bool = False,
) -> str:
    """Put the plug-in in place and switch it on.

    The manifest is written first, so that an interruption leaves nothing unrecorded.

    Args:
        editor: Where the plug-in goes; a GIMP that has never run is started once.
        source: What it is copied from.
        engine: What the adapter has to know of the engine.
        manifest: Where it is recorded; changed and saved.
        console: Told of GIMP's first start.
        link: Whether links to the source take the copies' places.

    Returns:
        What the user still has to do, or "".

    Raises:
        InstallError: A folder cannot be written, the plug-in's folder is a link, something that
            is not localmatte's lies in its place, or GIMP made no folder at its first start.
    """
    if editor.plugin.is_symlink():
        raise InstallError(
            f"{editor.plugin} is a link, and its target may not be localmatte's.",
            "Remove the link, then run this again.",
        )
    if editor.first_start:
        _let_it_make_its_folder(editor, console)
    planned = adapters.plan(editor, source, engine, link=link)
    former = manifest.placed.get(str(editor.folder))
    stale = set(former.files) if former else set()
    if former and former.linked != link:
        # Nothing is written or removed through a link, and no link takes a folder's place.
        _remove_files(former)
        stale.clear()
    _check_the_way(editor, planned, ours=bool(former) or editor.placed)
    record = _record(editor, planned, former, linked=link)
    manifest.placed[record.folder] = record
    manifest.save()
    adapters.place(planned)
    adapters.close(editor.plugin)
    stale.update(str(editor.plugin / name) for name in adapters.OF_A_ZIP)
    for path in stale.difference(record.files):
        files.remove(Path(path))
    return _switch_on(editor, record, manifest) if editor.host is Host.KRITA else ""


def take_away(record: Placed, manifest: Manifest) -> list[Path]:
    """Remove a plug-in's files, its line in the settings, and the folders made for it.

    Args:
        record: The plug-in, one of the manifest's. Krita must not be running where it has an
            `undo`.
        manifest: Where it was recorded; the record is taken out, and the rest saved.

    Returns:
        The plug-in's folders that stay because something else lies in them.

    Raises:
        InstallError: Something cannot be removed or written; the record stays.
    """
    kept = _remove_files(record)
    if record.undo:
        settings = Path(record.settings).resolve()
        content = files.read(settings)
        if content is not None:
            _write_or_remove(settings, kritarc.disable(content, record.undo))
    files.remove_empty(map(Path, record.folders))
    del manifest.placed[record.folder]
    manifest.save()
    return kept


def _remove_files(record: Placed) -> list[Path]:
    """Remove a plug-in's files and folders; returns those that stay, as others' files are there."""
    placed = [Path(path) for path in record.files]
    for path in placed:
        files.remove(path)
    modules = [path for path in placed if path.suffix == ".py"]
    for path in modules:
        # Where GIMP 2.10's Python keeps what it compiled.
        files.remove(path.with_suffix(".pyc"))
    compiled = {path.parent / "__pycache__" for path in modules}
    for folder in compiled:
        for path in folder.glob("*.pyc"):
            files.remove(path)
    root = Path(record.folder)
    inside = {
        folder
        for path in placed
        for folder in path.parents
        if root in folder.parents and PLUGIN in folder.relative_to(root).parts
    }
    return files.remove_empty({*compiled, *inside})


def _check_the_way(editor: Editor, planned: dict[Path, Content], *, ours: bool) -> None:
    """Refuse to write through a link, and over what nobody but the user can have put there."""
    for path, content in planned.items():
        around = [path for path in path.parents if path.is_relative_to(editor.plugin)]
        link = next(filter(Path.is_symlink, around), None)
        file = next((folder for folder in around if folder.is_file()), None)
        other = path.is_symlink() or path.is_dir() or files.read(path) not in (None, content)
        if link or file or (other and not ours):
            raise InstallError(
                f"{link or file or path} is in the way: localmatte did not create it.",
                "Move it away, then run this again.",
            )


def _let_it_make_its_folder(editor: Editor, console: Console) -> None:
    console.note(f"{editor.name} has never run: starting it once to create its folder")
    follow(editor.first_start, console)
    if not editor.folder.parent.is_dir():
        raise InstallError(
            f"{editor.name} did not create its folder {editor.folder.parent}.",
            "Start it once yourself, then run this again.",
        )


def _record(
    editor: Editor, planned: dict[Path, Content], former: Placed | None, *, linked: bool
) -> Placed:
    folders = {str(folder) for path in planned for folder in files.missing_folders(path.parent)}
    record = Placed(
        editor.host,
        str(editor.folder),
        tuple(map(str, planned)),
        tuple(sorted(folders)),
        linked=linked,
    )
    if former is None:
        return record
    both = tuple(sorted(folders.union(former.folders)))
    return replace(record, folders=both, settings=former.settings, undo=former.undo)


def _switch_on(editor: Editor, record: Placed, manifest: Manifest) -> str:
    before = files.read(editor.settings) if editor.settings else None
    if kritarc.enabled(before):
        return ""
    # A running Krita would write its own copy of the settings over ours.
    if editor.settings is None or krita_with(editor.settings):
        return kritarc.TICK_IT
    after, undo = kritarc.enable(before)
    settings = editor.settings.resolve()
    around = map(str, files.missing_folders(settings.parent))
    manifest.placed[record.folder] = replace(
        record,
        settings=str(editor.settings),
        undo=undo,
        folders=tuple(sorted({*record.folders, *around})),
    )
    manifest.save()
    files.write(settings, after)
    return ""


def _write_or_remove(path: Path, content: bytes | None) -> None:
    if content is None:
        files.remove(path)
    else:
        files.write(path, content)
