"""The installer's command line."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import (
    adapters,
    editors,
    environment,
    lock,
    packages,
    places,
    source,
    steps,
    uninstall,
    zips,
)
from .console import Console, tolerant
from .editors import Host
from .editors.base import TITLES
from .errors import InstallError
from .manifest import Manifest
from .report import Report, end_with_input
from .steps import Outcome, Wish

DESCRIPTION = (
    "Install localmatte: the engine's private environment, the default model, and the plug-ins "
    "for every GIMP and Krita on this computer. Set LOCALMATTE_HOME to put all of it in another "
    "folder."
)
LINK_HELP = "install the plug-ins as links to this folder instead of copies, for development"
EDITOR_HELP = "gimp, krita or an editor's folder; can be repeated (default: all that are found)"


def main(arguments: Sequence[str]) -> int:
    """Run the installer; returns its exit status: 0, 1 for a failure, 2 for wrong use."""
    for stream in (sys.stdout, sys.stderr):
        tolerant(stream)
    parser = argparse.ArgumentParser("python3 install", description=DESCRIPTION)
    parser.add_argument(
        "photo", nargs="?", type=Path, metavar="PHOTO", help="a photo to test the installation with"
    )
    parser.add_argument("--editor", action="append", default=[], metavar="EDITOR", help=EDITOR_HELP)
    parser.add_argument(
        "--dry-run", action="store_true", help="only say what would be installed, and where"
    )
    parser.add_argument("--link", action="store_true", help=LINK_HELP)
    parser.add_argument("--force", action="store_true", help="create the environment again")
    parser.add_argument("--uninstall", action="store_true", help="remove everything")
    parser.add_argument(
        "--keep-models", action="store_true", help="with --uninstall, leave the models"
    )
    parser.add_argument(
        "--krita-zip",
        type=Path,
        metavar="FILE",
        help="only write a ZIP file for Krita's “Import Python Plugin from File”",
    )
    parser.add_argument(
        "--build-zips",
        type=Path,
        metavar="FOLDER",
        help="only write the ZIP files of the plug-ins for a release",
    )
    parser.add_argument(
        "--for-editor",
        action="store_true",
        help="only install the engine; report in lines of JSON, and stop when the input ends",
    )
    parser.add_argument("--debug", action="store_true", help="show a traceback on errors")
    chosen = parser.parse_args(arguments)
    if chosen.uninstall:
        return remove(chosen.editor, keep_models=chosen.keep_models, debug=chosen.debug)
    if chosen.krita_zip:
        return _guarded(lambda console: _krita_zip(chosen.krita_zip, console), chosen.debug)
    if chosen.build_zips:
        return _guarded(lambda console: _build_zips(chosen.build_zips, console), chosen.debug)
    wish = Wish(
        chosen.photo,
        chosen.editor,
        chosen.force,
        plug_ins=not chosen.for_editor,
        link=chosen.link,
    )
    if chosen.dry_run:
        return _guarded(lambda console: _say_what_would_be_done(wish, console), chosen.debug)
    if chosen.for_editor:
        end_with_input()
        console = Report(packages.count("build", "engine", "webgpu"))
        return install(wish, console=console, debug=chosen.debug)
    return install(wish, debug=chosen.debug)


def install(wish: Wish, *, console: Console | None = None, debug: bool = False) -> int:
    """Set everything up and say what was done.

    Args:
        wish: What the user asked for.
        console: Told what happens; None for the terminal.
        debug: Whether errors are raised instead of printed.

    Returns:
        The exit status: 0, 1 for a failure, 2 for wrong use.

    Raises:
        InstallError: A step failed, or there is no such photo; only with `debug`.
        OSError: Something else failed; only with `debug`.
    """

    def work(console: Console) -> None:
        if wish.photo and not wish.photo.is_file():
            raise InstallError(f"There is no file {wish.photo}.", "Specify a photo.", exit_status=2)
        here, origin = places.find(), source.find()
        new_folders = here.missing()
        with lock.held(here.lock, console):
            outcome = steps.install(wish, origin, here, new_folders, console)
        _summary(outcome, origin.version, console)

    return _guarded(work, debug, console)


def remove(editors: Sequence[str] = (), *, keep_models: bool = False, debug: bool = False) -> int:
    """Remove everything, or the plug-ins of some editors, and say what was done.

    Args:
        editors: "gimp", "krita" or editors' folders; empty for everything.
        keep_models: Leave the models where everything else is removed.
        debug: Whether errors are raised instead of printed.

    Returns:
        The exit status: 0, also where nothing is installed, or 1 for a failure.

    Raises:
        InstallError: Something cannot be removed; only with `debug`.
        OSError: Something else failed; only with `debug`.
    """

    def work(console: Console) -> None:
        here = places.find()
        if not here.data.is_dir():
            console.result(f"localmatte is not installed: {here.data} does not exist.")
            return
        with lock.held(here.lock, console):
            if editors:
                manifest = Manifest.load(here.manifest)
                kept = uninstall.plugins(manifest, list(editors), console)
            else:
                left = uninstall.everything(here, console, keep_models=keep_models)
        if not editors:
            kept = uninstall.remove_folders(here, left)
        console.result(
            "localmatte's plug-ins have been uninstalled."
            if editors
            else "localmatte has been uninstalled."
        )
        if keep_models and here.models.is_dir():
            console.result(f"The models are still in {here.models}.")
        for folder in kept:
            console.result(
                f"{folder} was not deleted: it contains files that are not localmatte's."
            )

    return _guarded(work, debug)


def _guarded(work: Callable[[Console], None], debug: bool, console: Console | None = None) -> int:
    console = console or Console()
    # What is installed here is run later: nobody but the user may change it.
    os.umask(os.umask(0) | 0o022)
    try:
        work(console)
    except InstallError as error:
        if debug:
            raise
        console.error(error.message, error.hint)
        return error.exit_status
    except KeyboardInterrupt:
        if debug:
            raise
        console.error("Interrupted.", "Run it again to continue where it stopped.")
        return 1
    except OSError as error:
        if debug:
            raise
        reason = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
        console.error(f"The installer failed: {reason}.", "Run it again with --debug to see where.")
        return 1
    return 0


def _krita_zip(path: Path, console: Console) -> None:
    here, origin = places.find(), source.find()
    zips.for_krita(path, origin, here)
    console.result(
        f"Wrote {path}. Import it with Tools ▸ Scripts ▸ Import Python Plugin from File…"
    )


def _build_zips(folder: Path, console: Console) -> None:
    for path in zips.build(folder, source.find()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        console.result(f"{digest}  {path.name}")


def _say_what_would_be_done(wish: Wish, console: Console) -> None:
    here, origin = places.find(), source.find()
    stamp = environment.stamp_of(here.environment)
    current = stamp is not None and stamp.sources == origin.digest() and not wish.force
    console.result(f"localmatte {origin.version} would be installed; nothing was changed.")
    console.result(f"  Engine   {here.environment}{' (up to date)' if current else ''}")
    for editor in editors.choose(editors.find(), list(wish.editors)):
        what = f"no plug-in: {editor.obstacle}" if editor.obstacle else editor.plugin
        console.result(f"  {editor.name}: {what}")


def _summary(outcome: Outcome, version: str, console: Console) -> None:
    console.result(f"localmatte {version} is installed.")
    providers = {True: ", with WebGPU", False: ", CPU only", None: ""}[outcome.webgpu]
    console.result(f"  Engine   {outcome.python}{providers}")
    for editor, to_do in outcome.placed:
        console.result(f"  {editor.name}")
        console.result(f"           {adapters.MENU[editor.host]}  ({to_do or 'restart it'})")
    for editor, reason in outcome.passed_over:
        console.result(f"  {editor.name}: no plug-in: {reason}")
    hosts = {editor.host for editor, _ in [*outcome.placed, *outcome.passed_over]}
    for host in Host:
        if host not in hosts:
            console.result(f"  {TITLES[host]} was not found")
    if outcome.proof:
        proof = outcome.proof
        how = f"{proof.kept:.0%} of the image kept, using {proof.provider}"
        console.result(f"  Cut-out  {proof.picture} ({how})")
